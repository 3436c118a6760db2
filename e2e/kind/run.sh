#!/usr/bin/env bash
# Runs the cluster suite of e2e/ on kind: makes a cluster of its own, loads the images of this checkout, runs the suite, deletes the cluster.
#
#   e2e/kind/run.sh              KIND_NODE_IMAGE names another version of Kubernetes, as kindest/node:v…
set -euo pipefail
cd "$(dirname "$0")/../.."

for program in kind kubectl; do
    if ! command -v "$program" >/dev/null; then
        echo "kind: $program is missing; install it and a container engine that kind can use, and try again." >&2
        exit 1
    fi
done

make images chart

cluster=fleet-e2e-$$
work=$(mktemp -d)
finish() {
    kind delete cluster --name "$cluster" --kubeconfig "$work/kubeconfig" || true
    rm -rf "$work"
}
trap finish EXIT

options=(--name "$cluster" --kubeconfig "$work/kubeconfig" --wait 5m)
[[ -z ${KIND_NODE_IMAGE:-} ]] || options+=(--image "$KIND_NODE_IMAGE")
kind create cluster "${options[@]}"
for image in operator beacon; do
    kind load image-archive "artifacts/images/$image.tar" --name "$cluster"
done

FLEET_E2E_KUBECONFIG=$work/kubeconfig make e2e-cluster
