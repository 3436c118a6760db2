#!/usr/bin/env bash
# Sees alerts arrive and resolve: runs the test of e2e/ that starts a local fleet, Debian's Prometheus and Alertmanager and a webhook. The last line is the figure.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=artifacts/bin/Fleet.E2E.Tests/${CONFIGURATION:-release}/Fleet.E2E.Tests
suite=${suite/Release/release}
[[ -x $suite ]] || { echo "alerts: the test is not built; run 'make alerts', which builds it" >&2; exit 1; }
.ci/prometheus.sh >/dev/null
log=$(mktemp)
trap 'rm -f "$log"' EXIT
timeout --foreground --kill-after=10 600 "$suite" -noLogo -noColor -diagnostics -longRunning 120 -class Fleet.E2E.Tests.AlertTests | tee "$log"
figure=$(grep -o 'alerts: [0-9]* of [0-9]* arrived and resolved' "$log" | tail -n 1)
[[ -n $figure ]] || { echo "alerts: nothing was seen; above" >&2; exit 1; }
echo "$figure"
