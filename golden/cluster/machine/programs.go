package machine

// Program is an executable that Build makes.
type Program struct {
	Name    string // of the file in Bin
	Package string
	// Module is the folder of the module that builds it, relative to the module
	// golden/cluster. Empty is that module itself.
	Module string
	// Version builds the package as the main module of its own, at this version.
	Version string
	LDFlags string
	// Static builds without C, for containers that hold nothing else.
	Static bool
	// Own is a program of this module: go build looks each time whether it is up to date.
	Own bool
}

// kubernetes is told its version by the linker; without one, clients that ask for it
// refuse to work.
const kubernetes = "-s -w -X k8s.io/component-base/version.gitVersion=v1.33.13" +
	" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=33" +
	" -X k8s.io/client-go/pkg/version.gitVersion=v1.33.13"

// Programs is everything that is built, in the order in which it is begun: what takes
// longest first, and neighbours that share little, for two are built at a time.
var Programs = []Program{
	{Name: "kube-apiserver", Package: "k8s.io/kubernetes/cmd/kube-apiserver", LDFlags: kubernetes},
	{Name: "rollouts-controller", Package: "github.com/argoproj/argo-rollouts/cmd/rollouts-controller", Module: "rollouts"},
	{Name: "kube-controller-manager", Package: "k8s.io/kubernetes/cmd/kube-controller-manager", LDFlags: kubernetes},
	{Name: "kube-scheduler", Package: "k8s.io/kubernetes/cmd/kube-scheduler", LDFlags: kubernetes},
	{Name: "kubelet", Package: "k8s.io/kubernetes/cmd/kubelet", LDFlags: kubernetes},
	{Name: "kubectl", Package: "k8s.io/kubernetes/cmd/kubectl", LDFlags: kubernetes},
	{Name: "argocd", Package: "github.com/argoproj/argo-cd/v2/cmd"},
	{Name: "tekton-controller", Package: "github.com/tektoncd/pipeline/cmd/controller"},
	{Name: "tekton-webhook", Package: "github.com/tektoncd/pipeline/cmd/webhook"},
	{Name: "tekton-resolvers", Package: "github.com/tektoncd/pipeline/cmd/resolvers"},
	{Name: "tekton-entrypoint", Package: "github.com/tektoncd/pipeline/cmd/entrypoint", Static: true},
	{Name: "tekton-nop", Package: "github.com/tektoncd/pipeline/cmd/nop", Static: true},
	{Name: "tekton-workingdirinit", Package: "github.com/tektoncd/pipeline/cmd/workingdirinit", Static: true},
	{Name: "tekton-sidecarlogresults", Package: "github.com/tektoncd/pipeline/cmd/sidecarlogresults", Static: true},
	{Name: "chains-controller", Package: "github.com/tektoncd/chains/cmd/controller", Module: "chains"},
	{Name: "triggers-controller", Package: "github.com/tektoncd/triggers/cmd/controller"},
	{Name: "triggers-eventlistenersink", Package: "github.com/tektoncd/triggers/cmd/eventlistenersink"},
	{Name: "triggers-interceptors", Package: "github.com/tektoncd/triggers/cmd/interceptors"},
	{Name: "registry", Package: "github.com/distribution/distribution/v3/cmd/registry", Version: "v3.0.0", Static: true},
	{Name: "kustomize", Package: "sigs.k8s.io/kustomize/kustomize/v5", Version: "v5.7.1", Static: true},
	{Name: "ko", Package: "github.com/google/ko", Version: "v0.18.0", Static: true},
	{Name: "cosign", Package: "github.com/sigstore/cosign/v2/cmd/cosign", Version: "v2.6.1", Static: true},
	{Name: "cnb-lifecycle", Package: "github.com/buildpacks/lifecycle/cmd/lifecycle", Module: "lifecycle", Static: true},
	{Name: "cnb-launcher", Package: "github.com/buildpacks/lifecycle/cmd/launcher", Module: "lifecycle", Static: true},
	{Name: "buildkitd", Package: "github.com/moby/buildkit/cmd/buildkitd", Module: "buildkit", Static: true},
	{Name: "buildctl", Package: "github.com/moby/buildkit/cmd/buildctl", Module: "buildkit", Static: true},
	{Name: "hollow", Package: "slipway.dev/golden/cluster/machine/hollow/cmd", Own: true},
	{Name: "names", Package: "slipway.dev/golden/cluster/cmd/names", Static: true, Own: true},
	{Name: "gitserver", Package: "slipway.dev/golden/cluster/cmd/gitserver", Static: true, Own: true},
}
