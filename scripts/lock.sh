#!/bin/sh
# Write requirements.txt and requirements-dev.txt from pyproject.toml, every package with its hashes.
set -eu
uv=.venv/bin/uv
lock="$uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --universal pyproject.toml"
$lock -o requirements.txt "$@"
$lock --group dev -c requirements.txt -o requirements-dev.txt "$@"
