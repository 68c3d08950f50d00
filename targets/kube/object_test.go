package kube_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	tektonv1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	kustomize "sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/randfill"

	"slipway.dev/targets/kube"
)

// objects are all kinds that targets write.
func objects() []any {
	return []any{
		&appsv1.Deployment{}, &appsv1.StatefulSet{}, &appsv1.DaemonSet{}, &batchv1.Job{}, &batchv1.CronJob{},
		&corev1.Service{}, &corev1.ServiceAccount{}, &corev1.ConfigMap{}, &corev1.Secret{}, &corev1.Namespace{},
		&corev1.PersistentVolumeClaim{}, &autoscalingv2.HorizontalPodAutoscaler{}, &policyv1.PodDisruptionBudget{},
		&networkingv1.NetworkPolicy{}, &networkingv1.Ingress{},
		&rbacv1.Role{}, &rbacv1.RoleBinding{}, &rbacv1.ClusterRole{}, &rbacv1.ClusterRoleBinding{},
		&gatewayv1.HTTPRoute{}, &gatewayv1.Gateway{},
		&tektonv1.Task{}, &tektonv1.Pipeline{}, &tektonv1.PipelineRun{}, &tektonv1.TaskRun{},
		&argo.Application{}, &argo.AppProject{}, &argo.ApplicationSet{},
		&kustomize.Kustomization{},
	}
}

func TestObjectsMeanWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	for _, empty := range objects() {
		typ := reflect.TypeOf(empty).Elem()
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			compareWithJSON(t, reflect.New(typ).Interface())
			for seed := range int64(60) {
				obj := reflect.New(typ).Interface()
				filler(seed).Fill(obj)
				compareWithJSON(t, obj)
				compareWithJSON(t, reflect.ValueOf(obj).Elem().Interface()) // not addressable
			}
		})
	}
}

// filler fills API types with what they can hold; their own JSON methods
// refuse or lose the rest.
func filler(seed int64) *randfill.Filler {
	return randfill.NewWithSeed(seed).NilChance(0.5).NumElements(0, 2).MaxDepth(60).Funcs(
		func(s *string, c randfill.Continue) {
			words := []string{"", "web", "no", "12345e6", "a b", "<&>", "é\u2028", "line\nline\n", "\t\"'\\"}
			*s = words[c.Intn(len(words))]
		},
		func(q *resource.Quantity, c randfill.Continue) {
			*q = *resource.NewMilliQuantity(c.Int63n(1e6), resource.DecimalSI)
		},
		func(x *intstr.IntOrString, c randfill.Continue) {
			if *x = intstr.FromInt32(c.Int31()); c.Bool() {
				*x = intstr.FromString("25%")
			}
		},
		func(x *metav1.Time, c randfill.Continue) {
			if c.Bool() {
				*x = metav1.Unix(c.Int63n(1e9), 0)
			}
		},
		func(x *metav1.MicroTime, c randfill.Continue) { *x = metav1.NewMicroTime(time.Unix(c.Int63n(1e9), 0)) },
		func(x *time.Time, c randfill.Continue) { *x = time.Unix(c.Int63n(1e9), 0).UTC() },
		func(x *runtime.RawExtension, c randfill.Continue) {
			if c.Bool() {
				x.Raw = []byte(`{"b": [1, 2.5, 1e30], "a": {"on": true, "text": "\u2028"}}`)
			}
		},
		func(x *apiextensionsv1.JSON, c randfill.Continue) { x.Raw = []byte(`{"values":["x",{"y":0.1}]}`) },
		func(x *tektonv1.ParamValue, c randfill.Continue) {
			switch c.Intn(3) {
			case 0:
				*x = *tektonv1.NewStructuredValues(c.String(3))
			case 1:
				*x = *tektonv1.NewStructuredValues("<a>", c.String(3))
			case 2:
				*x = *tektonv1.NewObject(map[string]string{"k": "1e3"})
			}
		},
		func(x *argo.ApplicationSetNestedGenerator, c randfill.Continue) {},
		func(x *argo.ApplicationSetTerminalGenerator, c randfill.Continue) {},
		func(x *any, c randfill.Continue) { *x = map[string]any{"x": c.Bool()} },
		func(x *metav1.FieldsV1, c randfill.Continue) { x.Raw = []byte(`{"f:x":{}}`) },
	)
}

func compareWithJSON(t *testing.T, obj any) {
	t.Helper()
	data, err := json.Marshal(obj)
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, data)
	if m, ok := want.(map[string]any); ok && reflect.Indirect(reflect.ValueOf(obj)).Kind() == reflect.Struct {
		if status := reflect.Indirect(reflect.ValueOf(obj)).FieldByName("Status"); status.IsValid() && status.IsZero() {
			delete(m, "status")
		}
	}
	got := plainValue(kube.FromObject(obj))
	if g, w := prune(got), prune(want); !reflect.DeepEqual(g, w) {
		t.Fatalf("FromObject and encoding/json differ\n got %s\nwant %s", show(g), show(w))
	}
}

func parse(t *testing.T, data []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func show(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// plainValue turns a node into what encoding/json decodes with UseNumber.
func plainValue(n kube.Node) any {
	switch n.Kind {
	case kube.Null:
		return nil
	case kube.Bool:
		return n.Text == "true"
	case kube.Int, kube.Float:
		return json.Number(n.Text)
	case kube.String:
		return n.Text
	case kube.List:
		out := []any{}
		for _, item := range n.Items {
			out = append(out, plainValue(item))
		}
		return out
	case kube.Map:
		out := map[string]any{}
		for _, f := range n.Fields {
			if _, dup := out[f.Key]; dup {
				panic("duplicate key " + f.Key)
			}
			out[f.Key] = plainValue(f.Value)
		}
		return out
	}
	panic(fmt.Sprintf("kind %d", n.Kind))
}

// prune leaves out what FromObject may leave out: nulls and empty maps in maps.
func prune(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = prune(v[key])
			if m, ok := v[key].(map[string]any); v[key] == nil || ok && len(m) == 0 {
				delete(v, key)
			}
		}
	}
	return v
}

func TestWhatTagsForceIsLeftOut(t *testing.T) {
	t.Parallel()
	got := string(kube.Encode(kube.FromObject(&appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "web"}},
			Volumes:    []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
		}}},
	})))
	want := `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
      volumes:
      - name: tmp
        emptyDir: {}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhatMeansSomethingWhenEmptyStays(t *testing.T) {
	t.Parallel()
	got := string(kube.Encode(
		kube.FromObject(networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{}}}),
		kube.FromObject(map[string]any{"null": nil, "empty": map[string]string{}, "list": []string{}}),
		kube.FromObject(apiextensionsv1.JSON{Raw: []byte(`{"z":null,"a":{}}`)}),
	))
	want := "podSelector: {}\ningress:\n- {}\n---\nempty: {}\nlist: []\n\"null\": null\n---\nz: null\na: {}\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

type inner struct {
	A int `json:"a"`
	B int
}

type Outer struct {
	inner
	*Pointer `json:",inline"`
	A        string            `json:"a"`
	Quoted   int               `json:"quoted,string"`
	Zero     time.Time         `json:"zero,omitzero"`
	Bytes    []byte            `json:"bytes"`
	ByNumber map[int8]float64  `json:"byNumber"`
	ByText   map[keyText]uint8 `json:"byText"`
	Array    [2]bool           `json:"array"`
	Any      any               `json:"any"`
	Raw      json.RawMessage   `json:"raw,omitempty"`
	Number   json.Number       `json:"number,omitempty"`
	Self     *Outer            `json:"self,omitempty"`
	Skipped  func()            `json:"-"`
	private  int
}

type Pointer struct {
	C float32
	B string // hidden by and hiding inner.B
}

type keyText struct{ s string }

func (k keyText) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(k.s)), nil }

func TestEveryRuleOfEncodingJSON(t *testing.T) {
	t.Parallel()
	compareWithJSON(t, Outer{})
	compareWithJSON(t, &Outer{
		inner: inner{1, 2}, Pointer: &Pointer{C: 1e21, B: "x"}, A: "a", Quoted: 7, private: 1,
		Zero: time.Unix(1, 0).UTC(), Bytes: []byte{0, 255},
		ByNumber: map[int8]float64{-1: 0.1, 10: math.MaxFloat64, 2: 3, 3: math.Copysign(0, -1)},
		ByText:   map[keyText]uint8{{"k"}: 200},
		Any:      []any{1, "two", nil, 3.5, map[string]any{"b": 1, "a": Pointer{}}},
		Raw:      json.RawMessage(`{"a":[1,{"b":"\u003c"}]}`), Number: "12",
		Self: &Outer{A: "below"},
	})
	compareWithJSON(t, map[string]*Outer{"x": nil, "y": {}})
	compareWithJSON(t, nil)
	compareWithJSON(t, uint64(math.MaxUint64))
}
