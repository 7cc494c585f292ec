"""The whole portal in one process with a bank that misbehaves: one seed, one run, every invariant after every step."""
