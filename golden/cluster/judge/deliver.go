package judge

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/v2/util/glob"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const kindApplication = "argoproj.io/v1alpha1 Application"

// deliver works out what each Application brings.
func (r *Reader) deliver(t *Tree) []Finding {
	var found []Finding
	for _, d := range t.Documents {
		if d.Kind() != kindApplication {
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
		if delivery.Chart = at("source", "chart"); delivery.Chart != "" && at("source", "path") == "" {
			t.Deliveries = append(t.Deliveries, delivery) // what a chart makes is not among the files
			continue
		}
		if !inside || path.Clean(source) != source {
			err = fmt.Errorf("the source %q is no folder below %s/", at("source", "path"), Root)
		} else if _, delivery.Built = t.Files[path.Join(source, "kustomization.yaml")]; delivery.Built {
			delivery.Reads = t.kustomized(source)
			delivery.Objects, err = r.build(t, delivery)
		} else {
			directory, _, _ := unstructured.NestedMap(u.Object, "spec", "source", "directory")
			delivery.plain(t, directory)
		}
		if err == nil && len(delivery.Objects) == 0 {
			err = errors.New("the source holds nothing")
		}
		if err != nil {
			found = append(found, Finding{Judge: "tree", File: d.File, Object: d.Name(), Path: "spec.source.path", Message: err.Error()})
		}
		t.Deliveries = append(t.Deliveries, delivery)
	}
	return found
}

// clusterScoped are the kinds that have no namespace.
var clusterScoped = map[string]bool{
	"ClusterRole": true, "ClusterRoleBinding": true, "CustomResourceDefinition": true, "Namespace": true,
	"PersistentVolume": true, "PriorityClass": true, "StorageClass": true,
}

// at makes an object of a delivery; one without a namespace goes to the Application's.
func (d Delivery) at(file string, u *unstructured.Unstructured) Object {
	return placed(file, u, d.Namespace)
}

func placed(file string, u *unstructured.Unstructured, namespace string) Object {
	homeless := u.GetNamespace() == "" && !clusterScoped[u.GetKind()]
	if homeless {
		u.SetNamespace(namespace)
	}
	o := newObject(file, u)
	o.Homeless = homeless
	return o
}

// plain delivers a folder without a kustomization as Argo CD reads it (findManifests of its
// reposerver): every file, below subfolders only when told so, but those that are left out.
func (d *Delivery) plain(t *Tree, directory map[string]any) {
	recurse, _ := directory["recurse"].(bool)
	exclude, _ := directory["exclude"].(string)
	include, _ := directory["include"].(string)
	for _, doc := range t.Documents {
		file, below := strings.CutPrefix(doc.File, d.Path+"/")
		switch {
		case !below, !recurse && strings.Contains(file, "/"):
			continue
		case exclude != "" && glob.Match(exclude, file), include != "" && !glob.Match(include, file):
			continue
		}
		if !slices.Contains(d.Reads, doc.File) {
			d.Reads = append(d.Reads, doc.File)
		}
		u := unstructured.Unstructured{Object: doc.Object}
		d.Objects = append(d.Objects, d.at(doc.File, u.DeepCopy()))
	}
}

// home is the folder that a source may read: its service's, and no other's.
func home(folder string) string {
	parts := strings.SplitN(folder, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/") + "/"
}

// kustomize builds a folder as Argo CD does, from what it names in its service's folder.
func kustomize(t *Tree, d Delivery) ([]Object, error) {
	folder := d.Path
	disk := filesys.MakeFsInMemory()
	for _, name := range d.Reads {
		if err := disk.WriteFile(name, t.Files[name]); err != nil {
			return nil, err
		}
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
		objects = append(objects, placed(folder, u, d.Namespace))
	}
	return objects, nil
}

// kustomized are the files that a build of a folder reads, as far as they are there and its
// service's: kustomize finds no others.
func (t *Tree) kustomized(source string) []string {
	var files []string
	var visit func(folder string)
	visit = func(folder string) {
		file := path.Join(folder, "kustomization.yaml")
		if slices.Contains(files, file) || t.Files[file] == nil {
			return
		}
		files = append(files, file)
		var k types.Kustomization
		if k.Unmarshal(t.Files[file]) != nil {
			return // kustomize says so itself
		}
		named := slices.Concat(k.Resources, k.Components)
		for _, p := range k.Patches {
			named = append(named, p.Path)
		}
		for _, name := range named {
			at := path.Join(folder, name)
			if !strings.HasPrefix(at+"/", home(source)) {
				continue
			}
			if t.Files[at] == nil {
				visit(at)
			} else if !slices.Contains(files, at) {
				files = append(files, at)
			}
		}
	}
	visit(source)
	return files
}
