#!/usr/bin/env bash
# Builds the native libraries that Debian does not package into artifacts/native. Quick when they are there already.
#
# blst (BLS12-381): its C sources come inside the npm package below, pinned by the SHA-512 of the tarball. The result is also kept
# outside the clone, under a name made of everything it depends on, so that a second clone needs neither npm nor a compiler.
# It is built twice, since it does not look at the processor itself: libblst.so for any, and libblst-adx.so for those that have ADX, BMI2 and SHA.
set -euo pipefail
cd "$(dirname "$0")/.."

package='@chainsafe/blst' version=0.2.11
integrity=511c8e2eae46b71068c626ce9ddda980bc9d0b2d146736e220805cb1102f1b102c4738d92f4e13b107f0464cf96a9854ddad5e6de46832623f1c7c8c0a215242
flags=(-O2 -shared -fPIC -fno-builtin "-Wl,-Bsymbolic")
declare -A variants=([libblst]="-D__BLST_PORTABLE__")
if [[ $(uname -m) == x86_64 ]]; then
    variants[libblst-adx]="-mssse3 -madx -mbmi2 -msha"
fi

stamp=artifacts/native/blst.key
key=$(printf '%s\n' "$version" "$integrity" "${flags[*]}" "${variants[*]}" "$(uname -m)" | sha256sum | cut -c1-16)
is_complete() {
    local variant
    for variant in "${!variants[@]}"; do
        [[ -s artifacts/native/$variant.so ]] || return 1
    done
    [[ $(cat "$stamp" 2>/dev/null) == "$key" ]]
}

if is_complete; then
    exit 0
fi

mkdir -p artifacts/native
cache=${FLEET_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/fleet-operator}/native
cached=$cache/blst-$key

# Every file appears by a rename, so that a build running beside this one never sees half of it.
install_from() {
    local variant
    for variant in "${!variants[@]}"; do
        cp "$1/$variant.so" "artifacts/native/$variant.so.$$"
        mv -f "artifacts/native/$variant.so.$$" "artifacts/native/$variant.so"
    done
    echo "$key" >"$stamp"
}

if (cd "$cached" 2>/dev/null && sha256sum --check --status SHA256SUMS 2>/dev/null); then
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

echo "native: building ${!variants[*]} from $package $version"
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
mkdir "$work/out"
for variant in "${!variants[@]}"; do
    read -ra own <<<"${variants[$variant]}"
    gcc "${flags[@]}" "${own[@]}" -o "$work/out/$variant.so" "$work/package/blst/src/server.c" "$work/package/blst/build/assembly.S"
done
(cd "$work/out" && sha256sum -- *.so >SHA256SUMS)
install_from "$work/out"

# The cache is a convenience: a read-only home directory must not fail the build.
if mkdir -p "$cache" 2>/dev/null && cp -r "$work/out" "$cached.$$" 2>/dev/null; then
    mv -T "$cached.$$" "$cached" 2>/dev/null || rm -rf "$cached.$$"
fi
