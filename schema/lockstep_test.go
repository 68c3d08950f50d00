package schema_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"

	"slipway.dev/schema"
)

// built is the schema as any CUE tool sees it.
func built(t *testing.T) cue.Value {
	t.Helper()
	overlay := map[string]load.Source{"/schema/cue.mod/module.cue": load.FromString("module: \"slipway.dev/schema\"\nlanguage: version: \"v0.9.0\"\n")}
	for _, name := range []string{"service.cue", "platform.cue", "release.cue"} {
		src, err := schema.CUE.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		overlay["/schema/"+name] = load.FromBytes(src)
	}
	insts := load.Instances([]string{"."}, &load.Config{Dir: "/schema", Overlay: overlay, Env: []string{"CUE_REGISTRY=none"}})
	v := cuecontext.New().BuildInstance(insts[0])
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGoTypesAndSchemaSayTheSame(t *testing.T) {
	t.Parallel()
	root := built(t)
	c := comparer{t: t}
	c.compare("#Service", root.LookupPath(cue.ParsePath("#Service")), reflect.TypeFor[schema.Service]())
	c.compare("#Platform", root.LookupPath(cue.ParsePath("#Platform")), reflect.TypeFor[schema.Platform]())
	if c.fields < 200 {
		t.Errorf("only %d fields were compared", c.fields)
	}
}

type comparer struct {
	t      *testing.T
	fields int
}

func (c *comparer) compare(path string, v cue.Value, r reflect.Type) {
	if r.Kind() == reflect.Pointer {
		r = r.Elem()
	}
	if r == reflect.TypeFor[schema.Kubernetes]() {
		if !structOf(v).Allows(cue.AnyString) {
			c.t.Errorf("%s: Kubernetes' own words in Go, but the schema is closed", path)
		}
		return
	}
	switch r.Kind() {
	case reflect.Map:
		if r.Elem().Kind() == reflect.Interface {
			return // rules, never decoded
		}
		var elem cue.Value
		for it, _ := structOf(v).Fields(cue.Optional(true), cue.Patterns(true)); it.Next(); {
			elem = it.Value()
		}
		if !elem.Exists() {
			c.t.Errorf("%s: a Go map, but the schema has no pattern", path)
			return
		}
		c.compare(path+".NAME", elem, r.Elem())
	case reflect.Slice:
		elem := v.LookupPath(cue.MakePath(cue.AnyIndex))
		if v.IncompleteKind() != cue.ListKind || !elem.Exists() {
			c.t.Errorf("%s: a Go slice, but the schema has %v", path, v.IncompleteKind())
			return
		}
		c.compare(path+"[]", elem, r.Elem())
	case reflect.Struct:
		c.structs(path, structOf(v), r)
	case reflect.String:
		if v.IncompleteKind()&(cue.StringKind|cue.NumberKind|cue.BoolKind) == 0 {
			c.t.Errorf("%s: a Go string, but the schema has %v", path, v.IncompleteKind())
		}
	case reflect.Int64:
		if v.IncompleteKind() != cue.IntKind {
			c.t.Errorf("%s: a Go int64, but the schema has %v", path, v.IncompleteKind())
		}
	case reflect.Bool:
		if v.IncompleteKind() != cue.BoolKind {
			c.t.Errorf("%s: a Go bool, but the schema has %v", path, v.IncompleteKind())
		}
	default:
		c.t.Errorf("%s: a Go %v", path, r)
	}
}

func (c *comparer) structs(path string, v cue.Value, r reflect.Type) {
	if !v.Exists() {
		c.t.Errorf("%s: a Go struct, but the schema has none", path)
		return
	}
	goFields := map[string]reflect.Type{}
	collect(r, goFields, c.oneOf(path, r))
	it, err := v.Fields(cue.Optional(true))
	if err != nil {
		c.t.Errorf("%s: %v", path, err)
		return
	}
	var seen []string
	for it.Next() {
		name := it.Selector().Unquoted()
		seen = append(seen, name)
		c.fields++
		at := path + "." + name
		if len(it.Value().Doc()) == 0 {
			c.t.Errorf("%s has no comment", at)
		}
		if gt, ok := goFields[name]; ok {
			c.compare(at, it.Value(), gt)
		} else {
			c.t.Errorf("%s is in the schema, but not in Go's %v", at, r)
		}
	}
	for name := range goFields {
		if !slices.Contains(seen, name) {
			c.t.Errorf("%s.%s is in Go's %v, but not in the schema", path, name, r)
		}
	}
}

// oneOf checks that the fields which a one-of or a short form names are there.
func (c *comparer) oneOf(path string, r reflect.Type) func(map[string]reflect.Type) {
	return func(fields map[string]reflect.Type) {
		for i := range r.NumField() {
			for _, tag := range []string{"oneof", "short", "unless"} {
				s, ok := r.Field(i).Tag.Lookup(tag)
				if !ok {
					continue
				}
				for name := range strings.SplitSeq(s, ",") {
					if _, ok := fields[name]; !ok {
						c.t.Errorf("%s: tag %s of %v names %q, which it does not have", path, tag, r, name)
					}
				}
			}
		}
	}
}

func collect(r reflect.Type, into map[string]reflect.Type, check func(map[string]reflect.Type)) {
	for i := range r.NumField() {
		f := r.Field(i)
		switch tag, ok := f.Tag.Lookup("cue"); {
		case !ok:
		case tag == ",inline":
			collect(f.Type, into, func(map[string]reflect.Type) {})
		default:
			into[tag] = f.Type
		}
	}
	check(into)
}

// structOf is the struct among alternatives: unifying with a struct leaves it.
func structOf(v cue.Value) cue.Value {
	if u := v.Unify(v.Context().Encode(struct{}{})); u.IncompleteKind() == cue.StructKind {
		return u
	}
	return v
}
