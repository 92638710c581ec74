// Go-helm measures Helm's own chart loader and template engine: the Go side of the bench against_go_helm.
//
//	go-helm times CHART.tgz VALUES OTHER_VALUES    nanoseconds of each step, the best of some rounds
//	go-helm memory CHART.tgz VALUES                the most memory the process had, in KiB, after one render
//
// Everything runs on one thread when GOMAXPROCS is 1, which is how the bench starts it.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
)

const (
	rounds      = 7
	roundLength = 120 * time.Millisecond
)

// steps are the durations of one pass, or their sums.
type steps struct {
	load, values, render time.Duration
}

func (s steps) total() time.Duration { return s.load + s.values + s.render }

func main() {
	log.SetOutput(io.Discard)
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: go-helm times CHART VALUES OTHER_VALUES | go-helm memory CHART VALUES"))
	}
	archive, values := read(os.Args[2]), read(os.Args[3])
	if os.Args[1] == "memory" {
		_, _, size := pass(archive, values)
		fmt.Printf("kib=%d bytes=%d\n", peakMemory(), size)
		return
	}
	best, size := fresh(archive, values)
	again := again(archive, read(os.Args[4]))
	fmt.Printf("load=%d values=%d render=%d again=%d bytes=%d\n", best.load, best.values, best.render, again, size)
}

// fresh times passes that begin with the archive.
func fresh(archive, values []byte) (best steps, size int) {
	for range rounds {
		var sum steps
		count := time.Duration(0)
		for sum.total() < roundLength {
			one, _, written := pass(archive, values)
			sum.load += one.load
			sum.values += one.values
			sum.render += one.render
			size = written
			count++
		}
		mean := steps{sum.load / count, sum.values / count, sum.render / count}
		if best.total() == 0 || mean.total() < best.total() {
			best = mean
		}
	}
	return best, size
}

// again times renders of a chart that is already loaded and was rendered before.
func again(archive, values []byte) (best time.Duration) {
	_, loaded, _ := pass(archive, values)
	user := readValues(values)
	for range rounds {
		count := time.Duration(0)
		start := time.Now()
		for time.Since(start) < roundLength {
			render(loaded, user)
			count++
		}
		if mean := time.Since(start) / count; best == 0 || mean < best {
			best = mean
		}
	}
	return best
}

func pass(archive, values []byte) (steps, *chart.Chart, int) {
	start := time.Now()
	loaded, err := loader.LoadArchive(bytes.NewReader(archive))
	fail(err)
	afterLoad := time.Now()
	user := readValues(values)
	afterValues := time.Now()
	size := render(loaded, user)
	return steps{afterLoad.Sub(start), afterValues.Sub(afterLoad), time.Since(afterValues)}, loaded, size
}

func readValues(text []byte) chartutil.Values {
	values, err := chartutil.ReadValues(text)
	fail(err)
	return values
}

// render does what `helm template` does between the values and the output, and returns the bytes of the manifests.
func render(loaded *chart.Chart, user chartutil.Values) (size int) {
	fail(chartutil.ProcessDependenciesWithMerge(loaded, user))
	release := chartutil.ReleaseOptions{Name: "bench", Namespace: "default", Revision: 1, IsInstall: true}
	capabilities := *chartutil.DefaultCapabilities
	version, err := chartutil.ParseKubeVersion("v1.34.0")
	fail(err)
	capabilities.KubeVersion = *version
	values, err := chartutil.ToRenderValues(loaded, user, release, &capabilities)
	fail(err)
	files, err := engine.Render(loaded, values)
	fail(err)
	for name := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(files, name)
		}
	}
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	fail(err)
	for _, manifest := range manifests {
		size += len(manifest.Content)
	}
	for _, hook := range hooks {
		size += len(hook.Manifest)
	}
	return size
}

// peakMemory is the high-water mark of the resident set as Linux tells it, 0 elsewhere.
func peakMemory() (kib int) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			fmt.Sscan(rest, &kib)
		}
	}
	return kib
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	fail(err)
	return content
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-helm:", err)
		os.Exit(1)
	}
}
