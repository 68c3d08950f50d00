package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"slipway.dev/compiler/intake"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize"
)

// topics are the headings of an import's report.
var topics = map[intake.Topic]string{
	intake.Said:      "note:",
	intake.Dropped:   "cannot be said, and is missing in the specs:",
	intake.Unplaced:  "belongs to no service; written to manifests/ where it is no Secret:",
	intake.Generated: "Slipway makes the like of it; written to manifests/, to be compared:",
	intake.Through:   "no word of the spec says it, so it went through the escape hatch:",
	intake.Words:     "said in Kubernetes' own words:",
	intake.Accepted:  "would be refused, and is accepted as it ran (allow, marked DECIDE):",
	intake.Warned:    "the compiler warns of this:",
	intake.Hardening: "the defaults would do this, once hardening: \"asWritten\" is removed:",
	intake.Lifted:    "said in today's version of the API:",
}

// printImport writes the report of an import.
func printImport(w world, dir string, r *intake.Result, kept bool) {
	fmt.Fprintf(w.out, "imported %s into %s\n", count(len(r.Services), "service", "services"), dir)
	for _, s := range r.Services {
		var envs []string
		objects := 0
		for _, e := range r.Environments {
			if n := len(s.Objects[e.Name]); n > 0 {
				envs = append(envs, e.Name)
				objects += n
			}
		}
		fmt.Fprintf(w.out, "  %-24s %-12s %s\n", s.Name, count(objects, "object", "objects"), strings.Join(envs, ", "))
	}
	if kept {
		fmt.Fprintln(w.out, "\nplatform.cue is there already and was kept; it needs these environments, and the owners that specs name:")
		for _, e := range r.Environments {
			fmt.Fprintf(w.out, "  name: %q, namespace: %q, podSecurity: %q\n", e.Name, e.Namespace, e.PodSecurity)
		}
	}
	for _, t := range intake.Topics {
		printNotes(w.out, topics[t], r.Report.Of(t))
	}
	printCheck(w.out, r)
	fmt.Fprint(w.out, "\nnext: look for DECIDE in platform.cue and services/, then slipway compile and slipway diff\n")
}

// printNotes writes notes that say the same as one.
func printNotes(w io.Writer, heading string, notes []intake.Note) {
	if len(notes) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", heading)
	var texts []string
	whose := map[string][]string{}
	for _, n := range notes {
		if _, ok := whose[n.Text]; !ok {
			texts = append(texts, n.Text)
		}
		who := n.Object
		if who == "" {
			who = n.Service
		}
		if n.Env != "" && n.Topic != intake.Hardening {
			who += " (" + n.Env + ")"
		}
		if !slices.Contains(whose[n.Text], who) && who != "" {
			whose[n.Text] = append(whose[n.Text], who)
		}
	}
	for _, t := range texts {
		fmt.Fprintf(w, "  %s\n", t)
		for line := range slices.Chunk(whose[t], 6) {
			fmt.Fprintf(w, "      %s\n", strings.Join(line, ", "))
		}
	}
}

// printCheck compares what the specs mean with what was read, and says what would happen
// in a cluster that runs the latter.
func printCheck(w io.Writer, r *intake.Result) {
	var differs []string
	services, same := 0, 0
	for _, svc := range r.Compiled.Fleet.Services {
		for _, i := range svc.Instances {
			at := slices.IndexFunc(r.Services, func(s *intake.Service) bool { return s.Name == svc.Name })
			if at < 0 || !i.Deployed() {
				continue
			}
			services++
			lines := compared(i, r.Services[at].Objects[i.Env.Name])
			if len(lines) == 0 {
				same++
			}
			differs = append(differs, lines...)
		}
	}
	fmt.Fprintf(w, "\nchecked: %d of %s in an environment compile to what was read, but for labels that say whose they are\n", same, count(services, "service", "services"))
	for _, d := range differs {
		fmt.Fprintf(w, "  %s\n", d)
	}
}

// compared says how what a service compiles to differs from objects.
func compared(i *ir.Instance, objects []*intake.Object) (out []string) {
	var before, after []kube.Node
	for _, o := range objects {
		nodes, err := kube.Decode(o.YAML())
		if err != nil {
			out = append(out, fmt.Sprintf("%s: %v", o, err))
			continue
		}
		before = append(before, nodes...)
	}
	after = kustomize.Render(i)
	for _, list := range [][]kube.Node{before, after} {
		for k := range list {
			list[k] = list[k].Clone()
			list[k].Set(kube.Node{}, "metadata", "namespace")
		}
	}
	for _, c := range impact.Compare(before, after) {
		var edits []string
		for _, e := range c.Edits {
			if e.Path != "metadata.labels" && !(e.Kind == impact.Added && strings.Contains(e.Path, ".env[") && strings.HasSuffix(e.Path, "].value")) && !strings.HasPrefix(e.Path, "metadata.labels[app.kubernetes.io/managed-by]") && !strings.HasPrefix(e.Path, "metadata.labels[slipway.dev/owner]") {
				edits = append(edits, string(e.Kind)+" "+e.Path)
			}
		}
		if len(edits) > 0 || c.Class > impact.Metadata {
			out = append(out, fmt.Sprintf("%s in %s: %s, %s %s", i.Service.Name, i.Env.Name, c.Object, c.Class, strings.Join(edits, ", ")))
		}
	}
	return out
}
