package judge

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Root is the folder of the fleet repository that holds the output; Applications name
// their sources from the repository's top.
const Root = "deploy"

// Tree is all that one compile wrote, and what its Applications deliver to clusters. Judges
// share it, and change nothing of it.
type Tree struct {
	// Files holds the content by path below Root, slash-separated.
	Files map[string][]byte
	// Documents are all YAML documents of all files, by file and place.
	Documents []Document
	// Deliveries are the Applications of the tree with the objects that each brings to its
	// cluster, by the Application's file.
	Deliveries []Delivery

	objects []Object // what Objects returns
}

// Document is one YAML document of a file. It may be part of an object: a kustomize patch.
type Document struct {
	File  string
	Index int // which document of its file, from 0
	YAML  []byte
	// Object is what it says, as JSON-like values; whole numbers are int64.
	Object map[string]any
	json   []byte // the same as the YAML
}

// Kind is apiVersion and kind, as "apps/v1 Deployment".
func (d Document) Kind() string {
	return fmt.Sprint(d.Object["apiVersion"], " ", d.Object["kind"])
}

// Name is kind, namespace and name, as "Deployment shop/cart".
func (d Document) Name() string { return nameOf(d.Object) }

// Delivery is one Application and what it brings.
type Delivery struct {
	File        string // of the Application
	Application string // its name
	Project     string
	Server      string // of the cluster
	Namespace   string // where objects go that name none
	Path        string // of its source, below Root
	Chart       string // that Argo CD renders, in place of a path
	Built       bool   // by kustomize
	Reads       []string
	Objects     []Object
}

// Object is what a cluster gets, after kustomize.
type Object struct {
	File string // where it was written, or the overlay that it was built from
	*unstructured.Unstructured
	// Homeless says that it names no namespace itself, although it lives in one: where it
	// goes is decided by who applies it.
	Homeless bool

	sum [sha256.Size]byte // of its content
}

// newObject makes an object of content that nobody changes any more.
func newObject(file string, u *unstructured.Unstructured) Object {
	content, err := u.MarshalJSON()
	if err != nil {
		content = fmt.Append(nil, u.Object) // one without a kind, which others report
	}
	return Object{File: file, Unstructured: u, sum: sha256.Sum256(content)}
}

// Name is kind, namespace and name, as "Deployment shop/cart".
func (o Object) Name() string { return nameOf(o.Object) }

// Kind is apiVersion and kind, as "apps/v1 Deployment".
func (o Object) Kind() string { return o.GetAPIVersion() + " " + o.GetKind() }

func nameOf(object map[string]any) string {
	u := unstructured.Unstructured{Object: object}
	name := u.GetName()
	if ns := u.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return strings.TrimSpace(u.GetKind() + " " + name)
}

// Read reads a tree from the folder that a compile wrote.
func Read(dir fs.FS) (*Tree, []Finding) {
	files := map[string][]byte{}
	err := fs.WalkDir(dir, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := fs.ReadFile(dir, p)
		files[p] = content
		return err
	})
	if err != nil {
		return nil, []Finding{{Judge: "tree", Message: err.Error()}}
	}
	return NewTree(files)
}

// NewTree makes a tree of files by path below Root. What is no YAML, what names no kind and
// what kustomize does not build is a finding; the tree holds the rest.
func NewTree(files map[string][]byte) (*Tree, []Finding) {
	return (*Reader)(nil).Tree(files)
}

// Tree makes a tree as NewTree does.
func (r *Reader) Tree(files map[string][]byte) (*Tree, []Finding) {
	t := &Tree{Files: files}
	var found []Finding
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".yaml" {
			continue
		}
		documents, err := r.split(name, files[name])
		if err == nil && len(documents) == 0 {
			err = errors.New("the file holds no document")
		}
		if err != nil {
			found = append(found, Finding{Judge: "tree", File: name, Message: err.Error()})
		}
		t.Documents = append(t.Documents, documents...)
	}
	found = append(found, r.deliver(t)...)
	t.objects = t.reached()
	return t, found
}

// split reads the documents of one file as kubectl and Argo CD do. Every one must be a map
// with apiVersion and kind, and name no field twice.
func split(name string, content []byte) ([]Document, error) {
	var documents []Document
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return documents, err
		}
		d := Document{File: name, Index: len(documents), YAML: text}
		if d.json, err = yaml.YAMLToJSONStrict(text); err != nil {
			return documents, err
		}
		if err := utiljson.Unmarshal(d.json, &d.Object); err != nil {
			return documents, err
		}
		if d.Object["apiVersion"] == nil || d.Object["kind"] == nil {
			return documents, fmt.Errorf("document %d names no kind", d.Index+1)
		}
		documents = append(documents, d)
	}
}

// Objects are what clusters get: what the Applications deliver, and the documents that
// nobody delivers although they are whole objects (the PipelineRuns among them). What
// stands below services/ reaches a cluster through an overlay or not at all.
func (t *Tree) Objects() []Object { return t.objects }

func (t *Tree) reached() []Object {
	var objects []Object
	delivered := map[string]bool{}
	for _, d := range t.Deliveries {
		for _, o := range d.Objects {
			objects = append(objects, o)
			delivered[o.File] = true
		}
	}
	for _, d := range t.Documents {
		if !delivered[d.File] && !strings.HasPrefix(d.File, "services/") {
			objects = append(objects, newObject(d.File, &unstructured.Unstructured{Object: d.Object}))
		}
	}
	return objects
}
