// Package judge asks the programs that will read Slipway's output what they think of it:
// the typed decoders, defaults and validation of Kubernetes, Tekton, Tekton Triggers, Argo
// CD and Argo Rollouts, their CRDs, and Pod Security admission. Where no upstream asks, it
// holds output to the hazards of the design: who reaches which credential (trust.go), what
// one object says of another (references.go), values that become shell and releases that do
// not wait (tekton_*.go), deletion and permission in Argo CD (argocd*.go), kustomizations
// (kustomizations.go). It holds no opinion on what the compiler meant; what the compiler
// means is held by golden files.
//
// A judge reads a Tree, which is what one compile wrote, and returns Findings. Good output
// has none. That each judge is alive is shown by package faults, which breaks good output
// on purpose and counts who notices.
package judge

import (
	"fmt"
	"slices"
	"strings"
)

// Judge looks at one tree.
type Judge struct {
	// Name is short and stable: the report of faults names who caught what.
	Name string
	// Reads says of a document whether this judge judges it. A document that no judge
	// reads is a failure of the suite.
	Reads func(Document) bool
	// Judge returns what is wrong, in the order of the tree.
	Judge func(*Tree) []Finding
}

// Finding is one thing that a reader of the output would refuse or do wrong with.
type Finding struct {
	Judge   string // who says so
	File    string // in the tree
	Object  string // Kind namespace/name
	Path    string // of the field, in the reader's notation; empty for the whole object
	Message string // in the reader's words
}

func (f Finding) String() string {
	at := strings.TrimSpace(f.Object + " " + f.Path)
	return fmt.Sprintf("%s: %s: %s: %s", f.Judge, f.File, at, f.Message)
}

// Run asks all judges, and reports documents that none of them reads. Exceptions are
// dropped.
func Run(t *Tree, judges []Judge) []Finding {
	var all []Finding
	for _, d := range t.Documents {
		read := false
		for _, j := range judges {
			read = read || j.Reads(d)
		}
		if !read {
			all = append(all, Finding{Judge: "census", File: d.File, Object: d.Name(), Message: "no judge reads this document"})
		}
	}
	for _, j := range judges {
		all = append(all, Find(t, j)...)
	}
	return all
}

// Find asks one judge. Exceptions are dropped.
func Find(t *Tree, j Judge) []Finding {
	return slices.DeleteFunc(j.Judge(t), func(f Finding) bool {
		return slices.ContainsFunc(Exceptions(), func(e Exception) bool { return e.Covers(f) })
	})
}
