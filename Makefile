# Needs Python 3.11 or newer and make. Everything else is brought into .venv; the folder may have spaces in its name.
UV_VERSION := 0.13.9
PYTHON ?= python3
PY := .venv/bin/python
CHECKED := $(wildcard domain activities workflows adapters readmodel console cli runtime tests benchmarks worker.py starter.py)

.DEFAULT_GOAL := help
.PHONY: help install demo run test test-long check format bench backup restore clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: .venv/installed ## Bring Python packages and the embedded servers into .venv

.venv/installed: pyproject.toml uv.lock Makefile
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m uv --version 2>/dev/null | grep -qF "uv $(UV_VERSION) " || $(PY) -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@UV_PROJECT_ENVIRONMENT=.venv $(PY) -m uv sync --frozen --inexact --quiet --no-python-downloads
	@touch $@

demo: install ## Play the example courses on the embedded servers (EXIT=1 stops them at the end)
	@$(PY) -m cli.demo $(if $(EXIT),--exit)

run: install ## Start everything: Temporal with its Web UI, PostgreSQL, worker; state in .regimen/
	@$(PY) -m cli.stack run

test: install ## Run what a newcomer should see pass, in under ten minutes
	$(PY) -m pytest -m "not long"

test-long: install ## Run what takes longer
	$(PY) -m pytest -m long

check: install ## Check style, types and the direction of imports
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict $(CHECKED)
	.venv/bin/lint-imports

format: install ## Put the code in its format
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

bench: install ## Measure, as ratios to a floor run beside
	$(PY) -m benchmarks

backup: install ## Copy both databases and the keys of a stopped stack: make backup TO=folder
	@test -n "$(TO)" || { echo "make backup TO=folder: say where the backup goes" >&2; exit 2; }
	@$(PY) -m cli.stack backup "$(TO)"

restore: install ## Put a backup back: make restore FROM=folder (YES=1 replaces what is there)
	@test -n "$(FROM)" || { echo "make restore FROM=folder: say where the backup is" >&2; exit 2; }
	@$(PY) -m cli.stack restore "$(FROM)" $(if $(YES),--yes)

clean: ## Remove .venv and caches, never .regimen/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
