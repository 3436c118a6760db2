#!/usr/bin/env bash
# Provides a real kube-apiserver and etcd for the contract tests: those of KUBEBUILDER_ASSETS if it is set, else built once from
# Debian's source package into a cache outside of the clone. Prints where they are as its last line.
set -euo pipefail

version=1.20.2

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
    for program in kube-apiserver etcd; do
        if [[ ! -x $KUBEBUILDER_ASSETS/$program ]]; then
            echo "envtest: KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS holds no $program; correct it, or unset it to build one" >&2
            exit 1
        fi
    done
    echo "envtest: $KUBEBUILDER_ASSETS"
    exit
fi

if [[ -n ${FLEET_CACHE:-} ]]; then
    cache=$FLEET_CACHE
elif [[ $(id -u) == 0 ]]; then
    cache=/var/cache/fleet-operator
else
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/fleet-operator
fi

target=$cache/envtest/$version/bin
if [[ -x $target/kube-apiserver && -x $target/etcd ]]; then
    echo "envtest: $target"
    exit
fi

mkdir -p "$cache/envtest/$version"
exec 9>"$cache/envtest/$version/.lock"
flock 9
if [[ -x $target/kube-apiserver && -x $target/etcd ]]; then
    echo "envtest: $target"
    exit
fi

packages=(golang-go golang-github-modern-go-reflect2-dev jq rsync etcd-server dpkg-dev make xz-utils patch ca-certificates)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done

if ((${#missing[@]})); then
    if [[ $(id -u) != 0 ]]; then
        echo "envtest: these Debian packages are missing: ${missing[*]}. Run 'sudo apt-get install ${missing[*]}' and try again." >&2
        exit 1
    fi
    echo "envtest: installing ${missing[*]}"
    apt-get update -qq

    # Debian starts services on installation; only the programs are wanted here.
    if [[ ! -e /usr/sbin/policy-rc.d ]]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi

    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

build=$cache/envtest/$version/build
log=$cache/envtest/$version/build.log
rm -rf "$build"
mkdir -p "$build/lists/partial" "$build/home" "$build/gopath/src/k8s.io/kubernetes"
: >"$log"

fail() {
    tail -n 40 "$log" >&2
    echo "envtest: $1; the whole log is $log" >&2
    exit 1
}

# Sources of the packages this machine installs from, without touching its own lists.
echo "envtest: downloading the source of kubernetes $version"
{
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -e $file ]] && sed -E 's/^Types:.*/Types: deb-src/' "$file" && echo
    done
} >"$build/deb-src.sources"
{
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [[ -e $file ]] && sed -nE 's/^deb[[:space:]]/deb-src /p' "$file"
    done
} >"$build/deb-src.list" || true
mkdir -p "$build/parts"
cp "$build/deb-src.sources" "$build/deb-src.list" "$build/parts/"
apt=(-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$build/parts" -o Dir::State::Lists="$build/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root -o Acquire::Retries=3)
apt-get "${apt[@]}" update >>"$log" 2>&1 || fail "apt-get could not read the source lists"
(cd "$build" && apt-get "${apt[@]}" source --download-only kubernetes >>"$log" 2>&1) || fail "apt-get could not download the source"
dsc=$(find "$build" -maxdepth 1 -name 'kubernetes_*.dsc')
[[ $dsc == *"$version"* ]] || fail "Debian's source is not kubernetes $version but $(basename "$dsc")"

tar xzf "$build"/kubernetes_*.orig.tar.gz -C "$build/gopath/src/k8s.io/kubernetes" --strip-components=1
tar xJf "$build"/kubernetes_*.debian.tar.xz -C "$build/gopath/src/k8s.io/kubernetes"
(
    cd "$build/gopath/src/k8s.io/kubernetes"
    while read -r name _; do
        [[ -z $name || $name == \#* ]] || patch -p1 -s <"debian/patches/$name"
    done <debian/patches/series
) >>"$log" 2>&1 || fail "a patch of Debian did not apply"

# The reflection package in the source reads maps in a way that Go has not allowed since 1.18: the server would crash while it encodes them.
vendored=$build/gopath/src/k8s.io/kubernetes/vendor/github.com/modern-go/reflect2
rm -rf "$vendored"
cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 "$vendored"

echo "envtest: building kube-apiserver (about 5 to 10 minutes on two cores)"
(
    cd "$build/gopath/src/k8s.io/kubernetes"
    env -u GOFLAGS -u GOROOT HOME="$build/home" GOPATH="$build/gopath" GOCACHE="$build/gocache" GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0 \
        nice make WHAT=cmd/kube-apiserver
) >>"$log" 2>&1 || fail "the build failed"

mkdir -p "$target.new"
install -m 755 "$build/gopath/src/k8s.io/kubernetes/_output/local/go/bin/kube-apiserver" "$target.new/kube-apiserver"
install -m 755 "$(command -v etcd)" "$target.new/etcd"
rm -rf "$target"
mv "$target.new" "$target"
chmod -R u+w "$build"
rm -rf "$build"
echo "envtest: $target"
