// Judge reads a list of Kubernetes objects as JSON from stdin, puts those of Argo Rollouts
// through that project's own validation with the Services, Ingresses and templates that they
// name, and prints a line for each finding: the object and field, a tab, what is wrong.
//
// It is a program of its own because Argo Rollouts builds with another Kubernetes than the
// judges do. Package judge runs it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation"
	"github.com/argoproj/argo-rollouts/utils/analysis"
	"github.com/argoproj/argo-rollouts/utils/defaults"
	ingressutil "github.com/argoproj/argo-rollouts/utils/ingress"
	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func main() {
	log.SetFlags(0)
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	var texts []json.RawMessage
	if err := json.Unmarshal(input, &texts); err != nil {
		log.Fatal(err)
	}
	s := set{services: map[string]corev1.Service{}, ingresses: map[string]networking.Ingress{}, templates: map[string]v1alpha1.AnalysisTemplate{}, clusterTemplates: map[string]v1alpha1.ClusterAnalysisTemplate{}}
	for _, text := range texts {
		s.read(text)
	}
	for i := range s.rollouts {
		s.judge(&s.rollouts[i])
	}
}

// set is what was read, by "namespace/name".
type set struct {
	rollouts         []v1alpha1.Rollout
	services         map[string]corev1.Service
	ingresses        map[string]networking.Ingress
	templates        map[string]v1alpha1.AnalysisTemplate
	clusterTemplates map[string]v1alpha1.ClusterAnalysisTemplate
}

// say prints a finding.
func say(object, path string, err any) {
	fmt.Printf("%s %s\t%s\n", object, path, strings.ReplaceAll(fmt.Sprint(err), "\n", " "))
}

func (s *set) read(text []byte) {
	var head struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		say("object", "", err)
		return
	}
	name, key := head.Kind+" "+head.Name, head.Namespace+"/"+head.Name
	strict := func(into any) bool {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err := d.Decode(into)
		if err != nil {
			say(name, "", err)
		}
		return err == nil
	}
	switch head.Kind {
	case "Service":
		var v corev1.Service
		if json.Unmarshal(text, &v) == nil { // Kubernetes' own kinds have judges of their own
			s.services[key] = v
		}
	case "Ingress":
		var v networking.Ingress
		if json.Unmarshal(text, &v) == nil {
			s.ingresses[key] = v
		}
	case "Rollout":
		var v v1alpha1.Rollout
		if strict(&v) {
			s.rollouts = append(s.rollouts, v)
		}
	case "AnalysisTemplate":
		var v v1alpha1.AnalysisTemplate
		if strict(&v) {
			s.templates[key] = v
			s.metrics(name, v.Spec.Metrics)
		}
	case "ClusterAnalysisTemplate":
		var v v1alpha1.ClusterAnalysisTemplate
		if strict(&v) {
			s.clusterTemplates[v.Name] = v
			s.metrics(name, v.Spec.Metrics)
		}
	case "Experiment":
		strict(&v1alpha1.Experiment{})
	case "AnalysisRun":
		var v v1alpha1.AnalysisRun
		if strict(&v) {
			s.metrics(name, v.Spec.Metrics)
		}
	default:
		say(name, "", "a kind that nobody judges")
	}
}

func (s *set) metrics(name string, metrics []v1alpha1.Metric) {
	// A template may leave numbers to its arguments, which nobody knows here.
	if err := analysis.ValidateMetrics(metrics); err != nil && !strings.Contains(err.Error(), "{{") {
		say(name, "spec.metrics", err)
	}
}

// judge asks what the controller asks when it sees a Rollout for the first time.
func (s *set) judge(r *v1alpha1.Rollout) {
	name := "Rollout " + r.Name
	for _, e := range validation.ValidateRollout(r) {
		say(name, e.Field, e.ErrorBody())
	}
	if defaults.GetReplicasOrDefault(r.Spec.Replicas) == 0 && r.Spec.WorkloadRef == nil {
		say(name, "spec.replicas", "no pods run")
	}
	for _, e := range validation.ValidateRolloutReferencedResources(r, s.referenced(r)) {
		say(name, e.Field, e.ErrorBody())
	}
}

// referenced are the objects that a Rollout names; those that are missing are findings.
func (s *set) referenced(r *v1alpha1.Rollout) validation.ReferencedResources {
	var refs validation.ReferencedResources
	missing := func(path, kind, name string) {
		e := field.NotFound(field.NewPath(path), name)
		say("Rollout "+r.Name, path, kind+": "+e.ErrorBody())
	}
	service := func(path, name string, kind validation.ServiceType) {
		if name == "" {
			return
		}
		v, ok := s.services[r.Namespace+"/"+name]
		if !ok {
			missing(path, "Service", name)
			return
		}
		refs.ServiceWithType = append(refs.ServiceWithType, validation.ServiceWithType{Service: &v, Type: kind})
	}
	template := func(path string, names []v1alpha1.AnalysisTemplateRef, kind validation.AnalysisTemplateType, step int, args []v1alpha1.AnalysisRunArgument) {
		all := validation.AnalysisTemplatesWithType{TemplateType: kind, CanaryStepIndex: step, Args: args}
		for _, n := range names {
			if n.ClusterScope {
				if v, ok := s.clusterTemplates[n.TemplateName]; ok {
					all.ClusterAnalysisTemplates = append(all.ClusterAnalysisTemplates, &v)
				}
				continue // the platform may have it
			} else if v, ok := s.templates[r.Namespace+"/"+n.TemplateName]; ok {
				all.AnalysisTemplates = append(all.AnalysisTemplates, &v)
				continue
			}
			missing(path, "AnalysisTemplate", n.TemplateName)
		}
		refs.AnalysisTemplatesWithType = append(refs.AnalysisTemplatesWithType, all)
	}
	if b := r.Spec.Strategy.BlueGreen; b != nil {
		service("spec.strategy.blueGreen.activeService", b.ActiveService, validation.ActiveService)
		service("spec.strategy.blueGreen.previewService", b.PreviewService, validation.PreviewService)
		if a := b.PrePromotionAnalysis; a != nil {
			template("spec.strategy.blueGreen.prePromotionAnalysis", a.Templates, validation.PrePromotionAnalysis, 0, a.Args)
		}
		if a := b.PostPromotionAnalysis; a != nil {
			template("spec.strategy.blueGreen.postPromotionAnalysis", a.Templates, validation.PostPromotionAnalysis, 0, a.Args)
		}
	}
	if c := r.Spec.Strategy.Canary; c != nil {
		service("spec.strategy.canary.stableService", c.StableService, validation.StableService)
		service("spec.strategy.canary.canaryService", c.CanaryService, validation.CanaryService)
		if c.Analysis != nil {
			template("spec.strategy.canary.analysis", c.Analysis.Templates, validation.BackgroundAnalysis, 0, c.Analysis.Args)
		}
		for i, step := range c.Steps {
			if step.Analysis != nil {
				template(fmt.Sprintf("spec.strategy.canary.steps[%d].analysis", i), step.Analysis.Templates, validation.InlineAnalysis, i, step.Analysis.Args)
			}
		}
		if t := c.TrafficRouting; t != nil && t.Nginx != nil {
			for _, name := range append(t.Nginx.StableIngresses, t.Nginx.StableIngress) {
				if name == "" {
					continue
				}
				v, ok := s.ingresses[r.Namespace+"/"+name]
				if !ok {
					missing("spec.strategy.canary.trafficRouting.nginx", "Ingress", name)
					continue
				}
				refs.Ingresses = append(refs.Ingresses, *ingressutil.NewIngress(&v))
			}
		}
	}
	return refs
}
