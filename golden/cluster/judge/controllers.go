package judge

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// controllers judges what controllers make of an object: the first pod of a workload, and
// the claims of a StatefulSet and of a PipelineRun. The API server asks less of a template
// than of what is made of it; of the templates of claims it asks nothing at all.
func controllers(o Object) []fault {
	if o.Kind() == kindPipelineRun {
		return claims(o, "spec", "workspaces")
	}
	project := podKinds[o.Kind()]
	if project == nil || o.Kind() == "v1 Pod" {
		return nil
	}
	templates, err := project(o)
	faults := faultsOf(err)
	for _, t := range templates {
		p := &corev1.Pod{ObjectMeta: t.ObjectMeta, Spec: t.Spec}
		p.Namespace, p.GenerateName = o.GetNamespace(), o.GetName()+"-"
		if o.GetKind() == "StatefulSet" {
			p.Spec.Volumes = withClaims(o, p.Spec.Volumes)
		}
		faults = append(faults, createPod(p)...)
	}
	if o.GetKind() == "StatefulSet" {
		faults = append(faults, claims(o, "spec", "volumeClaimTemplates")...)
	}
	return faults
}

// withClaims adds the volumes that the StatefulSet's controller adds.
func withClaims(o Object, volumes []corev1.Volume) []corev1.Volume {
	volumes = volumes[:len(volumes):len(volumes)]
	templates, _, _ := unstructured.NestedSlice(o.Object, "spec", "volumeClaimTemplates")
	for _, t := range templates {
		template, _ := t.(map[string]any)
		name, _, _ := unstructured.NestedString(template, "metadata", "name")
		volumes = append(volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name + "-" + o.GetName() + "-0"},
		}})
	}
	return volumes
}

// claims judges templates of claims: those of a list, or those that its items hold.
func claims(o Object, fields ...string) []fault {
	var faults []fault
	templates, _, _ := unstructured.NestedSlice(o.Object, fields...)
	for _, t := range templates {
		template, _ := t.(map[string]any)
		if o.Kind() == kindPipelineRun {
			if template, _, _ = unstructured.NestedMap(template, "volumeClaimTemplate"); template == nil {
				continue
			}
		}
		claim := &corev1.PersistentVolumeClaim{}
		err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(template, claim, true)
		if err != nil {
			faults = append(faults, faultsOf(err)...)
			continue
		}
		claim.Name, claim.Namespace = "pvc-"+claim.Name+"0", o.GetNamespace()
		claim.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}
		faults = append(faults, made(claim)...)
	}
	return faults
}

func createPod(p *corev1.Pod) []fault {
	p = p.DeepCopy()
	p.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
	p.ResourceVersion, p.UID = "", ""
	return made(p)
}

// made judges an object that a controller makes.
func made(object any) []fault {
	text, err := json.Marshal(object)
	if err != nil {
		return faultsOf(err)
	}
	u := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(text, &u.Object); err != nil {
		return faultsOf(err)
	}
	unstructured.RemoveNestedField(u.Object, "metadata", "creationTimestamp")
	var faults []fault
	for _, f := range create(Object{Unstructured: u}) {
		faults = append(faults, fault{f.path, fmt.Sprintf("of the %s that is made: %s", u.GetKind(), f.message)})
	}
	return faults
}
