// Record writes down what Helm makes of charts: the recordings in crates/helm-engine/tests/golden.
//
//	go run ./record <cases.jsonl >recording.jsonl
//
// A case is a line {"name": …, "files": {path: text}, "user": values}; its answer is the same line with "is", what
// `helm template rel CHART -n ns --kube-version 1.30.1` prints of it, or "fails", its error.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/release"
)

type testCase struct {
	Name  string            `json:"name"`
	Files map[string]string `json:"files"`
	User  string            `json:"user"`
	Is    *string           `json:"is,omitempty"`
	Fails *string           `json:"fails,omitempty"`
}

func main() {
	log.SetOutput(io.Discard)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var one testCase
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			fmt.Fprintln(os.Stderr, "record:", err)
			os.Exit(1)
		}
		if printed, err := template(one); err != nil {
			text := err.Error()
			one.Fails = &text
		} else {
			one.Is = &printed
		}
		out.Encode(one)
	}
}

// template does what `helm template` does. A panic of Helm is an error of the chart.
func template(one testCase) (printed string, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	user, err := chartutil.ReadValues([]byte(one.User))
	if err != nil {
		return "", err
	}
	var files []*loader.BufferedFile
	for _, name := range slices.Sorted(maps.Keys(one.Files)) {
		files = append(files, &loader.BufferedFile{Name: name, Data: []byte(one.Files[name])})
	}
	chart, err := loader.LoadFiles(files)
	if err != nil {
		return "", err
	}
	if kind := chart.Metadata.Type; kind != "" && kind != "application" {
		return "", errors.Errorf("%s charts are not installable", kind)
	}
	if declared := chart.Metadata.Dependencies; declared != nil {
		if err := action.CheckDependencies(chart, declared); err != nil {
			return "", errors.Wrap(err, "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies")
		}
	}
	version, err := chartutil.ParseKubeVersion("1.30.1")
	if err != nil {
		return "", err
	}
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.DryRun, install.ClientOnly, install.Replace = true, true, true
	install.ReleaseName, install.Namespace, install.KubeVersion = "rel", "ns", version
	rendered, err := install.Run(chart, user)
	if err != nil {
		return "", err
	}
	return text(rendered), nil
}

func text(rendered *release.Release) string {
	var out strings.Builder
	if manifests := strings.TrimSpace(rendered.Manifest); manifests != "" {
		fmt.Fprintln(&out, manifests)
	}
	for _, hook := range rendered.Hooks {
		fmt.Fprintf(&out, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return out.String()
}
