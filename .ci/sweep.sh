#!/usr/bin/env bash
# Sweeps the operator: every property of a testnet changed and changed back, plans with real nodes, and plans in virtual time. The last line sums up.
#   SEED=1 PLANS=640 REAL=20   how much; PLAN='…' or MUTATE='…' runs exactly what failed, as it was printed
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

configuration=${CONFIGURATION:-release}
sweep=artifacts/bin/Fleet.Sweep/${configuration,,}/Fleet.Sweep
beacon=artifacts/bin/Beacon.Cli/${configuration,,}/beacon
seed=${SEED:-1}

if [[ -n ${PLAN:-} ]]; then
    exec "$sweep" --seed "$seed" --plan "$PLAN" ${REAL:+--real "$beacon"}
elif [[ -n ${MUTATE:-} ]]; then
    exec "$sweep" --seed "$seed" --mutate "$MUTATE"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
"$sweep" --seed "$seed" --mutate all | tee -a "$log" || failed=1
"$sweep" --seed "$seed" --plans "${REAL:-20}" --real "$beacon" | tee -a "$log" || failed=1
"$sweep" --seed "$seed" --plans "${PLANS:-640}" | tee -a "$log" || failed=1

awk '/plans run, / { plans += $1; alarms += $4 } /changed and changed back, / { properties += $1; alarms += $7 }
    END { printf "%d properties changed and changed back; %d plans run, %d alarms\n", properties, plans, alarms }' "$log"
exit "$failed"
