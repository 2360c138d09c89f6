{{/* The name of everything; that of a CronJob has at most 52 characters. */}}
{{- define "kready.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kready.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kready.text" (default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-") }}
app.kubernetes.io/instance: {{ include "kready.text" .Release.Name }}
{{- end -}}

{{/* Labels of one's own never take the place of those that select. */}}
{{- define "kready.labels" -}}
{{- $labels := include "kready.selectorLabels" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- toYaml (merge $labels .Values.commonLabels) -}}
{{- end -}}

{{- define "kready.podLabels" -}}
{{- toYaml (merge (include "kready.labels" . | fromYaml) .Values.podLabels) -}}
{{- end -}}

{{- define "kready.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "kready.fullname" .) -}}
{{- end -}}

{{- define "kready.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The ConfigMap that holds kready.yaml; empty without one. */}}
{{- define "kready.config" -}}
{{- if .Values.existingConfigMap -}}
{{- .Values.existingConfigMap -}}
{{- else if .Values.config -}}
{{- include "kready.fullname" . -}}
{{- end -}}
{{- end -}}

{{/* What the files of a run are called, without their ending: by the Job, or always the same; in a fleet by the index too. */}}
{{- define "kready.file" -}}
{{- if eq .Values.reports.naming "run" -}}$(JOB_NAME){{- else -}}{{ include "kready.fullname" . }}{{- end -}}
{{- if .Values.fleet.enabled -}}-$(JOB_COMPLETION_INDEX){{- end -}}
{{- end -}}

{{/* Metrics are always in the same file: a collector reads the last ones. */}}
{{- define "kready.metrics" -}}
/reports/{{ include "kready.fullname" . }}{{- if .Values.fleet.enabled -}}-$(JOB_COMPLETION_INDEX){{- end -}}.prom
{{- end -}}

{{/* A text on one line, in quotes only where it needs them: no value breaks out of its place. */}}
{{- define "kready.text" -}}
{{- $text := toString . -}}
{{- if and (regexMatch "^[A-Za-z/][A-Za-z0-9./_-]*$" $text) (not (has (lower $text) (list "true" "false" "null" "yes" "no" "on" "off" "y" "n"))) -}}
{{- $text -}}
{{- else -}}
{{- $text | toJson -}}
{{- end -}}
{{- end -}}

{{/* A list of texts in brackets. */}}
{{- define "kready.list" -}}
[{{- range $place, $text := . }}{{ if $place }}, {{ end }}{{ include "kready.text" $text }}{{ end -}}]
{{- end -}}

{{/* An argument as it is written: the kubelet would take $(NAME) for a variable. */}}
{{- define "kready.argument" -}}
{{- . | toString | replace "$(" "$$(" | toJson -}}
{{- end -}}

{{/* Rules of RBAC, a line for each part; `comment` stands before each. */}}
{{- define "kready.rules" -}}
{{- $comment := .comment -}}
{{- range .rules }}
{{- if .nonResourceURLs }}
{{ $comment }}- nonResourceURLs: {{ include "kready.list" .nonResourceURLs }}
{{- else }}
{{ $comment }}- apiGroups: {{ include "kready.list" .apiGroups }}
{{ $comment }}  resources: {{ include "kready.list" .resources }}
{{- end }}
{{ $comment }}  verbs: {{ include "kready.list" .verbs }}
{{- end }}
{{- end -}}

{{/* Where metrics are pushed: a group for each cluster, so that one replaces nothing of another. */}}
{{- define "kready.pushAddress" -}}
{{- with .Values.metrics.push -}}
{{ trimSuffix "/" .url | replace "$(" "$$(" }}/metrics/job/{{ .job | urlquery }}{{ with .cluster }}/cluster/{{ . | urlquery }}{{ end }}
{{- end -}}
{{- if .Values.fleet.enabled -}}/index/$(JOB_COMPLETION_INDEX){{- end -}}
{{- end -}}

{{/* The rules of a role: as they are written when they are one's own. */}}
{{- define "kready.granted" -}}
{{- if .own }}{{ toYaml .own }}{{ else }}{{ include "kready.rules" (dict "rules" .rules "comment" "") | trim }}{{ end -}}
{{- end -}}
