{{/* What the schema can't say, or not as clearly: each fault is one sentence. */}}
{{- define "kready.validate" -}}
{{- $values := .Values -}}
{{- if and $values.image.tag $values.image.digest -}}
{{- fail "image.tag and image.digest are both set: leave one of them empty" -}}
{{- end -}}
{{- if and $values.config $values.existingConfigMap -}}
{{- fail "config and existingConfigMap are both set: leave one of them empty" -}}
{{- end -}}
{{- if and (not $values.serviceAccount.create) (not $values.serviceAccount.name) -}}
{{- fail "serviceAccount.create is false: name the ServiceAccount in serviceAccount.name" -}}
{{- end -}}
{{- if and $values.metrics.enabled (not $values.reports.enabled) (not $values.metrics.push.url) -}}
{{- fail "metrics.enabled needs a place for the metrics: set reports.enabled or metrics.push.url" -}}
{{- end -}}
{{- if $values.metrics.push.url -}}
{{- if not $values.metrics.enabled -}}
{{- fail "metrics.push.url is set, and metrics.enabled is false: set metrics.enabled" -}}
{{- end -}}
{{- if regexMatch "[@?#]" $values.metrics.push.url -}}
{{- fail "metrics.push.url has a login, a query or a fragment, which would be in the pod's arguments: give the address alone" -}}
{{- end -}}
{{- if not $values.metrics.push.image -}}
{{- fail "metrics.push.url needs an image that has curl: name it in metrics.push.image" -}}
{{- end -}}
{{- if $values.gate.enabled -}}
{{- fail "metrics.push.url and gate.enabled are both set: an audit that fails its pod is never pushed; alert on kready_verdict instead" -}}
{{- end -}}
{{- end -}}
{{- if $values.fleet.enabled -}}
{{- if not $values.fleet.clusters -}}
{{- fail "fleet.enabled needs clusters: list a name and the Secret of a kubeconfig for each in fleet.clusters" -}}
{{- end -}}
{{- if semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version -}}
{{- fail (printf "fleet.enabled needs Kubernetes 1.29 or newer (backoffLimitPerIndex): this is %s" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- $names := dict -}}
{{- range $values.fleet.clusters -}}
{{- if hasKey $names .name -}}
{{- fail (printf "fleet.clusters names %s twice" .name) -}}
{{- end -}}
{{- $_ := set $names .name true -}}
{{- end -}}
{{- if and $values.reports.enabled (gt (int $values.fleet.parallelism) 1) (not $values.reports.claim.existing) (not (has "ReadWriteMany" $values.reports.claim.accessModes)) -}}
{{- fail "fleet.parallelism is above 1, and the pods can't share the volume of reports: set reports.claim.accessModes to [ReadWriteMany], or fleet.parallelism to 1" -}}
{{- end -}}
{{- else if $values.fleet.clusters -}}
{{- fail "fleet.clusters is set, and fleet.enabled is false: set fleet.enabled" -}}
{{- end -}}
{{- end -}}
