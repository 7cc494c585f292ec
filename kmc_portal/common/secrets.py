"""Secrets that come from the environment by name."""

from __future__ import annotations

import os

PLACEHOLDERS = (
    "change-me",
    "changeme",
    "placeholder",
    "example",
    "secret",
    "todo",
    "xxx",
    "your-",
    "insecure",
    "only-for-tests",
)
SHORTEST = 16


def is_placeholder(value: str) -> bool:
    """Say whether `value` is empty, too short, or one of the words people leave in example files."""
    lowered = value.strip().lower()
    return len(lowered) < SHORTEST or any(lowered.startswith(word) for word in PLACEHOLDERS)


def secret(name: str) -> str:
    """Return the secret held by the environment variable `name`; empty when it is not set."""
    return os.environ.get(name, "")
