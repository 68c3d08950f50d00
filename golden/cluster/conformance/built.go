package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"slipway.dev/golden/cluster/machine"
)

// Where docs/buildkit.yaml runs: as it stands for releases, and once more for pull requests.
const (
	buildNamespace = "slipway-build"
	trialNamespace = "slipway-trial"
)

// built: a Dockerfile is built by a BuildKit daemon, which is set up as docs/tekton.md says and
// only a client with a certificate can ask; the image is released like any other. Without
// what the daemon and the registry remember, the same commit gives the same image. A pull
// request is built by a daemon of its own, and pushes nothing.
func built(ctx context.Context, f *Fleet) (string, error) {
	for _, d := range []struct{ daemons, runs string }{{buildNamespace, secretNamespace}, {trialNamespace, secretNamespace + "-pr"}} {
		if err := f.buildkitUp(ctx, d.daemons, d.runs); err != nil {
			return "", err
		}
	}
	head, err := f.newRepo(ctx, "motto", map[string]string{
		"motto.txt":  "WORDS\n",
		"Dockerfile": strings.ReplaceAll(dockerfile, "BASE", f.Env.Cluster.Tools["run"]),
	})
	if err != nil {
		return "", err
	}
	t := try{name: "motto-pull-request-1", service: "motto", kind: "pull-request", revision: head}
	if _, err := f.tried(ctx, t, 6*time.Minute); err != nil {
		return "", f.withBuildkit(ctx, trialNamespace, err)
	}
	t = try{name: "motto-release-1", service: "motto", kind: "release", revision: head}
	if _, err := f.Env.manifest("shop/motto", head); err == nil {
		return "", errors.New("a pull request pushed an image")
	}
	tasks, err := f.tried(ctx, t, 6*time.Minute)
	if err != nil {
		return "", f.withBuildkit(ctx, buildNamespace, err)
	}
	digest := result(tasks["build"], "IMAGE_DIGEST")
	words, err := f.deployed(ctx, "motto", tasks, digest, "slow is smooth")
	if err != nil {
		return "", err
	}
	if err := f.forget(ctx, "shop/motto", "buildcache"); err != nil {
		return "", err
	}
	t.name = "motto-release-2"
	if tasks, err = f.tried(ctx, t, 6*time.Minute); err != nil {
		return "", f.withBuildkit(ctx, buildNamespace, err)
	}
	if again := result(tasks["build"], "IMAGE_DIGEST"); again != digest {
		return "", fmt.Errorf("the same commit gave %s, and then %s", digest, again)
	}
	return fmt.Sprintf("%s of a Dockerfile, twice: %q", short(digest), words), nil
}

// dockerfile makes a page, and serves it.
const dockerfile = `FROM BASE AS page
ARG WORDS
WORKDIR /page
COPY motto.txt .
RUN sed "s/WORDS/$WORDS/" motto.txt > index.html

FROM BASE
COPY --from=page /page/index.html /www/index.html
USER 65532
HEALTHCHECK NONE
CMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]
`

// buildkitUp does what docs/tekton.md says for a daemon in a namespace that builds for runs in
// another: certificates, docs/buildkit.yaml, and the team's Secret.
func (f *Fleet) buildkitUp(ctx context.Context, daemons, runs string) error {
	dir := filepath.Join(f.Env.Work, daemons)
	if err := machine.Certificates(dir, []string{"buildkitd." + daemons + ".svc"}); err != nil {
		return err
	}
	objects, err := f.buildkit(daemons)
	if err != nil {
		return err
	}
	if _, err := f.Env.applyAll(ctx, objects[:1]); err != nil { // the namespace
		return err
	}
	for _, s := range []struct{ namespace, name, half string }{
		{daemons, "buildkitd", "server"},
		{runs, "buildkit-client", "client"},
	} {
		data := []string{}
		for key, file := range map[string]string{"ca.crt": "ca.crt", "tls.crt": s.half + ".crt", "tls.key": s.half + ".key"} {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				return err
			}
			data = append(data, key, string(text))
		}
		one := secret(s.namespace, s.name, data...)
		if _, err := f.Env.Client.CoreV1().Secrets(s.namespace).Create(ctx, &one, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	if _, err := f.Env.applyAll(ctx, objects); err != nil {
		return err
	}
	return f.withBuildkit(ctx, daemons, f.buildkitReady(ctx, daemons))
}

// buildkit is docs/buildkit.yaml in a namespace, with the image that this cluster has, on a node
// that is small.
func (f *Fleet) buildkit(namespace string) ([]*unstructured.Unstructured, error) {
	module, err := machine.FindModule()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(module, "..", "..", "docs", "buildkit.yaml"))
	if err != nil {
		return nil, err
	}
	if namespace == trialNamespace {
		text = []byte(strings.NewReplacer(buildNamespace, trialNamespace, "component: release", "component: pull-request").Replace(string(text)))
	}
	var objects []*unstructured.Unstructured
	for d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		o := &unstructured.Unstructured{}
		if err := d.Decode(&o.Object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("docs/buildkit.yaml: %w", err)
		}
		if o.GetKind() == "Deployment" {
			pods, _, _ := unstructured.NestedSlice(o.Object, "spec", "template", "spec", "containers")
			container := pods[0].(map[string]any)
			container["image"] = f.Env.Cluster.Tools["buildctl"]
			delete(container, "resources")
			if err := unstructured.SetNestedSlice(o.Object, pods, "spec", "template", "spec", "containers"); err != nil {
				return nil, err
			}
		}
		objects = append(objects, o)
	}
	return objects, nil
}

func (f *Fleet) buildkitReady(ctx context.Context, namespace string) error {
	return until(ctx, 2*time.Minute, func() error {
		list, err := f.Env.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=buildkitd"})
		if err != nil {
			return err
		}
		for _, p := range list.Items {
			for _, c := range p.Status.Conditions {
				if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil {
					return nil
				}
			}
		}
		return notYet("no pod of BuildKit is ready")
	})
}

// withBuildkit adds to an error what the daemon wrote.
func (f *Fleet) withBuildkit(ctx context.Context, namespace string, err error) error {
	if err == nil {
		return nil
	}
	list, lerr := f.Env.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if lerr != nil {
		return errors.Join(err, lerr)
	}
	for _, p := range list.Items {
		logs, lerr := f.Env.Cluster.Logs(namespace, p.Name)
		if lerr != nil {
			logs = lerr.Error()
		}
		err = fmt.Errorf("%w\n%s:\n%s", err, p.Name, logs)
	}
	return err
}

// forget starts the daemon anew, with an empty disk, and removes the cache that builds left in
// the registry; it must have been there.
func (f *Fleet) forget(ctx context.Context, repository, tag string) error {
	cache, err := f.Env.manifest(repository, tag)
	if err == nil {
		err = remote.Delete(cache, f.Env.registry()) // registries remove nothing by its tag
	}
	if err != nil {
		return fmt.Errorf("the cache of %s: %w", repository, err)
	}
	err = f.Env.Client.CoreV1().Pods(buildNamespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "app=buildkitd"})
	if err != nil {
		return err
	}
	return f.withBuildkit(ctx, buildNamespace, f.buildkitReady(ctx, buildNamespace))
}

// manifest is what a tag of the cluster's registry leads to.
func (e *Env) manifest(repository, tag string) (name.Digest, error) {
	t, err := name.NewTag(e.Cluster.RegistryAddr()+"/"+repository+":"+tag, name.StrictValidation)
	if err != nil {
		return name.Digest{}, err
	}
	is, err := remote.Head(t, e.registry())
	if err != nil {
		return name.Digest{}, err
	}
	return t.Digest(is.Digest.String()), nil
}

// registry is how the cluster's registry is asked.
func (e *Env) registry() remote.Option { return remote.WithTransport(e.Cluster.RegistryTransport()) }
