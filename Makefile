# All checks: `make check`. PYTHON is the environment's interpreter.
PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))

.PHONY: check format lint types script-types contracts catalogues messages docs test schema check-aarch64

check: lint types contracts catalogues docs test

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

lint:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy

# The script of an exported page is typed in comments; TypeScript checks it, which npm fetches.
script-types:
	npx --yes --package typescript@5 tsc -p walkthrough/export/html/assets/jsconfig.json

contracts:
	$(BIN)lint-imports

# Every message has a translation in every catalogue, and the Chinese pages say what the English do.
catalogues:
	$(PYTHON) scripts/catalogues.py check
	$(PYTHON) scripts/translations.py check

# Takes new messages into the catalogues, and those out that are gone.
messages:
	$(PYTHON) scripts/catalogues.py update

# The site, in build/site/index.html; a broken link or docstring is an error. Nothing is fetched. What
# an earlier build has made of modules that are called something else by now would be an error, too.
docs:
	rm -rf docs/reference build/doctrees
	$(PYTHON) -m sphinx -q -W --keep-going -j auto -c docs -d build/doctrees . build/site

test:
	$(PYTHON) -m pytest

# The tracer in an emulated aarch64 Linux, made of Debian's packages. ARGUMENTS=--all: every scenario.
check-aarch64:
	$(PYTHON) scripts/aarch64/check_aarch64.py $(ARGUMENTS)

schema:
	$(PYTHON) -m walkthrough.recording.schema > docs/recording.schema.json
	$(PYTHON) -m walkthrough.scenario.json_schema scenario > docs/scenario.schema.json
	$(PYTHON) -m walkthrough.scenario.json_schema lesson > docs/lesson.schema.json
	$(PYTHON) -m walkthrough.scenario.json_schema lab > docs/lab.schema.json
