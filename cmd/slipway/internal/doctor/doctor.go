// Package doctor compares clusters with what compiled output relies on. What that is it
// reads from the output itself: the objects of deploy/platform and of Argo CD's bootstrap
// must be there as they are emitted, and every kind that is emitted must be served. Beside
// these it knows the settings of Tekton and Argo CD that nobody emits.
package doctor

import (
	"context"
	"path"
	"slices"
	"strings"

	"slipway.dev/cmd/slipway/internal/kubeapi"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// Finding is something that is missing.
type Finding struct {
	Cluster string `json:"cluster"`
	Check   string `json:"check"`            // the name of the check
	What    string `json:"what"`             // what is missing
	Why     string `json:"why"`              // why it matters
	Mend    string `json:"mend"`             // a command or a manifest; several lines
	Advice  bool   `json:"advice,omitempty"` // the output does without
}

// Patient is what is examined.
type Patient struct {
	Platform *ir.Platform
	Services []*ir.Service
	Files    []plan.File // all that is compiled
	Cluster  *ir.Cluster
	ArgoCD   bool   // Argo CD runs here
	Output   string // the output folder, as the reader would write it
}

// examination is a patient while it is examined.
type examination struct {
	Patient
	ctx   context.Context
	api   *kubeapi.Client
	found []Finding
	now   string // the name of the check
}

// checks are all there are, in the order in which what they find is best mended.
var checks = []struct {
	name string
	run  func(*examination) error
}{
	{"kinds", (*examination).kinds},
	{"objects", (*examination).objects},
	{"tekton", (*examination).tekton},
	{"resolver", (*examination).resolver},
	{"chains", (*examination).chains},
	{"pruner", (*examination).pruner},
	{"argocd", (*examination).argocd},
	{"notifications", (*examination).notifications},
	{"secrets", (*examination).secrets},
	{"fleet", (*examination).fleet},
}

// Examine runs every check. An error is the cluster's, which does not answer.
func Examine(ctx context.Context, api *kubeapi.Client, p Patient) ([]Finding, error) {
	e := &examination{Patient: p, ctx: ctx, api: api}
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := api.Get(ctx, "/version", &version); err != nil {
		return nil, err
	}
	for _, c := range checks {
		e.now = c.name
		if err := c.run(e); kubeapi.Forbidden(err) {
			e.add("it cannot be looked at: "+err.Error(), "what is not seen is not checked", "ask as somebody who may get and list it")
		} else if err != nil {
			return nil, err
		}
	}
	return e.found, nil
}

func (e *examination) add(what, why, mend string) {
	e.found = append(e.found, Finding{Cluster: e.Cluster.Name, Check: e.now, What: what, Why: why, Mend: mend})
}

func (e *examination) advise(what, why, mend string) {
	e.add(what, why, mend)
	e.found[len(e.found)-1].Advice = true
}

// runs reports whether pipelines run here.
func (e *examination) runs() bool { return e.Cluster == e.Platform.Pipelines.Cluster }

// kubectl begins a command.
func (e *examination) kubectl() string { return "kubectl --context " + e.api.Context + " " }

// object is an emitted object.
type object struct {
	file string
	kube.Node
}

func (o object) apiVersion() string { return o.Get("apiVersion").Text }
func (o object) kind() string       { return o.Get("kind").Text }
func (o object) name() string       { return o.Get("metadata", "name").Text }
func (o object) namespace() string  { return o.Get("metadata", "namespace").Text }

// emitted are the objects of files below some folders.
func (e *examination) emitted(folders ...string) ([]object, error) {
	var out []object
	for _, f := range e.Files {
		if path.Ext(f.Path) != ".yaml" || !slices.ContainsFunc(folders, func(dir string) bool { return strings.HasPrefix(f.Path, dir+"/") }) {
			continue
		}
		docs, err := kube.Decode(f.Body)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			out = append(out, object{f.Path, d})
		}
	}
	return out, nil
}

// here are the folders whose objects come to this cluster.
func (e *examination) here() []string {
	out := []string{e.Cluster.PlatformDir()}
	if e.runs() {
		out = append(out, ir.PipelinesDir)
	}
	if e.ArgoCD {
		out = append(out, "argocd")
	}
	for _, s := range e.Services {
		for _, i := range s.Instances {
			if i.Env.Cluster == e.Cluster && i.Deployed() {
				out = append(out, i.OverlayDir())
				if i.Env.Head {
					out = append(out, s.BaseDir())
				}
			}
		}
	}
	return out
}

// get reads an object of the cluster; ok is false when it is not there.
func (e *examination) get(where string, into any) (ok bool, err error) {
	err = e.api.Get(e.ctx, where, into)
	if kubeapi.NotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// live is an object as far as it is compared.
type live struct {
	Metadata struct {
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Data map[string]string `json:"data"`
}

// config reads a ConfigMap.
func (e *examination) config(namespace, name string) (data map[string]string, ok bool, err error) {
	var l live
	ok, err = e.get("/api/v1/namespaces/"+namespace+"/configmaps/"+name, &l)
	return l.Data, ok, err
}
