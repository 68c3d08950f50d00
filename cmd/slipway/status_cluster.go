package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"slipway.dev/catalog/deployed"
	"slipway.dev/cmd/slipway/internal/kubeapi"
	"slipway.dev/compiler/ir"
)

// runStatus is what Tekton says of a run.
type runStatus struct {
	Name      string `json:"name"` // NAMESPACE/NAME
	Pipeline  string `json:"pipeline"`
	State     string `json:"state"` // Running, Succeeded, Failed, or Tekton's reason
	Message   string `json:"message,omitempty"`
	Commit    string `json:"commit,omitempty"`
	Started   string `json:"started,omitempty"`
	Completed string `json:"completed,omitempty"`
}

// argocdStatus is what Argo CD says of an Application.
type argocdStatus struct {
	Sync     string `json:"sync"`
	Health   string `json:"health"`
	Revision string `json:"revision,omitempty"` // of the fleet
	Message  string `json:"message,omitempty"`  // of the last sync, when it failed
}

// mostRuns of each kind of pipeline are told.
const mostRuns = 3

// askClusters adds what clusters know, and returns what they did not say.
func askClusters(ctx context.Context, c kubeapi.Config, p *ir.Platform, all []*serviceStatus, whole bool) string {
	var notes []string
	ask := func(cluster string, what func(*kubeapi.Client) error) {
		client, err := c.Open(cluster)
		if err == nil {
			err = what(client)
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("cluster %s: %s", cluster, printable(err.Error())))
		}
	}
	if whole {
		ask(p.Pipelines.Cluster.Name, func(k *kubeapi.Client) error { return askRuns(ctx, k, all[0]) })
	}
	ask(argocdCluster(p).Name, func(k *kubeapi.Client) error { return askApplications(ctx, k, p, all) })
	return strings.Join(notes, "\n")
}

// argocdCluster is where Argo CD runs: the cluster that it calls its own.
func argocdCluster(p *ir.Platform) *ir.Cluster {
	for _, c := range p.Clusters {
		if c.Server == "https://kubernetes.default.svc" {
			return c
		}
	}
	return p.Pipelines.Cluster
}

// pipelineRun is what is read of Tekton's object.
type pipelineRun struct {
	Metadata struct {
		Name              string            `json:"name"`
		CreationTimestamp string            `json:"creationTimestamp"`
		Labels            map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Params []struct {
			Name  string `json:"name"`
			Value any    `json:"value"`
		} `json:"params"`
	} `json:"spec"`
	Status struct {
		StartTime      string      `json:"startTime"`
		CompletionTime string      `json:"completionTime"`
		Conditions     []condition `json:"conditions"`
	} `json:"status"`
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func askRuns(ctx context.Context, k *kubeapi.Client, s *serviceStatus) error {
	for _, pullRequest := range []bool{false, true} {
		ns := ir.PipelineNamespace(s.Owner, pullRequest)
		var list struct {
			Items []pipelineRun `json:"items"`
		}
		selector := url.QueryEscape("app.kubernetes.io/name=" + s.Service)
		if err := k.Get(ctx, "/apis/tekton.dev/v1/namespaces/"+ns+"/pipelineruns?labelSelector="+selector, &list); err != nil {
			return err
		}
		slices.SortStableFunc(list.Items, func(a, b pipelineRun) int {
			return strings.Compare(b.Metadata.CreationTimestamp, a.Metadata.CreationTimestamp)
		})
		for _, r := range list.Items[:min(mostRuns, len(list.Items))] {
			s.Runs = append(s.Runs, newRunStatus(ns, r))
		}
	}
	return nil
}

func newRunStatus(ns string, r pipelineRun) runStatus {
	out := runStatus{
		Name: ns + "/" + r.Metadata.Name, Pipeline: r.Metadata.Labels["tekton.dev/pipeline"],
		State: "Pending", Started: r.Status.StartTime, Completed: r.Status.CompletionTime,
	}
	for _, c := range r.Status.Conditions {
		if c.Type == "Succeeded" {
			out.State = c.Reason
			if c.Status == "False" {
				out.Message = c.Message
			}
		}
	}
	for _, p := range r.Spec.Params {
		if text, ok := p.Value.(string); ok && p.Name == "revision" {
			out.Commit = text
		}
	}
	return out
}

func askApplications(ctx context.Context, k *kubeapi.Client, p *ir.Platform, all []*serviceStatus) error {
	var list struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
			deployed.Application
		} `json:"items"`
	}
	selector := "app.kubernetes.io/managed-by=slipway"
	if len(all) == 1 {
		selector += ",slipway.dev/service=" + all[0].Service
	}
	if err := k.Get(ctx, applicationsPath(p.ArgoCD)+"?labelSelector="+url.QueryEscape(selector), &list); err != nil {
		return err
	}
	known := map[string]*argocdStatus{}
	for _, a := range list.Items {
		s := &argocdStatus{Sync: a.Status.Sync.Status, Health: a.Status.Health.Status, Revision: a.Status.Sync.Revision}
		if op := a.Status.OperationState; op != nil && (op.Phase == "Failed" || op.Phase == "Error") {
			s.Message = op.Message
		}
		known[a.Metadata.Name] = s
	}
	for _, s := range all {
		for i := range s.Environments {
			e := &s.Environments[i]
			e.Application = known[e.app]
			if before := slices.IndexFunc(s.Environments, func(o envStatus) bool { return o.Environment == e.From }); before >= 0 && e.Next != "" {
				if a := s.Environments[before].Application; a != nil && !a.well() {
					e.Blocked = append(e.Blocked, fmt.Sprintf("%s is %s and %s", e.From, a.Sync, a.Health))
				}
			}
		}
	}
	return nil
}

func (a *argocdStatus) well() bool { return a.Sync == "Synced" && a.Health == "Healthy" }
