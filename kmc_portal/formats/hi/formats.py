from kmc_portal.formats import *  # noqa: F403 - Django looks for them here
