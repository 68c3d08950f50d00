package load

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// words walks a user's value beside the schema's and says what is wrong. It runs only when
// CUE objects: CUE decides whether a file is wrong, words decides what to say, one
// diagnostic for each wrong leaf or label, none hidden by another.
type words struct {
	file     string
	root     string            // what the file as a whole is: "a service"
	whole    *layer.Type       // and its fields
	schema   cue.Value         // the whole schema, for its definitions
	guesses  map[diag.Pos]bool // where an unquoted word was reported and taken for text
	ds       *diag.List
	tolerant bool // rules may stand for values (policy)
}

// value compares the user's value u at p with what the schema wants there.
func (w *words) value(p path, want, u cue.Value, t *layer.Type) {
	if t != nil && t.Open {
		return
	}
	if t != nil && t.Raw && u.Err() == nil {
		w.raw(p, u)
		return
	}
	if err := u.Err(); err != nil && u.IncompleteKind() == cue.BottomKind {
		w.bottom(p, want, u, t, err)
		return
	}
	switch kind := u.IncompleteKind(); {
	case kind == cue.StructKind:
		if fields := onlyStruct(want); fields.Exists() {
			w.fields(p, fields, u, t)
			return
		}
	case kind == cue.ListKind && t != nil && t.Kind == layer.List:
		elem := want.LookupPath(cue.MakePath(cue.AnyIndex))
		for it, _ := u.List(); it.Next(); {
			w.value(p, elem, it.Value(), t.Elem)
		}
		if each := u.LookupPath(cue.MakePath(cue.AnyIndex)); each.Exists() {
			w.value(p.with("[...]"), elem, each, t.Elem)
		}
		return
	}
	_, at := positions(u)
	if w.guesses[at] {
		w.ds.SetPath(at, p.String())
		return
	}
	got := want.Unify(u)
	if got.Validate(cue.Concrete(true)) == nil {
		return
	}
	if !u.IsConcrete() && got.Validate() == nil {
		if w.tolerant {
			return
		}
		w.ds.Errorf(diag.NotAValue, at, "%s: this is a rule, not a value", p.last()).WithPath(p.String()).
			WithHint("give %s", describe(want))
		return
	}
	w.misfit(p, at, want, u, t)
}

// raw looks only for what is no value: what it may be, Kubernetes' types say later.
func (w *words) raw(p path, u cue.Value) {
	switch u.IncompleteKind() {
	case cue.StructKind:
		for it, _ := u.Fields(); it.Next(); {
			w.raw(p.with(it.Selector().Unquoted()), it.Value())
		}
		if each := u.LookupPath(cue.MakePath(cue.AnyString)); each.Exists() && !w.tolerant {
			_, at := positions(each)
			w.ds.Errorf(diag.NotAValue, at, "%s: Kubernetes' own words have no [string]", p.last()).WithPath(p.String()).
				WithHint("name the entries")
		}
		return
	case cue.ListKind:
		for it, _ := u.List(); it.Next(); {
			w.raw(p, it.Value())
		}
		return
	}
	if !u.IsConcrete() && !w.tolerant {
		_, at := positions(u)
		w.ds.Errorf(diag.NotAValue, at, "%s: this is a rule, not a value", p.last()).WithPath(p.String()).
			WithHint("give the value itself")
	}
}

// bottom reports a value that CUE could not make. One broken entry makes the whole struct
// broken, so what is below is walked first; the value itself is to blame only when nothing
// below it is.
func (w *words) bottom(p path, want, u cue.Value, t *layer.Type, err error) {
	before := w.ds.Errors()
	if fields := onlyStruct(want); fields.Exists() {
		if it, _ := u.Fields(); it != nil && hasEntries(u) {
			w.fields(p, fields, u, t)
		}
	} else if it, e := u.List(); e == nil && t != nil && t.Kind == layer.List {
		elem := want.LookupPath(cue.MakePath(cue.AnyIndex))
		for it.Next() {
			w.value(p, elem, it.Value(), t.Elem)
		}
	}
	if w.ds.Errors() == before {
		w.conflict(p, u, err)
	}
}

func hasEntries(u cue.Value) bool {
	it, _ := u.Fields()
	return it != nil && it.Next()
}

// conflict reports a value that contradicts itself within the file.
func (w *words) conflict(p path, u cue.Value, err error) {
	for _, e := range errors.Errors(err) {
		at := pos(e.Position())
		var inputs []diag.Pos
		for _, in := range e.InputPositions() {
			if q := pos(in); q.File == w.file {
				inputs = append(inputs, q)
			}
		}
		slices.SortFunc(inputs, func(a, b diag.Pos) int {
			if a.Before(b) {
				return -1
			}
			return 1
		})
		if len(inputs) > 0 {
			at = inputs[len(inputs)-1]
		}
		if at.File != w.file {
			_, at = positions(u)
		}
		where := p
		if len(where) == 0 {
			where = path(e.Path())
		}
		format, args := e.Msg()
		msg := strings.TrimSuffix(fmt.Sprintf(format, args...), ".")
		if name, ok := strings.CutPrefix(msg, "reference "); ok && strings.HasSuffix(name, " not found") {
			name = strings.Trim(strings.TrimSuffix(name, " not found"), `"`)
			w.ds.Errorf(diag.NotAValue, at, "there is nothing called %s", name).WithPath(where.String()).
				WithHint("if it is text, put it in double quotes: %q", name)
			continue
		}
		if strings.Contains(msg, "imported and not used") {
			w.ds.Errorf(diag.SyntaxError, at, "the schema is imported, but the file does not say what it is").
				WithHint("wrap it: schema.#Service & { … }")
			continue
		}
		if strings.Contains(msg, "structural cycle") {
			w.ds.Errorf(diag.EndlessSpec, at, "%s refers to itself without end", where.last()).WithPath(where.String()).
				WithHint("write the value out where it refers to itself")
			continue
		}
		if strings.HasPrefix(msg, "invalid operation -") {
			w.ds.Errorf(diag.WrongType, at, "a list is written in brackets, not with dashes").WithPath(where.String()).
				WithHint("write [\"…\", \"…\"]")
			continue
		}
		d := w.ds.Errorf(diag.ConflictingValues, at, "%s: %s", where.last(), msg).WithPath(where.String())
		if len(inputs) > 1 {
			d.WithRelated(inputs[len(inputs)-2], "the other value is here") // the first may be the whole struct
		}
		if strings.HasPrefix(msg, "conflicting values") {
			d.WithHint("one field has one value: remove one of them")
		}
	}
}

// misfit reports a value that is not what belongs here.
func (w *words) misfit(p path, at diag.Pos, want, u cue.Value, t *layer.Type) {
	d := &diag.Diagnostic{}
	name := p.last()
	switch {
	case u.Kind() == cue.NullKind:
		d = w.ds.Errorf(diag.WrongType, at, "%s: null removes an entry of a map, but this is a field", name).
			WithHint("leave it out, or give the value that it should have")
		if len(p) == 2 && p[0] == "environments" {
			d.WithHint("a service runs everywhere, or where runsIn says: runsIn: [\"…\"]")
		}
	case u.IncompleteKind() == cue.ListKind && t != nil && (t.Kind == layer.Map || t.Kind == layer.Struct):
		d = w.ds.Errorf(diag.WrongType, at, "%s: this is a list, but its entries have names", name)
		if t.Kind == layer.Map {
			d.WithHint("write {NAME: …} instead of […]")
		} else {
			d.WithHint("it has the fields %s", quotedAll(names(t)))
		}
	case u.IncompleteKind() == cue.StructKind:
		d = w.ds.Errorf(diag.WrongType, at, "%s: this has fields, but it is %s", name, describe(want))
		if accepts(want, cue.BoolKind) {
			d.WithHint("write true or false")
		}
	case t != nil && t.Kind == layer.List:
		d = w.ds.Errorf(diag.WrongType, at, "%s: %s is a single value, but this is a list", name, show(u)).
			WithHint("put it in brackets: [%s]", show(u))
	case t != nil && (t.Kind == layer.Struct || t.Kind == layer.Map) && t.Short == "" && !accepts(want, u.Kind()):
		d = w.ds.Errorf(diag.WrongType, at, "%s: %s is a single value, but this has fields", name, show(u))
		if t.Kind == layer.Map {
			d.WithHint("write {NAME: …}")
		} else if len(t.Fields) == 0 {
			d.WithHint("write {}")
		} else if len(t.OneOf) == 0 && !slices.ContainsFunc(t.Fields, func(f layer.Field) bool { return f.Need }) {
			d.WithHint("write {}, or what is not as usual of %s", quotedAll(names(t)))
		} else {
			d.WithHint("it has the fields %s", quotedAll(names(t)))
		}
	default:
		d = w.scalar(p, at, want, u)
	}
	d.WithPath(p.String())
}

// scalar reports a plain value that is not what belongs here.
func (w *words) scalar(p path, at diag.Pos, want, u cue.Value) *diag.Diagnostic {
	code := diag.WrongValue
	if !accepts(want, u.Kind()) {
		code = diag.WrongType
	}
	d := w.ds.Errorf(code, at, "%s: %s is not %s", p.last(), show(u), describe(want))
	if text, err := u.String(); err == nil {
		if enum := literals(want); len(enum) > 0 {
			if near, ok := diag.Nearest(text, enum); ok {
				d.WithHint("did you mean %q?", near)
			}
			return d
		}
		for _, other := range rewritten(text) {
			if other != text && want.Unify(u.Context().Encode(other)).Validate(cue.Concrete(true)) == nil {
				return d.WithHint("write %q", other)
			}
		}
		bare := u.Context().CompileString(text)
		if bare.Err() == nil && bare.IsConcrete() && bare.Kind() != cue.StructKind && want.Unify(bare).Validate(cue.Concrete(true)) == nil {
			d.WithHint("write it without quotes: %s", text)
		}
		return d
	}
	if u.Kind() != cue.BoolKind && want.Unify(u.Context().Encode(show(u))).Validate(cue.Concrete(true)) == nil {
		d.WithHint("put it in double quotes: %q", show(u))
	}
	return d
}

// scp is how git lets people abbreviate an address of SSH.
var scp = regexp.MustCompile(`^([A-Za-z0-9._-]+@[A-Za-z0-9.-]+):([^/].*)$`)

// almostName is a name as people write it elsewhere.
var almostName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_. -]*$`)

// rewritten are other ways to write what people write as they are used to: names with capitals, blanks
// and underscores, and git's short addresses.
func rewritten(text string) (out []string) {
	if name := strings.ToLower(text); almostName.MatchString(text) {
		out = append(out, name, strings.NewReplacer("_", "-", " ", "-", ".", "-").Replace(name))
	}
	return append(out, scp.ReplaceAllString(text, "ssh://$1/$2"))
}

// fields compares a struct with what the schema wants, label by label.
func (w *words) fields(p path, want, u cue.Value, t *layer.Type) {
	known := map[string]cue.Value{}
	var required []string
	var label, entry cue.Value // a map's keys and values
	it, _ := want.Fields(cue.Optional(true), cue.Patterns(true))
	for it.Next() {
		sel := it.Selector()
		switch sel.ConstraintType() {
		case cue.PatternConstraint:
			label, entry = sel.Pattern(), it.Value()
			continue
		case cue.RequiredConstraint:
			required = append(required, sel.Unquoted())
		}
		known[sel.Unquoted()] = it.Value()
	}
	it, _ = u.Fields(cue.Optional(w.tolerant))
	for it.Next() {
		name, value := it.Selector().Unquoted(), it.Value()
		at, _ := positions(value)
		if !at.IsValid() {
			at = pos(value.Pos())
		}
		if f, ok := known[name]; ok {
			required = slices.DeleteFunc(required, func(r string) bool { return r == name })
			w.value(p.with(name), f, value, t.At(name))
			continue
		}
		if entry.Exists() {
			if label.IncompleteKind() == cue.StringKind && label.Unify(u.Context().Encode(name)).Err() != nil {
				w.ds.Errorf(diag.BadName, at, "%s: %q is not %s", p.last(), name, labelRule(w.schema, label)).WithPath(p.with(name).String())
				continue
			}
			w.value(p.with(name), entry, value, t.At(name))
			continue
		}
		d := w.ds.Errorf(diag.UnknownField, at, "%s has no field %q", w.thing(p), name).WithPath(p.with(name).String())
		if hint := w.elsewhere(name, t); hint != "" {
			d.WithHint("%s", hint)
		}
		required = slices.DeleteFunc(required, func(r string) bool { _, near := diag.Nearest(name, []string{r}); return near })
	}
	// CUE has applied a pattern to the entries that there are, so it is walked by itself
	// only where there are none.
	if each := u.LookupPath(cue.MakePath(cue.AnyString)); each.Exists() && entry.Exists() && !hasEntries(u) {
		w.value(p.with("[string]"), entry, each, t.Elem)
	}
	_, at := positions(u)
	if len(p) == 0 {
		at = w.top(u)
	}
	if slices.Contains(p, "[string]") || slices.Contains(p, "[...]") {
		required = nil // a pattern says something of each entry, not all of it
	}
	for _, r := range required {
		d := w.ds.Errorf(diag.MissingField, at, "%s needs %q", w.thing(p), r).WithPath(p.with(r).String())
		if f, ok := known[r]; ok {
			d.WithHint("add it: %s", comment(f))
		}
	}
}

// top is where a missing field at the root is best shown: at the first field that is there.
func (w *words) top(u cue.Value) diag.Pos {
	at := diag.Pos{File: w.file, Line: 1, Col: 1}
	first := true
	for it, _ := u.Fields(); it.Next(); {
		if label, _ := positions(it.Value()); label.IsValid() && (first || label.Before(at)) {
			at, first = label, false
		}
	}
	return at
}

// fallback shows CUE's first error where the walk found nothing: never silence.
func (w *words) fallback(err error) {
	e := errors.Errors(err)[0]
	at := diag.Pos{File: w.file, Line: 1, Col: 1}
	for _, in := range append(e.InputPositions(), e.Position()) {
		if q := pos(in); q.File == w.file {
			at = q
		}
	}
	format, args := e.Msg()
	w.ds.Errorf(diag.WrongValue, at, "%s: %s", path(e.Path()).last(), fmt.Sprintf(format, args...)).WithPath(strings.Join(e.Path(), "."))
}

func (p path) last() string {
	if len(p) == 0 {
		return "the spec"
	}
	return p[len(p)-1]
}

// thing names the struct at p for a sentence.
func (w *words) thing(p path) string {
	if len(p) == 0 {
		return w.root
	}
	return fmt.Sprintf("%q", p.String())
}

func names(t *layer.Type) (out []string) {
	if t == nil {
		return nil
	}
	for _, f := range t.Fields {
		out = append(out, f.Name)
	}
	return out
}

func quotedAll(names []string) string {
	if len(names) > 8 {
		return quoted(names[:8]) + ", …"
	}
	return quoted(names)
}
