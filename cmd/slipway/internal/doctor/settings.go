package doctor

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/tekton"
)

const (
	tektonNamespace   = "tekton-pipelines"
	resolverNamespace = "tekton-pipelines-resolvers"
)

// tekton asks for Tekton's version.
func (e *examination) tekton() error {
	if !e.runs() {
		return nil
	}
	info, ok, err := e.config(tektonNamespace, "pipelines-info")
	if err != nil || !ok {
		return err // without Tekton its kinds are missing, which is said
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(info["version"], "v"), ".")
	if n, err := strconv.Atoi(major); err == nil && n < 1 {
		e.add("Tekton Pipelines is "+info["version"], "the output is validated with 1.9, and never with versions before 1.0", installed["tekton.dev"])
	}
	return nil
}

// resolver asks whether the cluster resolver finds the Tasks.
func (e *examination) resolver() error {
	if !e.runs() {
		return nil
	}
	set := func(config, key, value string) string {
		return e.kubectl() + fmt.Sprintf(`-n %s patch configmap %s --type merge -p '{"data":{"%s":"%s"}}'`, resolverNamespace, config, key, value)
	}
	const why = "every pipeline finds its Tasks with the cluster resolver"
	flags, ok, err := e.config(resolverNamespace, "resolvers-feature-flags")
	if err != nil {
		return err
	}
	if !ok {
		e.add("Tekton's resolvers are not installed: there is no ConfigMap "+resolverNamespace+"/resolvers-feature-flags", why, installed["tekton.dev"])
		return nil
	}
	if v, ok := flags["enable-cluster-resolver"]; ok && v != "true" {
		e.add("the cluster resolver is switched off", why, set("resolvers-feature-flags", "enable-cluster-resolver", "true"))
	}
	config, _, err := e.config(resolverNamespace, "cluster-resolver-config")
	if err != nil {
		return err
	}
	list := func(key string) []string {
		return strings.FieldsFunc(config[key], func(r rune) bool { return r == ',' || r == ' ' })
	}
	allowed, blocked := list("allowed-namespaces"), list("blocked-namespaces")
	if slices.Contains(blocked, ir.TasksNamespace) || slices.Contains(blocked, "*") && !slices.Contains(allowed, ir.TasksNamespace) {
		e.add("the cluster resolver may not read "+ir.TasksNamespace, why, set("cluster-resolver-config", "blocked-namespaces", ""))
	} else if len(allowed) > 0 && !slices.Contains(allowed, ir.TasksNamespace) {
		e.add("the cluster resolver may read some namespaces, and "+ir.TasksNamespace+" is not one", why,
			set("cluster-resolver-config", "allowed-namespaces", strings.Join(append(allowed, ir.TasksNamespace), ",")))
	}
	return nil
}

// pruner asks whether old runs go.
func (e *examination) pruner() error {
	if !e.runs() {
		return nil
	}
	data, ok, err := e.config("tekton-pipelines", "tekton-pruner-default-spec")
	if err != nil || ok && data["global-config"] != "" {
		return err
	}
	jobs := struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"items"`
	}{}
	if _, err := e.get("/apis/batch/v1/namespaces/"+tektonNamespace+"/cronjobs", &jobs); err != nil {
		return err
	}
	for _, j := range jobs.Items {
		if strings.Contains(j.Metadata.Name, "prune") {
			return nil
		}
	}
	e.advise("nothing removes old runs: there is no pruner", "every run keeps its pods and its volume until somebody deletes it",
		"kubectl apply -f https://github.com/tektoncd/pruner/releases/latest/download/release.yaml")
	return nil
}

// argocd asks how Argo CD tracks objects.
func (e *examination) argocd() error {
	if !e.ArgoCD {
		return nil
	}
	data, ok, err := e.config(e.Platform.ArgoCD, "argocd-cm")
	if err != nil {
		return err
	}
	if !ok {
		e.add("there is no ConfigMap "+e.Platform.ArgoCD+"/argocd-cm", "Argo CD is not installed where platform.cue says", "install it there, or say argocd: namespace in platform.cue")
		return nil
	}
	mend := e.kubectl() + fmt.Sprintf(`-n %s patch configmap argocd-cm --type merge -p '{"data":{"application.resourceTrackingMethod":"annotation"}}'`, e.Platform.ArgoCD)
	const why = "by label, Argo CD takes objects that carry an app.kubernetes.io/instance of their own for those of an Application"
	switch method := data["application.resourceTrackingMethod"]; method {
	case "annotation", "annotation+label":
	case "":
		e.advise("application.resourceTrackingMethod is not set", why+"; version 2 tracks by label unless told, version 3 does not", mend)
	default:
		e.add("application.resourceTrackingMethod is "+strconv.Quote(method), why, mend)
	}
	return nil
}

// notifications asks whether Argo CD tells anybody.
func (e *examination) notifications() error {
	if !e.ArgoCD {
		return nil
	}
	_, ok, err := e.config(e.Platform.ArgoCD, "argocd-notifications-cm")
	if err == nil && !ok {
		e.advise("there is no ConfigMap "+e.Platform.ArgoCD+"/argocd-notifications-cm", "nobody is told of a deployment, or of one that fails",
			"https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/")
	}
	return err
}

// fleet asks whether changes of the fleet itself are checked without anybody's doing.
func (e *examination) fleet() error {
	if e.runs() && len(e.Platform.Git) > 0 && e.Platform.Host == nil {
		e.advise("no event starts the checks of the fleet's own changes", e.Platform.Repo+" is on none of the hosts that platform.cue names in git",
			"name its host there, and send its events to the listener; or have its CI start what `slipway run fleet pull-request` prints")
	}
	return nil
}

// secrets asks for the Secrets that runs bind and that pods read: whether they exist, never
// for what is in them.
func (e *examination) secrets() error {
	wanted := map[string]map[string]string{} // by namespace and name: who wants it
	want := func(namespace, name, who string) {
		if wanted[namespace] == nil {
			wanted[namespace] = map[string]string{}
		}
		if wanted[namespace][name] == "" {
			wanted[namespace][name] = who
		}
	}
	if e.runs() {
		for _, s := range tekton.NeededSecrets(e.Platform) {
			want(s.Namespace, s.Name, s.For)
		}
	}
	for _, s := range e.Services {
		if e.runs() && s.Build != nil {
			runs, err := tekton.Runs(e.Platform, s, strings.Repeat("0", 40))
			if err != nil {
				return err
			}
			for _, run := range runs {
				for _, w := range run.Spec.Workspaces {
					if w.Secret != nil && (w.Secret.Optional == nil || !*w.Secret.Optional) {
						want(run.Namespace, w.Secret.SecretName, "runs of "+run.Spec.PipelineRef.Name)
					}
				}
			}
		}
		for _, i := range s.Instances {
			if i.Env.Cluster == e.Cluster && i.Deployed() {
				for _, name := range needed(i) {
					want(i.Env.Namespace, name, "pods of "+i.Application())
				}
			}
		}
	}
	var namespaces []string
	for ns := range wanted {
		namespaces = append(namespaces, ns)
	}
	slices.Sort(namespaces)
	for _, ns := range namespaces {
		there, err := e.api.Names(e.ctx, "/api/v1/namespaces/"+url.PathEscape(ns)+"/secrets")
		if err != nil {
			return err
		}
		var names []string
		for name := range wanted[ns] {
			if !there[name] {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			e.add("Secret "+path.Join(ns, name)+" is missing", wanted[ns][name]+" need it, and wait or fail without",
				e.kubectl()+fmt.Sprintf("-n %s create secret generic %s --from-file=KEY=FILE    # its keys: docs/tekton.md, docs/promotion.md, docs/triggers.md, or the service's spec", ns, name))
		}
	}
	return nil
}

// needed are the Secrets that pods of an instance cannot do without, and that nothing emits.
func needed(i *ir.Instance) (out []string) {
	for _, w := range i.Workloads {
		for _, c := range slices.Concat([]ir.Container{w.Main}, w.Sidecars, w.Init) {
			for _, f := range c.EnvFrom {
				if f.Secret != "" && !f.Optional {
					out = append(out, f.Secret)
				}
			}
			for _, v := range c.Env {
				if v.Secret != nil && !v.Secret.Optional {
					out = append(out, v.Secret.Name)
				}
			}
		}
		for _, v := range w.Volumes {
			if v.Secret != nil && !v.Secret.Optional {
				out = append(out, v.Secret.Name)
			}
		}
	}
	out = append(out, i.PullSecrets...)
	return slices.DeleteFunc(out, func(name string) bool {
		return slices.ContainsFunc(i.Secrets, func(s ir.ExternalSecret) bool { return s.Name == name })
	})
}
