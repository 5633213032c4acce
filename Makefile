# Each target works on a fresh clone with Python 3.11 or newer, make and PyPI. GNU make 3.81 (macOS) is enough.

# Looked for only when .venv must be made, and then once. The system's own comes first, if it can make one: distributions
# build theirs with all optimisations, and one that was built at home may be half as fast.
SYSTEM_PYTHON := /usr/bin/python3
OTHER_PYTHONS := python3.13 python3.12 python3.11 python3 python
PYTHON ?= $(eval PYTHON := $(shell for needs in ensurepip sys; do \
	for one in $(SYSTEM_PYTHON) $(OTHER_PYTHONS); do \
	$$one -c "import sys, $$needs; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$one && exit; done; done))$(PYTHON)
RUN := .venv/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(RUN) -m uv pip compile pyproject.toml --universal --generate-hashes --no-annotate --no-header --quiet
# A test that takes so long ends with its process, which says where it stood. A browser hangs once in a long while:
# its test runs once more in a new process. A test that fails does not, whatever it says. Side by side no process is
# replaced: pytest-xdist would wait for ever for those that the lost one had left.
HUNG := -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true
AGAIN := --reruns 1 --only-rerun '(?!)'
NO_PYTHON := healthbook needs Python 3.11 or newer. Install it (Debian, Ubuntu: apt install python3 python3-venv; \
	macOS: brew install python), or say where it is: make PYTHON=/path/to/python3
NO_VENV := This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv. \
	Or name another Python: make PYTHON=/path/to/python3

.PHONY: help demo test check bench races install serve worker migrate lock clean

help: ## Show this list
	@echo "healthbook, a clinic's booking system. What make can do:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18
	@echo "PORT, HOST, HEALTHBOOK_DATA and DATABASE_URL change where it runs; .env.example explains them all."

demo: .venv/installed ## Make a believable clinic and run it on http://127.0.0.1:8000
	@$(RUN) -m healthbook demo

test: .venv/installed-for-tests ## Run every test, also in a browser (ARGS="-k hold" for some of them)
	@$(RUN) -m pytest -m "not slow and not alone" -n 2 --dist loadfile --max-worker-restart 0 $(HUNG) $(ARGS) || test $$? -eq 5
	@$(RUN) -m pytest -m "alone and not slow" -n 1 $(HUNG) $(AGAIN) $(ARGS) || test $$? -eq 5

check: .venv/installed-for-tests ## Look at format, style and types
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy

bench: .venv/installed-for-tests ## Measure; takes minutes (ARGS=live, large or contenders for a part)
	@$(RUN) tests/benchmarks/run.py $(ARGS)

races: .venv/installed-for-tests ## Let a crowd want the same times at once, and count (ATTEMPTS=100000 for longer)
	@$(RUN) tests/benchmarks/crowded.py

install: .venv/installed ## Make .venv and install the packages of requirements.txt

serve: .venv/installed ## Answer browsers (an installation of your own; see .env.example)
	@$(RUN) -m healthbook serve

worker: .venv/installed ## Do what is due after a booking, such as sending mail
	@$(RUN) -m healthbook worker

migrate: .venv/installed ## Bring the database up to date
	@$(RUN) -m healthbook db upgrade

lock: $(RUN) ## Write the locks again after a change of pyproject.toml (ARGS=--upgrade for newer versions)
	@$(RUN) -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) $(ARGS) --output-file requirements.txt
	$(LOCK) $(ARGS) --group test --constraint requirements.txt --output-file tests/requirements.txt

clean: ## Remove .venv and caches; the data stay
	@rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN):
	@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@"$(PYTHON)" -c "import ensurepip, venv" 2>/dev/null || { echo "$(NO_VENV)" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv

.venv/installed: requirements.txt $(RUN)
	@echo "Installing the packages into .venv (only after a change of the lock)."
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/installed-for-tests: tests/requirements.txt .venv/installed
	@echo "Installing the packages for the tests."
	@$(INSTALL) -r tests/requirements.txt
	@touch $@
