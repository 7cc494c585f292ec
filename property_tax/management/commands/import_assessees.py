from property_tax.management.register_command import RegisterCommand
from property_tax.states import Register


class Command(RegisterCommand):
    help = "Import assessees from a CSV file; good rows land, bad rows are listed."
    register = Register.ASSESSEES
