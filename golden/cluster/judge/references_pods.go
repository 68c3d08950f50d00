package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
)

// workload is an object that makes pods.
type workload struct {
	Object
	selector map[string]string // what it finds its pods by; nil for a Job
	pod      corev1.PodTemplateSpec
}

func newWorkload(o Object) (workload, bool) {
	project := podKinds[o.Kind()]
	if project == nil {
		return workload{}, false
	}
	templates, err := project(o)
	if err != nil || len(templates) != 1 {
		return workload{}, false
	}
	selector, _, _ := unstructured.NestedStringMap(o.Object, "spec", "selector", "matchLabels")
	return workload{o, selector, templates[0]}, true
}

func (w workload) containers() []corev1.Container {
	return slices.Concat(w.pod.Spec.InitContainers, w.pod.Spec.Containers)
}

// port finds a port of the pods by name, or by number among those that they declare.
func (w workload) port(name string, number int32) bool {
	return slices.ContainsFunc(w.pod.Spec.Containers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool {
			return name != "" && p.Name == name || name == "" && p.ContainerPort == number
		})
	})
}

// selected are the workloads whose pods a selector takes.
func (s objectSet) selected(namespace string, selector labels.Selector) []workload {
	var all []workload
	for _, w := range s.workloads {
		if w.GetNamespace() == namespace && selector.Matches(labels.Set(w.pod.Labels)) {
			all = append(all, w)
		}
	}
	return all
}

// changing are the labels that may change while a workload lives.
func changing(label string) bool {
	return label != "app.kubernetes.io/name" && label != "app.kubernetes.io/component"
}

// workloads judges what pods need beside them.
func (j *references) workloads(s objectSet) {
	for i, w := range s.workloads {
		// A spec may name an account that others make; then the service makes none.
		account := w.pod.Spec.ServiceAccountName
		own := account == w.GetLabels()[labelService] || s.makes("ServiceAccount")
		if _, ok := s.has("ServiceAccount", w.GetNamespace(), account); !ok && own {
			j.add(w.place(), "serviceAccountName", "nobody makes the account %q", account)
		}
		for _, k := range slices.Sorted(maps.Keys(w.selector)) {
			if changing(k) {
				j.add(w.place(), "spec.selector", "a selector never changes, and %s may", k)
			}
		}
		for _, other := range s.workloads[:i] {
			if w.selector != nil && other.selector != nil && w.GetNamespace() == other.GetNamespace() && contains(other.pod.Labels, w.selector) {
				j.add(w.place(), "spec.selector", "it selects the pods of %s too", other.Name())
			}
		}
		j.configuration(s, w)
		for _, c := range w.containers() {
			j.image(w, c)
			for _, p := range []*corev1.Probe{c.ReadinessProbe, c.LivenessProbe, c.StartupProbe} {
				name := probed(p)
				if name != "" && !slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name }) {
					j.add(w.place(), "containers["+c.Name+"]", "a probe asks the port %q, which the container has not", name)
				}
			}
		}
		if w.GetKind() == "StatefulSet" {
			j.stateful(s, w)
		}
	}
}

// probed is the name of the port that a probe asks, if it has a name.
func probed(p *corev1.Probe) string {
	switch {
	case p == nil:
		return ""
	case p.HTTPGet != nil:
		return p.HTTPGet.Port.StrVal
	case p.TCPSocket != nil:
		return p.TCPSocket.Port.StrVal
	}
	return ""
}

// image judges the image of a container as a container runtime reads it, and wants its
// digest: behind a tag may be another image tomorrow.
func (j *references) image(w workload, c corev1.Container) {
	say := func(format string, args ...any) {
		j.add(w.place(), "containers["+c.Name+"].image", format, args...)
	}
	named, err := reference.ParseNormalizedNamed(c.Image)
	if err != nil {
		say("%v", err)
		return
	}
	if _, ok := named.(reference.Digested); !ok {
		say("%q has no digest", c.Image)
	}
	if reference.Domain(named) == "registry.invalid" {
		say("no release has put an image in the place of %q", c.Image)
	}
}

// configuration wants the ConfigMaps that pods read.
func (j *references) configuration(s objectSet, w workload) {
	wants := func(at, name, key string, optional *bool) {
		o, ok := s.has("ConfigMap", w.GetNamespace(), name)
		switch {
		case ok && field(o.Object, "immutable") != true:
			j.add(w.place(), at, "the ConfigMap %s may change under the pods that read it", name)
		case ok && key != "":
			if _, there := s.data(o)[key]; !there && (optional == nil || !*optional) {
				j.add(w.place(), at, "the ConfigMap %s has no key %q", name, key)
			}
		case !ok && hashed(name):
			j.add(w.place(), at, "nobody makes the ConfigMap %s", name)
		}
	}
	for _, c := range w.containers() {
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.ConfigMapKeyRef != nil {
				r := e.ValueFrom.ConfigMapKeyRef
				wants("containers["+c.Name+"].env["+e.Name+"]", r.Name, r.Key, r.Optional)
			}
		}
		for _, e := range c.EnvFrom {
			if e.ConfigMapRef != nil {
				wants("containers["+c.Name+"].envFrom", e.ConfigMapRef.Name, "", e.ConfigMapRef.Optional)
			}
		}
	}
	for _, v := range w.pod.Spec.Volumes {
		// The API server asks whether there is a name; the kubelet waits for ever for a wrong one.
		if c := v.PersistentVolumeClaim; c != nil && len(validation.IsDNS1123Subdomain(c.ClaimName)) > 0 {
			j.add(w.place(), "volumes["+v.Name+"]", "%q can be the name of no claim", c.ClaimName)
		}
		if s := v.Secret; s != nil && len(validation.IsDNS1123Subdomain(s.SecretName)) > 0 {
			j.add(w.place(), "volumes["+v.Name+"]", "%q can be the name of no Secret", s.SecretName)
		}
		sources := []*corev1.ConfigMapVolumeSource{v.ConfigMap}
		if v.Projected != nil {
			for _, p := range v.Projected.Sources {
				if p.ConfigMap != nil {
					sources = append(sources, &corev1.ConfigMapVolumeSource{LocalObjectReference: p.ConfigMap.LocalObjectReference, Items: p.ConfigMap.Items})
				}
			}
		}
		for _, source := range sources {
			if source == nil {
				continue
			}
			wants("volumes["+v.Name+"]", source.Name, "", source.Optional)
			for _, item := range source.Items {
				wants("volumes["+v.Name+"]", source.Name, item.Key, source.Optional)
			}
		}
	}
}

// data is what a ConfigMap holds.
func (s objectSet) data(o Object) map[string]string {
	data, _, _ := unstructured.NestedStringMap(o.Object, "data")
	return data
}

// hashLength is how many digits of a hash end the name of a ConfigMap.
const hashLength = 10

// configMaps wants the ConfigMaps of services named by what they hold, so that pods of an
// old release find what they were made for (design hazard 13).
func (j *references) configMaps(s objectSet) {
	for _, o := range s.delivery.Objects {
		if o.Kind() != "v1 ConfigMap" || !s.delivery.Built {
			continue
		}
		if field(o.Object, "immutable") != true {
			j.add(o.place(), "immutable", "it may change under the pods that read it")
		}
		h := sha256.New()
		data := s.data(o)
		for _, key := range slices.Sorted(maps.Keys(data)) {
			fmt.Fprintf(h, "%d:%s%d:%s", len(key), key, len(data[key]), data[key])
		}
		if hash := hex.EncodeToString(h.Sum(nil))[:hashLength]; !strings.HasSuffix(o.GetName(), "-"+hash) {
			j.add(o.place(), "metadata.name", "what it holds is called %s", hash)
		}
	}
}

// stateful wants the Service that gives the pods of a StatefulSet their names.
func (j *references) stateful(s objectSet, w workload) {
	name, _, _ := unstructured.NestedString(w.Object.Object, "spec", "serviceName")
	o, ok := s.has("Service", w.GetNamespace(), name)
	if !ok {
		j.add(w.place(), "spec.serviceName", "there is no Service %q", name)
		return
	}
	service, ok := decode[corev1.Service](o)
	if ok && (service.Spec.ClusterIP != corev1.ClusterIPNone || !contains(w.pod.Labels, service.Spec.Selector)) {
		j.add(w.place(), "spec.serviceName", "the Service %s has an address of its own, or other pods", name)
	}
}

// selectorOf is a selector of a document; one that is none selects nothing.
func selectorOf(s *metav1.LabelSelector) labels.Selector {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return labels.Nothing()
	}
	return selector
}
