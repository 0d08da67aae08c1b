# The commands of this project; `make help` lists them.

PYTHON ?= python3
OUT ?= runs/quickstart
ARGS ?=
WORKERS ?= logical

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup quickstart test check format docs dist clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED)  ## make .venv and install everything at the pinned versions, once

# A step says one line; one that fails shows the end of what it wrote, and where the rest is.
LOG := $(VENV)/setup.log
PIP := $(BIN)/python -m pip --disable-pip-version-check install --progress-bar off -c constraints.txt
EVERYTHING := -e '.[all,dev]'
step = @echo '$(1)'; $(2) >>$(LOG) 2>&1 || \
	{ tail -n 30 $(LOG); echo 'failed: $(1); the whole log: $(LOG)'; exit 1; } >&2

# torch goes first and alone: with -c it is exactly the pinned release, in the build (CPU or CUDA)
# that the index of this machine prefers, and nothing that follows can replace it.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python %d.%d is too old; expected 3.11 or newer; run: make PYTHON=/path/to/python3.11 ..." % sys.version_info[:2])'
	@test -x $(BIN)/python || { echo 'making $(VENV)'; $(PYTHON) -m venv $(VENV); }
	@: >$(LOG)
	$(call step,installing torch (the longest step),$(PIP) torch)
	$(call step,installing isogloss and what it needs,$(PIP) $(EVERYTHING))
	@touch $@
	@echo 'done: $(BIN)/isogloss --help'

quickstart: setup  ## teach a small model a language, offline, in minutes (OUT=runs/quickstart)
	$(BIN)/isogloss quickstart --out $(OUT) --overwrite

# Files go to the processes as they come: by the number of their tests, the slowest would be last.
test: setup  ## run the tests (ARGS='tests/data -k tmx', WORKERS=0 for one process)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# lint-imports without its cache, which keeps how an unchanged file's imports were resolved even
# when the room that it imports has been added or moved since.
check: setup  ## format, lint, types, import rules, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/typos

format: setup  ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup  ## build the documentation site, offline (build/site/index.html); warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

dist: setup  ## build wheel and sdist (dist/)
	rm -rf dist
	$(BIN)/python -m build --outdir dist

clean:  ## remove caches and built packages; .venv and runs/ stay
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +
