package adopt_test

import (
	"strings"
	"testing"

	"slipway.dev/targets/adopt"
	"slipway.dev/targets/kube"
)

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - {name: cart, image: "registry.example.com/cart:1", env: [{name: A, value: one}, {name: B, value: two}]}
`

// TestAHandOverTellsWhatAnApplyWouldDo changes what exists, and what was said of it, and
// looks at what becomes of it.
func TestAHandOverTellsWhatAnApplyWouldDo(t *testing.T) {
	t.Parallel()
	live := func(extra ...string) func(string) string {
		return func(s string) string {
			return strings.NewReplacer(append([]string{"namespace: shop}", `namespace: shop, uid: "1"}`}, extra...)...).Replace(s)
		}
	}
	said := func(last string, extra ...string) func(string) string {
		return func(s string) string {
			return strings.NewReplacer(append([]string{"namespace: shop}", `namespace: shop, uid: "1", annotations: {kubectl.kubernetes.io/last-applied-configuration: '` + last + `'}}`}, extra...)...).Replace(s)
		}
	}
	for _, c := range []struct {
		name string
		edit func(string) string
		want string // the worst change, "" for none
	}{
		{"the same", live(), ""},
		{"a variable by hand, which nobody said, stays", live("env: [", "env: [{name: C, value: three}, "), ""},
		{"a variable that was said goes", said(`{"spec":{"template":{"spec":{"containers":[{"name":"cart","env":[{"name":"C","value":"three"}]}]}}}}`, "env: [", "env: [{name: C, value: three}, "), "restart Deployment/cart: containers[cart].env[C] removed"},
		{"another value", live("value: one", "value: eins"), "restart Deployment/cart: containers[cart].env[A].value eins → one"},
		{"another selector", live("app: cart}}\n  template", "app: basket}}\n  template"), "replace Deployment/cart: spec.selector.matchLabels.app basket → cart; immutable: the sync fails until it is deleted"},
		{"another name", live("name: cart, namespace", "name: basket, namespace"), "create Deployment/cart: there is none; one of another name would go on beside it"},
		{"more pods", live("replicas: 2", "replicas: 5"), "none Deployment/cart: spec.replicas 5 → 2"},
		{"variables in another order, as a manifest", func(s string) string {
			return strings.Replace(s, "{name: A, value: one}, {name: B, value: two}", "{name: B, value: two}, {name: A, value: one}", 1)
		}, "restart Deployment/cart: containers[cart].env reordered"},
	} {
		h, err := adopt.New(adopt.Target{Service: "cart", Env: "prod", Namespace: "shop"}, decode(t, deployment), decode(t, c.edit(deployment)))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(h.Changes) > 0 {
			got = h.Changes[0].String()
		}
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestANumberThatAnAutoscalerTookOverIsNotTakenAway: what was applied once and is left out
// now falls back to one.
func TestANumberThatAnAutoscalerTookOverIsNotTakenAway(t *testing.T) {
	t.Parallel()
	ours := strings.Replace(deployment, "  replicas: 2\n", "", 1)
	live := strings.NewReplacer("replicas: 2", "replicas: 7", "namespace: shop}",
		`namespace: shop, uid: "1", annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"replicas":2}}'}}`).Replace(deployment)
	h, err := adopt.New(adopt.Target{Namespace: "shop"}, decode(t, ours), decode(t, live))
	if err != nil {
		t.Fatal(err)
	}
	if refused := h.Refused(); len(refused) != 1 || !strings.Contains(refused[0].String(), "edit-last-applied") {
		t.Errorf("got %v", h.Changes)
	}
}

func TestListsOfCustomResourcesAreReplaced(t *testing.T) {
	t.Parallel()
	ours := "apiVersion: acme.example/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\nspec: {ports: [{name: a}], keep: 1}\n"
	live := "apiVersion: acme.example/v1\nkind: Widget\nmetadata: {name: w, namespace: shop, uid: \"1\"}\nspec: {ports: [{name: a, extra: 1}], keep: 1, filled: in}\nstatus: {ready: true}\n"
	h, err := adopt.New(adopt.Target{Namespace: "shop"}, decode(t, ours), decode(t, live))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Changes) != 1 || h.Changes[0].String() != "none Widget/w: spec.ports[a].extra removed" {
		t.Errorf("got %v", h.Changes)
	}
}

// TestAnApplicationSetIsKeptFromPuttingItBack names who made the Application that lets go.
func TestAnApplicationSetIsKeptFromPuttingItBack(t *testing.T) {
	t.Parallel()
	existing := strings.Replace(deployment, "namespace: shop}", `namespace: shop, annotations: {argocd.argoproj.io/tracking-id: "team_cart:apps/Deployment:shop/cart"}}`, 1) + `---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: cart
  namespace: team
  ownerReferences: [{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, name: carts, controller: true}]
spec: {project: default}
`
	h, err := adopt.New(adopt.Target{Service: "cart", Env: "prod", Namespace: "shop", Application: "cart-prod", ArgoCD: "argocd"}, decode(t, deployment), decode(t, existing))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range h.Steps() {
		all = append(all, s.Commands...)
	}
	got := strings.Join(all, "\n")
	for _, want := range []string{
		`kubectl -n team patch applicationset carts --type merge -p '{"spec":{"syncPolicy":{"applicationsSync":"create-only","preserveResourcesOnDeletion":true}}}'`,
		"kubectl -n shop annotate deployment/cart argocd.argoproj.io/tracking-id-",
		"kubectl -n team delete application cart",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no step says %s\n%s", want, got)
		}
	}
}

func decode(t *testing.T, text string) []kube.Node {
	t.Helper()
	docs, err := kube.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return docs
}
