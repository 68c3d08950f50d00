package machine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Image is the name of an image that is made on this machine and in no registry.
func Image(name string) string { return "slipway.test/" + name + ":local" }

// knative is the environment of programs that are built on knative.dev/pkg: where their
// configuration is, and loopback for what they serve beside their work.
func (c *Cluster) knative(namespace, suffix, elector string, metrics int) []string {
	return []string{
		"SYSTEM_NAMESPACE=" + namespace,
		"KUBECONFIG=" + c.Kubeconfig(),
		"KUBERNETES_MIN_VERSION=v1.28.0",
		"CONFIG_LOGGING_NAME=config-logging" + suffix,
		"CONFIG_OBSERVABILITY_NAME=config-observability" + suffix,
		"CONFIG_LEADERELECTION_NAME=config-leader-election-" + elector,
		"METRICS_DOMAIN=tekton.dev/slipway",
		"METRICS_PROMETHEUS_HOST=127.0.0.1",
		"METRICS_PROMETHEUS_PORT=" + c.port(metrics),
		"PROFILING_PORT=0", // any: it is switched off
	}
}

// tektonConfig names the configuration of the webhook and the controller.
var tektonConfig = []string{
	"CONFIG_DEFAULTS_NAME=config-defaults",
	"CONFIG_FEATURE_FLAGS_NAME=feature-flags",
	"CONFIG_SPIRE=config-spire",
}

// startTektonWebhook starts what judges Tekton's objects, and waits until it does.
func (c *Cluster) startTektonWebhook(ctx context.Context) error {
	if err := c.launchTektonWebhook(); err != nil {
		return err
	}
	return c.Wait(ctx, "tekton-webhook", c.webhookRefuses)
}

func (c *Cluster) launchTektonWebhook() error {
	return c.Start(Process{
		Name: "tekton-webhook",
		Path: "tekton-webhook",
		Args: []string{"--kubeconfig=" + c.Kubeconfig(), "--disable-ha"},
		Env: append(append(c.knative("tekton-pipelines", "", "webhook", portTektonWebhookMetrics), tektonConfig...),
			"WEBHOOK_SERVICE_NAME=tekton-pipelines-webhook",
			"WEBHOOK_SECRET_NAME=webhook-certs",
			"WEBHOOK_ADMISSION_CONTROLLER_NAME=webhook.pipeline.tekton.dev",
			"WEBHOOK_PORT="+c.port(portTektonWebhook),
			"PROBES_PORT="+c.port(portTektonWebhookHealth),
		),
	})
}

// startTekton starts the controller, the webhook and the resolvers of Tekton Pipelines.
func (c *Cluster) startTekton(ctx context.Context) error {
	if err := c.launchTektonWebhook(); err != nil {
		return err
	}
	err := c.Start(Process{
		Name: "tekton-controller",
		Path: "tekton-controller",
		Args: []string{
			"--kubeconfig=" + c.Kubeconfig(), "--disable-ha",
			"-entrypoint-image", Image("tekton-entrypoint"),
			"-nop-image", Image("tekton-nop"),
			"-workingdirinit-image", Image("tekton-workingdirinit"),
			"-sidecarlogresults-image", Image("tekton-sidecarlogresults"),
			"-shell-image", Image("shell"),
			"-shell-image-win", Image("none"), // must be named; there are no such nodes
		},
		Env: append(append(c.knative("tekton-pipelines", "", "controller", portTektonMetrics), tektonConfig...),
			"PROBES_PORT="+c.port(portTektonController)),
	})
	if err != nil {
		return err
	}
	err = c.Start(Process{
		Name: "tekton-resolvers",
		Path: "tekton-resolvers",
		Args: []string{"--kubeconfig=" + c.Kubeconfig()},
		Env: append(append(c.knative("tekton-pipelines-resolvers", "", "resolvers", portResolversMetrics), tektonConfig...),
			"CONFIG_FEATURE_FLAGS_NAME=resolvers-feature-flags"),
	})
	if err != nil {
		return err
	}
	if err := c.Wait(ctx, "tekton-webhook", c.webhookRefuses); err != nil {
		return err
	}
	if err := c.Wait(ctx, "tekton-controller", c.answers("http://127.0.0.1:"+c.port(portTektonMetrics)+"/metrics")); err != nil {
		return err
	}
	return c.Wait(ctx, "tekton-resolvers", c.answers("http://127.0.0.1:"+c.port(portResolversMetrics)+"/metrics"))
}

// webhookRefuses is nil when the webhook is asked and answers: it refuses a Task whose
// steps share a name, which the CRD accepts, and takes the same one with two names.
func (c *Cluster) webhookRefuses(ctx context.Context) error {
	task := func(second string) error {
		u := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "tekton.dev/v1",
			"kind":       "Task",
			"metadata":   map[string]any{"name": "is-the-webhook-there", "namespace": "default"},
			"spec": map[string]any{"steps": []any{
				map[string]any{"name": "a", "image": Image("shell")},
				map[string]any{"name": second, "image": Image("shell")},
			}},
		}}
		data, err := u.MarshalJSON()
		if err != nil {
			return err
		}
		return c.kubectl(ctx, strings.NewReader(string(data)), "create", "--dry-run=server", "--filename=-")
	}
	if err := task("b"); err != nil {
		return err
	}
	err := task("a")
	if err == nil {
		return errors.New("a Task that the webhook has to refuse is taken")
	}
	if !strings.Contains(err.Error(), `admission webhook "validation.webhook.pipeline.tekton.dev" denied`) {
		return fmt.Errorf("refused, but not by the webhook: %w", err)
	}
	return nil
}

// toTektonWebhook adds the port of the webhook's process to what calls it: CRDs that are
// converted and webhook configurations. The webhook itself adds its certificate and what
// it wants to be asked.
func toTektonWebhook(c *Cluster, u *unstructured.Unstructured) {
	port := int64(c.Port + portTektonWebhook)
	switch u.GetKind() {
	case "CustomResourceDefinition":
		if service, ok, _ := unstructured.NestedMap(u.Object, "spec", "conversion", "webhook", "clientConfig", "service"); ok {
			service["port"] = port
			unstructured.SetNestedMap(u.Object, service, "spec", "conversion", "webhook", "clientConfig", "service")
		}
	case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
		hooks, _, _ := unstructured.NestedSlice(u.Object, "webhooks")
		for _, h := range hooks {
			unstructured.SetNestedField(h.(map[string]any), port, "clientConfig", "service", "port")
		}
		unstructured.SetNestedSlice(u.Object, hooks, "webhooks")
	}
}
