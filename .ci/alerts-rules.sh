#!/usr/bin/env bash
# Checks the alerts of charts/fleet-operator/files/alerts.yaml with Debian's promtool: that Prometheus takes them, and the cases of charts/fleet-operator/tests/alerts.
#
#   .ci/alerts-rules.sh                 checks
#   .ci/alerts-rules.sh --scale FACTOR  prints the rules with every duration multiplied, for chains faster than the usual twelve seconds a slot: 0.1 makes of
#                                       "for: 5m" "for: 30s", and of "[10m]" "[1m]"; nothing becomes shorter than a second
set -euo pipefail
cd "$(dirname "$0")/.."

rules=charts/fleet-operator/files/alerts.yaml

if [[ ${1:-} == --scale ]]; then
    factor=${2:-}
    if ! [[ $factor =~ ^[0-9]+(\.[0-9]+)?$ ]]; then
        echo "alerts-rules: --scale needs a factor, such as 0.1" >&2
        exit 2
    fi
    awk -v factor="$factor" '
        function scaled(text, unit, milliseconds) {
            unit = substr(text, length(text))
            milliseconds = substr(text, 1, length(text) - 1) * (unit == "s" ? 1000 : unit == "m" ? 60000 : 3600000) * factor
            return (milliseconds < 1000 ? 1000 : int(milliseconds)) "ms"
        }
        {
            # Durations stand after "for: " and "offset ", and within brackets.
            line = $0; out = ""
            while (match(line, /(for: |offset |\[|:)[0-9]+[smh]/)) {
                found = substr(line, RSTART, RLENGTH)
                match(found, /[0-9]+[smh]$/)
                head = substr(found, 1, RSTART - 1); duration = substr(found, RSTART)
                at = index(line, found)
                out = out substr(line, 1, at - 1) head scaled(duration)
                line = substr(line, at + length(found))
            }
            print out line
        }' $rules
    exit
fi

prometheus=$(.ci/prometheus.sh | tail -n 1)
promtool=$(dirname "$prometheus")/promtool
tests=(charts/fleet-operator/tests/alerts/*.yaml)
"$promtool" check rules --lint=all --lint-fatal $rules >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.ci/alerts-rules.sh --scale 0.1 >"$work/scaled.yaml"
"$promtool" check rules "$work/scaled.yaml" >/dev/null
if ! "$promtool" test rules "${tests[@]}" >"$work/log" 2>&1; then
    grep -v '^$\|SUCCESS' "$work/log" >&2
    echo "alerts-rules: not as the tests say; above" >&2
    exit 1
fi

echo "alerts-rules: $(grep -c '^  - alert:' $rules) rules, $(cat "${tests[@]}" | grep -c '^- name:') cases as expected"
