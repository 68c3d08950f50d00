package kustomize

import (
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
)

// Objects of operators whose Go modules would bring more along than these few fields.

// externalSecret is external-secrets.io/v1.
// https://external-secrets.io/latest/api/externalsecret/
type externalSecret struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              externalSecretSpec `json:"spec"`
}

type externalSecretSpec struct {
	RefreshInterval string                `json:"refreshInterval,omitempty"`
	SecretStoreRef  storeRef              `json:"secretStoreRef"`
	Target          externalTarget        `json:"target"`
	Data            []externalData        `json:"data,omitempty"`
	DataFrom        []map[string]entryRef `json:"dataFrom,omitempty"`
}

type storeRef struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

type externalTarget struct {
	Name string `json:"name"`
}

type externalData struct {
	SecretKey string   `json:"secretKey"`
	RemoteRef entryRef `json:"remoteRef"`
}

type entryRef struct {
	Key      string `json:"key"`
	Property string `json:"property,omitempty"`
	Version  string `json:"version,omitempty"`
}

func newExternalSecret(i *ir.Instance, s ir.ExternalSecret) *externalSecret {
	out := &externalSecret{
		TypeMeta:   typeMeta("external-secrets.io/"+s.API, "ExternalSecret"),
		ObjectMeta: meta(i, s.Name, "", nil),
		Spec:       externalSecretSpec{RefreshInterval: s.Every, SecretStoreRef: storeRef{s.Kind, s.Store}, Target: externalTarget{s.Name}},
	}
	for _, k := range s.Keys {
		out.Spec.Data = append(out.Spec.Data, externalData{k.Key, entryRef{k.From, k.Property, k.Version}})
	}
	for _, entry := range s.All {
		out.Spec.DataFrom = append(out.Spec.DataFrom, map[string]entryRef{"extract": {Key: entry}})
	}
	return out
}

// scaledObject is keda.sh/v1alpha1. https://keda.sh/docs/latest/reference/scaledobject-spec/
type scaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              scaledObjectSpec `json:"spec"`
}

type scaledObjectSpec struct {
	ScaleTargetRef  scaleTarget `json:"scaleTargetRef"`
	MinReplicaCount *int32      `json:"minReplicaCount,omitempty"`
	MaxReplicaCount int32       `json:"maxReplicaCount"`
	Triggers        []trigger   `json:"triggers,omitempty"`
}

type scaleTarget struct {
	APIVersion string `json:"apiVersion,omitempty"` // apps/v1 when left out
	Kind       string `json:"kind,omitempty"`       // Deployment when left out
	Name       string `json:"name"`
}

type trigger struct {
	Type       string            `json:"type"`
	Name       string            `json:"name,omitempty"`
	MetricType string            `json:"metricType,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	Auth       *authRef          `json:"authenticationRef,omitempty"`
}

type authRef struct {
	Name string `json:"name"`
}

func newScaledObject(i *ir.Instance, w *ir.Workload) *scaledObject {
	out := &scaledObject{
		TypeMeta:   typeMeta("keda.sh/v1alpha1", "ScaledObject"),
		ObjectMeta: meta(i, w.Scale.Name, w.Process, nil),
		Spec:       scaledObjectSpec{ScaleTargetRef: scaleTarget{Name: w.Name}, MaxReplicaCount: w.Scale.Max},
	}
	if !w.Scale.Unbounded {
		out.Spec.MinReplicaCount = &w.Scale.Min
	}
	switch apiVersion, kind := w.Kind.Object(); w.Kind {
	case ir.StatefulSet:
		out.Spec.ScaleTargetRef.Kind = kind
	case ir.Rollout:
		out.Spec.ScaleTargetRef.APIVersion, out.Spec.ScaleTargetRef.Kind = apiVersion, kind
	}
	for _, load := range []struct {
		name    string
		percent int32
	}{{"cpu", w.Scale.CPU}, {"memory", w.Scale.Memory}} {
		if load.percent > 0 {
			out.Spec.Triggers = append(out.Spec.Triggers, trigger{Type: load.name, MetricType: "Utilization", Metadata: map[string]string{"value": strconv.Itoa(int(load.percent))}})
		}
	}
	for _, e := range w.Scale.Events {
		t := trigger{Type: e.Type, Name: e.Name, Metadata: fromPairs(e.Metadata)}
		if e.Auth != "" {
			t.Auth = &authRef{e.Auth}
		}
		out.Spec.Triggers = append(out.Spec.Triggers, t)
	}
	return out
}
