"""Gateway accounts: who they are, which one is asked, and when one is set aside."""
