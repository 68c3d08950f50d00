package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"
)

// api answers for a cluster, by path; what is not there is not found.
type api map[string]string

func (a api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, ok := a[r.URL.Path]
	switch {
	case r.Method != http.MethodGet:
		http.Error(w, "somebody wants to change something", http.StatusTeapot)
	case strings.HasSuffix(r.URL.Path, "/secrets") && !strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadataList"):
		http.Error(w, "somebody wants to see what is in Secrets", http.StatusTeapot)
	case answer == "forbidden":
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"kind":"Status","message":"you may not see %s"}`, r.URL.Path)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","message":"not found"}`)
	default:
		fmt.Fprint(w, answer)
	}
}

// patient writes the fleet of testdata/clusters/main.txtar, and returns its folder and the API
// of a cluster that has all it needs: beside the answers of that file, every object of
// deploy/platform and of Argo CD's bootstrap as it is compiled.
func patient(t *testing.T) (dir string, a api) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/clusters/main.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir, a = t.TempDir(), api{}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "api"); ok {
			a[name] = string(f.Data)
			continue
		}
		at := filepath.Join(dir, strings.TrimPrefix(f.Name, "fleet/"))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, code := slipway(t, "compile", dir); code != exitOK {
		t.Fatal(out)
	}
	for _, folder := range []string{"platform", "argocd/bootstrap"} {
		err := filepath.WalkDir(filepath.Join(dir, "deploy", folder), func(p string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			for doc := range strings.SplitSeq(string(content), "\n---\n") {
				a.serve(t, doc)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir, a
}

// serve answers with an object.
func (a api) serve(t *testing.T, doc string) {
	var o struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct{ Name, Namespace string }
	}
	if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
		t.Fatal(err)
	}
	at := "/apis/" + o.APIVersion
	if !strings.Contains(o.APIVersion, "/") {
		at = "/api/" + o.APIVersion
	}
	if o.Metadata.Namespace != "" {
		at += "/namespaces/" + o.Metadata.Namespace
	}
	answer, err := yaml.YAMLToJSON([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	plural := strings.ToLower(o.Kind) + "s"
	if strings.HasSuffix(o.Kind, "Policy") {
		plural = strings.TrimSuffix(plural, "ys") + "ies"
	}
	a[at+"/"+plural+"/"+o.Metadata.Name] = string(answer)
}

// kubeconfig writes one for the API.
func kubeconfig(t *testing.T, a api) string {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	config := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: main, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n", server.URL)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// slipway runs a command line and returns all that it prints.
func slipway(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	w := world{in: strings.NewReader(""), out: &out, err: &out, user: func() string { return "ada" }, now: func() time.Time {
		return time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	}}
	code := run(context.Background(), w, args)
	return out.String(), code
}

func TestDoctorFindsNothingWhereAllIsThere(t *testing.T) {
	t.Parallel()
	dir, a := patient(t)
	out, code := slipway(t, "doctor", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
	if want := "0 things are missing, 0 pieces of advice\n"; out != want || code != exitOK {
		t.Errorf("exit status %d:\n%s", code, out)
	}
}

// Each of these takes one thing from a cluster that has all it needs.
func TestDoctorFindsWhatIsMissing(t *testing.T) {
	t.Parallel()
	const flags = "/api/v1/namespaces/tekton-pipelines/configmaps/feature-flags"
	const resolvers = "/api/v1/namespaces/tekton-pipelines-resolvers/configmaps/"
	const argocd = "/api/v1/namespaces/argocd/configmaps/"
	cases := []struct {
		name, at, from, to string // from empty: nothing is there
		what, mend         string
		advice             bool
	}{
		{"no Tekton", "/apis/tekton.dev/v1", "", "", "tekton.dev/v1 Pipeline is not served [kinds]", "pipeline/releases", false},
		{"a kind that nothing needs", "/apis/policy/v1", "PodDisruptionBudget", "Other", "", "", false},
		{"a kind that is not served", "/apis/networking.k8s.io/v1", "NetworkPolicy", "Other", "networking.k8s.io/v1 NetworkPolicy is not served [kinds]", "install what serves networking.k8s.io/v1", false},
		{"a flag", flags, `"disable-creds-init":"true"`, `"disable-creds-init":"false"`, `ConfigMap tekton-pipelines/feature-flags: disable-creds-init is "false", and should be "true" [objects]`, "apply --server-side --force-conflicts -f", false},
		{"a flag that is not set", flags, `"enable-api-fields":"beta",`, ``, `ConfigMap tekton-pipelines/feature-flags: enable-api-fields is not set, and should be "beta" [objects]`, "platform/main/tekton.yaml", false},
		{"no flags", flags, "", "", "ConfigMap tekton-pipelines/feature-flags is missing [objects]", "", false},
		{"Pod Security", "/api/v1/namespaces/ci-shop-pr", `enforce":"restricted"`, `enforce":"privileged"`, `Namespace ci-shop-pr: label pod-security.kubernetes.io/enforce is "privileged", and should be "restricted" [objects]`, "namespaces.yaml", false},
		{"no namespace", "/api/v1/namespaces/acme-prod", "", "", "Namespace acme-prod is missing [objects]", "namespaces.yaml", false},
		{"no project", "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/team-shop", "", "", "AppProject argocd/team-shop is missing [objects]", "projects/team-shop.yaml", false},
		{"no root", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/root.main", "", "", "Application argocd/root.main is missing [objects]", "roots/main.yaml", false},
		{"an old Tekton", "/api/v1/namespaces/tekton-pipelines/configmaps/pipelines-info", "v1.9.2", "v0.53.0", "Tekton Pipelines is v0.53.0 [tekton]", "", false},
		{"no resolvers", resolvers + "resolvers-feature-flags", "", "", "Tekton's resolvers are not installed", "", false},
		{"no cluster resolver", resolvers + "resolvers-feature-flags", `"true"`, `"false"`, "the cluster resolver is switched off [resolver]", `{"data":{"enable-cluster-resolver":"true"}}`, false},
		{"blocked", resolvers + "cluster-resolver-config", `"default-kind": "task"`, `"blocked-namespaces": "kube-system, slipway-tasks"`, "the cluster resolver may not read slipway-tasks [resolver]", "", false},
		{"not allowed", resolvers + "cluster-resolver-config", `"default-kind": "task"`, `"allowed-namespaces": "shared"`, "the cluster resolver may read some namespaces", "shared,slipway-tasks", false},
		{"no Chains, which nobody asks to sign", "/api/v1/namespaces/tekton-chains/configmaps/chains-config", "", "", "", "", false},
		{"no pruner", "/api/v1/namespaces/tekton-pipelines/configmaps/tekton-pruner-default-spec", "", "", "advice: nothing removes old runs", "platform/main/pruner.yaml", false},
		{"no Argo CD", argocd + "argocd-cm", "", "", "there is no ConfigMap argocd/argocd-cm [argocd]", "", false},
		{"tracking by label", argocd + "argocd-cm", `"annotation"`, `"label"`, `application.resourceTrackingMethod is "label" [argocd]`, "patch configmap argocd-cm", false},
		{"tracking as it comes", argocd + "argocd-cm", `"application.resourceTrackingMethod": "annotation"`, ``, "advice: application.resourceTrackingMethod is not set [argocd]", "", true},
		{"no notifications", argocd + "argocd-notifications-cm", "", "", "advice: there is no ConfigMap argocd/argocd-notifications-cm", "", true},
		{"a Secret of runs", "/api/v1/namespaces/ci-shop/secrets", "registry-push", "other", "Secret ci-shop/registry-push is missing [secrets]", "kubectl --context main -n ci-shop create secret generic registry-push", false},
		{"a Secret of the promoter", "/api/v1/namespaces/slipway-promoter/secrets", "request-key-shop", "other", "Secret slipway-promoter/request-key-shop is missing [secrets]", "requests of shop need it", false},
		{"a Secret of Git hosts", "/api/v1/namespaces/slipway-events/secrets", "git-hub", "other", "Secret slipway-events/git-hub is missing [secrets]", "events of hub need it", false},
		{"a Secret of pods", "/api/v1/namespaces/acme-dev/secrets", "cart-db", "other", "Secret acme-dev/cart-db is missing [secrets]", "", false},
		{"no right to look", "/api/v1/namespaces/acme-dev/secrets", "all", "forbidden", "it cannot be looked at: /api/v1/namespaces/acme-dev/secrets: you may not see", "ask as somebody", false},
	}
	dir, healthy := patient(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := api{}
			for k, v := range healthy {
				a[k] = v
			}
			switch {
			case a[c.at] == "":
				t.Fatalf("nothing answers at %s", c.at)
			case c.to == "forbidden":
				a[c.at] = "forbidden"
			case c.from == "":
				delete(a, c.at)
			case !strings.Contains(a[c.at], c.from):
				t.Fatalf("%s does not say %s: %s", c.at, c.from, a[c.at])
			default:
				a[c.at] = strings.Replace(a[c.at], c.from, c.to, 1)
			}
			out, code := slipway(t, "doctor", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
			want := exitFindings
			if c.advice || c.what == "" {
				want = exitOK
			}
			if code != want || !strings.Contains(out, c.what) || !strings.Contains(out, c.mend) {
				t.Errorf("exit status %d, expected %q and %q:\n%s", code, c.what, c.mend, out)
			}
			if c.what != "" && (!strings.Contains(out, "\n  why:  ") || !strings.Contains(out, "\n  mend: ")) {
				t.Errorf("it does not say why, or what mends it:\n%s", out)
			}
		})
	}
}

func TestDoctorAsksForWhatChainsSignsWith(t *testing.T) {
	t.Parallel()
	dir, healthy := patient(t)
	file := filepath.Join(dir, "platform.cue")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`signing: "none", `), nil, 1)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	const config, secrets = "/api/v1/namespaces/tekton-chains/configmaps/chains-config", "/api/v1/namespaces/tekton-chains/secrets"
	set := func(data string) string {
		all := `"artifacts.pipelinerun.storage": "oci", "artifacts.pipelinerun.enable-deep-inspection": "true"`
		if data != "" {
			all += ", " + data // the last of a name counts
		}
		return `{"metadata": {"name": "chains-config"}, "data": {` + all + `}}`
	}
	secret := func(written string) string {
		return `{"items": [{"metadata": {"name": "other"}}, {"metadata": {"name": "signing-secrets"` + written + `}}]}`
	}
	wrote := func(fields string) string {
		return secret(`, "managedFields": [{"manager": "kubectl", "fieldsType": "FieldsV1", "fieldsV1": {"f:type": {}}}, {"manager": "cosign", "fieldsV1": {` + fields + `}}]`)
	}
	promoter := "/api/v1/namespaces/slipway-promoter/secrets"
	healthy[promoter] = strings.Replace(healthy[promoter], `{"items": [`, `{"items": [{"metadata": {"name": "signing-key-public"}}, `, 1)
	healthy[config] = set(``)
	healthy[secrets] = wrote(`"f:data": {".": {}, "f:cosign.key": {}, "f:cosign.password": {}, "f:cosign.pub": {}}, "f:immutable": {}`)
	for _, c := range []struct {
		name, at, answer string // answer empty: nothing is there
		what, mend       string // what empty: nothing is found
	}{
		{"all is there", config, set(``), "", ""},
		{"as the documents say", config, set(`"artifacts.oci.storage": "tekton, oci", "artifacts.oci.signer": "x509"`), "", ""},
		{"as Chains comes", config, `{"metadata": {"name": "chains-config"}, "data": {"artifacts.pipelinerun.enable-deep-inspection": "true"}}`, "artifacts.pipelinerun.storage is not set [chains]", `{"artifacts.pipelinerun.storage":"oci"}`},
		{"no Chains", config, "", "Tekton Chains is not installed: there is no ConfigMap tekton-chains/chains-config [chains]", "kubectl --context main apply -f https://storage.googleapis.com/tekton-releases/chains/"},
		{"signatures elsewhere", config, set(`"artifacts.oci.storage": "gcs"`), `chains-config: artifacts.oci.storage is "gcs" [chains]`, `patch configmap chains-config --type merge -p '{"data":{"artifacts.oci.storage":"oci"}}'`},
		{"no signatures", config, set(`"artifacts.oci.storage": ""`), `artifacts.oci.storage is "" [chains]`, `"oci"`},
		{"provenance elsewhere", config, set(`"artifacts.pipelinerun.storage": "tekton"`), `artifacts.pipelinerun.storage is "tekton" [chains]`, `{"artifacts.pipelinerun.storage":"oci"}`},
		{"results of runs alone", config, set(`"artifacts.pipelinerun.enable-deep-inspection": "false"`), `enable-deep-inspection is "false" [chains]`, `{"artifacts.pipelinerun.enable-deep-inspection":"true"}`},
		{"two keys", config, set(`"artifacts.pipelinerun.signer": "kms"`), `artifacts.pipelinerun.signer is "kms" [chains]`, `{"artifacts.pipelinerun.signer":"x509"}`},
		{"another repository", config, set(`"storage.oci.repository": "registry.example.com/signatures"`), `storage.oci.repository is "registry.example.com/signatures" [chains]`, `{"storage.oci.repository":null}`},
		{"keys of Fulcio's", config, set(`"signers.x509.fulcio.enabled": "true"`), `signers.x509.fulcio.enabled is "true" [chains]`, `"false"`},
		{"nobody signs", config, set(`"artifacts.oci.signer": "none", "artifacts.pipelinerun.signer": "none"`), `artifacts.oci.signer is "none" [chains]`, `{"artifacts.oci.signer":"x509"}`},
		{"no Secret", secrets, `{"items": []}`, "Secret tekton-chains/signing-secrets is missing [chains]", "cosign generate-key-pair"},
		{"an empty Secret", secrets, secret(`, "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:type": {}}}]`), "signing-secrets has no key: neither cosign.key nor x509.pem [chains]", "-n slipway-promoter create secret generic signing-key-public --from-file=cosign.pub"},
		{"a Secret with something else", secrets, wrote(`"f:data": {"f:cosign.pub": {}}`), "signing-secrets has no key", "--from-file=cosign.key"},
		{"no password", secrets, wrote(`"f:data": {"f:cosign.key": {}}`), "has a cosign.key and no cosign.password [chains]", "--from-literal=cosign.password"},
		{"a key of OpenSSL's", secrets, wrote(`"f:data": {"f:x509.pem": {}}`), "", ""},
		{"a Secret of which nobody says anything", secrets, secret(``), "", ""},
		{"no right to look", secrets, "forbidden", "it cannot be looked at: " + secrets, "ask as somebody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := maps.Clone(healthy)
			if a[c.at] = c.answer; c.answer == "" {
				delete(a, c.at)
			}
			out, code := slipway(t, "doctor", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
			found, want := strings.Count(out, " [chains]\n"), exitOK
			if c.what != "" {
				found--
				want = exitFindings
			}
			if code != want || found != 0 || !strings.Contains(out, c.what) || !strings.Contains(out, c.mend) || strings.Contains(out, "advice: Tekton Chains") {
				t.Errorf("exit status %d, expected %q and %q:\n%s", code, c.what, c.mend, out)
			}
		})
	}
	// A login of its own is advised where the controller has none.
	for env, advice := range map[string]bool{"": true, `"env": [{"name": "DOCKER_CONFIG", "value": "/registry"}], `: false} {
		a := maps.Clone(healthy)
		a["/apis/apps/v1/namespaces/tekton-chains/deployments/tekton-chains-controller"] = `{"spec": {"template": {"spec": {"containers": [{` + env + `"name": "tekton-chains-controller"}]}}}}`
		out, code := slipway(t, "doctor", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
		if code != exitOK || strings.Contains(out, "has no login for registries") != advice {
			t.Errorf("with %q: exit status %d:\n%s", env, code, out)
		}
	}
	// With a key of a KMS, the Secret may be empty.
	a := maps.Clone(healthy)
	a[config], a[secrets] = set(`"artifacts.oci.signer": "kms", "artifacts.pipelinerun.signer": "kms"`), secret(`, "managedFields": [{}]`)
	if out, code := slipway(t, "doctor", "--fleet", dir, "--kubeconfig", kubeconfig(t, a)); code != exitOK {
		t.Errorf("exit status %d:\n%s", code, out)
	}
}

func TestDoctorAdvisesToHaveTheFleetChecked(t *testing.T) {
	t.Parallel()
	dir, a := patient(t)
	file := filepath.Join(dir, "platform.cue")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("git.example.com/acme/fleet"), []byte("elsewhere.example.com/acme/fleet"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	out, code := slipway(t, "doctor", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
	if code != exitOK || !strings.Contains(out, "advice: no event starts the checks of the fleet's own changes [fleet]\n  why:  https://elsewhere.example.com/acme/fleet is on none of the hosts") {
		t.Errorf("exit status %d:\n%s", code, out)
	}
}

func TestDoctorSaysWhatItCannotAsk(t *testing.T) {
	t.Parallel()
	dir, a := patient(t)
	out, code := slipway(t, "doctor", "--fleet", dir, "--kubeconfig", kubeconfig(t, api{}))
	if code != exitUsage || !strings.Contains(out, "cluster main: /version: ") {
		t.Errorf("%d: %s", code, out)
	}
	out, code = slipway(t, "doctor", "--fleet", dir, "--cluster", "mian", "--kubeconfig", kubeconfig(t, a))
	if code != exitUsage || !strings.Contains(out, `there is no cluster "mian"; did you mean "main"?`) {
		t.Errorf("%d: %s", code, out)
	}
	delete(a, "/api/v1/namespaces/acme-prod")
	out, code = slipway(t, "doctor", "--fleet", dir, "--format", "json", "--kubeconfig", kubeconfig(t, a))
	var found []struct{ Cluster, Check, What, Why, Mend string }
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != exitFindings || len(found) != 1 || found[0].Cluster != "main" || found[0].Check != "objects" {
		t.Errorf("%d: %v\n%s", code, err, out)
	}
}

func TestStatusTellsWhatClustersSay(t *testing.T) {
	t.Parallel()
	dir, a := patient(t)
	out, code := slipway(t, "status", "cart", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
	const want = `cart, of shop

dev
  runs      1.0
  since     2026-03-01T09:30:00Z, 2 days, by ada
  spec      as it stands
  Argo CD   OutOfSync at 9e8b7a6, Degraded
            one or more objects failed to apply

prod
  runs      nothing: not released
  waits     1.0, in dev for 2 days
  next      slipway promote cart --from dev --to prod
  blocked   dev is OutOfSync and Degraded

runs
  ci-shop/cart-release-c  Running    60 minutes ago  5f3c2a1d9e8b7a6f5c4d3e2b1a0f9e8d7c6b5a49
  ci-shop/cart-release-b  Failed     25 hours ago    Tasks Completed: 3 (Failed: 1, [31mCancelled 0), Skipped: 2
  ci-shop/cart-release-a  Succeeded  2 days ago      5f3c2a1d9e8b7a6f5c4d3e2b1a0f9e8d7c6b5a49
`
	if out != want || code != exitOK {
		t.Errorf("exit status %d:\n%s", code, out)
	}
	out, _ = slipway(t, "status", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
	if !strings.Contains(out, "1.0 (OutOfSync, Degraded)") {
		t.Error(out)
	}
	a["/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"] = "forbidden"
	out, code = slipway(t, "status", "cart", "--fleet", dir, "--kubeconfig", kubeconfig(t, a))
	if code != exitOK || !strings.Contains(out, "cluster main: /apis/argoproj.io") || !strings.Contains(out, "cart-release-c") {
		t.Errorf("exit status %d:\n%s", code, out)
	}
}
