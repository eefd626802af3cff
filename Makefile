# All checks: `make check`. PYTHON is the environment's interpreter.
PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))

.PHONY: check format lint types contracts test schema

check: lint types contracts test

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

test:
	$(PYTHON) -m pytest

schema:
	$(PYTHON) -m walkthrough.recording.schema > docs/recording.schema.json
	$(PYTHON) -m walkthrough.scenario.json_schema scenario > docs/scenario.schema.json
	$(PYTHON) -m walkthrough.scenario.json_schema lesson > docs/lesson.schema.json
