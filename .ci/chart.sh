#!/usr/bin/env bash
# Checks the Helm chart: lint, the rendered objects of every set of values in tests/values against tests/golden, and that every set in
# tests/invalid is refused with the words of its first line.
#
#   .ci/chart.sh            checks
#   .ci/chart.sh --write    writes tests/golden anew
#   .ci/chart.sh --pack     packs it into artifacts/chart, the same archive for the same commit
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

if [[ ${1:-} == --pack ]]; then
    ((failed == 0)) || exit 1
    export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1767225600)}
    run package $chart --destination "$work" >/dev/null
    tar -xzmf "$work/fleet-operator-$version.tgz" -C "$work"
    mkdir -p artifacts/chart
    archive=artifacts/chart/fleet-operator-$version.tgz
    tar --create --directory "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' --format=ustar fleet-operator |
        gzip -9n >"$archive"
    echo "chart: $archive"
    exit
fi

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

# The definitions: as many as in crds/, each kept on uninstall; none where another release has them.
definitions=$(find crds -maxdepth 1 -name '*.yaml' | wc -l)
kept=$(run template fleet $chart --namespace fleet-system | awk '/^kind: CustomResourceDefinition$/ { crd = 1 } /^---/ { crd = 0 } crd && /^    helm.sh\/resource-policy: keep$/' | wc -l)
((kept == definitions)) || fail "$kept definitions are kept on uninstall, but crds/ has $definitions"
if run template fleet $chart --namespace fleet-system --set crds.install=false | grep -q '^kind: CustomResourceDefinition$'; then
    fail "definitions are installed in spite of crds.install=false"
fi

((failed == 0))
echo "chart: $cases sets of values as expected, $refused refused"
