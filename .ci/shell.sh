#!/usr/bin/env bash
# Checks every shell script with shellcheck.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v shellcheck >/dev/null; then
    if [[ $(id -u) != 0 ]]; then
        echo "shell: shellcheck is missing. Run 'sudo apt-get install shellcheck' and try again." >&2
        exit 1
    fi
    echo "shell: installing shellcheck"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends shellcheck >/dev/null
fi

scripts=(fleet .ci/run .ci/*.sh e2e/kind/run.sh)
shellcheck "${scripts[@]}"
echo "shell: ${#scripts[@]} scripts without findings"
