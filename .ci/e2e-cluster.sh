#!/usr/bin/env bash
# Runs the cluster suite of e2e/ on the real cluster that FLEET_E2E_KUBECONFIG names; docs/e2e.md tells what it needs and does.
#
#   .ci/e2e-cluster.sh [ARGUMENTS of the test executable, such as -class NAME]
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "e2e-cluster: $1" >&2
    exit 1
}

kubeconfig=${FLEET_E2E_KUBECONFIG:-}
[[ -n $kubeconfig ]] || fail "FLEET_E2E_KUBECONFIG is not set; let it name the kubeconfig of a cluster for tests that can get the two images, see docs/e2e.md."
[[ -r $kubeconfig ]] || fail "FLEET_E2E_KUBECONFIG is $kubeconfig, which cannot be read."
command -v kubectl >/dev/null || fail "kubectl is missing; install it (Debian: kubernetes-client), at most one minor version away from the cluster's."
kubectl --kubeconfig "$kubeconfig" version >/dev/null 2>&1 || fail "the cluster of $kubeconfig does not answer; look with 'kubectl --kubeconfig $kubeconfig version'."

version=$(sed -nE 's:.*<Version>(.*)</Version>.*:\1:p' Directory.Build.props)
chart=${FLEET_E2E_CHART:-artifacts/chart/fleet-operator-$version.tgz}
[[ -e $chart ]] || fail "there is no chart $chart; run 'make chart', or name an archive with FLEET_E2E_CHART."
suite=artifacts/bin/Fleet.E2E.Tests/release/Fleet.E2E.Tests
[[ -x $suite ]] || fail "the suite is not built; run 'make e2e-cluster', which builds it."

echo "e2e-cluster: $(kubectl --kubeconfig "$kubeconfig" config view --minify -o 'jsonpath={.clusters[0].cluster.server}'), $(kubectl --kubeconfig "$kubeconfig" version | sed -n 's/^Server Version: /Kubernetes /p')"
exec "$suite" -noLogo -noColor -parallel none -diagnostics -reporter verbose -namespace Fleet.E2E.Tests.Cluster "$@"
