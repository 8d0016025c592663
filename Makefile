# Everything a person types in a checkout. Needs python3 (3.11 or newer, with venv), make and git; the rest it installs
# into .venv. Installs again only when pyproject.toml has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet
ARGS ?=
# More than two even on two cores, for many tests only wait; each worker starts the servers that its tests need.
WORKERS ?= 5

export BROKER
# Python may keep what it has compiled: without that each of the suite's hundreds of processes compiles the house anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.run ## the demo, on nothing but this folder; BROKER=amqp://... shows it through RabbitMQ
	@$(BIN)/intake run --demo $(ARGS)

.PHONY: test
test: $(VENV)/.dev ## the suite; as root it first installs the servers that it tests against
	@if [ "$$(id -u)" = 0 ]; then scripts/services; fi
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

.PHONY: proof
proof: $(VENV)/.dev ## the full counts that do not fit into the suite (long)
	@if [ "$$(id -u)" = 0 ]; then scripts/services; fi
	@$(BIN)/python -m pytest --proof -m proof --timeout 3600 $(ARGS)

.PHONY: faults
faults: $(VENV)/.dev ## N=200 seeded scenarios that try to lose a complaint or answer it twice; SEED=n plays one again
	@$(BIN)/python -m tests.faults $(if $(N),-n $(N)) $(if $(SEED),--seed $(SEED)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(CLUSTER),--kind cluster) $(if $(BROKER),--broker $(BROKER)) $(if $(STORE),--store $(STORE)) $(ARGS)

.PHONY: soak
soak: $(VENV)/.dev ## HOURS=1 of mixed traffic with faults: does anything grow that should not? KIND=several, PACE=6
	@$(BIN)/python -m tests.soak --hours $(or $(HOURS),1) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(KIND),--kind $(KIND)) \
		$(if $(PACE),--pace $(PACE)) $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.dev ## generated mails without number, for about a quarter of an hour; TIMES=1000 for a night
	@CI= INTAKE_FUZZ=$(or $(TIMES),50) $(BIN)/python -m pytest tests/email -m hypothesis --timeout 36000 $(ARGS)

.PHONY: bench-mail
bench-mail: $(VENV)/.dev ## mails read a second beside the standard library, and how long others wait for a hostile one
	@$(BIN)/python bench/mail.py

.PHONY: acceptance
acceptance: $(VENV)/.dev ## every row of the companies' acceptance table: passed, and at which level
	@$(BIN)/python -m pytest --rows -q $(ARGS)

.PHONY: check
check: $(VENV)/.dev ## style, types, floors, the shipped configuration, fresh documents
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/intake check -c config
	@$(BIN)/intake schema docs --check

.PHONY: docs
docs: $(VENV)/.dev ## writes the generated pages of docs/ anew
	@$(BIN)/intake schema docs

.PHONY: services
services: ## installs the servers that the tests run against (needs root)
	@scripts/services

.PHONY: format
format: $(VENV)/.dev ## lays out the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

.PHONY: wheel
wheel: $(VENV)/.dev ## dist/*.whl, with configuration and samples inside
	@$(BIN)/python -m build --wheel --outdir dist .

.PHONY: clean
clean: ## removes what these targets made, the demo's data too
	@rm -rf $(VENV) var/demo dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV), once (a minute or two)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) with the tools for testing, once (a minute or two)"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.run
