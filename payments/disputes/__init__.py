"""Money that a payer's bank asks back."""
