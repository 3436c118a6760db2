#!/usr/bin/env bash
# Makes the root file systems of the images in artifacts/images/<name>/rootfs: the published executable, the shared libraries it needs out of
# Debian packages, and nothing else; beside each its list of parts, sbom.spdx.json.
#
#   .ci/rootfs.sh [operator] [beacon]
#
# The packages are downloaded, not installed: what lies on this machine otherwise does not get in. Newest versions of Debian 12 are taken, so that
# images get its security updates; which they were is in the list of parts.
set -euo pipefail
cd "$(dirname "$0")/.."

# What both need: the C runtime, OpenSSL for .NET's cryptography, certificate authorities. .NET's own runtime is C++, and so is RocksDB.
common=(base-files libc6 libssl3 ca-certificates)
cxx=(gcc-12-base libgcc-s1 libstdc++6)
rocksdb=(librocksdb7.8 libgflags2.2 libsnappy1v5 zlib1g libbz2-1.0 liblz4-1 libzstd1)

# shellcheck source=/dev/null
if [[ $(. /etc/os-release && echo "$ID $VERSION_ID $(dpkg --print-architecture)") != "debian 12 amd64" ]]; then
    echo "rootfs: the images are made of Debian 12's packages for amd64; run this on such a machine or in such a container." >&2
    exit 1
fi

tools=(jq binutils)
missing=()
for package in "${tools[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
    if [[ $(id -u) != 0 ]]; then
        echo "rootfs: these Debian packages are missing: ${missing[*]}. Run 'sudo apt-get install ${missing[*]}' and try again." >&2
        exit 1
    fi
    echo "rootfs: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# One time for everything in an image: that of the commit.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1767225600)}
export LC_ALL=C TZ=UTC
umask 022
images=$PWD/artifacts/images
debs=$images/debs
mkdir -p "$debs"

# Downloads the newest version of a package unless it is there; prints the file.
download() {
    local package=$1 version file
    version=$(apt-cache policy "$package" | awk '/Candidate:/ { print $2 }')
    file=$debs/${package}_${version//:/%3a}_amd64.deb
    [[ -e $file ]] || file=${file/_amd64.deb/_all.deb}
    if [[ ! -e $file ]]; then
        (cd "$debs" && { apt-get download -qq -o APT::Sandbox::User=root "$package" || { apt-get update -qq && apt-get download -qq -o APT::Sandbox::User=root "$package"; }; }) >&2 || {
            echo "rootfs: the Debian package $package could not be downloaded; check the sources of apt and try again." >&2
            exit 1
        }
        version=$(apt-cache policy "$package" | awk '/Candidate:/ { print $2 }')
        file=$(echo "$debs/${package}_${version//:/%3a}"_*.deb)
    fi
    echo "$file"
}

publish() { # name, project
    echo "rootfs: publishing $1"
    rm -rf "$images/$1/publish"
    # A build of its own, so that neither the compiler's options here nor those of 'make build' leave traces in the other. That one analyzes the code.
    # No symbols: they are not in the image, and those of generated code differ from build to build, which would show in the identity of the library.
    dotnet publish "src/$2" -c Release -p:SingleImage=true -p:ContinuousIntegrationBuild=true -p:RunAnalyzers=false -p:DebugType=none -p:ArtifactsPath="$images/build" \
        -o "$images/$1/publish" -v quiet -nologo
}

# Copies a shared library out of the unpacked packages, and what it needs, to where the loader looks for it.
library() { # soname
    local soname=$1 found
    [[ -e $root/usr/lib/x86_64-linux-gnu/$soname || -e $root/app/$soname ]] && return
    found=$(find "$unpacked" -name "$soname" -path '*/lib/x86_64-linux-gnu/*' | head -n 1)
    if [[ -z $found ]]; then
        echo "rootfs: $soname is needed, but in none of the packages ${packages[*]}; add its package in .ci/rootfs.sh." >&2
        exit 1
    fi
    install -D -m 644 "$(readlink -f "$found")" "$root/usr/lib/x86_64-linux-gnu/$soname"
    needs "$found"
}

needs() { # file
    local soname
    while read -r soname; do
        library "$soname"
    done < <(readelf -d "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p')
}

rootfs() { # name, project, executable, libraries that are loaded by name, Debian packages…
    local name=$1 project=$2 executable=$3 loaded=$4 package deb
    shift 4
    packages=("$@")
    publish "$name" "$project"

    root=$images/$name/rootfs unpacked=$images/$name/unpacked
    rm -rf "$root" "$unpacked"
    mkdir -p "$root"/{app,etc/ssl/certs,tmp,usr/lib/x86_64-linux-gnu,usr/lib64,usr/lib/ssl,var/lib/dpkg/status.d} "$unpacked"
    ln -s usr/lib "$root/lib"
    ln -s usr/lib64 "$root/lib64"
    ln -s ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$root/usr/lib64/ld-linux-x86-64.so.2"
    : >"$images/$name/packages.txt"
    for package in "${packages[@]}"; do
        deb=$(download "$package")
        dpkg-deb -x "$deb" "$unpacked"
        # Where scanners for known vulnerabilities look for what is installed; and the licences.
        dpkg-deb -f "$deb" >"$root/var/lib/dpkg/status.d/$package"
        install -D -m 644 "$(readlink -f "$unpacked/usr/share/doc/$package")/copyright" "$root/usr/share/doc/$package/copyright"
        echo "$package $(dpkg-deb -f "$deb" Version) $(dpkg-deb -f "$deb" Architecture) $(sha256sum <"$deb" | cut -d' ' -f1)" >>"$images/$name/packages.txt"
    done

    install -m 755 "$images/$name/publish/$executable" "$root/app/"
    find "$images/$name/publish" -maxdepth 1 -name '*.so' -exec install -m 644 {} "$root/app/" \;
    library ld-linux-x86-64.so.2
    chmod 755 "$root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    for file in "$root"/app/*; do
        needs "$file"
    done
    for soname in $loaded; do
        library "$soname"
    done

    find "$unpacked/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat >"$root/etc/ssl/certs/ca-certificates.crt"
    ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
    ln -s /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
    cp "$unpacked/usr/lib/os-release" "$root/usr/lib/os-release"
    ln -s ../usr/lib/os-release "$root/etc/os-release"
    printf 'nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n' >"$root/etc/passwd"
    printf 'nonroot:x:65532:\n' >"$root/etc/group"
    printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
    rm -rf "$unpacked"

    .ci/sbom.sh "$name" "$project"
    find "$root" -type d -exec chmod 755 {} +
    chmod 1777 "$root/tmp"
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    echo "rootfs: artifacts/images/$name/rootfs, $(du -sm --apparent-size "$root" | cut -f1) MiB"
}

(($#)) || set -- operator beacon
for image in "$@"; do
    case $image in
        operator)
            packages=("${common[@]}")
            [[ ${PUBLISH_AOT:-true} == true ]] || packages+=("${cxx[@]}")
            rootfs operator Fleet.Manager Fleet.Manager "libssl.so.3 libcrypto.so.3" "${packages[@]}"
            ;;
        beacon) rootfs beacon Beacon.Cli beacon "libssl.so.3 libcrypto.so.3 librocksdb.so.7.8" "${common[@]}" "${cxx[@]}" "${rocksdb[@]}" ;;
        *) echo "rootfs: there is no image '$image'; it is operator or beacon." >&2 && exit 2 ;;
    esac
done
