from kmc_portal.common.commands import ImportCommand
from property_tax.imports import DEMANDS


class Command(ImportCommand):
    help = "Import demands from a CSV file; good rows land, bad rows are listed."
    layout = DEMANDS
