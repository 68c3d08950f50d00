// Package parsers reads what Slipway emits with the YAML parsers that people and programs
// use, and says where they do not agree: on a value, on its type, or on whether the file is
// YAML at all. YAML 1.1 and 1.2 and their parsers take "no", "1e3" or "=" for different
// things; a file that all of them read alike holds what it seems to hold.
//
// Those written in Go run in this process (inprocess.go) and are a judge (judge.go). Those of
// npm and PyYAML run as one process each for thousands of files (process.go); only the tests
// here ask them. That a value is also the right one is shown by the tests, which put strings
// that have been misread somewhere into every place of a spec (traps_test.go).
package parsers

import (
	"fmt"
	"maps"
	"slices"
)

// Reading is what one parser finds in one file.
type Reading struct {
	Docs []any // in the form that value.go tells
	Err  error // why it is no YAML to this parser
}

// Readings are those of several files, in their order, by parser.
type Readings map[string][]Reading

// Disagreement is one place that a parser does not read as Kubernetes does.
type Disagreement struct {
	File    int    // which of the files that were read
	Doc     int    // which document of it, from 0
	Path    string // of the value; empty for the whole file
	Message string
}

// Compare holds every parser against Kubernetes' own: what kubectl and Argo CD read is what
// a file means.
func Compare(readings Readings) []Disagreement {
	var found []Disagreement
	for file, want := range readings[Kubernetes] {
		if want.Err != nil {
			found = append(found, Disagreement{File: file, Message: fmt.Sprintf("%s: %v", Kubernetes, want.Err)})
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(readings)) {
			for _, d := range compareFile(name, want.Docs, readings[name][file]) {
				d.File = file
				found = append(found, d)
			}
		}
	}
	return found
}

func compareFile(name string, want []any, got Reading) []Disagreement {
	if got.Err != nil {
		return []Disagreement{{Message: fmt.Sprintf("%s: %v", name, got.Err)}}
	}
	if len(got.Docs) != len(want) {
		return []Disagreement{{Message: fmt.Sprintf("%s reads %d documents, %s %d", name, len(got.Docs), Kubernetes, len(want))}}
	}
	var found []Disagreement
	for i := range want {
		differences(want[i], got.Docs[i], "", func(path, a, b string) {
			found = append(found, Disagreement{Doc: i, Path: path, Message: fmt.Sprintf("%s reads %s, %s %s", name, b, Kubernetes, a)})
		})
	}
	return found
}
