#!/usr/bin/env bash
# Runs what is in the beacon image, as Kubernetes would: help, a mnemonic, keys and genesis (blst), a node that opens its database (RocksDB) and a
# validator that opens its own (SQLite) and signs with real keys; both end cleanly on SIGTERM. The operator's image is run by Fleet.Chart.Tests.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d /tmp/images-run-XXXXXX)
chmod 755 "$work"
processes=()
finish() {
    # Each is an unshare, which takes no SIGTERM while its program runs, and takes its program with it.
    for process in "${processes[@]}"; do kill -KILL "$process" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap finish EXIT

fail() {
    tail -n 20 "$work"/*.log >&2 2>/dev/null || true
    echo "images-run: $1" >&2
    exit 1
}

beacon() { .ci/in-image.sh beacon --bind "$work/shared:rw" "$@"; }
until_true() { # what, seconds, command…
    local what=$1 end=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "$what did not happen in time"
        sleep 0.2
    done
}

# All but this folder is read-only inside.
mkdir "$work/shared"
chown 65532:65532 "$work/shared"

beacon --help | grep -q '^Usage:' || fail "beacon --help prints no usage"
beacon keys new-mnemonic | tee "$work/shared/mnemonic" | grep -qE '^([a-z]+ ){23}[a-z]+$' || fail "keys new-mnemonic prints no 24 words"
chown 65532:65532 "$work/shared/mnemonic"
printf 'PRESET_BASE: minimal\nSLOT_DURATION_MS: 1000\n' >"$work/shared/config.yaml"
root=$(beacon genesis --config="$work/shared/config.yaml" --mnemonic-file="$work/shared/mnemonic" --validators=16 --genesis-time=$(($(date +%s) + 15)) --out="$work/shared/network")
[[ $root =~ ^0x[0-9a-f]{64}$ ]] || fail "genesis prints no root but '$root'"
beacon keys derive --mnemonic-file="$work/shared/mnemonic" --count=16 --out="$work/shared/keys" >/dev/null
beacon keys identity --out="$work/shared/identity" >/dev/null

address=127.77.$((RANDOM % 250)).$((RANDOM % 250 + 1))
mkdir "$work/shared/data"
chown 65532:65532 "$work/shared/data"
.ci/in-image.sh beacon --bind "$work/shared:rw" node --network-dir="$work/shared/network" --peers-file="$work/shared/peers.yaml" --identity-file="$work/shared/identity" \
    --data-dir="$work/shared/data" --iteration=1 --listen-address=$address >"$work/node.log" 2>&1 &
processes+=($!)
node=$!
until_true "an answer of the node's API" 60 curl -sf "http://$address:5052/eth/v1/node/version"
has_database() { [[ -e $(echo "$work"/shared/data/chain/*/CURRENT) ]]; }
until_true "a RocksDB database of the node" 30 has_database
.ci/in-image.sh beacon --bind "$work/shared:rw" validator --network-dir="$work/shared/network" --peers-file="$work/shared/peers.yaml" --data-dir="$work/shared/data" \
    --iteration=1 --listen-address=$address --beacon-node="http://$address:5052" --keys-dir="$work/shared/keys" >"$work/validator.log" 2>&1 &
processes+=($!)
validator=$!
head() { curl -sf "http://$address:5052/eth/v1/beacon/headers/head" | jq -e '(.data.header.message.slot | tonumber) > 3'; }
until_true "a block of the image's own validators" 90 head
[[ -e $(echo "$work"/shared/data/slashing/*/protection.sqlite) ]] || fail "the validator has no slashing protection"
curl -sf "http://$address:8008/metrics" | grep -q '^# TYPE' || fail "the node has no metrics"

# Signals reach the programs, which are the first process inside, run as the image's user, and can do no more than that.
for process in $validator $node; do
    program=$(pgrep -P "$process")
    [[ $(awk '/^(Uid|CapEff|NoNewPrivs):/ { printf "%s ", $2 }' "/proc/$program/status") == "65532 0000000000000000 1 " ]] || fail "a program does not run as 65532 without capabilities"
    kill -TERM "$program"
    code=0
    wait "$process" || code=$?
    ((code == 0)) || fail "a program ended with exit code $code on SIGTERM"
done
processes=()
echo "images-run: beacon ran: keys, genesis, a node on RocksDB and a validator on SQLite, with blocks past slot 3"
