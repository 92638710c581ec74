# The only door: every target is one command that CI, a developer and the README share. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := bash
CARGO ?= cargo
# Charts and their expected output from real Helm; beside the project where it is available.
CORPUS ?= ../shared/corpus/helm

.PHONY: help
help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build the operator and csctl
	$(CARGO) build --workspace

.PHONY: testbed-build
testbed-build:
	$(CARGO) run --quiet --package cso-testing --bin testbed -- build

.PHONY: test
test: testbed-build ## Run every test; the first run fetches or builds the real API server and registry
	$(CARGO) test --workspace

.PHONY: lint
lint: ## Formatting, clippy, layers and repository rules
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) xtask layers
	$(CARGO) xtask tidy

.PHONY: deny
deny: ## Licences, advisories and sources of dependencies (needs cargo-deny)
	$(CARGO) deny check

.PHONY: generate
generate: ## Write config/crd from the Rust types
	$(CARGO) xtask generate

.PHONY: verify
verify: ## What CI runs: generated files are current, lint, test
	$(CARGO) xtask generate --check
	$(MAKE) lint
	$(MAKE) test

.PHONY: testbed
testbed: ## Start etcd, kube-apiserver and a registry on loopback until Ctrl-C (CAPI=1: Cluster API as well)
	$(CARGO) run --quiet --package cso-testing --bin testbed -- up $(if $(CAPI),--cluster-api)

.PHONY: demo
demo: ## From a stack's source to a cluster with its add-ons (KEEP=1 leaves it running)
	$(CARGO) build --quiet --package csctl --package cso-operator --package cso-testing
	$(CARGO) run --quiet --package cso-testing --bin demo -- $(if $(KEEP),--keep)

.PHONY: bench
bench: testbed-build ## Measure the operator against the raw rate of the same API server
	$(CARGO) bench --package cso-operator

.PHONY: corpus
corpus: ## Compare csctl template with the recorded output of real Helm
	$(CARGO) build --profile fast --package csctl
	python3 $(CORPUS)/check.py "$(CURDIR)/target/fast/csctl template {release} {chart} -n {ns} -f {values} {flags}" --threshold $(CORPUS_THRESHOLD)

# Share of the judged cases that must agree, in per cent.
CORPUS_THRESHOLD ?= 99.8

.PHONY: clean
clean: ## Remove build output; the cache of the test bed stays
	$(CARGO) clean
