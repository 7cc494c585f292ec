"""Money that is kept for a payer, and where it is placed."""
