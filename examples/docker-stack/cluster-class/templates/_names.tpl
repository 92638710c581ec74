{{/* Every object carries the version of the release, so that releases live side by side. */}}
{{- define "class.name" -}}
{{ .Release.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "class.kubelet" -}}
kubeletExtraArgs:
{{- range $name, $value := .Values.kubeletExtraArgs }}
  - name: {{ $name }}
    value: {{ $value | quote }}
{{- end }}
{{- end }}
