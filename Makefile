# Solde: every target sets up what it needs, on a fresh machine too. Needs Python >= 3.11 and make.
SHELL := /bin/sh
BIN := .venv/bin
PYTHON_FILES := src tests scripts bench

# What Python compiled is kept, whatever the environment says: the tests start hundreds of programs.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup setup-run browser demo test test-long test-on pages check texts format bench planting docs reference pictures lock assets clean

help:  ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup:  ## the environment alone (.venv, every dependency by its hash)
	@sh scripts/setup.sh dev

setup-run:
	@sh scripts/setup.sh run

browser:
	@sh scripts/install_browser.sh

demo: setup-run  ## the demo company on http://127.0.0.1:8000
	@$(BIN)/solde demo

test: setup browser  ## the whole test suite
	@$(BIN)/python -m pytest -n 2 $(ARGS)

test-long: setup browser  ## the same with many more random cases, others each time: what a night runs
	@SOLDE_TESTS=long $(BIN)/python -m pytest -n 2 $(ARGS)

test-on: setup browser  ## the suite as if it were another day (DAY=2028-02-29, or DAY=2026-12-31T23:30 in UTC)
	@SOLDE_TEST_TODAY=$(DAY) $(BIN)/python -m pytest -n 2 $(ARGS)

pages: setup  ## every command of README and the guide, as written (make test runs some)
	@SOLDE_ALL_PAGES=1 $(BIN)/python -m pytest -n 2 tests/guide $(ARGS)

check: setup  ## lint, types, arrows, SQL, templates
	@$(BIN)/python scripts/check.py

texts: setup  ## bring the French up to what is said: adds new texts to fr.po, takes out what nobody says
	@$(BIN)/python scripts/texts.py

format: setup  ## let ruff lay out and mend what it can
	@$(BIN)/ruff format $(PYTHON_FILES)
	@$(BIN)/ruff check --fix $(PYTHON_FILES)

bench: setup  ## the benchmarks
	@$(BIN)/python -m bench $(ARGS)

planting: setup  ## plant thousands of errors into books and see that verification finds them (ARGS=TABLE for one)
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m verification.planting $(ARGS)

docs: setup reference  ## the documentation, in site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet && echo "docs: site/index.html"

reference: setup  ## the generated pages of docs/reference
	@$(BIN)/python scripts/make_reference.py

pictures: setup browser  ## the pictures of the pages, from a running demo (ARGS="--check FOLDER" for every page)
	@$(BIN)/python scripts/take_pictures.py $(ARGS)

lock: setup  ## the lock files from pyproject.toml (ARGS=--upgrade for the newest of all)
	@sh scripts/lock.sh $(ARGS)

assets: setup  ## the vendored web assets, from npm (needs Node.js)
	@$(BIN)/python scripts/vendor_assets.py

clean:  ## remove what was built; the demo's data stays
	@rm -rf .venv site build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} +
