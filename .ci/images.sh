#!/usr/bin/env bash
# Builds the two images as OCI archives: a self-contained, trimmed single file and the shared libraries it loads, nothing else.
# The Dockerfiles build from the prepared root file system, so that the same file serves buildah here and Docker elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v buildah >/dev/null; then
    if [[ $(id -u) != 0 ]]; then
        echo "images: buildah is missing. Run 'sudo apt-get install buildah' and try again." >&2
        exit 1
    fi
    echo "images: installing buildah"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends buildah >/dev/null
fi

rootfs() { # directory, files whose shared libraries are needed…
    local directory=$1 file library
    shift
    for file in "$@"; do
        ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true
    done | sort -u | while read -r library; do
        install -D -m 755 "$library" "$directory$library"
    done
    mkdir -p "$directory/etc/ssl/certs" "$directory/tmp"
    chmod 1777 "$directory/tmp"
    cp /etc/ssl/certs/ca-certificates.crt "$directory/etc/ssl/certs/"
    printf 'nonroot:x:65532:65532::/:/sbin/nologin\n' >"$directory/etc/passwd"
}

image() { # name, project, executable, further libraries…
    local name=$1 project=$2 executable=$3
    shift 3
    local work=artifacts/images/$name
    rm -rf "$work"
    mkdir -p "$work/rootfs/app"
    echo "images: publishing $name"
    dotnet publish "src/$project" -c Release -p:SingleImage=true -o "$work/publish" -v quiet -nologo
    cp "$work/publish/$executable" "$work/rootfs/app/"
    find "$work/publish" -maxdepth 1 -name '*.so' -exec cp {} "$work/rootfs/app/" \;
    rootfs "$work/rootfs" "$work/rootfs/app/$executable" "$work"/rootfs/app/*.so "$@"
    for library in "$@"; do
        install -D -m 755 "$library" "$work/rootfs$library"
    done
    buildah build --isolation chroot --storage-driver vfs -q -f "src/$project/Dockerfile" -t "localhost/$name:dev" "$work" >/dev/null
    rm -f "artifacts/images/$name.tar"
    buildah push --storage-driver vfs -q "localhost/$name:dev" "oci-archive:artifacts/images/$name.tar:localhost/$name:dev"
    echo "images: artifacts/images/$name.tar, $(($(stat -c %s "artifacts/images/$name.tar") / 1048576)) MiB compressed"
}

library() { ldconfig -p | awk -v name="$1" '$1 == name { print $NF; exit }'; }

image beacon Beacon.Cli beacon "$(library librocksdb.so.7.8)" "$(library libcrypto.so.3)" "$(library libssl.so.3)"
image operator Fleet.Manager Fleet.Manager "$(library libcrypto.so.3)" "$(library libssl.so.3)"
