"""The portal's own settings; only the addresses of the references are added, so that both sides share the rest."""

from kmc_portal.settings import *  # noqa: F403 - settings are names, all of them wanted
from kmc_portal.settings import VAR_DIR

# A few citizens ask the same again and again here, and are no machines.
CHAT_SAME_ANSWERS = 1_000_000
ROOT_URLCONF = "bench.urls"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
