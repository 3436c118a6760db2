#!/usr/bin/env bash
# Installs what the build and the tests need on Debian 12: packages, and native libraries built into artifacts/native.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(gcc libc6-dev librocksdb7.8 libssl3 curl ca-certificates tar xz-utils nftables)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done

if ((${#missing[@]})); then
    if [[ $(id -u) != 0 ]]; then
        echo "deps: these Debian packages are missing: ${missing[*]}. Run 'sudo apt-get install ${missing[*]}' and try again." >&2
        exit 1
    fi
    echo "deps: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [[ -x .ci/native.sh ]]; then
    .ci/native.sh
fi

# For the tests of what is read from one; they are skipped without it.
.ci/prometheus.sh >/dev/null || true
