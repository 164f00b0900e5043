# The verbs of panictrail; `make help` lists them. CI calls the same verbs (.ci/run).
# `make demo` needs Python 3.11+, make and git; `make check` and `make test` also need Go.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV_VERSION := 0.13.9
UV := .cache/uv-$(UV_VERSION)/bin/uv
COMPILE := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(UPGRADE)
GO_MODULES = $(sort $(patsubst %/go.mod,%,$(shell find go -name go.mod -not -path '*/testdata/*')))

.PHONY: demo scale-out test check golden bench bench-clusters bench-suspects chaos fuzz matrix capture-matrix browser docs lock clean help dev lint-go

demo: .venv/.package .demo/abacus.git ## analyse the sample crashes with their history; the report goes to .demo/report.html
	@$(BIN)/panictrail analyze docs/demo docs/demo-cause/crashes.jsonl --events docs/demo-cause/events.jsonl \
		--repo abacus=.demo/abacus.git --repo panictrail=. --html .demo/report.html
	@echo
	@echo "Report:        .demo/report.html (open it in a browser)"
	@echo "Your own log:  $(BIN)/panictrail analyze PATH/TO/YOUR.log"
	@echo "Read on:       docs/quickstart.md"

.demo/abacus.git: docs/demo-cause/abacus.bundle
	@rm -rf $@
	@git clone --quiet --mirror $< $@

test: dev lint-go ## all tests: Go with the race detector, then Python
	@for module in $(GO_MODULES); do (cd "$$module" && go test -race ./...); done
	@# Bringing the broker's jars may take longer than a test may; what is wrong with it, the tests say too.
	-@ops/kafka/kafka-local libs
	@$(BIN)/pytest -n 2

check: dev lint-go ## format, lint, types, import rules, schema drift, reference drift, doc links
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter
	@$(BIN)/python tests/tools/schemas.py --check schemas
	@$(BIN)/python -m tests.tools.reference --check
	@$(BIN)/python -m ops.grafana --check
	@$(BIN)/python -m tests.docs.links

golden: dev ## rewrite the expected files of tests/golden; review the diff
	@$(BIN)/python -m tests.golden.rewrite
	@$(BIN)/python -m tests.unit.core.webhooks.cases

bench: dev ## run every script in benchmarks/
	@$(BIN)/python benchmarks/run.py

docs: dev ## rewrite what is generated: docs/reference, schemas and dashboards
	@$(BIN)/python -m tests.tools.reference
	@$(BIN)/python -m ops.grafana
	@$(BIN)/python tests/tools/schemas.py schemas

bench-clusters: dev ## every method of grouping on generated histories, open and kept aside: one table; some minutes
	@$(BIN)/python -m benchmarks.clusters.table

bench-suspects: dev ## attribution and what others do on generated histories: one table; some minutes
	@$(BIN)/python -m benchmarks.suspects.table --seeds 1,2

chaos: dev ## kill the pipeline on Kafka again and again, three times 100,000 crashes; about half an hour
	@$(BIN)/python -m tests.chaos --seed 1 2 3
	@$(BIN)/python -m tests.chaos --mutation all

matrix: dev ## Go 1.16 to 1.27, stripped, PIE, cgo, arm64: addresses and cores against the programs themselves; hours
	@$(BIN)/python -m tests.symbolize.arm64
	@$(BIN)/python -m tests.symbolize.foreign
	@$(BIN)/python -m tests.symbolize --judge

capture-matrix: scale-out ## 200 programs crash at once under panicwatch, 20 rounds of each kind, every record against its own runtime; the collector is killed 50 times; minutes
	@cd go && go run ./panicwatch/matrix
	@cd go && go run ./panicwatch/figures -tini "$$(../ops/debian/fetch tini)/usr/bin/tini"
	@$(BIN)/python -m tests.e2e.both_routes
	@$(BIN)/python -m tests.kafka.spool_kills

browser: dev ## the report page in a real browser, at phone and desktop width, light, dark and printed
	@$(BIN)/python -m tests.browser

fuzz: dev ## half an hour of texts that nobody wrote, a quarter each of binaries and cores that lie, Go source and webhooks, through what reads them
	@$(BIN)/python -m tests.fuzz --seconds 1800
	@$(BIN)/python -m tests.fuzz.symbolize --seconds 900
	@$(BIN)/python -m tests.fuzz.source --seconds 900
	@$(BIN)/python -m tests.fuzz.webhooks --seconds 900

scale-out: .venv/.scale-out .venv/.package ## add what the pipeline on Kafka needs to .venv
	@:

lock: $(UV) ## resolve pyproject.toml into the lock files; UPGRADE=--upgrade moves every version
	@$(COMPILE) --group build --output-file requirements.lock
	@$(COMPILE) --extra scale-out --constraints requirements.lock --output-file requirements-scale-out.lock
	@$(COMPILE) --group dev --all-extras --constraints requirements.lock --output-file requirements-dev.lock
	@grep -c == requirements.lock requirements-scale-out.lock requirements-dev.lock

clean: ## remove everything that make made: .venv, .demo, .cache
	@rm -rf .venv .demo .cache

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/p' Makefile | expand -t 16

dev: .venv/.dev .venv/.package
	@:

lint-go:
	@command -v go >/dev/null || { echo "make: Go is needed to check and test go/ (see go/go.mod)" >&2; exit 2; }
	@unformatted=$$(gofmt -l go); test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted" >&2; exit 1; }
	@for module in $(GO_MODULES); do (cd "$$module" && go vet ./...); done

# ---- the environment; a stamp per step, so that a second run does nothing

.venv/.python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "set-up: $$("$$python" --version) in .venv"; "$$python" -m venv --clear .venv; touch $@; exit 0; \
	  fi; \
	done; \
	echo "make: needs Python 3.11 or newer with its venv module; name one by: make PYTHON=/path/to/python3" >&2; \
	echo "      (Debian and Ubuntu: apt install python3 python3-venv)" >&2; exit 2

.venv/.runtime: .venv/.python requirements.lock
	@echo "set-up: $$(grep -c == requirements.lock) packages from requirements.lock"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/.scale-out: .venv/.runtime requirements-scale-out.lock
	@echo "set-up: $$(grep -c == requirements-scale-out.lock) packages from requirements-scale-out.lock"
	@$(PIP) install --require-hashes -r requirements-scale-out.lock
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	@echo "set-up: $$(grep -c == requirements-dev.lock) packages from requirements-dev.lock"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv/.package: .venv/.runtime pyproject.toml
	@echo "set-up: panictrail, editable"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(UV):
	@python3 -m venv .cache/uv-$(UV_VERSION)
	@.cache/uv-$(UV_VERSION)/bin/python -m pip --quiet --disable-pip-version-check install uv==$(UV_VERSION)
