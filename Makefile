# LLMOS Hub: `make run` starts the whole hub, `make test` checks all of it. `make` alone prints this help.

PYTHON ?= python3.11
VENV := .venv
ENGINES := .venv-engines
OLD_CLIENT := .venv-hf1
OLDEST_CLIENT := .venv-hf0
# The client for JavaScript comes from npm, where node is installed; its tests run where it lies.
JAVASCRIPT := .cache/javascript-client
JAVASCRIPT_VERSION := 2.17.5
MLFLOW := .venv-mlflow
PIP := -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run worker setup engines test lint types contracts migrations-check translations pytest test-services test-slow test-faults fuzz javascript-client bench fmt clean

help: ## print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'
	@echo
	@echo "  PORT (8000), HUB_DATA_DIR (./data) and HUB_DEMO (1) choose address, place and demo content;"
	@echo "  docs/settings.md lists every variable."

run: $(VENV)/.web-installed translations ## set up, then start the whole hub in the foreground (Ctrl-C stops it)
	@$(VENV)/bin/python manage.py up

worker: $(ENGINES)/.installed ## make this machine a worker: HUB=https://… TOKEN=… ARGS="--queues gpu"
	@LLMOS_WORKER_TOKEN=$(TOKEN) $(ENGINES)/bin/python -m evals_app.supervision --hub $(HUB) $(ARGS)

setup: $(VENV)/.dev-installed $(ENGINES)/.installed $(OLD_CLIENT)/.installed $(OLDEST_CLIENT)/.installed translations ## install everything that run and test need

engines: $(ENGINES)/.installed ## install what evaluates, trains and pulls (torch and friends)

test: setup lint types contracts migrations-check pytest test-services ## lint, types, import contracts, migrations, tests

lint: $(VENV)/.dev-installed ## ruff: rules and format
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check --quiet .

types: $(VENV)/.dev-installed ## mypy, strict
	$(VENV)/bin/mypy

contracts: $(VENV)/.dev-installed ## who may import whom
	@$(VENV)/bin/lint-imports --no-cache | tail -n 12

migrations-check: $(VENV)/.dev-installed ## every model change has its migration
	HUB_DATA_DIR=$$(mktemp -d) DATABASE_URL= $(VENV)/bin/python manage.py makemigrations --check --dry-run

translations: $(VENV)/.web-installed ## compile the message catalogues
	@$(VENV)/bin/pybabel --quiet compile --domain django --directory locale

pytest: $(VENV)/.dev-installed $(ENGINES)/.installed $(OLD_CLIENT)/.installed $(OLDEST_CLIENT)/.installed ## the tests, on the embedded default
	$(VENV)/bin/pytest -n 4 --dist loadfile -m "not slow" $(ARGS)

test-services: $(VENV)/.dev-installed ## what a database or broker decides, on PostgreSQL and Redis where reachable
	$(VENV)/bin/python tests/services.py $(ARGS)

test-slow: setup ## large files, kill -9 series, long engine checks; all of PostgreSQL and Redis
	$(VENV)/bin/pytest -m slow --timeout=1800 --ignore=tests/fuzz $(ARGS)
	$(VENV)/bin/python tests/services.py --all

FAULTS := tests/flows/test_faults.py tests/flows/test_kill.py tests/flows/test_many_clients.py
test-faults: setup ## kill -9 of everything under load and many writers at once, on SQLite, then on PostgreSQL and Redis
	$(VENV)/bin/pytest -n 0 -s -m slow --timeout=3000 $(FAULTS) $(ARGS)
	$(VENV)/bin/python tests/services.py -n 0 -s -m slow --timeout=3000 $(FAULTS) $(ARGS)

fuzz: $(VENV)/.dev-installed ## 20,000 odd requests to every route: no failure, no leak (FUZZ_REQUESTS, FUZZ_SEED)
	$(VENV)/bin/pytest tests/fuzz -m slow -s --show-capture=no --timeout=7200 $(ARGS)

javascript-client: $(JAVASCRIPT)/.installed-$(JAVASCRIPT_VERSION) ## fetch the client for JavaScript, which tests then use (needs node)

bench: setup $(MLFLOW)/.installed ## benchmarks; docs/performance.md has the figures
	@for file in benchmarks/*.py; do name=$$(basename $$file .py); echo "== $$name"; $(VENV)/bin/python -m benchmarks.$$name || exit 1; done

fmt: $(VENV)/.dev-installed ## format the code
	$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format --quiet .

clean: ## remove the virtual environments and caches (never data)
	rm -rf $(VENV) $(ENGINES) $(OLD_CLIENT) $(OLDEST_CLIENT) $(MLFLOW) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/.web-installed: requirements/web.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; set PYTHON to its name."; exit 1; }
	@echo "Installing the hub's packages into $(VENV) (once, about half a minute) ..."
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python $(PIP) install -r requirements/web.txt
	@touch $@

$(VENV)/.dev-installed: requirements/dev.txt $(VENV)/.web-installed
	@echo "Installing the development tools into $(VENV) ..."
	@$(VENV)/bin/python $(PIP) install -r requirements/dev.txt
	@touch $@

$(ENGINES)/.installed: requirements/engines.txt
	@echo "Installing the engines' packages into $(ENGINES) (once, one to three minutes) ..."
	@test -x $(ENGINES)/bin/python || $(PYTHON) -m venv $(ENGINES)
	@$(ENGINES)/bin/python $(PIP) install -r requirements/engines.txt
	@touch $@

$(OLD_CLIENT)/.installed: requirements/client-1x.txt
	@test -x $(OLD_CLIENT)/bin/python || $(PYTHON) -m venv $(OLD_CLIENT)
	@$(OLD_CLIENT)/bin/python $(PIP) install -r requirements/client-1x.txt
	@touch $@

$(MLFLOW)/.installed: requirements/benchmarks.txt
	@test -x $(MLFLOW)/bin/python || $(PYTHON) -m venv $(MLFLOW)
	@$(MLFLOW)/bin/python $(PIP) install -r requirements/benchmarks.txt
	@touch $@

$(OLDEST_CLIENT)/.installed: requirements/client-0x.txt
	@test -x $(OLDEST_CLIENT)/bin/python || $(PYTHON) -m venv $(OLDEST_CLIENT)
	@$(OLDEST_CLIENT)/bin/python $(PIP) install -r requirements/client-0x.txt
	@touch $@

$(JAVASCRIPT)/.installed-$(JAVASCRIPT_VERSION):
	@mkdir -p $(JAVASCRIPT)
	@npm install --prefix $(JAVASCRIPT) --no-save --no-audit --no-fund --silent @huggingface/hub@$(JAVASCRIPT_VERSION)
	@touch $@
