package factor_test

import (
	"strings"
	"testing"

	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize/factor"
)

// show writes a result as one text, to compare it whole.
func show(r factor.Result) string {
	var b strings.Builder
	b.WriteString("# base\n")
	b.Write(kube.Encode(r.Base...))
	for _, env := range r.Environments {
		b.WriteString("# resources\n")
		b.Write(kube.Encode(env.Resources...))
		b.WriteString("# patches\n")
		b.Write(kube.Encode(env.Patches...))
	}
	return b.String()
}

func TestOneEnvironmentIsAllBase(t *testing.T) {
	t.Parallel()
	objects := decode(t, "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n")
	r := wantRestored(t, [][]kube.Node{objects})
	if len(r.Base) != 1 || len(r.Environments) != 1 || len(r.Environments[0].Resources)+len(r.Environments[0].Patches) != 0 {
		t.Errorf("got\n%s", show(r))
	}
	if r := factor.Split(nil); len(r.Base)+len(r.Environments) != 0 {
		t.Errorf("no environments give\n%s", show(r))
	}
}

func TestPatchesSayOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	stage := decode(t, `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: 1
  template:
    spec:
      initContainers:
      - name: migrate
        image: registry.invalid/web
      containers:
      - name: web
        image: registry.invalid/web
        env:
        - name: LEVEL
          value: debug
        ports:
        - name: http
          containerPort: 8080
        resources:
          requests:
            cpu: 100m
            memory: 1Gi
      - name: log
        image: log:1.0
      volumes:
      - name: tmp
        emptyDir: {}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: ClusterIP
`)
	prod := decode(t, `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
    tier: gold
spec:
  replicas: 6
  template:
    spec:
      initContainers:
      - name: proxy
        image: proxy:1.0
      - name: migrate
        image: registry.invalid/web
      containers:
      - name: web
        image: registry.invalid/web
        env:
        - name: LEVEL
          value: info
        ports:
        - name: http
          containerPort: 8080
        resources:
          requests:
            cpu: "1"
            memory: 1Gi
      - name: log
        image: log:1.0
      volumes:
      - name: tmp
        emptyDir: {}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: ClusterIP
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
`)
	const want = `# base
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  template:
    spec:
      initContainers:
      - name: migrate
        image: registry.invalid/web
      containers:
      - name: web
        image: registry.invalid/web
        ports:
        - name: http
          containerPort: 8080
        resources:
          requests:
            memory: 1Gi
      - name: log
        image: log:1.0
      volumes:
      - name: tmp
        emptyDir: {}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: ClusterIP
# resources
# patches
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: web
        env:
        - name: LEVEL
          value: debug
        resources:
          requests:
            cpu: 100m
# resources
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
# patches
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    tier: gold
spec:
  replicas: 6
  template:
    spec:
      initContainers:
      - name: proxy
        image: proxy:1.0
      containers:
      - name: web
        env:
        - name: LEVEL
          value: info
        resources:
          requests:
            cpu: "1"
`
	if got := show(wantRestored(t, [][]kube.Node{stage, prod})); got != want {
		t.Errorf("got\n%s", got)
	}
}

// pods makes one environment's Pod with containers named by letters; an upper
// case letter has an extra field.
func pods(t *testing.T, containers string) []kube.Node {
	t.Helper()
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n")
	for _, c := range containers {
		b.WriteString("  - name: " + strings.ToLower("c"+string(c)) + "\n    image: x\n")
		if c < 'a' {
			b.WriteString("    tty: true\n")
		}
	}
	return decode(t, b.String())
}

func TestPatchesNameAsFewContainersAsTheOrderAllows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, second, patchFirst, patchSecond string }{
		{"abc", "abc", "", ""},
		{"abc", "zabc", "", "cz"},
		{"abc", "abcz", "", "ca cb cc cz"},
		{"abc", "azbc", "", "ca cz"},
		{"abc", "cab", "", "cc"},
		{"abc", "bca", "", "cb cc"},
		{"abc", "aBc", "", "ca cb"},
		{"abc", "c", "ca cb", ""},
		{"abc", "de", "ca cb cc", "cd ce"},
		{"abcd", "bxd", "ca cb cc", "cb cx"},
	} {
		r := wantRestored(t, [][]kube.Node{pods(t, c.first), pods(t, c.second)})
		for i, want := range []string{c.patchFirst, c.patchSecond} {
			var got []string
			for _, p := range r.Environments[i].Patches {
				for _, m := range p.Get("spec", "containers").Items {
					got = append(got, m.Get("name").Text)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s and %s: patch %d names %v, want %s", c.first, c.second, i, got, want)
			}
		}
	}
}

func TestWhatKustomizeWouldDamageIsNotPatched(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{
		"two names for one port":      "ports: [{name: a, containerPort: 80, protocol: TCP}, {name: b, containerPort: 80, protocol: TCP}]",
		"a protocol left out":         "ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]",
		"a variable twice":            "env: [{name: A, value: x}, {name: A, value: y}]",
		"a mount path twice":          "volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /a}]",
		"a null":                      "command: null",
		"a key that is a directive":   "resources: {limits: {$patch: replace}}",
		"a null inside an atomic one": "args: [null]",
	} {
		pod := func(more string) []kube.Node {
			return decode(t, "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {"+more+"containers: [{name: web, "+spec+"}]}}")
		}
		r := wantRestored(t, [][]kube.Node{pod(""), pod("hostNetwork: false, ")})
		if len(r.Base) != 0 {
			t.Errorf("%s: the base has\n%s", name, show(r))
		}
		if r = wantRestored(t, [][]kube.Node{pod(""), pod("")}); len(r.Base) != 1 {
			t.Errorf("%s: equal everywhere, and not in the base\n%s", name, show(r))
		}
	}
}

func TestEmptyMapsKeepTheirMeaning(t *testing.T) {
	t.Parallel()
	volume := func(source string) []kube.Node {
		return decode(t, "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web}, spec: {podSelector: "+source+"}}")
	}
	envs := [][]kube.Node{volume("{}"), volume("{matchLabels: {a: b}}"), volume("{matchLabels: {}}"), volume("{matchLabels: {a: c}}")}
	wantRestored(t, envs)
	envs = append(envs, decode(t, "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web}, spec: {}}"))
	wantRestored(t, envs)
}

func TestSplitLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	envs := [][]kube.Node{pods(t, "abc"), pods(t, "xAb")}
	before := []string{encode(envs[0][0]), encode(envs[1][0])}
	factor.Split(envs)
	for i := range envs {
		if got := encode(envs[i][0]); got != before[i] {
			t.Errorf("environment %d became\n%s", i, got)
		}
	}
}
