#!/bin/sh
# Install one locked file, every package checked against its hash.
set -eu
echo "Installing $1 …" >&2
if [ -s .venv/bin/uv ]; then
    # Compiled once here, not by every process that starts: where Python may write no bytecode that is most of its start.
    .venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r "$1"
else
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
fi
