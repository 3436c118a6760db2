#!/usr/bin/env bash
# Provides Debian's prometheus for tests: the program alone, taken out of its package and kept outside of the clone, so that no service is started. Prints its path as the last line.
set -euo pipefail

cache=${FLEET_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/fleet-operator}/prometheus
program=$cache/prometheus
if [[ -x $program ]]; then
    echo "$program"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
echo "prometheus: downloading Debian's package" >&2
fetch() {
    (cd "$work" && apt-get download -qq prometheus >/dev/null 2>&1)
}
if ! fetch; then
    if [[ $(id -u) == 0 ]]; then
        apt-get update -qq >/dev/null 2>&1 || true
    fi
    if ! fetch; then
        echo "prometheus: Debian's package could not be downloaded; tests that need it are skipped. Run 'apt-get update' as root and try again." >&2
        exit 1
    fi
fi

mkdir -p "$cache"
dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb | tar -x -C "$work" ./usr/bin/prometheus
# At once, so that nobody sees half of it.
mv "$work/usr/bin/prometheus" "$program.$$"
mv "$program.$$" "$program"
echo "$program"
