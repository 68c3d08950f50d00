package machine

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"slipway.dev/golden/cluster/modules"
)

// manifests are files of a module, by pattern, that are installed as the project has them.
type manifests struct {
	folder    string // of the module that requires it, below golden/cluster
	module    string
	patterns  []string
	namespace string // of objects that name none
	change    func(c *Cluster, u *unstructured.Unstructured)
}

// installed is what the programs need in the cluster. Accounts and roles are left out:
// the programs run with the administrator's rights.
var installed = []manifests{
	{module: "github.com/tektoncd/pipeline", patterns: []string{
		"config/300-crds/*.yaml", "config/config-*.yaml", "config/resolvers/*config*.yaml", "config/500-webhooks.yaml",
	}, change: toTektonWebhook},
	{module: "github.com/tektoncd/triggers", patterns: []string{
		"config/300-*.yaml", "config/config-*.yaml", "config/interceptors/00-*.yaml",
	}},
	{module: "github.com/argoproj/argo-cd/v2", patterns: []string{
		"manifests/crds/*-crd.yaml", "manifests/base/config/argocd-*.yaml",
	}, namespace: "argocd", change: argoSettings},
	{folder: "rollouts", module: "github.com/argoproj/argo-rollouts", patterns: []string{"manifests/crds/*-crd.yaml"}},
	{folder: "../..", module: "sigs.k8s.io/gateway-api", patterns: []string{"config/crd/standard/*.yaml"}},
}

// interceptors need a kind of installed.
var interceptors = manifests{
	module: "github.com/tektoncd/triggers", patterns: []string{"config/interceptors/core-interceptors.yaml"},
	change: toInterceptors,
}

//go:embed manifests.yaml
var ownManifests []byte

// install brings CRDs, namespaces, configuration and webhooks into the cluster.
func (s *starting) install(ctx context.Context) error {
	own, err := decode(bytes.NewReader(ownManifests))
	if err != nil {
		panic(err) // manifests.yaml is ours
	}
	own = append(own, s.c.argoCluster("first", s.c.URL()), s.c.argoCluster("second", s.c.OtherURL()))
	all := own
	for _, m := range installed {
		objects, err := s.read(ctx, m)
		if err != nil {
			return err
		}
		all = append(all, objects...)
	}
	if s.apiOnly {
		objects, err := s.operators()
		if err != nil {
			return err
		}
		all = append(all, objects...)
	}
	if err := s.c.apply(ctx, all); err != nil {
		return err
	}
	if err := s.c.kubectl(ctx, nil, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"); err != nil {
		return err
	}
	last, err := s.read(ctx, interceptors)
	if err != nil {
		return err
	}
	return s.c.apply(ctx, last)
}

func (s *starting) read(ctx context.Context, m manifests) ([]*unstructured.Unstructured, error) {
	dir, err := dependency(ctx, filepath.Join(s.module, m.folder), m.module)
	if err != nil {
		return nil, err
	}
	return s.files(dir, m)
}

// files reads manifests in the folder of their module.
func (s *starting) files(dir string, m manifests) (all []*unstructured.Unstructured, err error) {
	for _, p := range m.patterns {
		files, err := filepath.Glob(filepath.Join(dir, p))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("%s has no %s", m.module, p)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			objects, err := decode(bytes.NewReader(data))
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", f, err)
			}
			for _, u := range objects {
				if u.GetNamespace() == "" && m.namespace != "" && !strings.HasSuffix(u.GetKind(), "Definition") {
					u.SetNamespace(m.namespace)
				}
				if m.change != nil {
					m.change(s.c, u)
				}
				all = append(all, u)
			}
		}
	}
	return all, nil
}

// operators are the CRDs of programs that never run here.
func (s *starting) operators() (all []*unstructured.Unstructured, err error) {
	for _, g := range slices.Sorted(maps.Keys(modules.Operators)) {
		r := modules.Operators[g]
		dir, err := modules.Dir(r.Module, r.Version)
		if err != nil {
			return nil, err
		}
		objects, err := s.files(dir, manifests{module: r.Module, patterns: []string{r.Folder + "/*.yaml"}})
		if err != nil {
			return nil, err
		}
		for _, u := range objects {
			if u.GetKind() == "CustomResourceDefinition" { // the folder of one has a kustomization too
				all = append(all, u)
			}
		}
	}
	return all, nil
}

func decode(r io.Reader) ([]*unstructured.Unstructured, error) {
	d := yaml.NewYAMLOrJSONDecoder(r, 4096)
	var all []*unstructured.Unstructured
	for {
		u := &unstructured.Unstructured{}
		err := d.Decode(&u.Object)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(u.Object) > 0 {
			all = append(all, u)
		}
	}
}

// argoCluster is the Secret by which Argo CD knows the API server as a cluster.
func (c *Cluster) argoCluster(name, url string) *unstructured.Unstructured {
	ca, _ := os.ReadFile(c.CA()) // makeKeys wrote it
	config := fmt.Sprintf(`{"bearerToken":%q,"tlsClientConfig":{"caData":%q}}`,
		c.token("admin-token"), base64.StdEncoding.EncodeToString(ca))
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Secret",
		"metadata": map[string]any{
			"name":      "cluster-" + name,
			"namespace": "argocd",
			"labels":    map[string]any{"argocd.argoproj.io/secret-type": "cluster"},
		},
		"stringData": map[string]any{"name": name, "server": url, "config": config},
	}}
}

// apply applies objects on the server's side.
func (c *Cluster) apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	var list bytes.Buffer
	for _, u := range objects {
		data, err := u.MarshalJSON()
		if err != nil {
			return err
		}
		list.Write(data)
	}
	return c.kubectl(ctx, &list, "apply", "--server-side", "--force-conflicts", "--filename=-")
}

func (c *Cluster) kubectl(ctx context.Context, stdin io.Reader, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.Bin, "kubectl"), args...)
	cmd.Env = append(c.environment(Process{}), "KUBECONFIG="+c.Kubeconfig())
	cmd.Stdin = stdin
	inGroup(cmd)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("kubectl %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return nil
}
