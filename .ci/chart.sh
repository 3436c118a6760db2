#!/usr/bin/env bash
# Checks the Helm chart: lint, the rendered objects of every set of values in tests/values against tests/golden, and that every set in
# tests/invalid is refused with the words of its first line.
#
#   .ci/chart.sh            checks
#   .ci/chart.sh --write    writes tests/golden anew
set -euo pipefail
cd "$(dirname "$0")/.."

chart=charts/fleet-operator
helm=$(.ci/helm.sh | tail -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Nothing of the user's own helm: no plugins, no repositories, and no cluster is asked.
: >"$work/none"
chmod 600 "$work/none"
run() {
    env -i PATH="$PATH" HOME="$work" KUBECONFIG="$work/none" "$helm" "$@"
}

failed=0
fail() {
    echo "chart: $1" >&2
    failed=1
}

version=$(sed -nE 's:.*<Version>(.*)</Version>.*:\1:p' Directory.Build.props)
for key in version appVersion; do
    [[ $(awk -v key="$key:" '$1 == key { print $2 }' $chart/Chart.yaml) == "$version" ]] || fail "$key in $chart/Chart.yaml is not $version, the version in Directory.Build.props"
done

render() { # file with values, output
    run template fleet $chart --namespace fleet-system --values "$1" --output-dir "$work/out" >/dev/null
    # One file, in the order of the templates, without the definitions: those are generated and compared with crds/ by a test.
    find "$work/out" -name '*.yaml' -not -path '*/crds/*' | LC_ALL=C sort | xargs cat >"$2"
    rm -rf "$work/out"
}

cases=0
for values in "$chart"/tests/values/*.yaml; do
    name=$(basename "$values")
    cases=$((cases + 1))
    run lint --strict --quiet $chart --namespace fleet-system --values "$values" >"$work/lint" 2>&1 || fail "helm lint refuses $values: $(cat "$work/lint")"
    render "$values" "$work/$name" || { fail "helm template fails with $values"; continue; }
    if [[ ${1:-} == --write ]]; then
        cp "$work/$name" "$chart/tests/golden/$name"
    elif ! diff -u "$chart/tests/golden/$name" "$work/$name" >&2; then
        fail "$chart/tests/golden/$name is stale; look at the difference, then run '.ci/chart.sh --write'"
    fi
done

for golden in "$chart"/tests/golden/*.yaml; do
    [[ -e $chart/tests/values/$(basename "$golden") ]] || fail "$golden has no values beside it"
done

refused=0
for values in "$chart"/tests/invalid/*.yaml; do
    refused=$((refused + 1))
    expected=$(sed -n '1s/^# //p' "$values")
    if run template fleet $chart --namespace fleet-system --values "$values" >/dev/null 2>"$work/error"; then
        fail "$values was accepted"
    elif [[ -z $expected ]] || ! grep -qF -- "$expected" "$work/error"; then
        fail "$values should be refused with '$expected', but helm says: $(cat "$work/error")"
    fi
done

((failed == 0))
echo "chart: $cases sets of values as expected, $refused refused"
