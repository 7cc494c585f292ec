#!/bin/sh
# Install one locked file, every package checked against its hash.
set -eu
echo "Installing $1 …" >&2
if [ -s .venv/bin/uv ]; then
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$1"
else
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
fi
