// Package load turns the bytes of a CUE file into a tree of package layer, or into
// diagnostics. It is the only package that knows CUE. It reads no disk, registry,
// environment or cue.mod: specs see CUE's own packages and slipway.dev/schema, nothing else.
package load

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// A context keeps all that was ever built in it, about 1 MB a service, and a new one costs
// as much as loading two services; so a Loader starts afresh after so many files or bytes.
const (
	renewFiles = 25
	renewBytes = 1 << 20
)

// Loader loads files one after another. It belongs to one goroutine.
type Loader struct {
	ctx          *cue.Context
	builder      *build.Context
	strict       cue.Value            // the schema with `null` left out; for the many files without one
	full         cue.Value            // the schema as it is; built when a file holds null
	rules        map[string]cue.Value // policy by environment, in this context
	files, bytes int
}

// New returns a Loader. It builds nothing until the first file.
func New() *Loader { return &Loader{} }

func (l *Loader) renew() {
	*l = Loader{ctx: cuecontext.New()}
	l.builder = build.NewContext(build.Loader(l.resolve))
	l.strict = l.schema(func(src string) string { return strings.ReplaceAll(src, " | null", "") })
}

// schema builds the real schema in the loader's context.
func (l *Loader) schema(edit func(string) string) cue.Value {
	inst := l.builder.NewInstance("schema", nil)
	for i, src := range sources() {
		f, err := parser.ParseFile("slipway:"+sourceNames[i], edit(src), parser.ParseComments)
		if err == nil {
			err = inst.AddSyntax(f)
		}
		if err != nil {
			panic("load: the schema does not parse: " + errors.Details(err, nil))
		}
	}
	if err := inst.Complete(); err != nil {
		panic(err)
	}
	v := l.ctx.BuildInstance(inst)
	if err := v.Err(); err != nil {
		panic("load: the schema does not build: " + errors.Details(err, nil))
	}
	return v
}

// stub is what a spec's import of the schema resolves to: the schema's definitions, all of
// which say nothing, so that the value is the user's alone, positions included. The real
// schema is unified with it once, afterwards.
var stub = sync.OnceValue(func() string {
	names := map[string]bool{}
	for _, src := range sources() {
		for _, m := range definitionLine.FindAllStringSubmatch(src, -1) {
			names[m[1]] = true
		}
	}
	var b strings.Builder
	b.WriteString("package schema\n")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b.WriteString(name + ": _\n")
	}
	return b.String()
})

var definitionLine = regexp.MustCompile(`(?m)^(#[A-Za-z]+):`)

var sourceNames = []string{"service.cue", "platform.cue", "release.cue"}

// sources are the schema's files, in the order of sourceNames.
func sources() []string {
	out := make([]string, len(sourceNames))
	for i, name := range sourceNames {
		src, err := schema.CUE.ReadFile(name)
		if err != nil {
			panic(err) // embedded
		}
		out[i] = string(src)
	}
	return out
}

// resolve is called by CUE for every import.
func (l *Loader) resolve(pos token.Pos, path string) *build.Instance {
	name, _, _ := strings.Cut(path, "@")
	name, _, _ = strings.Cut(name, ":")
	if name == schema.ImportPath {
		f, err := parser.ParseFile("slipway:stub.cue", stub())
		if err != nil {
			panic(err)
		}
		inst := l.builder.NewInstance("schema", nil)
		inst.ImportPath = path
		if err := inst.AddSyntax(f); err != nil {
			panic(err)
		}
		_ = inst.Complete() // has no imports of its own
		return inst
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return nil // CUE's own
	}
	inst := l.builder.NewInstance(path, nil)
	inst.Err = errors.Newf(pos, "%s", path)
	return inst
}

// Service loads a service's spec: a value of #Service. Mistakes are in ds, which belongs to
// this file alone; the tree is then what is left without them, so that later phases can
// look for more, or nil when nothing is. The file's name is used for positions only.
func (l *Loader) Service(file string, src []byte, ds *diag.List) *layer.Node {
	return l.load(file, src, "#Service", layer.TypeOf[schema.Service](), ds)
}

// Platform loads platform.cue: a value of #Platform.
func (l *Loader) Platform(file string, src []byte, ds *diag.List) *layer.Node {
	return l.load(file, src, "#Platform", layer.TypeOf[schema.Platform](), ds)
}

// Defaults loads the built-in defaults: a value of #Fields.
func (l *Loader) Defaults() *layer.Node {
	var ds diag.List
	n := l.load("slipway:defaults.cue", schema.Defaults, "#Fields", layer.TypeOf[schema.Fields](), &ds)
	if ds.HasErrors() {
		panic("load: built-in defaults: " + ds.All()[0].Message)
	}
	return n
}

func (l *Loader) load(file string, src []byte, def string, t *layer.Type, ds *diag.List) *layer.Node {
	if !gate(file, src, ds) {
		return nil
	}
	f, scan := parse(file, src, ds)
	if f == nil {
		return nil
	}
	if def == "#Service" {
		if n := dataTree(f, t); n != nil {
			choices(path{}, t, n, ds)
			return n
		}
	}
	return l.evaluate(f, scan, len(src), def, t, ds)
}

// evaluate has CUE evaluate a file and judge it by a definition of the schema.
func (l *Loader) evaluate(f *ast.File, scan scan, size int, def string, t *layer.Type, ds *diag.List) *layer.Node {
	if l.files++; l.ctx == nil || l.files > renewFiles || l.bytes+size > renewBytes {
		l.renew()
	}
	l.bytes += size
	file := f.Filename
	guesses := unresolved(f, ds)
	if guesses == nil {
		return nil
	}
	user := l.value(file, f, ds)
	if !user.Exists() {
		return nil
	}
	root := l.strict
	if scan.null {
		if !l.full.Exists() {
			l.full = l.schema(func(src string) string { return src })
		}
		root = l.full
	}
	want := root.LookupPath(cue.ParsePath(def))
	concrete := def != "#Platform" // policy holds constraints; the walk asks for values elsewhere
	err := want.Unify(user).Validate(cue.Concrete(concrete))
	// CUE does not hold patterns against the schema, nor asks for what must be there where values may be rules.
	if err != nil || !concrete || scan.patterns || len(guesses) > 0 {
		w := words{file: file, guesses: guesses, root: map[string]string{"#Service": "a service", "#Platform": "a platform", "#Fields": "the defaults"}[def], whole: t, schema: root, ds: ds, tolerant: !concrete}
		w.value(path{}, want, user, t)
		if !ds.HasErrors() && err != nil {
			w.fallback(err)
		}
	}
	lift := lifter{file: file, patterns: scan.patterns, ds: ds, wrong: wrongPaths(ds)}
	n := lift.value(path{}, user, t)
	choices(path{}, t, n, ds)
	return n
}

// wrongPaths are where mistakes were reported.
func wrongPaths(ds *diag.List) map[string]bool {
	if !ds.HasErrors() {
		return nil
	}
	wrong := map[string]bool{}
	for _, d := range ds.All() {
		if d.Severity == diag.Error {
			wrong[d.Path] = true
		}
	}
	return wrong
}

// parse reads a file's syntax and what one look at it tells; nil when it has mistakes.
func parse(file string, src []byte, ds *diag.List) (*ast.File, scan) {
	f, err := parser.ParseFile(file, src)
	if err != nil {
		syntax(file, src, err, ds)
		return nil, scan{}
	}
	s := newScan(f)
	if s.absurd.IsValid() {
		ds.Errorf(diag.UnreadableFile, pos(s.absurd), "a number this large has no place in a spec")
		return nil, scan{}
	}
	if !s.imports(file, ds) || !s.plain(file, ds) {
		return nil, scan{}
	}
	return f, s
}

// value evaluates a file in the loader's context; it does not exist when the file does not
// build.
func (l *Loader) value(file string, f *ast.File, ds *diag.List) cue.Value {
	inst := l.builder.NewInstance(file, nil)
	if err := inst.AddSyntax(f); err != nil {
		syntax(file, nil, err, ds)
		return cue.Value{}
	}
	if err := inst.Complete(); err != nil {
		syntax(file, nil, err, ds)
		return cue.Value{}
	}
	return l.ctx.BuildInstance(inst)
}

// scan is what one look at the syntax tells.
type scan struct {
	file     *ast.File
	null     bool      // a literal null
	patterns bool      // `[string]: …` or `[...…]`
	absurd   token.Pos // a number whose evaluation would not end
}

// absurd is a number that no spec needs and that takes CUE minutes or gigabytes.
var absurd = regexp.MustCompile(`[eE][+-]?[0-9_]{4,}|[0-9_]{400,}`)

func newScan(f *ast.File) scan {
	s := scan{file: f}
	ast.Walk(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			s.null = s.null || n.Kind == token.NULL
			if (n.Kind == token.INT || n.Kind == token.FLOAT) && absurd.MatchString(n.Value) {
				s.absurd = n.Pos()
			}
		case *ast.Field:
			if _, ok := n.Label.(*ast.ListLit); ok {
				s.patterns = true
			}
		case *ast.Ellipsis:
			s.patterns = true
		}
		return true
	}, nil)
	return s
}
