#!/usr/bin/env bash
# Runs a built image without a container engine, as Kubernetes would under Pod Security 'restricted': its entry point as its user, the root file
# system read-only, an empty /tmp, no capabilities, no new privileges; the network is this machine's. Needs root.
#
#   .ci/in-image.sh NAME [--bind PATH]… [ARGUMENTS…]       PATH, below /tmp, is seen at the same place, read-only unless it ends in ':rw'
set -euo pipefail
images=$(cd "$(dirname "$0")/.." && pwd)/artifacts/images

name=$1
shift
archive=$images/$name.tar
if [[ ! -e $archive ]]; then
    echo "in-image: there is no $archive; run 'make images'." >&2
    exit 2
fi
binds=()
while [[ ${1:-} == --bind ]]; do
    binds+=("$2")
    shift 2
done

# Unpacked once for every state of the archive.
blob() { tar -xOf "$archive" "blobs/sha256/${1#sha256:}"; }
manifest=$(blob "$(tar -xOf "$archive" index.json | jq -r '.manifests[0].digest')")
digest=$(jq -r '.config.digest' <<<"$manifest")
config=$(blob "$digest")
unpacked=$images/$name/run/${digest#sha256:}
if [[ ! -d $unpacked ]]; then
    rm -rf "$images/$name/run"
    mkdir -p "$unpacked.$$"
    while read -r layer; do
        blob "$layer" | tar -xz -C "$unpacked.$$" --same-owner -p
    done < <(jq -r '.layers[].digest' <<<"$manifest")
    mkdir -p "$unpacked.$$"/{dev,proc}
    mv -T "$unpacked.$$" "$unpacked"
fi

mapfile -t entry < <(jq -r '.config.Entrypoint[]' <<<"$config")
mapfile -t variables < <(jq -r '.config.Env[]? // empty' <<<"$config")
user=$(jq -r '.config.User' <<<"$config")
command=(/usr/bin/env -i HOME=/tmp "${variables[@]}" /usr/bin/setpriv --no-new-privs /usr/sbin/chroot --userspec="$user" --groups= "$unpacked" "${entry[@]}")

# In a mount and process namespace of its own; all of it ends with this process.
# shellcheck disable=SC2016 # the inner shell expands its own variables
exec unshare --mount --pid --fork --kill-child --propagation private bash -euc '
    root=$1 binds=$2
    shift 2
    mount --bind "$root" "$root"
    mount -t tmpfs -o mode=1777 none "$root/tmp"
    for bind in $binds; do
        path=${bind%:rw}
        if [[ -d $path ]]; then mkdir -p "$root$path"; else mkdir -p "$(dirname "$root$path")" && touch "$root$path"; fi
        mount --bind "$path" "$root$path"
        [[ $bind == *:rw ]] || mount -o remount,bind,ro "$root$path"
    done
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -o remount,bind,ro "$root"
    exec "$@"
' in-image "$unpacked" "${binds[*]}" "${command[@]}" "$@"
