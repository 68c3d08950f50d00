package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"slipway.dev/compiler/ir"
)

// writeStatus prints a service.
func writeStatus(w world, s *serviceStatus) {
	title := s.Service
	if s.Owner != "" {
		title += ", of " + s.Owner
	}
	fmt.Fprintln(w.out, title)
	if s.Mistakes > 0 {
		fmt.Fprintf(w.out, "  its spec as it stands has %s: slipway compile\n", count(s.Mistakes, "mistake", "mistakes"))
	}
	for _, e := range s.Environments {
		fmt.Fprintf(w.out, "\n%s\n", e.Environment)
		line := func(name, format string, args ...any) {
			fmt.Fprintf(w.out, "  %-9s %s\n", name, printable(fmt.Sprintf(format, args...)))
		}
		if r := e.Release; r != nil {
			line("runs", "%s", told(r))
			since := fmt.Sprintf("%s, %s, by %s", r.Since, ago(w.now(), r.Since), r.By)
			if r.Reason != "" {
				since += ": " + r.Reason
			}
			line("since", "%s", since)
		} else if e.Spec == "fixed" {
			line("runs", "what its spec names")
		} else {
			line("runs", "nothing: not released")
		}
		if len(e.RolledBack) > 0 {
			line("left", "%s, rolled back by %s; the next newer release goes in", strings.Join(e.RolledBack, ", "), e.Release.By)
		}
		if len(e.KeptOut) > 0 {
			line("left", "%s, rolled back before this release; no machine brings it, a newer release goes in", strings.Join(e.KeptOut, ", "))
		}
		switch e.Spec {
		case "head", "fixed":
			line("spec", "as it stands")
		case "same":
			line("spec", "as released, and as it stands")
		case "older":
			line("spec", "as released, which is not as it stands")
			for _, c := range e.Behind {
				line("  lacks", "%s", c)
			}
		}
		switch {
		case e.Held != "":
			line("held", "%s", e.Held)
		case e.Verified != "":
			line("tests", "passed in run %s", e.Verified)
		case len(e.Tests) > 0:
			line("tests", "%s, not passed yet: it does not go on by itself before", strings.Join(e.Tests, ", "))
		}
		if a := e.Application; a != nil {
			at := ""
			if len(a.Revision) >= 7 {
				at = " at " + a.Revision[:7]
			}
			line("Argo CD", "%s%s, %s", a.Sync, at, a.Health)
			if a.Message != "" {
				line("", "%s", a.Message)
			}
		}
		if e.Waits != nil {
			line("waits", "%s, in %s for %s", told(e.Waits), e.From, ago(w.now(), e.Waits.Since))
		}
		if e.Goes != "" {
			line("goes on", "%s", e.Goes)
		}
		if e.Next != "" {
			line("next", "%s", e.Next)
		}
		for _, b := range e.Blocked {
			line("blocked", "%s", b)
		}
	}
	if len(s.Runs) > 0 {
		fmt.Fprintln(w.out, "\nruns")
		tab := tabwriter.NewWriter(w.out, 0, 4, 2, ' ', 0)
		for _, r := range s.Runs {
			when := "–"
			if r.Started != "" {
				when = ago(w.now(), r.Started) + " ago"
			}
			fmt.Fprintf(tab, "  %s\t%s\t%s\t%s\n", printable(r.Name), printable(r.State), when, printable(cmp.Or(r.Message, r.Commit)))
		}
		tab.Flush()
	}
}

// told is a release in words.
func told(r *releaseStatus) string {
	out := r.name()
	if r.Commit != "" && r.Version != "" {
		out += ", " + r.Commit[:7]
	}
	if r.Message != "" {
		out += fmt.Sprintf(" %q", r.Message)
	}
	return out
}

// writeStatuses prints a line for each service.
func writeStatuses(w world, p *ir.Platform, all []*serviceStatus) {
	tab := tabwriter.NewWriter(w.out, 0, 4, 2, ' ', 0)
	fmt.Fprint(tab, "service")
	for _, e := range p.Environments {
		fmt.Fprint(tab, "\t"+e.Name)
	}
	fmt.Fprintln(tab)
	marks := map[string]bool{}
	for _, s := range all {
		fmt.Fprint(tab, s.Service)
		if s.Mistakes > 0 {
			fmt.Fprint(tab, " !")
			marks["!"] = true
		}
		for _, env := range p.Environments {
			cell := ""
			for _, e := range s.Environments {
				if e.Environment == env.Name {
					cell = cellOf(e, marks)
				}
			}
			fmt.Fprint(tab, "\t"+cell)
		}
		fmt.Fprintln(tab)
	}
	tab.Flush()
	for _, m := range []struct{ mark, text string }{
		{"!", "the spec as it stands has mistakes"}, {"*", "an older spec than services/ has"},
		{"→", "waits for its promotion"}, {"–", "not released"},
	} {
		if marks[m.mark] {
			fmt.Fprintf(w.out, "  %s  %s\n", m.mark, m.text)
		}
	}
}

func cellOf(e envStatus, marks map[string]bool) string {
	out := "–"
	switch {
	case e.Release != nil:
		out = e.Release.name()
	case e.Spec == "fixed":
		out = "as its spec says"
	default:
		marks["–"] = true
	}
	if e.Held != "" {
		out += " (held)"
	}
	if len(e.RolledBack) > 0 {
		out += " (rolled back)"
	}
	if e.Spec == "older" {
		out += " *"
		marks["*"] = true
	}
	if e.Waits != nil {
		out += " → " + e.Waits.name()
		marks["→"] = true
	}
	if a := e.Application; a != nil && !a.well() {
		out += " (" + a.Sync + ", " + a.Health + ")"
	}
	return printable(out)
}

// printable is text of others on one line, without what a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}
