package fleets_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
	"slipway.dev/compiler/load"
	"slipway.dev/golden/fleets"
	"slipway.dev/schema"
)

// undrawn are the fields of the schema that no generated fleet says, by Go type and field, and why.
var undrawn = map[string]string{
	"Fields.hardening": asWritten, "Volume.host": atNode, "HostPath.path": atNode, "HostPath.type": atNode, "Volume.nfs": atNode, "NFS.server": atNode, "NFS.path": atNode, "NFS.readOnly": atNode,
	"Port.host": atNode, "ServicePort.node": atNode, "Security.root": atNode,
	"Identity.configs": asWritten, "ProcessIdentity.selector": asWritten,
	"Identity.may": rights, "Right.groups": rights, "Right.names": rights, "Right.resources": rights, "Right.verbs": rights,
	"Fleet.path": "most judges know output at the top of a repository; TestEventsOfAFleetInAFolderAreTold has one in a folder",
}

const (
	asWritten = "what was there before its spec is as its author had it, which judges complain of; golden/roundtrip compiles such systems"
	atNode    = "environments would have to admit more than \"restricted\", and judges with them; examples/legacy has them"
	rights    = "the judge of trust knows every right by name; examples/legacy has one"
)

// A word that the generator does not know is one that no judge sees in combination with others.
func TestFleetsSayAllWordsOfTheSchema(t *testing.T) {
	t.Parallel()
	w := words{drawn: map[string]bool{}, known: map[string]bool{}}
	w.learn(reflect.TypeFor[schema.Service](), map[reflect.Type]bool{})
	w.learn(reflect.TypeFor[schema.Platform](), map[reflect.Type]bool{})
	for seed := range uint64(150) {
		services := 1
		if seed%10 == 0 {
			services = 120
		}
		l := load.New()
		for path, f := range fleets.Generate(services, seed) {
			var ds diag.List
			switch {
			case path == "platform.cue":
				w.read(l.Platform(path, f.Data, &ds), reflect.TypeFor[schema.Platform]())
			case strings.HasPrefix(path, "services/"):
				w.read(l.Service(path, f.Data, &ds), reflect.TypeFor[schema.Service]())
			}
			for _, d := range ds.All() {
				t.Error(d)
			}
		}
	}
	for _, word := range slices.Sorted(maps.Keys(w.known)) {
		switch reason := undrawn[word]; {
		case !w.drawn[word] && reason == "":
			t.Errorf("no fleet says %s: draw it, or say in undrawn why not", word)
		case w.drawn[word] && reason != "":
			t.Errorf("fleets say %s, so it is not among undrawn any more", word)
		}
	}
	for word := range undrawn {
		if !w.known[word] {
			t.Errorf("undrawn has %s, which the schema has not", word)
		}
	}
}

// words are fields of the schema: those there are, and those that were read somewhere. What all
// kinds of containers share, say, is one field wherever it stands.
type words struct{ known, drawn map[string]bool }

// learn notes the fields of a type, and of those below it.
func (w words) learn(t reflect.Type, seen map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("cue")
		if ok && tag != ",inline" {
			w.known[t.Name()+"."+tag] = true
		}
		if ok {
			w.learn(f.Type, seen)
		}
	}
}

// read notes what a tree says.
func (w words) read(n *layer.Node, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n == nil || n.Kind == layer.Null:
	case t.Kind() == reflect.Slice:
		for _, item := range n.Items {
			w.read(item, t.Elem())
		}
	case t.Kind() == reflect.Map:
		for _, e := range n.Keys {
			w.read(e.Value, t.Elem())
		}
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			tag, ok := f.Tag.Lookup("cue")
			if short, isShort := f.Tag.Lookup("short"); isShort && n.Kind != layer.Struct {
				w.drawn[t.Name()+"."+short] = true
			}
			switch {
			case !ok:
			case tag == ",inline":
				w.read(n, f.Type)
			case n.Get(tag) != nil:
				w.drawn[t.Name()+"."+tag] = true
				w.read(n.Get(tag), f.Type)
			}
		}
	}
}
