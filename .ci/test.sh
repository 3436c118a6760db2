#!/usr/bin/env bash
# Runs the built test executables one after another (all, or those named) and prints the sum over all suites as the last line.
# A skipped test must give a reason; with CI=true a skip whose reason does not start with "not here:" fails the run.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

configuration=${CONFIGURATION:-release}
configuration=${configuration,,}
results=artifacts/test-results
patience=2700 # seconds for one suite; the longest takes two thirds of it on two cores
mkdir -p "$results"

if (($#)); then
    suites=("$@")
else
    mapfile -t suites < <(find tests e2e -name '*Tests.csproj' -printf '%f\n' | sed 's/\.csproj$//' | sort)
fi

# What failed is said again at the end, where people and logs that are cut look first.
failures=$(mktemp)
trap 'rm -f "$failures"' EXIT

passed=0 failed=0 skipped=0
for suite in "${suites[@]}"; do
    binary=artifacts/bin/$suite/$configuration/$suite
    if [[ ! -x $binary ]]; then
        echo "$suite is not built; run 'make build' first" | tee -a "$failures" >&2
        failed=$((failed + 1))
        continue
    fi

    # Fleets keep real time: two at once would slow each other down on a small machine.
    parallel=collections
    [[ $suite == Fleet.E2E.Tests ]] && parallel=none

    echo "== $suite"
    rm -f "$results/$suite.xml"
    timeout --foreground --kill-after=10 "$patience" "$binary" -noLogo -noColor -parallel "$parallel" -maxThreads 2 -diagnostics -longRunning 120 -xml "$results/$suite.xml"
    code=$?
    if ((code == 124 || code == 137)); then
        echo "$suite did not end within $patience s and was stopped; above, [Long Running Test] names the test it hung in" | tee -a "$failures" >&2
        failed=$((failed + 1))
        continue
    fi

    if [[ ! -s $results/$suite.xml ]]; then
        echo "$suite ended with exit code $code and wrote no result" | tee -a "$failures" >&2
        failed=$((failed + 1))
        continue
    fi

    read -r p f s < <(grep -o '<assembly [^>]*>' "$results/$suite.xml" | awk '{
        for (i = 1; i <= NF; i++) { split($i, kv, "="); gsub(/[">]/, "", kv[2]); v[kv[1]] = kv[2] }
        print v["passed"] + 0, v["failed"] + v["errors"] + 0, v["skipped"] + v["not-run"] + 0 }')
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if ((f)); then
        grep -o '<test [^>]*result="Fail"[^>]*>\|<message>.*' "$results/$suite.xml" |
            sed -e 's/<test .* name="\([^"]*\)" result.*/\1/' -e 's/<message>\(<!\[CDATA\[\)\?\(.*\)/    \2/' -e 's/\]\]>.*//' | cut -c1-300 >>"$failures"
    fi

    if ((s)); then
        grep -o '<reason>.*</reason>' "$results/$suite.xml" | sed -e 's/<!\[CDATA\[//; s/\]\]>//; s/<[^>]*>//g' | sort | uniq -c |
            while read -r count reason; do echo "skipped in $suite: $count × $reason"; done
        if [[ ${CI:-} == true ]] && grep -o '<reason>.*</reason>' "$results/$suite.xml" | sed -e 's/<!\[CDATA\[//; s/\]\]>//; s/<[^>]*>//g' | grep -qv '^not here:'; then
            echo "$suite skipped something that could have run" | tee -a "$failures" >&2
            failed=$((failed + 1))
        fi
    fi
done

if [[ -s $failures ]]; then
    printf '\nFailed:\n'
    cat "$failures"
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
