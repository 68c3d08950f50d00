package tekton

import (
	"slices"

	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// inside are the addresses that no public host has (RFC 1918, 6598, 3927, 6890, 4193, 4291): pods,
// Services, nodes, what is beside the cluster, and a cloud's metadata. Azure's looks public, and hands
// out what nodes begin with: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
var inside = map[string][]string{
	"0.0.0.0/0": {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/24", "168.63.129.16/32"},
	"::/0":      {"fc00::/7", "fe80::/10"},
}

// fences keep the code of pull requests, which nobody has reviewed, from what is inside: it
// reaches names, public addresses and what the platform says. Tasks that run tools of ours
// and none of that code go where they must:
// to a Git host inside, and to the API server, whose address nobody knows. Nobody comes in.
// Tekton labels pods by the pipeline's tasks, and pipelines are written here. Builds have one name
// whatever builds: those that only ask a daemon are told by the label of their Task, which Tekton
// gives to its pods.
func fences(p *ir.Platform, o ir.Owner) []kube.Node {
	policy := func(name string, spec networkingv1.NetworkPolicySpec) kube.Node {
		return kube.FromObject(&networkingv1.NetworkPolicy{
			TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
			ObjectMeta: fleetMeta(o, name, Namespace(o.Name, PullRequest)), Spec: spec,
		})
	}
	public := networkingv1.NetworkPolicyEgressRule{}
	for _, all := range []string{"0.0.0.0/0", "::/0"} {
		public.To = append(public.To, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: all, Except: inside[all]}})
	}
	code := networkingv1.NetworkPolicySpec{
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
		Egress: []networkingv1.NetworkPolicyEgressRule{
			{Ports: []networkingv1.NetworkPolicyPort{policyPort(53, corev1.ProtocolUDP), policyPort(53, corev1.ProtocolTCP)}},
			public,
		},
	}
	for _, r := range p.Pipelines.Reach {
		var ports []networkingv1.NetworkPolicyPort
		for _, n := range r.Ports {
			ports = append(ports, policyPort(n, corev1.ProtocolTCP))
		}
		code.Egress = append(code.Egress, networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{peer(r)}, Ports: ports})
	}
	everywhere := []networkingv1.NetworkPolicyEgressRule{{}}
	out := []kube.Node{
		policy("code", code),
		policy("tools", networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
				{Key: pipeline.PipelineTaskLabelKey, Operator: metav1.LabelSelectorOpIn, Values: tools(p, PullRequest)},
			}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}, Egress: everywhere,
		}),
	}
	if p.Pipelines.Trial != "" {
		out = append(out, policy("builder", networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{pipeline.PipelineTaskLabelKey: "build", labelBuilds: "elsewhere"}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}, Egress: everywhere,
		}))
	}
	return out
}

// labelBuilds is on the Task of the catalog that has a daemon build.
const labelBuilds = "slipway.dev/builds"

// tools are the stages of a kind that run no code of a team, whatever the service. None of a
// service's own is called like one.
func tools(p *ir.Platform, kind Kind) (out []string) {
	for _, s := range stages {
		if s.name == reportsStage.name && p.Pipelines.Reports == "" {
			continue
		}
		if s.test == nil && s.name != "build" && slices.Contains(s.in, kind) {
			out = append(out, s.name)
		}
	}
	return out
}

func peer(p ir.Peer) networkingv1.NetworkPolicyPeer {
	if p.Namespace != "" {
		return networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: p.Namespace}}}
	}
	return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: p.CIDR}}
}

func policyPort(n int32, protocol corev1.Protocol) networkingv1.NetworkPolicyPort {
	port := intstr.FromInt32(n)
	return networkingv1.NetworkPolicyPort{Port: &port, Protocol: &protocol}
}
