"""Control totals at the clerk's desk: a day of an account from its orders to the bank, as a picture, a table and a file."""
