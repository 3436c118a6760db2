{{- define "fleet-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "fleet-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "fleet-operator.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "fleet-operator.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Name of what belongs to the whole cluster: two releases of one name may live in two namespaces. */ -}}
{{- define "fleet-operator.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "fleet-operator.fullname" .) }}
{{- end }}

{{- define "fleet-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "fleet-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "fleet-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "fleet-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: fleet-operator
{{- end }}

{{- /* What the operator puts on every node's pod. */ -}}
{{- define "fleet-operator.nodeLabels" -}}
app.kubernetes.io/name: beacon
app.kubernetes.io/managed-by: fleet-operator
{{- end }}

{{- define "fleet-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "fleet-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /* An image reference from {repository, tag, digest}. */ -}}
{{- define "fleet-operator.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* "true" when all namespaces are watched: an empty list, as opposed to no list. */ -}}
{{- define "fleet-operator.watchesAll" -}}
{{- if and (kindIs "slice" .Values.watchNamespaces) (empty .Values.watchNamespaces) }}true{{ end }}
{{- end }}

{{- /* The watched namespaces, as JSON {"list": […]}; empty when all are. */ -}}
{{- define "fleet-operator.watched" -}}
{{- $list := list }}
{{- if kindIs "slice" .Values.watchNamespaces }}
{{- $list = .Values.watchNamespaces | uniq }}
{{- else }}
{{- $list = list .Release.Namespace }}
{{- end }}
{{- dict "list" $list | toJson }}
{{- end }}

{{- /* The namespaces whose nodes get a NetworkPolicy, as JSON {"list": […]}. */ -}}
{{- define "fleet-operator.nodeNamespaces" -}}
{{- if include "fleet-operator.watchesAll" . }}
{{- dict "list" (.Values.networkPolicy.nodeNamespaces | uniq) | toJson }}
{{- else }}
{{- include "fleet-operator.watched" . }}
{{- end }}
{{- end }}

{{- /* What the operator does in a namespace with testnets: exactly this, nothing by wildcard, Secrets by name only. */ -}}
{{- define "fleet-operator.rules" -}}
- apiGroups: [beaconfleet.dev]
  resources: [testnets]
  verbs: [list, watch, get, patch]
- apiGroups: [beaconfleet.dev]
  resources: [beaconnodes, canaryrollouts, chainresets]
  verbs: [list, watch, get, create, patch, delete]
- apiGroups: [beaconfleet.dev]
  resources: [testnets/status, beaconnodes/status, canaryrollouts/status, chainresets/status]
  verbs: [patch]
# To name them as owners that wait for their children, where the API server asks for it (OwnerReferencesPermissionEnforcement).
- apiGroups: [beaconfleet.dev]
  resources: [testnets/finalizers, beaconnodes/finalizers, canaryrollouts/finalizers, chainresets/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [list, watch, get, create, patch]
- apiGroups: [""]
  resources: [services, persistentvolumeclaims]
  verbs: [list, watch, get, create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, get, create, patch]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list, watch, get, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create]
# The ends of the logs, and the events, are kept as evidence when a chain is ended.
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [list, create, patch]
{{- end }}
