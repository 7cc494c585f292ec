"""What a property is valued at and what a year's tax on it is: the rent method with its kin, and unit area assessment."""
