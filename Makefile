# One word for each need; hook, hand and CI run the same ones. Everything runs in .venv, made on first use.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=

.PHONY: setup serve test respect lint fix bench fuzz docs check lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Counterfoil needs Python 3.11 or newer; name one with: make PYTHON=python3.12'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q mockserver
	@touch $@

serve: $(READY)
	$(BIN)/counterfoil serve $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 $(ARGS)

respect: $(READY)
	$(BIN)/python tests/respect.py $(ARGS)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check -r @docs/generated.txt

fix: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)
	$(BIN)/cog -r @docs/generated.txt

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 -m fuzz $(ARGS)

check: lint test

lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check pip-tools
	build/lock/bin/pip-compile --quiet --upgrade --strip-extras --no-header --no-annotate --all-build-deps \
		--all-extras --no-emit-find-links --no-emit-index-url --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .built build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis
