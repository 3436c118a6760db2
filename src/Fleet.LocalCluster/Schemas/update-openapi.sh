#!/usr/bin/env bash
# Regenerates builtin-openapi.json: the schemas and merge keys of the built-in kinds that LocalCluster serves, taken from a running
# kube-apiserver's own OpenAPI document, reachable definitions only, descriptions cut to their first sentence.
#
#   kubectl get --raw /openapi/v2 | ./update-openapi.sh > builtin-openapi.json
set -euo pipefail
jq -c --sort-keys '
  def refs: [.. | objects | .["$ref"]? | strings | ltrimstr("#/definitions/")] | unique;
  def short: (split("\n")[0] | sub("(?<a>^.{40,}?[^.]\\.) .*$"; "\(.a)")) | if length > 240 then .[0:237] + "..." else . end;
  . as $doc
  | ["io.k8s.api.core.v1.Namespace","io.k8s.api.core.v1.Pod","io.k8s.api.core.v1.Service","io.k8s.api.core.v1.ConfigMap",
     "io.k8s.api.core.v1.Secret","io.k8s.api.core.v1.PersistentVolumeClaim","io.k8s.api.core.v1.PersistentVolume",
     "io.k8s.api.core.v1.Node","io.k8s.api.core.v1.Event","io.k8s.api.core.v1.ServiceAccount","io.k8s.api.core.v1.Endpoints",
     "io.k8s.api.apps.v1.StatefulSet","io.k8s.api.policy.v1beta1.PodDisruptionBudget","io.k8s.api.policy.v1beta1.Eviction",
     "io.k8s.api.coordination.v1.Lease","io.k8s.api.events.v1.Event","io.k8s.api.autoscaling.v1.Scale",
     "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
     "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition"] as $roots
  | def closure($names): ([$names[] | $doc.definitions[.] | refs[]] + $names | unique) as $next
      | if ($next | length) == ($names | length) then $next else closure($next) end;
    closure($roots) as $keep
  | {definitions: ($doc.definitions | with_entries(select(.key as $k | $keep | index($k)))
      | walk(if type == "object" and (.description? | type) == "string" then .description |= short else . end))}
'
