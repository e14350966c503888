# Every daily command. `make help` lists them; each says what it does and how long it took.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The dependency rule of Package.swift, checked by the build: a plain build can miss a forbidden import.
CHECKED := --explicit-target-dependency-import-check error
# One set of flags for every release build: another set would build everything again.
RELEASE := -c release --static-swift-stdlib $(CHECKED)
STEP := scripts/step

.PHONY: help setup build demo test bench bench-nightly fuzz check format release snapshots clean

help: ## this list
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing (apt), and say so
	@scripts/setup.sh

build: setup ## the carillon program in release mode: .build/release/carillon
	@$(STEP) "build carillon (release; the first time takes some minutes)" swift build $(RELEASE) --product carillon

demo: build ## the example campaign from import to report, in its own folder .demo/
	@$(STEP) "demo" scripts/demo.sh

test: ## everything that must hold, in debug mode
	@scripts/setup.sh tests
	@$(STEP) "build with tests (debug; the first time takes some minutes)" swift build --build-tests $(CHECKED)
	@$(STEP) "run the tests" swift test --skip-build --parallel $(CHECKED)

bench: setup ## measure against the machine's own limits; writes bench/results.json
	@scripts/setup.sh bench
	@scripts/bench.sh $(BENCH)

fuzz: setup ## a million changed files through the compiler: no crash, no second without an answer, no 256 MB
	@fuzz/run.sh $(FUZZ)

bench-nightly: setup ## what must hold over more cases than a change can wait for
	@$(STEP) "build carillon-bench (release)" swift build $(RELEASE) --product carillon-bench
	@$(STEP) "nightly" .build/release/carillon-bench nightly
	@$(STEP) "build with tests (debug)" swift build --build-tests $(CHECKED)
	@CARILLON_STORM=7 $(STEP) "100,000 webhooks in every order" swift test --skip-build --filter HookStormTests $(CHECKED)
	@CARILLON_SEEDS=100000 $(STEP) "100,000 bad days" swift test --skip-build --filter EngineSimulationTests $(CHECKED)

check: setup ## what a change must pass: format, build, tests, tidy
	@$(STEP) "format" swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@$(MAKE) test

format: ## settle the layout of all sources
	@$(STEP) "format" swift format --in-place --recursive --parallel Package.swift Sources Tests

snapshots: setup ## rewrite the expected outputs of tests; read the diff like code
	@$(STEP) "rewrite snapshots" env CARILLON_SNAPSHOTS=write swift test $(CHECKED)

release: build ## a stripped binary with the Swift runtime inside: dist/carillon
	@$(STEP) "release" scripts/release.sh

clean: ## remove what building and the demo made
	@rm -rf .build .demo dist
