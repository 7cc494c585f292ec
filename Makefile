# `make help` lists what there is. Nothing here needs Docker, Redis or an account anywhere.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
export PYTHONUNBUFFERED := 1
unexport PYTHONPATH

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

demo: $(VENV)/.installed ## the whole portal on this machine, in the foreground; PORT and SANDBOX_PORT choose the ports
	@exec $(RUN) -m kmc_portal.demo

# Each process has a database of its own. More than four would rather wait for one another than get on.
test: $(VENV)/.installed-dev ## all tests, the browser's too, on all cores; ARGS="-k dues" chooses
	@sh scripts/system.sh
	@$(RUN) scripts/compile_translations.py
	DEBUG=on $(RUN) -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

coverage: $(VENV)/.installed-dev ## the branches of payments that no test takes; one is a failure
	@sh scripts/system.sh
	@$(RUN) scripts/compile_translations.py
	DEBUG=on $(RUN) -m pytest payments kmc_portal/tests/test_faults_bills.py --cov $(ARGS)

check: $(VENV)/.installed-dev ## format, lint, types, import contracts, migrations, translations, deployment
	@sh scripts/system.sh
	@$(RUN) scripts/compile_translations.py
	@DEBUG=on sh scripts/check.sh

format: $(VENV)/.installed-dev ## put the code into shape
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(VENV)/.installed-dev ## all benchmarks: figure, reference and ratio of each
	@$(RUN) scripts/compile_translations.py
	$(RUN) -m bench

messages: $(VENV)/.installed-dev ## collect the texts to translate (needs GNU gettext)
	DEBUG=on $(RUN) manage.py makemessages -l bn -l hi --no-location --no-wrap --ignore=.venv --ignore=var --ignore=bench

pictures: $(VENV)/.installed-dev ## take the pictures of the README anew, from a running demo
	$(RUN) scripts/take_pictures.py

screenshots: $(VENV)/.installed-dev ## take the main pages of both sides, phone and desk size, from a running demo (PORT) into var/screenshots
	$(RUN) scripts/take_pictures.py --pages

lock: $(VENV)/bin/uv ## write requirements*.txt anew from pyproject.toml
	sh scripts/lock.sh --upgrade

clean: ## throw away the environment and the demo's data
	rm -rf $(VENV) var staticfiles

# uv installs in seconds what pip needs a minute for; without it the same locked files go through pip.
$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check uv==0.13.9 || touch $@

$(VENV)/.installed: requirements.txt | $(VENV)/bin/uv
	@sh scripts/install.sh requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/uv
	@sh scripts/install.sh requirements-dev.txt
	@touch $@ $(VENV)/.installed

.PHONY: help demo test coverage check format bench messages pictures screenshots lock clean
