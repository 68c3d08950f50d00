package doctor

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"slipway.dev/targets/kube"
)

// installed says how what serves a group is had.
var installed = map[string]string{
	"tekton.dev":                "kubectl apply -f https://github.com/tektoncd/pipeline/releases/download/v1.9.2/release.yaml",
	"triggers.tekton.dev":       "kubectl apply -f https://github.com/tektoncd/triggers/releases/download/v0.34.0/release.yaml",
	"argoproj.io":               "Argo CD (Application, AppProject): https://argo-cd.readthedocs.io; Argo Rollouts (Rollout): https://argo-rollouts.readthedocs.io",
	"gateway.networking.k8s.io": "kubectl apply -f https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.2.1/standard-install.yaml",
	"keda.sh":                   "KEDA: https://keda.sh",
	"external-secrets.io":       "External Secrets: https://external-secrets.io",
	"monitoring.coreos.com":     "the Prometheus operator: https://prometheus-operator.dev",
}

// kinds asks for every kind that is emitted for this cluster, in the version it is emitted in.
func (e *examination) kinds() error {
	objects, err := e.emitted(e.here()...)
	if err != nil {
		return err
	}
	wanted := map[string]map[string]string{} // by apiVersion and kind: a file that has one
	for _, o := range objects {
		if v := o.apiVersion(); v != "" && o.kind() != "" && !strings.HasPrefix(v, "kustomize.config.k8s.io/") {
			if wanted[v] == nil {
				wanted[v] = map[string]string{}
			}
			if wanted[v][o.kind()] == "" {
				wanted[v][o.kind()] = o.file
			}
		}
	}
	for _, version := range slices.Sorted(maps.Keys(wanted)) {
		at := "/apis/" + version
		group, _, grouped := strings.Cut(version, "/")
		if !grouped {
			at, group = "/api/"+version, ""
		}
		var list struct {
			Resources []struct {
				Kind string `json:"kind"`
			} `json:"resources"`
		}
		if _, err := e.get(at, &list); err != nil {
			return err
		}
		for _, kind := range slices.Sorted(maps.Keys(wanted[version])) {
			served := false
			for _, r := range list.Resources {
				served = served || r.Kind == kind
			}
			if !served {
				mend := installed[group]
				if mend == "" {
					mend = "install what serves " + version + ", or a newer version of it"
				}
				e.add(fmt.Sprintf("%s %s is not served", version, kind),
					fmt.Sprintf("%s has one, and cannot be applied", path.Join(e.Output, wanted[version][kind])), mend)
			}
		}
	}
	return nil
}

// plurals are kinds whose resource is not the kind with an s.
var plurals = map[string]string{"NetworkPolicy": "networkpolicies", "Ingress": "ingresses", "ResourceQuota": "resourcequotas"}

func resource(kind string) string {
	if p := plurals[kind]; p != "" {
		return p
	}
	return strings.ToLower(kind) + "s"
}

// objects asks for what Argo CD's bootstrap and deploy/platform hold: that it is there, with
// the labels and the data that it is emitted with.
func (e *examination) objects() error {
	folders := []string{e.Cluster.PlatformDir()}
	if e.ArgoCD {
		folders = append(folders, "argocd/bootstrap")
	}
	objects, err := e.emitted(folders...)
	if err != nil {
		return err
	}
	for _, o := range objects {
		at := "/apis/" + o.apiVersion()
		if !strings.Contains(o.apiVersion(), "/") {
			at = "/api/" + o.apiVersion()
		}
		what := o.kind() + " " + o.name()
		if ns := o.namespace(); ns != "" {
			at += "/namespaces/" + ns
			what = o.kind() + " " + ns + "/" + o.name()
		}
		at += "/" + resource(o.kind()) + "/" + o.name()
		mend := e.kubectl() + "apply --server-side --force-conflicts -f " + path.Join(e.Output, o.file)
		var l live
		there, err := e.get(at, &l)
		if err != nil {
			return err
		}
		if !there {
			e.add(what+" is missing", why(o, ""), mend)
			continue
		}
		differ := differences(o.Get("metadata", "labels"), l.Metadata.Labels, "label ")
		differ = append(differ, differences(o.Get("data"), l.Data, "")...)
		for _, d := range differ {
			e.add(what+": "+d.text, why(o, d.key), mend)
		}
	}
	return nil
}

type difference struct{ key, text string }

func differences(want kube.Node, is map[string]string, of string) (out []difference) {
	for _, f := range want.Fields {
		switch value, ok := is[f.Key]; {
		case !ok:
			out = append(out, difference{f.Key, fmt.Sprintf("%s%s is not set, and should be %q", of, f.Key, f.Value.Text)})
		case value != f.Value.Text && strings.Contains(f.Value.Text, "\n"):
			out = append(out, difference{f.Key, of + f.Key + " has another text"})
		case value != f.Value.Text:
			out = append(out, difference{f.Key, fmt.Sprintf("%s%s is %q, and should be %q", of, f.Key, value, f.Value.Text)})
		}
	}
	return out
}

// reasons are why settings matter, by their keys.
var reasons = map[string]string{
	"set-security-context":               "Tekton's own containers are refused at Pod Security level restricted: no run starts",
	"disable-creds-init":                 "Tekton copies the Secrets of an account into every step, the team's own code included",
	"coschedule":                         "tasks of one run cannot share their volume",
	"enable-api-fields":                  "Tekton's webhook refuses pipelines that name Tasks by a resolver",
	"pod-security.kubernetes.io/enforce": "pods are not held to the level that platform.cue says",
	"pod-security.kubernetes.io/warn":    "nobody is warned of pods below restricted",
}

func why(o object, key string) string {
	if reason := reasons[key]; reason != "" {
		return reason
	}
	switch o.kind() {
	case "Namespace":
		if key == "" {
			return "nothing can be deployed or run there"
		}
		return "tools find the namespace by its labels"
	case "Application":
		return "Argo CD applies what it names only when it is there"
	case "AppProject":
		return "Applications of this project are refused"
	}
	return "the output relies on it"
}
