package reference

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/targets"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize"
)

// piece is one of specs.txtar: of a service, a platform or a release record.
type piece struct {
	name string
	kind string // service, platform or record
	tree *tree
}

// corpus is specs.txtar.
type corpus struct {
	pieces           []*piece
	platform, record *tree // what pieces of services are compiled with
	routed           *tree // what pieces of platforms and records are compiled with
}

func readCorpus(t *testing.T) *corpus {
	t.Helper()
	a, err := txtar.ParseFile("specs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	c := &corpus{}
	for _, f := range a.Files {
		name, kind, _ := strings.Cut(f.Name, ".")
		p := &piece{name, kind, parse(t, f.Data)}
		c.pieces = append(c.pieces, p)
		switch {
		case kind == "platform":
			c.platform = p.tree
		case kind == "record":
			c.record = p.tree
		case name == "ko":
			c.routed = p.tree
		}
	}
	return c
}

const catalog = `name: "catalog"
owner: "shop"
source: repo: "https://git.example.com/acme/catalog"
run: main: ports: {http: 8080, admin: 9000}
`

// files is the fleet in which a tree of some kind is compiled.
func (c *corpus) files(kind string, tree *tree) fstest.MapFS {
	service, platform, record := c.routed.body(), c.platform, c.record
	switch kind {
	case "service":
		service = tree.body()
	case "platform":
		platform = tree
	case "record":
		record = tree
	}
	out := fstest.MapFS{}
	write := func(name, text string) { out[name] = &fstest.MapFile{Data: []byte(text)} }
	spec := func(name, def, text string) {
		write(name, "import \"slipway.dev/schema\"\n\nschema."+def+" & {\n"+text+"}\n")
	}
	spec("platform.cue", "#Platform", platform.body())
	spec("services/catalog.cue", "#Service", catalog)
	spec("services/cart.cue", "#Service", completed(service))
	write("releases/dev/cart.yaml", record.body())
	write("releases/prod/cart.yaml", strings.Replace(c.record.body(), `"dev"`, `"prod"`, 1))
	if says(service, "image") || says(service, "chart") { // a fixed image is not released, and a chart has none
		delete(out, "releases/dev/cart.yaml")
		delete(out, "releases/prod/cart.yaml")
	}
	return out
}

// completed is a piece of a service with all that a service must have.
func completed(service string) string {
	if !says(service, "name") {
		service += "name: \"cart\"\nowner: \"shop\"\n"
	}
	if !says(service, "image") && !says(service, "source") && !says(service, "chart") {
		service += "source: repo: \"https://git.example.com/acme/cart\"\n"
	}
	if !says(service, "run") && !says(service, "chart") {
		service += "run: main: ports: http: 8080\n"
	}
	return service
}

func says(service, field string) bool { return strings.Contains("\n"+service, "\n"+field+": ") }

// compile is what a fleet with the tree in it puts into clusters; an error tells what is
// wrong with it.
func (c *corpus) compile(kind string, tree *tree) (objects, error) {
	o := targets.Options()
	if kind == "service" {
		o.Services = []string{"cart"} // not what the fleet has, for the time it takes
	}
	r, err := compiler.Compile(c.files(kind, tree), o)
	if err != nil {
		return nil, err
	}
	for _, d := range r.Diags.All() {
		if d.Severity == diag.Error {
			return nil, fmt.Errorf("%v", d)
		}
	}
	out := objects{}
	for _, s := range r.Fleet.Services {
		for _, i := range s.Instances {
			if i.Deployed() && i.Chart == nil {
				out.add(i.Env.Name, kustomize.Render(i))
			}
		}
	}
	for _, f := range r.Files {
		if strings.HasPrefix(f.Path, "services/") || !strings.HasSuffix(f.Path, ".yaml") {
			continue // rendered above
		}
		docs, err := kube.Decode(f.Body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		out.add("", docs)
	}
	return out, nil
}

// objects are the values in Kubernetes objects, by object and path.
type objects map[place]string

// place is a place in an object.
type place struct {
	env, kind, object string
	path              string // items of lists by their names, or else by position
}

func (o objects) add(env string, docs []kube.Node) {
	for _, n := range docs {
		if kind := n.Get("kind").Text; kind != "Kustomization" && kind != "Component" {
			o.flatten(place{env: env, kind: kind, object: hash.ReplaceAllString(n.Get("metadata", "name").Text, "")}, n)
		}
	}
}

var hash = regexp.MustCompile(`-[0-9a-z]{10}$`) // of a ConfigMap's or Task's content

func (o objects) flatten(at place, n kube.Node) {
	for _, f := range n.Fields {
		below := at
		below.path = join(at.path, strings.ReplaceAll(f.Key, ".", "·"))
		o.flatten(below, f.Value)
	}
	for i, item := range n.Items {
		below := at
		below.path = fmt.Sprintf("%s[%s]", at.path, identity(i, item))
		o.flatten(below, item)
	}
	if n.IsEmpty() || len(n.Fields)+len(n.Items) == 0 {
		o[at] = n.Text
	}
}

func identity(i int, item kube.Node) string {
	if name := item.Get("name"); name.Exists() {
		return strings.ReplaceAll(name.Text+item.Get("mountPath").Text, ".", "·")
	}
	return fmt.Sprint(i)
}
