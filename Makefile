# Everything a newcomer needs: `make demo` answers a real phone call on this machine, `make test` passes the tests.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do command -v $$p && break; done)
unexport PYTHONDONTWRITEBYTECODE # a test run starts hundreds of processes: each would compile everything anew
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(VENV)/.installed ## Make .venv and install everything with pinned versions

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Setting up $(VENV) with $(PYTHON) (a few minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit("voiceagent needs Python 3.11 or 3.12, found " + sys.version) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --constraint constraints.txt 'torch==2.13.0'
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test,check]'
	@$(BIN)/voiceagent fetch || echo "Pocketsphinx listens until 'voiceagent fetch' works; it hears less."
	@touch $@

test-tools: $(VENV)/.test-tools ## Install SIPp and Chromium from Debian for the acceptance tests

$(VENV)/.test-tools: deploy/install-test-tools.sh | $(VENV)/.installed
	@deploy/install-test-tools.sh
	@touch $@

demo: setup ## Start everything and place a real SIP call to it
	@$(BIN)/voiceagent demo

up: setup ## Start everything and wait for calls
	@$(BIN)/voiceagent up

UNIT := tests/unit tests/architecture -q -n 2 --dist loadfile
# Calls in real time leave much of the machine idle: what does not mind waiting has that, beside them. It is one process:
# two would keep two processors busy, and a call that waits for one is heard with gaps.
PATIENT := $(addprefix tests/integration/,speech interaction api records background apps) \
	tests/integration/testing/test_audio_rehearsal.py tests/acceptance/test_command_line.py
PATIENT_LOG := $(VENV)/patient.log

test: setup test-tools ## Run all tests (unit, architecture, integration, acceptance)
	@$(BIN)/pytest $(UNIT); quick=$$?; \
	set -m; OMP_NUM_THREADS=1 $(BIN)/python tests/patiently.py $(BIN)/pytest $(PATIENT) -q --timeout 300 \
		>$(PATIENT_LOG) 2>&1 & beside=$$!; \
	trap 'kill -INT $$beside 2>/dev/null' INT TERM; \
	$(BIN)/pytest tests/integration $(addprefix --ignore=,$(PATIENT)) -q -n 6 --dist worksteal; integrated=$$?; \
	$(BIN)/pytest tests/acceptance $(addprefix --ignore=,$(PATIENT)) -q; called=$$?; \
	echo "Waiting for those that can wait (tail -f $(PATIENT_LOG))"; wait $$beside; computed=$$?; \
	if [ $$computed = 0 ]; then tail -n 1 $(PATIENT_LOG); else cat $(PATIENT_LOG); fi; \
	[ $$quick = 0 ] && [ $$integrated = 0 ] && [ $$called = 0 ] && [ $$computed = 0 ]

test-unit: setup ## Run the tests that need nothing
	@$(BIN)/pytest $(UNIT)

test-recognisers: .venv-recognisers/.installed ## Run the tests of the recognisers that are extras, in .venv-recognisers
	@.venv-recognisers/bin/pytest tests/integration/recognisers -q

.venv-recognisers/.installed: pyproject.toml constraints.txt
	@test -x .venv-recognisers/bin/python || $(PYTHON) -m venv .venv-recognisers
	@.venv-recognisers/bin/pip install --quiet --constraint constraints.txt 'torch==2.13.0'
	@.venv-recognisers/bin/pip install --quiet --constraint constraints.txt --editable '.[test-recognisers]'
	@touch $@

moshi-env: .venv-moshi/.installed ## Make the environment of the Moshi backend, .venv-moshi (docs/moshi.md)

test-moshi: moshi-env ## Run the tests of the Moshi backend on the real classes, in .venv-moshi
	@.venv-moshi/bin/pytest tests/moshi -q

.venv-moshi/.installed: pyproject.toml constraints.txt constraints-moshi.txt
	@test -x .venv-moshi/bin/python || $(PYTHON) -m venv .venv-moshi
	@.venv-moshi/bin/pip install --quiet --constraint constraints.txt 'torch==2.13.0'
	@.venv-moshi/bin/pip install --quiet --constraint constraints.txt --constraint constraints-moshi.txt --editable '.[test,moshi]'
	@.venv-moshi/bin/pip install --quiet --no-deps --requirement constraints-moshi.txt
	@touch $@

test-presidio: .venv-presidio/.installed ## Run the tests of Presidio beside our own redaction, in .venv-presidio
	@.venv-presidio/bin/pytest tests/presidio -q

.venv-presidio/.installed: pyproject.toml constraints.txt
	@test -x .venv-presidio/bin/python || $(PYTHON) -m venv .venv-presidio
	@.venv-presidio/bin/pip install --quiet --constraint constraints.txt 'torch==2.13.0'
	@.venv-presidio/bin/pip install --quiet --constraint constraints.txt --editable '.[presidio,test]'
	@touch $@

check: setup ## Format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

BENCHES := demo recogniser consent webrtc engine_step
bench: setup ## Run the benchmarks that RESULTS.md quotes and that need nothing else
	@for name in $(BENCHES); do echo "== $$name"; $(BIN)/python benchmarks/bench_$$name.py || exit 1; done

bench-models: setup train-deps bench-sets ## The caller's words, and what each gain costs, on made sets (minutes)
	@$(BIN)/python benchmarks/bench_words.py
	@$(BIN)/python benchmarks/bench_pareto.py

bench-sets: setup train-deps ## Make public scenario sets of unheard voices in .data/sets (minutes)
	@$(BIN)/python -m voiceagent.interaction.evaluation.synthetic --out .data/sets

bench-peers: setup .venv-peers/.installed ## Pipecat, Silero and webrtcvad on the same audio: SET=DIR (default: made sets)
	@$(BIN)/python benchmarks/peers/compare.py --set $(or $(SET),.data/sets) --name "$(or $(NAME),made)" \
		--condition $(or $(CONDITION),tel) --out benchmarks/peers/figures.json

.venv-peers/.installed: benchmarks/peers/requirements.txt
	@echo "Setting up .venv-peers, which nothing but this comparison uses"
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet --requirement $<
	@touch $@

train-deps: $(VENV)/.train-deps ## Install the voices of training and of made scenario sets from Debian

$(VENV)/.train-deps: runs/install-train-deps.sh | $(VENV)/.installed
	@runs/install-train-deps.sh
	@touch $@

clean: ## Remove the environment and local state
	@rm -rf $(VENV) .venv-recognisers .venv-moshi .venv-presidio .voiceagent

.PHONY: help setup test-tools demo up test test-unit test-recognisers moshi-env test-moshi test-presidio check bench bench-models bench-sets bench-peers train-deps clean
