# Talkdown. `make demo` and `make test` are each sufficient on a fresh checkout; `make` alone lists everything.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test test-all bench check lock clean

PYTHON_IN_VENV := .venv/bin/python
# Half of the tests compute and half wait, so one process per core; above four they wait for the one disk.
PYTEST := .venv/bin/pytest --numprocesses auto --maxprocesses 4 --dist worksteal

# What `make demo` passes on, as in: make demo FOR=30 PORT=8080 DATA=/tmp/talkdown
demo_options = $(if $(FOR),--for $(FOR)) $(if $(PORT),--port $(PORT)) $(if $(DATA),--data "$(DATA)") \
	$(if $(DATABASE_URL),--database-url "$(DATABASE_URL)") $(if $(SCENARIO),--scenario "$(SCENARIO)") $(ARGS)

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## play the shipped scenario in your browser; FOR=30 lets a bot play and prints its grade
	@sh .ci/setup.sh demo
	@exec .venv/bin/talkdown demo $(demo_options)

# Sessions are played in real time, and two processes on a busy machine hold each other up: what failed is run once
# more, alone, and must pass then. Both runs are printed; a fault that shows each time fails both.
AGAIN := .venv/bin/pytest --last-failed --last-failed-no-failures none

test: ## everything a change must pass: check, the pages' tests, pytest with the real TimescaleDB
	@sh .ci/setup.sh test
	@sh .ci/check.sh
	@sh .ci/node-tests.sh
	@$(PYTEST) -m "not slow" $(ARGS) || $(AGAIN) -m "not slow" $(ARGS)

test-all: ## the same and the slow tests
	@sh .ci/setup.sh test
	@sh .ci/check.sh
	@sh .ci/node-tests.sh
	@$(PYTEST) $(ARGS)

check: ## ruff, mypy and tsc
	@sh .ci/setup.sh check
	@sh .ci/check.sh

bench: ## measure, and print the figures beside the goals and the peers
	@sh .ci/setup.sh test
	@for bench in ingest engine ticks scoring; do $(PYTHON_IN_VENV) -m tests.bench.bench_$$bench || exit 1; done

lock: ## resolve the dependencies anew and write the lock files
	@sh .ci/lock.sh

clean: ## remove what the other commands made in this folder; data and the database's cache stay
	rm -rf .venv node_modules clients/web/vendor build dist *.egg-info .talkdown/*.log
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
