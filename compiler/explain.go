package compiler

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/compiler/load"
)

// Explained is one resolved value and where it comes from.
type Explained struct {
	Path  string
	Value string
	At    diag.Pos
	Over  []Overridden // what lower layers said, closest first
}

// Overridden is a value that a higher layer replaced.
type Overridden struct {
	Value string
	At    diag.Pos
}

// Explain lists what a service resolves to in an environment, value by value, sorted by
// path; only the values at or below path, when it is not empty.
func Explain(fleet fs.FS, service, env, path string, o Options) ([]Explained, *diag.List, error) {
	ds := &diag.List{}
	p, err := loadPlatform(fleet, o, ds)
	if err != nil || p == nil {
		return nil, ds, err
	}
	s, e, err := p.find(fleet, service, env, o.watch(0), ds)
	if err != nil || s == nil {
		return nil, ds, err
	}
	tree := s.head
	if !e.Head {
		if tree = s.copies[env]; tree == nil {
			ds.Errorf(diag.MissingSpec, diag.Pos{}, "%q follows releases, and nothing of %q was released there yet", env, service).
				WithHint("slipway promote %s --from %s --to %s", service, from(e), env)
			return nil, ds, nil
		}
	}
	w := explainer{prefix: path}
	w.walk("", p.layered(tree, env))
	if len(w.out) == 0 && path != "" {
		ds.Errorf(diag.UnknownField, diag.Pos{}, "%q resolves to nothing at %q in %q", service, path, env).
			WithHint("slipway explain %s %s shows all there is", service, env)
	}
	slices.SortStableFunc(w.out, func(a, b Explained) int { return strings.Compare(a.Path, b.Path) })
	return w.out, ds, nil
}

func from(e *ir.Environment) string {
	if e.From != nil {
		return e.From.Name
	}
	return "ENV"
}

// find loads one service and looks its environment up.
func (p *platform) find(fleet fs.FS, service, env string, watch func(string), ds *diag.List) (*spec, *ir.Environment, error) {
	files, err := Services(fleet, ds)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	k := -1
	for i, f := range files {
		names = append(names, f.Name)
		if f.Name == service {
			k = i
		}
	}
	e := p.environment(env)
	if k < 0 {
		ds.Errorf(diag.UnknownService, diag.Pos{}, "there is no service %q in this fleet", service).WithHint("%s", diag.Suggest(service, names))
	}
	if e == nil {
		ds.Errorf(diag.UnknownEnvironment, diag.Pos{}, "there is no environment %q", env).WithHint("%s", diag.Suggest(env, p.environments()))
	}
	if ds.HasErrors() {
		return nil, nil, nil
	}
	watch(files[k].Path)
	defer watch("")
	s, err := p.load(fleet, load.New(), files[k], ds)
	if s != nil && s.wrong.HasErrors() {
		s = nil
	}
	return s, e, err
}

type explainer struct {
	prefix string
	out    []Explained
}

func (w *explainer) walk(path string, n *layer.Node) {
	switch n.Kind {
	case layer.Struct:
		if len(n.Keys) == 0 && n.Each == nil {
			w.add(path, "{}", n)
		}
		for _, e := range n.Keys {
			w.walk(strings.TrimPrefix(path+"."+e.Name, "."), e.Value)
		}
	case layer.List:
		if !scalars(n) {
			for i, item := range n.Items {
				w.walk(path+"."+strconv.Itoa(i), item)
			}
			return
		}
		w.add(path, value(n), n)
	default:
		w.add(path, value(n), n)
	}
}

func scalars(n *layer.Node) bool {
	return !slices.ContainsFunc(n.Items, func(i *layer.Node) bool { return i.Kind == layer.Struct || i.Kind == layer.List })
}

func (w *explainer) add(path, v string, n *layer.Node) {
	if n.Kind == layer.List && len(n.Items) == 0 && n.Each != nil {
		return // only what a default says of each entry
	}
	if w.prefix != "" && path != w.prefix && !strings.HasPrefix(path, w.prefix+".") {
		return
	}
	x := Explained{Path: path, Value: v, At: n.At}
	for over := n.Over; over != nil; over = over.Over {
		x.Over = append(x.Over, Overridden{value(over), over.At})
	}
	w.out = append(w.out, x)
}

// value writes a value as a spec would.
func value(n *layer.Node) string {
	switch n.Kind {
	case layer.Struct:
		return "{…}"
	case layer.String:
		return strconv.Quote(n.Text)
	case layer.Null:
		return "null"
	case layer.List:
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = value(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return n.Text
}
