"""Money given back through a gateway or by hand."""
