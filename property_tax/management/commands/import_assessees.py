from kmc_portal.common.commands import ImportCommand
from property_tax.imports import ASSESSEES


class Command(ImportCommand):
    help = "Import assessees from a CSV file; good rows land, bad rows are listed."
    layout = ASSESSEES
