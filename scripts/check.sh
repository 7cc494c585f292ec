#!/bin/sh
# Everything that can be said of the code without running it. `make check` and CI call this one script.
set -eu
bin=.venv/bin
step() { printf '%s\n' "— $*" >&2; }

step format
$bin/ruff format --check .
step lint
$bin/ruff check .
step types
$bin/mypy --no-error-summary .
step "import contracts"
$bin/lint-imports
step "missing migrations"
$bin/python manage.py makemigrations --check --dry-run
step translations
$bin/python scripts/check_translations.py
step "locked requirements"
$bin/python scripts/check_requirements.py
step "deployment check"
# A key made for this one check: a placeholder would be refused.
key=$($bin/python -c 'import secrets; print(secrets.token_urlsafe(50))')
env DEBUG=off SECRET_KEY="$key" TWILIO_AUTH_TOKEN="$key" TWILIO_ACCOUNT_SID="AC$key" PUBLIC_BASE_URL=https://portal.example.org BEHIND_TLS_PROXY=on \
    $bin/python manage.py check --deploy --fail-level WARNING
step "REST schema"
$bin/python manage.py spectacular --validate --fail-on-warn --file /dev/null
