package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"slipway.dev/targets/impact"
)

const diffColumns = 80

// writeDiff prints the groups for people, and their numbers last, where they are seen.
func writeDiff(w io.Writer, groups []diffGroup, whole bool) {
	for _, g := range groups {
		fmt.Fprintln(w, g.name)
		for _, s := range g.services {
			fmt.Fprintf(w, "  %s\n", s.name)
			if len(s.changes) == 0 {
				fmt.Fprintln(w, "    its files differ, but not what they mean")
			}
			for _, line := range diffLines(s.changes) {
				wrap(w, fmt.Sprintf("    %-9s", line.class), line.text)
			}
		}
		fmt.Fprintln(w)
	}
	for _, g := range groups {
		fmt.Fprintf(w, "%s: %v\n", g.name, g.tally())
	}
	if len(groups) == 0 && whole {
		fmt.Fprintln(w, "no impact: what is committed is what the specs mean")
	}
}

func (g diffGroup) tally() (t impact.Tally) {
	for _, s := range g.services {
		t.Add(impact.Count(s.changes))
	}
	return t
}

type diffLine struct {
	class impact.Class
	text  string
}

// diffLines has one line for all objects to which the same happens: a promotion puts its
// commit on every object, and a new environment is nothing but new objects.
func diffLines(changes []impact.Change) (out []diffLine) {
	type like struct {
		class  impact.Class
		detail string
	}
	namesakes := map[string]int{}
	for _, c := range changes {
		namesakes[c.Object.String()]++
	}
	objects := map[like][]string{}
	var order []like
	for _, c := range changes {
		k := like{c.Class, c.Detail()}
		if objects[k] == nil {
			order = append(order, k)
		}
		name := c.Object.String()
		if namesakes[name] > 1 && c.Object.Namespace != "" {
			name += " in " + c.Object.Namespace
		}
		objects[k] = append(objects[k], name)
	}
	for _, k := range order {
		text := strings.Join(objects[k], ", ")
		if k.detail != "" {
			text += ": " + k.detail
		}
		out = append(out, diffLine{k.class, text})
	}
	return out
}

// wrap breaks text between words and indents what follows below the first line's text.
// Names and values may come from files that somebody edited: they move no cursor.
func wrap(w io.Writer, indent, text string) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
	line := indent
	first := true
	for word := range strings.FieldsSeq(text) {
		if !first && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > diffColumns {
			fmt.Fprintln(w, line)
			line = strings.Repeat(" ", len(indent))
		}
		line += " " + word
		first = false
	}
	fmt.Fprintln(w, line)
}

// The JSON of a diff. Every list is there, if empty; names are those of the text.
type (
	jsonDiff struct {
		Groups  []jsonGroup `json:"groups"`
		Skipped []string    `json:"skipped"` // services whose specs have mistakes
	}
	jsonGroup struct {
		Environment string         `json:"environment,omitempty"` // one of environment, folder
		Folder      string         `json:"folder,omitempty"`
		Services    []jsonService  `json:"services"`
		Summary     map[string]int `json:"summary"` // by class; without those that are 0
	}
	jsonService struct {
		Service string       `json:"service,omitempty"` // none for the fleet's own files
		Changes []jsonChange `json:"changes"`
	}
	jsonChange struct {
		Class     string     `json:"class"`
		Group     string     `json:"group,omitempty"`
		Kind      string     `json:"kind,omitempty"`
		Namespace string     `json:"namespace,omitempty"`
		Name      string     `json:"name"`
		Was       string     `json:"was,omitempty"`
		Why       string     `json:"why,omitempty"`
		Edits     []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		Path    string          `json:"path"`
		Kind    impact.EditKind `json:"edit"`
		Before  string          `json:"before,omitempty"`
		After   string          `json:"after,omitempty"`
		Decides bool            `json:"decides"`
	}
)

func writeDiffJSON(w io.Writer, groups []diffGroup, skipped []string) error {
	out := jsonDiff{Groups: []jsonGroup{}, Skipped: append([]string{}, skipped...)}
	for _, g := range groups {
		j := jsonGroup{Services: []jsonService{}, Summary: map[string]int{}}
		var isFolder bool
		if j.Folder, isFolder = strings.CutSuffix(g.name, "/"); !isFolder {
			j.Environment, j.Folder = g.name, ""
		}
		for class, n := range g.tally() {
			if n > 0 {
				j.Summary[impact.Class(class).String()] = n
			}
		}
		for _, s := range g.services {
			j.Services = append(j.Services, newJSONService(s))
		}
		out.Groups = append(out.Groups, j)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func newJSONService(s diffService) jsonService {
	out := jsonService{Service: s.name, Changes: []jsonChange{}}
	if s.name == fleetFiles {
		out.Service = ""
	}
	for _, c := range s.changes {
		j := jsonChange{
			Class: c.Class.String(), Group: c.Object.Group, Kind: c.Object.Kind, Namespace: c.Object.Namespace,
			Name: c.Object.Name, Was: c.Was, Why: c.Why, Edits: []jsonEdit{},
		}
		for _, e := range c.Edits {
			j.Edits = append(j.Edits, jsonEdit(e))
		}
		out.Changes = append(out.Changes, j)
	}
	return out
}
