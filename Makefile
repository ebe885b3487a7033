# Verbs for people and for CI. `make help` lists them. Needs Python 3.11+, make and the package registries, no more.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up test check fix e2e bench bench-% chaos lock client docs clean

help: ## Say what each verb does
	@sed -n 's/^\([a-z%-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.runtime ## Make .venv with the product in it; commands run from .venv/bin
setup-dev: $(VENV)/.dev ## The same with what tests and checks need

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Reposter needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.runtime: $(BIN)/uv requirements.lock pyproject.toml
	@if test -f $(VENV)/.dev; then $(MAKE) --no-print-directory $(VENV)/.dev; else \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .; fi
	@touch $@

$(VENV)/.dev: $(BIN)/uv requirements-dev.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@ $(VENV)/.runtime

# An editable install does not notice an edit of the dashboard: build it when its sources changed.
.PHONY: dashboard
dashboard:
	@$(BIN)/python -m reposter.api.webbuild --check >/dev/null 2>&1 || $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .

demo: setup dashboard ## Run the whole line against a pretend TikTok and open the dashboard
	@exec $(BIN)/reposter demo $(ARGS)

up: setup dashboard ## Run the product itself on ~/reposter (or REPOSTER_DATA_DIR)
	@exec $(BIN)/reposter up $(ARGS)

test: setup-dev dashboard ## Install what the tests need and run them all
	$(BIN)/python -m tests.run $(ARGS)

check: setup-dev ## Formatting, lint, types, import contracts
	$(BIN)/ruff format --check src tests benchmarks docs migrations hatch_build.py
	$(BIN)/ruff check src tests benchmarks docs hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: setup-dev ## Mend what can be mended by machine
	$(BIN)/ruff format src tests benchmarks docs migrations hatch_build.py
	$(BIN)/ruff check --fix src tests benchmarks docs hatch_build.py

e2e: setup-dev dashboard ## Only the tests with a real browser and whole processes
	$(BIN)/python -m tests.run -m "browser or journey" $(ARGS)

bench: bench-idle bench-transcode bench-limits bench-upload_memory ## All benchmarks
bench-%: setup-dev
	$(BIN)/python -m benchmarks.$* $(ARGS)

chaos: setup-dev ## Simulate and kill publishers: none may post twice or lose a post (SHORT=1: within 3 minutes)
	$(BIN)/python -m benchmarks.chaos $(if $(SHORT),--short) $(ARGS)

client: setup-dev ## Generate the dashboard's typed client from the API
	$(BIN)/python -m reposter.api.openapi dashboard/openapi.json
	$(BIN)/python -m reposter.api.webbuild --generate

docs: setup-dev ## Write the generated pages of docs/
	$(BIN)/python -m docs.generate

lock: $(BIN)/uv ## Renew the locks (complete, hashed, naming no registry)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra sandbox -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra sandbox --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove what was built here (not your data)
	rm -rf $(VENV) .cache dashboard/node_modules dashboard/tools/node_modules src/reposter/api/web demo-data
