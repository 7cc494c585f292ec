"""Registers that clerks send in: tried first, and taken in when a colleague has approved what would come of it (ADR 0053)."""
