"""The law of trade licences: pure functions of facts, a rule book and a day."""
