#!/usr/bin/env bash
# Builds the native libraries that Debian does not package into artifacts/native. Quick when they are there already.
#
# blst (BLS12-381): its C sources come inside the npm package below, pinned by the SHA-512 of the tarball. The result is also kept
# outside the clone, under a name made of everything it depends on, so that a second clone needs neither npm nor a compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

package='@chainsafe/blst' version=0.2.11
integrity=511c8e2eae46b71068c626ce9ddda980bc9d0b2d146736e220805cb1102f1b102c4738d92f4e13b107f0464cf96a9854ddad5e6de46832623f1c7c8c0a215242
flags=(-O2 -shared -fPIC -fno-builtin -D__BLST_PORTABLE__ "-Wl,-Bsymbolic")

target=artifacts/native/libblst.so
key=$(printf '%s\n' "$version" "$integrity" "${flags[*]}" "$(uname -m)" | sha256sum | cut -c1-16)
if [[ -s $target && $(cat "$target.key" 2>/dev/null) == "$key" ]]; then
    exit 0
fi

mkdir -p artifacts/native
cache=${FLEET_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/fleet-operator}/native
cached=$cache/libblst-$key.so

# Every file appears by a rename, so that a build running beside this one never sees half of it.
install_from() {
    cp "$1" "$target.$$"
    mv -f "$target.$$" "$target"
    echo "$key" >"$target.key"
}

if [[ -s $cached && $(sha256sum <"$cached") == "$(cat "$cached.sha256" 2>/dev/null)" ]]; then
    install_from "$cached"
    exit 0
fi

for tool in npm gcc; do
    if ! command -v "$tool" >/dev/null; then
        if [[ $(id -u) != 0 ]]; then
            echo "native: $tool is missing. Run 'sudo apt-get install $tool' and try again." >&2
            exit 1
        fi
        echo "native: installing $tool"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$tool" >/dev/null
    fi
done

echo "native: building libblst.so from $package $version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --silent --ignore-scripts "$package@$version" >/dev/null); then
    echo "native: $package $version could not be downloaded with npm. Check the npm registry in 'npm config get registry' and try again." >&2
    exit 1
fi

tarball=$(echo "$work"/*.tgz)
actual=$(sha512sum "$tarball" | cut -d' ' -f1)
if [[ $actual != "$integrity" ]]; then
    echo "native: $package $version has SHA-512 $actual, expected $integrity: the download is damaged or was replaced; nothing was built." >&2
    exit 1
fi

tar -xzf "$tarball" -C "$work" package/blst/src package/blst/build
gcc "${flags[@]}" -o "$work/libblst.so" "$work/package/blst/src/server.c" "$work/package/blst/build/assembly.S"
install_from "$work/libblst.so"

# The cache is a convenience: a read-only home directory must not fail the build.
if mkdir -p "$cache" 2>/dev/null && cp "$work/libblst.so" "$cached.$$" 2>/dev/null; then
    sha256sum <"$cached.$$" >"$cached.sha256"
    mv -f "$cached.$$" "$cached"
fi
