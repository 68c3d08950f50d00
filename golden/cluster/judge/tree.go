package judge

import (
	"bufio"
	"bytes"
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
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Root is the folder of the fleet repository that holds the output; Applications name
// their sources from the repository's top.
const Root = "deploy"

// Tree is all that one compile wrote, and what its Applications deliver to clusters.
type Tree struct {
	// Files holds the content by path below Root, slash-separated.
	Files map[string][]byte
	// Documents are all YAML documents of all files, by file and place.
	Documents []Document
	// Deliveries are the Applications of the tree with the objects that each brings to its
	// cluster, by the Application's file.
	Deliveries []Delivery
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
	Objects     []Object
}

// Object is what a cluster gets, after kustomize.
type Object struct {
	File string // where it was written, or the overlay that it was built from
	*unstructured.Unstructured
}

// Name is kind, namespace and name, as "Deployment shop/cart".
func (o Object) Name() string { return nameOf(o.Object) }

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
	t := &Tree{Files: files}
	var found []Finding
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".yaml" {
			continue
		}
		documents, err := split(name, files[name])
		if err != nil {
			found = append(found, Finding{Judge: "tree", File: name, Message: err.Error()})
		}
		t.Documents = append(t.Documents, documents...)
	}
	return t, append(found, t.deliver()...)
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

// deliver works out what each Application brings.
func (t *Tree) deliver() []Finding {
	var found []Finding
	disk := filesys.MakeFsInMemory()
	for name, content := range t.Files {
		if err := disk.WriteFile(name, content); err != nil {
			return []Finding{{Judge: "tree", File: name, Message: err.Error()}}
		}
	}
	for _, d := range t.Documents {
		if d.Kind() != "argoproj.io/v1alpha1 Application" {
			continue
		}
		u := unstructured.Unstructured{Object: d.Object}
		at := func(fields ...string) string {
			s, _, _ := unstructured.NestedString(u.Object, append([]string{"spec"}, fields...)...)
			return s
		}
		source, inside := strings.CutPrefix(at("source", "path"), Root+"/")
		delivery := Delivery{
			File: d.File, Application: u.GetName(), Project: at("project"),
			Server: at("destination", "server"), Namespace: at("destination", "namespace"), Path: source,
		}
		var err error
		if !inside {
			err = fmt.Errorf("the source %q is not below %s/", at("source", "path"), Root)
		} else {
			delivery.Objects, err = t.source(disk, source)
		}
		if err == nil && len(delivery.Objects) == 0 {
			err = errors.New("the source holds nothing")
		}
		if err != nil {
			found = append(found, Finding{Judge: "tree", File: d.File, Object: d.Name(), Path: "spec.source.path", Message: err.Error()})
		}
		for _, o := range delivery.Objects {
			if o.GetNamespace() == "" && !clusterScoped[o.GetKind()] {
				o.SetNamespace(delivery.Namespace)
			}
		}
		t.Deliveries = append(t.Deliveries, delivery)
	}
	return found
}

// clusterScoped are the kinds that Slipway emits and that have no namespace.
var clusterScoped = map[string]bool{"Namespace": true}

// source is what Argo CD makes of a folder: a kustomize build where there is a
// kustomization, and else every document below it.
func (t *Tree) source(disk filesys.FileSystem, folder string) ([]Object, error) {
	if _, ok := t.Files[path.Join(folder, "kustomization.yaml")]; !ok {
		var objects []Object
		for _, d := range t.Documents {
			if strings.HasPrefix(d.File, folder+"/") {
				u := unstructured.Unstructured{Object: d.Object}
				objects = append(objects, Object{d.File, u.DeepCopy()})
			}
		}
		return objects, nil
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, folder)
	if err != nil {
		return nil, err
	}
	var objects []Object
	for _, r := range built.Resources() {
		j, err := r.MarshalJSON()
		if err != nil {
			return objects, err
		}
		u := &unstructured.Unstructured{}
		if err := utiljson.Unmarshal(j, &u.Object); err != nil {
			return objects, err
		}
		objects = append(objects, Object{folder, u})
	}
	return objects, nil
}

// Objects are what clusters get: what the Applications deliver, and the documents that
// nobody delivers although they are whole objects (the PipelineRuns among them). What
// stands below services/ reaches a cluster through an overlay or not at all.
func (t *Tree) Objects() []Object {
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
			objects = append(objects, Object{d.File, (&unstructured.Unstructured{Object: d.Object}).DeepCopy()})
		}
	}
	return objects
}
