# Everything runs in VENV, made on first use. The logic is in utils/setup and utils/publish.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8888
NOTEBOOKS ?=
NAMES ?=

PY := $(VENV)/bin/python
TESTS ?= tests

# Torch's threads sleep while they wait. Spinning, they slow each other many times over as soon as
# anything else runs on the machine.
export OMP_WAIT_POLICY ?= passive

.DEFAULT_GOAL := help
.PHONY: help env browser lab test test-fast run slides pdf bench checkpoints lint format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## Make the environment in .venv, or bring it up to date
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "$(PYTHON) was not found; install Python 3.11 or newer, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; \
		exit 1; }
	@"$(PYTHON)" utils/setup/environment.py "$(VENV)"

browser: env ## Find Chromium, or install it (as root on Debian)
	@$(PY) -m utils.setup.browser

lab: env ## Open JupyterLab on the course map (PORT=8888)
	@$(PY) utils/setup/lab.py --port "$(PORT)"

test: browser lint ## Check everything: style, units, views, notebooks, decks
	@$(PY) -m pytest $(TESTS)

# Without pytest's capture of log records, which no unit test reads: it would tie and untie handlers
# at some 50 loggers for each of the tests.
test-fast: env ## Check the units only, in less than a minute
	@OMP_NUM_THREADS=1 $(PY) -m pytest tests/unit -m "not slow and not browser" \
		-n auto --dist loadfile -p no:logging

run: env ## Execute the notebooks into build/notebooks (NOTEBOOKS=path for some)
	@$(PY) -m utils.publish run $(NOTEBOOKS)

slides: browser ## Make one offline deck a notebook in build/slides
	@$(PY) -m utils.publish slides $(NOTEBOOKS)

pdf: browser ## Print the decks into build/pdf
	@$(PY) -m utils.publish pdf $(NOTEBOOKS)

# Figures are taken on an idle machine. There, waking threads up is what costs, so they stay awake
# for some microseconds; longer, and they would disturb the parts that come after.
bench: browser ## Measure speed and sizes beside other ways; print and write the table
	@env -u OMP_WAIT_POLICY GOMP_SPINCOUNT=10000 $(PY) -m benchmarks

checkpoints: env ## Train the weights in data/checkpoints again, an hour or more (NAMES=name for some)
	@$(PY) -m utils.training.recipes $(NAMES)

lint: env ## Check the style of Python (ruff) and JavaScript (Biome)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) utils/setup/javascript.py check .

format: env ## Mend the style where that can be done by a tool
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@$(PY) utils/setup/javascript.py check --write .

clean: ## Remove what was built and cached; the environment stays
	rm -rf build data/cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
