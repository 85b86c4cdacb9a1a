{{- define "parley.name" -}}
{{- if contains "parley" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-parley" (.Release.Name | trunc 43) }}{{ end }}
{{- end }}

{{- define "parley.selector" -}}
app.kubernetes.io/name: parley
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "parley.labels" -}}
{{ include "parley.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "parley.secret" -}}
{{ .Values.secrets.existing | default (include "parley.name" .) }}
{{- end }}

{{- /* What fits nowhere together is refused here, with the key's name. */ -}}
{{- define "parley.check" -}}
{{- $values := .Values }}
{{- if and $values.secrets.existing $values.secrets.values }}{{ fail "secrets.existing and secrets.values: only one of them" }}{{ end }}
{{- if not $values.secrets.existing }}
{{- range $key := list "PARLEY_SECRET" "PARLEY_STORE" "PARLEY_OBJECTS_ACCESS_KEY" "PARLEY_OBJECTS_SECRET_KEY" }}
{{- if not (hasKey $values.secrets.values $key) }}{{ fail (printf "secrets.values.%s is missing; or name a Secret in secrets.existing" $key) }}{{ end }}
{{- end }}
{{- if and $values.turn (not (hasKey $values.secrets.values "PARLEY_TURN_SECRET")) }}{{ fail "secrets.values.PARLEY_TURN_SECRET is missing, which turn needs" }}{{ end }}
{{- end }}
{{- if not $values.objects.endpoint }}{{ fail "objects.endpoint is missing: nodes share no folder" }}{{ end }}
{{- if $values.ingress.enabled }}
{{- if not $values.ingress.host }}{{ fail "ingress.host is missing" }}{{ end }}
{{- if not $values.trustedProxies }}{{ fail "trustedProxies is missing: without it every person has the ingress's address, and its limits" }}{{ end }}
{{- end }}
{{- if and $values.autoscaling.enabled (lt (int $values.autoscaling.max) (int $values.autoscaling.min)) }}{{ fail "autoscaling.max is below autoscaling.min" }}{{ end }}
{{- $drain := int (get $values.settings "PARLEY_DRAIN" | default 8) }}
{{- if lt (int $values.terminationGracePeriodSeconds) (add $drain 30 | int) }}{{ fail (printf "terminationGracePeriodSeconds is below the %d seconds of settings.PARLEY_DRAIN and 30 more" $drain) }}{{ end }}
{{- if and $values.metrics.serviceMonitor (not $values.metrics.enabled) }}{{ fail "metrics.serviceMonitor needs metrics.enabled" }}{{ end }}
{{- end }}
