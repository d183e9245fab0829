# Needs Python 3.11 or newer and make. Everything else is brought into .venv; the folder may have spaces in its name.
UV_VERSION := 0.13.9
PYTHON ?= python3
PY := .venv/bin/python
CHECKED := $(wildcard domain activities workflows adapters readmodel office console cli runtime tests benchmarks worker.py starter.py)

.DEFAULT_GOAL := help
.PHONY: help install demo run test test-long test-browser simulate check format bench backup restore clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: .venv/installed ## Bring Python packages and the embedded servers into .venv

.venv/installed: pyproject.toml uv.lock Makefile
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m uv --version 2>/dev/null | grep -qF "uv $(UV_VERSION) " || $(PY) -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@UV_PROJECT_ENVIRONMENT=.venv $(PY) -m uv sync --frozen --inexact --quiet --no-python-downloads
	@touch $@

demo: install ## Play the example courses on the embedded servers (ONLY=p17,p18 or GROUP=claims some; EXIT=1 stops them at the end)
	@$(PY) -m cli.demo $(if $(EXIT),--exit) $(if $(ONLY),--only "$(ONLY)") $(if $(GROUP),--group "$(GROUP)")

run: install ## Start everything: Temporal with its Web UI, PostgreSQL, worker; state in .regimen/
	@$(PY) -m cli.stack run

test: install ## Run what a newcomer should see pass; browser and long tests apart
	$(PY) -m pytest -m "not long and not browser"
	@echo "Left out: what needs a browser (make test-browser) and what takes longer (make test-long)."

test-long: install ## Run what takes longer
	$(PY) -m pytest -m "long and not browser"

test-browser: install ## Run the pages in a real browser; brings Debian's Chromium where it is missing
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || test -n "$$REGIMEN_CHROMIUM" || deploy/install-chromium
	$(PY) -m pytest -m browser

simulate: install ## Random courses in a failing world: COURSES=1000 SEED=7 (PAPER=1: the rules alone, in no time)
	@$(PY) -m tests.simulate $(if $(COURSES),--courses $(COURSES)) $(if $(SEED),--seed $(SEED)) $(if $(STEPS),--steps $(STEPS)) $(if $(PAPER),--paper)

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
