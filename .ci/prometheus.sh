#!/usr/bin/env bash
# Provides Debian's prometheus, promtool and prometheus-alertmanager for tests: the programs alone, taken out of their packages and kept outside of the clone,
# so that no service is started. Prints the path of prometheus as the last line; the others lie beside it. Alertmanager reads templates whose place is built into it: they are
# put there, which takes root; without them Alertmanager cannot be run and what needs it is skipped.
set -euo pipefail

cache=${FLEET_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/fleet-operator}/prometheus
programs=(prometheus promtool prometheus-alertmanager)
templates=/usr/share/prometheus/alertmanager

put_templates() {
    if [[ $(id -u) == 0 && ! -e $templates/email.tmpl ]]; then
        install -D -m 644 -t "$templates" "$cache"/templates/*.tmpl
    fi
}

complete() {
    [[ -e $cache/templates/email.tmpl ]] || return 1
    for program in "${programs[@]}"; do
        [[ -x $cache/$program ]] || return 1
    done
}

if complete; then
    put_templates
    echo "$cache/prometheus"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
echo "prometheus: downloading Debian's packages" >&2
fetch() {
    (cd "$work" && apt-get download -qq prometheus prometheus-alertmanager >/dev/null 2>&1)
}
if ! fetch; then
    if [[ $(id -u) == 0 ]]; then
        apt-get update -qq >/dev/null 2>&1 || true
    fi
    if ! fetch; then
        echo "prometheus: Debian's packages could not be downloaded; tests that need them are skipped. Run 'apt-get update' as root and try again." >&2
        exit 1
    fi
fi

mkdir -p "$cache"
for package in "$work"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work" ./usr
done
mkdir -p "$cache/templates"
cp "$work$templates"/*.tmpl "$cache/templates"
for program in "${programs[@]}"; do
    # At once, so that nobody sees half of it.
    mv "$work/usr/bin/$program" "$cache/$program.$$"
    mv "$cache/$program.$$" "$cache/$program"
done
put_templates
echo "$cache/prometheus"
