# demo and test make their environment themselves. On a machine without make, the README has the same lines.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate

.PHONY: demo test check check-pg bench prove lock docs-pictures

demo: $(VENV)/.core                ## the sandbox in a browser, on this machine only
	$(PY) -m bot demo $(DEMO)

test: $(VENV)/.all                 ## every test this machine can run
	$(PY) -m pytest -n auto --maxprocesses 2

check: $(VENV)/.all                ## format, lint, types, tests on SQLite
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	WDY_TEST_DATABASES=sqlite $(PY) -m pytest -n auto --maxprocesses 2

check-pg: $(VENV)/.all             ## the storage tests on PostgreSQL
	$(PY) -m pytest tests/contract

bench: $(VENV)/.all                ## the figures of docs/performance.md
	$(PY) -m bench

prove: $(VENV)/.all                ## the long proofs at full size
	WDY_PROVE_KILLS=100 $(PY) -m pytest tests/crash
	WDY_PROVE_UPDATES=10000 $(PY) -m pytest tests/platforms/test_telegram_odd_updates.py
	WDY_PROVE_POINTS=100000 $(PY) -m pytest tests/contract/test_points_property.py tests/contract/test_points_year.py
	WDY_PROVE_FLAPS_S=600 $(PY) -m pytest tests/wecom/test_wecom_flapping.py -s
	$(PY) -m bench.quarter

lock: $(VENV)/.all                 ## renew both lock files; the core has the versions that were tested
	$(LOCK) --upgrade --all-extras -o requirements-dev.lock
	cp requirements-dev.lock requirements.lock
	$(LOCK) -o requirements.lock

docs-pictures: $(VENV)/.all        ## the pictures of README and guides, from the scripted morning
	$(PY) docs/make_pictures.py
	$(PY) -m docs.ladder_picture
	$(PY) -m docs.telegram_pictures

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed. Name it: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made requirements.lock
	$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.all: $(VENV)/.core requirements-dev.lock
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@
