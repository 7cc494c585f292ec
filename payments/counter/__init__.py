"""Money taken across a counter, and the shifts of those who take it."""
