package judge

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// References judges what one object says of another, and whether everything that is
// written reaches a cluster, once. Kubernetes stores a Service that selects nothing and a
// pod whose account nobody makes: each object by itself is fine.
//
// What a spec may leave to others (Secrets, claims, an existing ConfigMap, a Gateway) is not
// asked for; but a name that Slipway makes up, with a content's hash at its end, must exist.
func References() Judge {
	return Judge{
		Name: "references",
		// What an object means to others says nothing of whether it is one: no document counts
		// as read by this.
		Reads: func(Document) bool { return false },
		Judge: func(t *Tree) []Finding {
			j := &references{report: report{judge: "references"}}
			j.files(t)
			j.once(t)
			for _, d := range t.Deliveries {
				j.homes(d)
				set := newObjectSet(d)
				j.workloads(set)
				j.configMaps(set)
				j.services(set)
				j.routes(set)
				j.scaling(set)
				j.policies(set)
				j.bindings(set)
			}
			return j.found
		},
	}
}

type references struct{ report }

// files wants every document of the tree delivered: what no kustomization names and no
// Application reads is dead, although it looks as if it worked.
func (j *references) files(t *Tree) {
	read := map[string]bool{}
	for _, d := range t.Deliveries {
		for _, file := range d.Reads {
			read[file] = true
		}
	}
	last := ""
	for _, d := range t.Documents {
		if d.File == last || read[d.File] || strings.HasPrefix(d.File, Runs+"/") {
			continue
		}
		last = d.File
		j.add(d.place(), "", "no Application delivers this file")
	}
}

// once wants no object delivered twice to one cluster: two Applications would take it from
// each other for ever.
func (j *references) once(t *Tree) {
	seen := map[string]Delivery{}
	for _, d := range t.Deliveries {
		for _, o := range d.Objects {
			key := fmt.Sprint(d.Server, o.GroupVersionKind().GroupKind(), o.GetNamespace(), "/", o.GetName())
			if other, ok := seen[key]; ok {
				j.add(o.place(), "", "both %s and %s bring it to %s", other.Application, d.Application, d.Server)
			}
			seen[key] = d
		}
	}
}

// homes judges where the objects of an overlay go.
func (j *references) homes(d Delivery) {
	if !d.Built {
		return
	}
	for _, o := range d.Objects {
		switch {
		case o.Homeless:
			j.add(o.place(), "metadata.namespace", "the overlay does not say its namespace")
		case !clusterScoped[o.GetKind()] && o.GetNamespace() != d.Namespace:
			j.add(o.place(), "metadata.namespace", "Application %s goes to the namespace %q", d.Application, d.Namespace)
		}
	}
}

// objectSet is what one Application brings, decoded as far as it can be.
type objectSet struct {
	delivery  Delivery
	workloads []workload
	byName    map[string]Object // by "Kind namespace/name"
}

func newObjectSet(d Delivery) objectSet {
	s := objectSet{delivery: d, byName: map[string]Object{}}
	for _, o := range d.Objects {
		s.byName[o.Name()] = o
		if w, ok := newWorkload(o); ok {
			s.workloads = append(s.workloads, w)
		}
	}
	return s
}

// has looks for an object beside another one.
func (s objectSet) has(kind, namespace, name string) (Object, bool) {
	o, ok := s.byName[nameOf(map[string]any{"kind": kind, "metadata": map[string]any{"namespace": namespace, "name": name}})]
	return o, ok
}

// makes says whether an object of a kind is among the objects.
func (s objectSet) makes(kind string) bool {
	return slices.ContainsFunc(s.delivery.Objects, func(o Object) bool { return o.GetKind() == kind })
}

// decode decodes an object into its type; what does not decode is reported by Strict.
func decode[T any](o Object) (*T, bool) {
	v, err := typed[T](o.Object)
	return v, err == nil
}

// bindings wants the roles of bindings, what triggers name, and nothing without a name.
func (j *references) bindings(s objectSet) {
	for _, o := range s.delivery.Objects {
		switch o.GetKind() {
		case "RoleBinding":
			name, _, _ := unstructured.NestedString(o.Object, "roleRef", "name")
			kind, _, _ := unstructured.NestedString(o.Object, "roleRef", "kind")
			if _, ok := s.has(kind, o.GetNamespace(), name); !ok {
				j.add(o.place(), "roleRef", "there is no %s %s", kind, name)
			}
			subjects, _, _ := unstructured.NestedSlice(o.Object, "subjects")
			for i, v := range subjects {
				subject, _ := v.(map[string]any)
				if subject["kind"] != "ServiceAccount" {
					continue
				}
				if _, ok := s.has("ServiceAccount", fmt.Sprint(subject["namespace"]), fmt.Sprint(subject["name"])); !ok {
					j.add(o.place(), fmt.Sprintf("subjects[%d]", i), "there is no ServiceAccount %v/%v", subject["namespace"], subject["name"])
				}
			}
		case "EventListener", "Trigger":
			if account, ok, _ := unstructured.NestedString(o.Object, "spec", "serviceAccountName"); ok {
				if _, ok := s.has("ServiceAccount", o.GetNamespace(), account); !ok {
					j.add(o.place(), "spec.serviceAccountName", "there is no ServiceAccount %s", account)
				}
			}
		case "ServiceAccount":
			pulls, _, _ := unstructured.NestedSlice(o.Object, "imagePullSecrets")
			for _, v := range pulls {
				if pull, _ := v.(map[string]any); pull["name"] == nil || pull["name"] == "" {
					j.add(o.place(), "imagePullSecrets", "a Secret without a name")
				}
			}
		}
	}
}

// hashed says of a name whether it ends in a hash as the compiler makes them.
func hashed(name string) bool {
	_, end, ok := strings.Cut(path.Base(name), "-")
	for ok && strings.Contains(end, "-") {
		_, end, _ = strings.Cut(end, "-")
	}
	return ok && len(end) == hashLength && strings.Trim(end, "0123456789abcdef") == ""
}

// contains says whether all of some labels are among others.
func contains(labels, wanted map[string]string) bool {
	for k, v := range wanted {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}
