#!/usr/bin/env bash
# Builds the two images as OCI archives, artifacts/images/<name>.tar, with a list of parts beside each, artifacts/images/<name>.spdx.json. The
# Dockerfiles only copy a root file system that .ci/rootfs.sh has made, so that buildah here and Docker elsewhere make the same of them.
#
#   .ci/images.sh              builds
#   .ci/images.sh --check      builds everything a second time from nothing and compares byte for byte
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

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1767225600)}
version=$(sed -nE 's:.*<Version>(.*)</Version>.*:\1:p' Directory.Build.props)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
storage=$(mktemp -d)
trap 'rm -rf "$storage"' EXIT

image() { # name, project, most MiB
    local name=$1 project=$2 limit=$3 work=artifacts/images/$1 size
    buildah --root "$storage/root" --runroot "$storage/run" --storage-driver vfs build --isolation chroot --quiet --layers=false \
        --identity-label=false --timestamp "$SOURCE_DATE_EPOCH" --format oci --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
        --file "src/$project/Dockerfile" --tag "localhost/$name:$version" "$work" >/dev/null
    rm -rf "$work/oci"
    buildah --root "$storage/root" --runroot "$storage/run" --storage-driver vfs push --quiet --format oci --compression-format gzip --compression-level 9 \
        "localhost/$name:$version" "oci:$work/oci:localhost/$name:$version"
    tar --create --file "artifacts/images/$name.tar" --directory "$work/oci" --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
        --owner=0 --group=0 --numeric-owner --format=ustar --mode='u=rwX,go=rX' blobs index.json oci-layout
    cp "$work/sbom.spdx.json" "artifacts/images/$name.spdx.json"
    size=$(stat -c %s "artifacts/images/$name.tar")
    echo "images: artifacts/images/$name.tar, localhost/$name:$version, $(awk -v size="$size" 'BEGIN { printf "%.1f", size / 1048576 }') MiB compressed," \
        "$(jq '.packages | length - 1' "artifacts/images/$name.spdx.json") parts, sha256 $(sha256sum <"artifacts/images/$name.tar" | cut -d' ' -f1)"
    if ((size > limit * 1048576)); then
        echo "images: $name is larger than the $limit MiB it may have." >&2
        exit 1
    fi
}

build() {
    .ci/rootfs.sh operator beacon
    image operator Fleet.Manager 45
    image beacon Beacon.Cli 60
}

build
if [[ ${1:-} == --check ]]; then
    cd artifacts/images
    rm -rf first
    mkdir first
    mv -- *.tar *.spdx.json first/
    rm -rf build operator beacon
    cd ../..
    build
    for file in artifacts/images/first/*; do
        if ! cmp "$file" "artifacts/images/$(basename "$file")"; then
            echo "images: the second build differs from the first, which is kept in artifacts/images/first; compare them with 'diffoscope'." >&2
            exit 1
        fi
    done
    rm -rf artifacts/images/first
    echo "images: the second build is the same, byte for byte"
fi
