#!/bin/sh
# What no Python package carries: the browser of the browser tests, GNU gettext for the translation check, pdftotext for
# the receipts. Installed where that is possible (Debian, as root); elsewhere the missing ones are named.
set -eu
missing=""
for pair in chromium:chromium xgettext:gettext pdftotext:poppler-utils; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing on this machine:$missing. Install them (on Debian: apt-get install$missing) and run again." >&2
    exit 1
fi
echo "Installing$missing …" >&2
apt-get update -qq
# shellcheck disable=SC2086 - several packages, several words
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
