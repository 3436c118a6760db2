#!/usr/bin/env bash
# Prints the pods of a local fleet as targets for the file_sd_configs of a Prometheus, with the labels that the alerts name things by.
#
#   .ci/scrape-targets.sh [KUBECONFIG]     default: that of 'fleet up' without --data-dir
set -euo pipefail

kubeconfig=${1:-${XDG_STATE_HOME:-${HOME:-}/.local/state}/fleet/kubeconfig}
[[ -r $kubeconfig ]] || { echo "scrape-targets: $kubeconfig cannot be read; name the kubeconfig of a fleet that runs" >&2; exit 1; }
command -v kubectl >/dev/null || { echo "scrape-targets: kubectl is missing; install it (Debian: kubernetes-client)" >&2; exit 1; }

# shellcheck disable=SC2016 # kubectl reads these, not the shell
kubectl --kubeconfig "$kubeconfig" get pods --all-namespaces --selector app.kubernetes.io/managed-by=fleet-operator --output go-template='
{{- range $pod := .items}}{{if $pod.status.podIP}}{{range $container := $pod.spec.containers}}{{range $container.ports}}{{if or (eq .name "metrics") (eq .name "vmetrics")}}
- targets: ["{{$pod.status.podIP}}:{{.containerPort}}"]
  labels:
    namespace: "{{$pod.metadata.namespace}}"
    pod: "{{$pod.metadata.name}}"
    container: "{{$container.name}}"
    testnet: "{{index $pod.metadata.labels "beaconfleet.dev/testnet"}}"
    node: "{{index $pod.metadata.labels "beaconfleet.dev/node"}}"
    role: "{{index $pod.metadata.labels "beaconfleet.dev/role"}}"
    iteration: "{{index $pod.metadata.labels "beaconfleet.dev/iteration"}}"
{{- end}}{{end}}{{end}}{{end}}{{end}}
'
