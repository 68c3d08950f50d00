package machine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// startTriggers starts the controller and the core interceptors of Tekton Triggers.
func (c *Cluster) startTriggers(ctx context.Context) error {
	err := c.Start(Process{
		Name: "triggers-controller",
		Path: "triggers-controller",
		Args: []string{
			"--kubeconfig=" + c.Kubeconfig(),
			"-el-image", Image("triggers-eventlistenersink"),
			"-el-port", "8080",
			"-el-security-context=true", "-el-read-only-root-filesystem=true",
			"-el-events", "disable",
			"-period-seconds", "10", "-failure-threshold", "3",
		},
		Env: append(c.knative("tekton-pipelines", "-triggers", "triggers-controllers", portTriggersMetrics),
			"CONFIG_DEFAULTS_NAME=config-defaults-triggers"),
	})
	if err != nil {
		return err
	}
	// The certificate that the interceptors make for themselves is for the name of their
	// Service; here that is where the sinks find them.
	err = c.Start(Process{
		Name: "triggers-interceptors",
		Path: "triggers-interceptors",
		Args: []string{"--kubeconfig=" + c.Kubeconfig()},
		Env: append(c.knative("tekton-pipelines", "-triggers", "interceptors", portInterceptorsMetrics),
			"INTERCEPTOR_TLS_SVC_NAME=localhost",
			"INTERCEPTOR_TLS_SECRET_NAME=tekton-triggers-core-interceptors-certs",
			"INTERCEPTORS_PORT="+c.port(portInterceptors),
		),
	})
	if err != nil {
		return err
	}
	if err := c.Wait(ctx, "triggers-interceptors", c.answersUntrusted("https://localhost:"+c.port(portInterceptors)+"/ready")); err != nil {
		return err
	}
	return c.Wait(ctx, "triggers-controller", c.answers("http://127.0.0.1:"+c.port(portTriggersMetrics)+"/metrics"))
}

// PodSinkURL is where pods reach a sink, if it is the first; the others are on loopback only.
func (c *Cluster) PodSinkURL(number int) string {
	return "http://" + c.podHost() + ":" + c.port(portSinks+number)
}

// toInterceptors points ClusterInterceptors at the process instead of a Service.
func toInterceptors(c *Cluster, u *unstructured.Unstructured) {
	name, _, _ := unstructured.NestedString(u.Object, "spec", "clientConfig", "service", "path")
	unstructured.SetNestedMap(u.Object, map[string]any{
		"url": "https://localhost:" + c.port(portInterceptors) + "/" + name,
	}, "spec", "clientConfig")
}

// StartSink starts a process that receives the events of an EventListener, as Triggers would
// run it in a pod: with nothing but the account's token, at the place where a pod finds it.
// It returns its URL. Each sink of a cluster needs a number of its own, from 0 to 9.
func (c *Cluster) StartSink(ctx context.Context, namespace, listener, token string, number int) (string, error) {
	if number < 0 || number >= ports-portSinks {
		return "", fmt.Errorf("sink %d of %s/%s: there is room for %d", number, namespace, listener, ports-portSinks)
	}
	name := fmt.Sprintf("sink-%d", number)
	port := c.port(portSinks + number)
	ca, err := os.ReadFile(c.CA())
	if err != nil {
		return "", err
	}
	account := c.path(name)
	if err := os.MkdirAll(account, 0o700); err != nil {
		return "", err
	}
	for file, text := range map[string][]byte{"token": []byte(token), "ca.crt": ca, "namespace": []byte(namespace)} {
		if err := os.WriteFile(filepath.Join(account, file), text, 0o600); err != nil {
			return "", err
		}
	}
	sink, err := c.lookup("triggers-eventlistenersink")
	if err != nil {
		return "", err
	}
	// Its own view of /run, where a pod has the account.
	private := []string{"--mount"}
	if os.Getuid() != 0 {
		private = []string{"--mount", "--user", "--map-root-user"}
	}
	const inPod = `mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io && cp -R "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"`
	err = c.Start(Process{
		Name: name,
		Path: "unshare",
		Args: append(private, "sh", "-c", inPod, account, sink,
			"--el-namespace="+namespace, "--el-name="+listener,
			"--port="+port, "--is-multi-ns=true"),
		Env: append(c.knative("tekton-pipelines", "-triggers", "sink", portSinks),
			"KUBECONFIG=", "KUBERNETES_SERVICE_HOST=127.0.0.1", "KUBERNETES_SERVICE_PORT="+c.port(portAPI),
			"NAMESPACE="+namespace, "NAME="+listener, "EL_EVENT=disable",
			`K_METRICS_CONFIG={}`, `K_LOGGING_CONFIG={}`,
		),
	})
	if err != nil {
		return "", err
	}
	url := "http://127.0.0.1:" + port
	return url, c.Wait(ctx, name, c.answers(url+"/live"))
}
