package judge

import (
	"net/netip"

	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// private are addresses behind which a cluster, and what is beside it, has its own; a cloud's
// metadata, which hands out credentials, is in the first; Azure's is the last.
var private = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("168.63.129.16/32"),
}

const nameResolution = 53

// fenced wants the pods that execute what a pull request holds kept from what is inside the
// cluster and beside it, both ways. The platform may open single ways; nobody opens all. All
// others are tools, and go where they must.
func (j *trust) fenced(t *Tree, pods []runPod) {
	policies := map[string][]*networking.NetworkPolicy{}
	for _, d := range t.Deliveries {
		for _, o := range d.Objects {
			if o.Kind() != "networking.k8s.io/v1 NetworkPolicy" {
				continue
			}
			if p, ok := decode[networking.NetworkPolicy](o); ok {
				policies[o.GetNamespace()] = append(policies[o.GetNamespace()], p)
			}
		}
	}
	for _, p := range pods {
		if !p.ofPullRequest() {
			continue
		}
		in, out, open := false, false, false
		for _, np := range policies[p.run.Namespace] {
			s, err := metav1.LabelSelectorAsSelector(&np.Spec.PodSelector)
			if err != nil || !s.Matches(p.labels()) {
				continue
			}
			for _, way := range np.Spec.PolicyTypes {
				in, out = in || way == networking.PolicyTypeIngress, out || way == networking.PolicyTypeEgress
			}
			for _, r := range np.Spec.Egress {
				open = open || len(r.To)+len(r.Ports) == 0
			}
			if !p.unreviewed() {
				continue
			}
			if len(np.Spec.Ingress) > 0 {
				p.report(&j.report, fault{"", "the policy " + np.Name + " lets somebody in to code that nobody has reviewed"})
			}
			for _, r := range np.Spec.Egress {
				if why := opening(r); why != "" {
					p.report(&j.report, fault{"", "by the policy " + np.Name + ", code that nobody has reviewed reaches " + why})
				}
			}
		}
		if !p.unreviewed() {
			if out && !open {
				p.report(&j.report, fault{"", "the fence keeps it from its Git host, its daemon or the API server"})
			}
			continue
		}
		if !in || !out {
			p.report(&j.report, fault{"", "no NetworkPolicy keeps code that nobody has reviewed from the cluster"})
		}
	}
}

// labels are those of a pod by which policies choose: its Task's, over these its run's, and over all
// what Tekton writes itself (pkg/reconciler: storeTaskSpecAndMergeMeta, getTaskrunLabels).
func (p runPod) labels() labels.Set {
	return labels.Merge(labels.Merge(p.task.Labels, p.run.Labels), labels.Set{pipeline.PipelineTaskLabelKey: p.name})
}

// opening is what a rule opens that is too much; empty when it does not.
func opening(r networking.NetworkPolicyEgressRule) string {
	names := len(r.Ports) > 0
	for _, p := range r.Ports {
		names = names && p.Port != nil && p.Port.IntVal == nameResolution && p.EndPort == nil
	}
	if names {
		return ""
	}
	if len(r.To) == 0 {
		return "everything"
	}
	for _, to := range r.To {
		switch {
		case to.IPBlock != nil:
			if why := uncovered(*to.IPBlock); why != "" {
				return why
			}
		case to.NamespaceSelector == nil && to.PodSelector != nil:
			return "other runs"
		case to.NamespaceSelector != nil && len(to.NamespaceSelector.MatchLabels)+len(to.NamespaceSelector.MatchExpressions) == 0:
			return "every namespace"
		}
	}
	return ""
}

// uncovered is a private range that a block opens as a whole, or metadata.
func uncovered(b networking.IPBlock) string {
	block, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return b.CIDR // no address range
	}
	for i, p := range private {
		if !block.Overlaps(p) || block.Bits() > p.Bits() && i > 0 {
			continue // a part of one is what a platform opens on purpose
		}
		excepted := false
		for _, e := range b.Except {
			x, err := netip.ParsePrefix(e)
			excepted = excepted || err == nil && x.Bits() <= p.Bits() && x.Overlaps(p)
		}
		if !excepted {
			return p.String()
		}
	}
	return ""
}
