# The two commands: `make run` and `make test`. `make help` lists the rest.

PYTHON ?= python3
PORT ?= 8000
export PORT

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
# What a developer's shell may have set must not steer the checks.
CLEAN := env -u DATABASE_URL -u SECRET_KEY -u DEBUG -u EMAIL_BACKEND

.PHONY: help run test test-full lint types contracts checks clean python-is-new-enough

help:
	@echo "make run         serve the system at http://127.0.0.1:$(PORT) (PORT=8001 for another port)"
	@echo "make test        every quick test on SQLite; those that ask the database also on MariaDB or MySQL"
	@echo "make test-full   the slow tests: browser, fuzz, chaos"
	@echo "make lint        ruff: style and formatting"
	@echo "make types       mypy, strict"
	@echo "make contracts   which app may import which"
	@echo "make checks      migrations are complete, production settings are safe, constraints exist on MariaDB"
	@echo "make clean       remove the virtual environment and caches; the data in var/ stays"

run: $(VENV)/.base
	@$(PY) manage.py bootstrap
	@exec $(PY) manage.py serve

test: $(VENV)/.test
	@$(PY) -m tests.run_tests

test-full: $(VENV)/.test
	@$(PY) -m tests.run_tests --full

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.test
	$(VENV)/bin/mypy .

contracts: $(VENV)/.test
	$(VENV)/bin/lint-imports

checks: $(VENV)/.test
	$(CLEAN) DJANGO_SETTINGS_MODULE=settings.test $(PY) manage.py makemigrations --check --dry-run
	$(CLEAN) DJANGO_SETTINGS_MODULE=settings.production ALLOWED_HOSTS=allocation.example.com \
	  EMAIL_URL=smtp+tls://allocation:secret@mail.example.com:587 \
	  SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	  $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -m tests.run_checks

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An empty file per list of requirements says that it is installed; it is made again when the list changes.
$(VENV)/.base: requirements/base.txt | python-is-new-enough
	@echo "Installing what the system needs into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/base.txt
	@touch $@

$(VENV)/.test: requirements/test.txt requirements/base.txt | python-is-new-enough
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/test.txt
	@touch $(VENV)/.base $@

python-is-new-enough:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, and " + sys.executable + " is " + sys.version.split()[0] + ". Name another one: make run PYTHON=python3.12")'
