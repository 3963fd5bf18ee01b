# Two commands on a fresh machine: `make demo` shows Ander at work, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
SYNAPSE := .synapse/.installed

.PHONY: demo chat test another-client check clean

$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints.txt
	@touch $@

$(SYNAPSE): tests/matrix/synapse-requirements.txt  ## the Matrix homeserver that tests talk to; no part of Ander
	@test -x .synapse/bin/python || $(PYTHON) -m venv .synapse
	@echo "Installing a homeserver for the tests into .synapse …"
	@.synapse/bin/python -m pip install --quiet --disable-pip-version-check -r tests/matrix/synapse-requirements.txt
	@touch $@

demo: $(READY)  ## play the invented organisation through the real pipeline
	@$(BIN)/ander demo

chat: $(READY)  ## talk to the demo organisation yourself
	@$(BIN)/ander --config demo/config.toml chat --as eva --channel zorg-praktijk

test: $(READY) $(SYNAPSE)  ## run all tests
	@$(BIN)/python -m pytest -n auto

another-client:  ## what tests/matrix/test_another_client.py speaks with; needs Node
	@npm install --prefix tests/matrix/another --no-package-lock --no-audit --no-fund --loglevel error

check: $(READY)  ## lint, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

clean:  ## forget the environment and what the demo made
	@rm -rf $(VENV) .synapse demo
