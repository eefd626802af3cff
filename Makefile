# All checks: `make check`. PYTHON is the environment's interpreter.
PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))

.PHONY: check format lint types contracts catalogues messages test schema

check: lint types contracts catalogues test

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

lint:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy

contracts:
	$(BIN)lint-imports

# Every message has a translation in every catalogue.
catalogues:
	$(PYTHON) scripts/catalogues.py check

# Takes new messages into the catalogues, and those out that are gone.
messages:
	$(PYTHON) scripts/catalogues.py update

test:
	$(PYTHON) -m pytest

schema:
	$(PYTHON) -m walkthrough.recording.schema > docs/recording.schema.json
	$(PYTHON) -m walkthrough.scenario.json_schema scenario > docs/scenario.schema.json
	$(PYTHON) -m walkthrough.scenario.json_schema lesson > docs/lesson.schema.json
