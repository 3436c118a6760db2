# One word per chore. Every target installs what it needs on Debian 12 (as root), says so, and is quick when there is nothing to do.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export MSBUILDDISABLENODEREUSE := 1
CONFIGURATION ?= Release

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: deps
deps: ## Install Debian packages and build the native libraries into artifacts/native
	@.ci/deps.sh

.PHONY: build
build: deps ## Build everything
	@dotnet build FleetOperator.sln -c $(CONFIGURATION) -v minimal -nologo
	@.ci/publish.sh

.PHONY: up
up: build ## Start a local fleet of four nodes and watch it finalize
	@if [[ -t 1 ]]; then ./fleet up crds/samples/devnet.yaml; else ./fleet up crds/samples/devnet.yaml --until finalized --detach; fi

.PHONY: test
test: build ## Build, then run all tests; ends with the sum over all suites
	@.ci/test.sh

.PHONY: envtest
envtest: ## Provide a real kube-apiserver for the contract tests (built once, outside of the clone)
	@.ci/envtest.sh

.PHONY: spec
spec: deps ## Run the consensus-spec test vectors and print a count per runner
	@dotnet build tests/Beacon.SpecTests -c $(CONFIGURATION) -v minimal -nologo
	@.ci/test.sh Beacon.SpecTests

.PHONY: lint
lint: deps ## Check formatting, analyzers, shell scripts, the Helm chart and its alerts
	@.ci/shell.sh
	@.ci/chart.sh
	@.ci/alerts-rules.sh
	@dotnet restore FleetOperator.sln -v quiet -nologo
	@dotnet format FleetOperator.sln --verify-no-changes --no-restore

.PHONY: bench
bench: build ## Run the benchmarks and print their tables (OPERATOR: path of another operator than was just built, such as that of an image)
	@artifacts/bin/Benchmarks/release/Benchmarks --filter '*'
	@artifacts/bin/Fleet.Load/release/Fleet.Load $(if $(OPERATOR),--operator $(OPERATOR))

.PHONY: sweep
sweep: build ## Run the operator through workloads with one fault at every point of them (an hour and more; SEED, PLANS, REAL, PLAN, MUTATE)
	@.ci/sweep.sh

.PHONY: alerts
alerts: build ## See alerts arrive and resolve: a local fleet, Debian's Prometheus and Alertmanager, and a webhook (three minutes)
	@.ci/alerts.sh

.PHONY: rootfs
rootfs: deps ## Make the root file systems of the container images in artifacts/images
	@.ci/rootfs.sh

.PHONY: images
images: deps ## Build the container images as OCI archives into artifacts/images, with a list of parts each
	@.ci/images.sh

.PHONY: images-check
images-check: deps ## Build the images twice and compare them byte for byte, then run what is in them
	@.ci/images.sh --check
	@.ci/images-run.sh

.PHONY: chart
chart: ## Pack the Helm chart into artifacts/chart
	@.ci/chart.sh --pack

.PHONY: e2e-cluster
e2e-cluster: deps ## Run the cluster suite on the real cluster that FLEET_E2E_KUBECONFIG names (docs/e2e.md)
	@[[ -n "$${FLEET_E2E_CHART:-}" ]] || .ci/chart.sh --pack
	@dotnet build e2e/Fleet.E2E.Tests -c $(CONFIGURATION) -v minimal -nologo
	@.ci/e2e-cluster.sh
