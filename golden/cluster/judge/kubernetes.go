package judge

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
)

// strategies are what the API server asks before it stores a new object, by the versions
// that it serves by default: the scheme knows versions that are long gone.
var strategies = map[string]rest.RESTCreateStrategy{
	"v1 ConfigMap":                             configmap.Strategy,
	"v1 LimitRange":                            limitrange.Strategy,
	"v1 Namespace":                             namespace.Strategy,
	"v1 PersistentVolumeClaim":                 persistentvolumeclaim.Strategy,
	"v1 Pod":                                   pod.Strategy,
	"v1 ResourceQuota":                         resourcequota.Strategy,
	"v1 Secret":                                secret.Strategy,
	"v1 Service":                               service.Strategy,
	"v1 ServiceAccount":                        serviceaccount.Strategy,
	"apps/v1 DaemonSet":                        daemonset.Strategy,
	"apps/v1 Deployment":                       deployment.Strategy,
	"apps/v1 StatefulSet":                      statefulset.Strategy,
	"autoscaling/v2 HorizontalPodAutoscaler":   horizontalpodautoscaler.Strategy,
	"batch/v1 CronJob":                         cronjob.Strategy,
	"batch/v1 Job":                             job.Strategy,
	"networking.k8s.io/v1 Ingress":             ingress.Strategy,
	"networking.k8s.io/v1 NetworkPolicy":       networkpolicy.Strategy,
	"policy/v1 PodDisruptionBudget":            poddisruptionbudget.Strategy,
	"rbac.authorization.k8s.io/v1 ClusterRole": clusterrole.Strategy,
	"rbac.authorization.k8s.io/v1 ClusterRoleBinding": clusterrolebinding.Strategy,
	"rbac.authorization.k8s.io/v1 Role":               role.Strategy,
	"rbac.authorization.k8s.io/v1 RoleBinding":        rolebinding.Strategy,
}

// Kubernetes puts every object of Kubernetes' own kinds through what the API server does
// when it is created: strict decoding, defaults, conversion, and the strategy of its
// registry, which validates it. What the server would warn of is a finding too.
//
// Then it does the same with the pods and claims that controllers make of those objects and
// that Tekton makes of Tasks: some rules are only asked then.
func Kubernetes() Judge { return kubernetesOf(newTaskPods()) }

func kubernetesOf(pods *taskPods) Judge {
	reads := func(gvk schema.GroupVersionKind) bool { return legacyscheme.Scheme.Recognizes(gvk) }
	known := newVerdicts()
	return Judge{
		Name: "kubernetes",
		Reads: func(d Document) bool {
			return reads(schema.FromAPIVersionAndKind(apiVersion(d), fmt.Sprint(d.Object["kind"])))
		},
		Judge: func(t *Tree) []Finding {
			var found []Finding
			for _, o := range t.Objects() {
				if !reads(o.GroupVersionKind()) && o.Kind() != kindPipelineRun {
					continue
				}
				found = append(found, known.of("kubernetes", o, func() []fault {
					var faults []fault
					if reads(o.GroupVersionKind()) {
						faults = create(o)
					}
					if len(faults) == 0 {
						faults = controllers(o)
					}
					return faults
				})...)
			}
			r := &report{judge: "kubernetes"}
			for _, p := range pods.all(t, &report{}) { // those that there are not are reported with Pod Security
				for _, f := range known.once(p.key, func() []fault { return createPod(p.pod) }) {
					p.report(r, f)
				}
			}
			return append(found, r.found...)
		},
	}
}

func create(o Object) []fault {
	strategy, ok := strategies[o.Kind()]
	if !ok {
		return faultsOf(fmt.Errorf("the API server does not serve %s, or the judge knows no strategy for it", o.Kind()))
	}
	versioned, err := decoded(o)
	if err != nil {
		return faultsOf(err)
	}
	legacyscheme.Scheme.Default(versioned)
	gv := o.GroupVersionKind().GroupVersion()
	internal, err := legacyscheme.Scheme.ConvertToVersion(versioned, schema.GroupVersion{Group: gv.Group, Version: runtime.APIVersionInternal})
	if err != nil {
		return faultsOf(err)
	}
	if s, ok := internal.(*core.Service); ok && s.Spec.ClusterIP != "" && len(s.Spec.ClusterIPs) == 0 {
		// normalizeClusterIPs of pkg/registry/core/service/storage, before it validates.
		s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	}
	// What the server takes from the URL.
	info := &request.RequestInfo{APIGroup: gv.Group, APIVersion: gv.Version, Namespace: o.GetNamespace(), Verb: "create"}
	return store(request.WithRequestInfo(context.Background(), info), strategy, internal, o.GetNamespace())
}

// decoded decodes strictly, as what kustomize makes of files has not been.
func decoded(o Object) (runtime.Object, error) {
	versioned, err := legacyscheme.Scheme.New(o.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	return versioned, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.UnstructuredContent(), versioned, true)
}

// store is what the generic registry does before it stores a new object.
func store(ctx context.Context, strategy rest.RESTCreateStrategy, object runtime.Object, namespace string) []fault {
	var heard warnings
	ctx = warning.WithWarningRecorder(request.WithNamespace(ctx, namespace), &heard)
	accessor, err := meta.Accessor(object)
	if err != nil {
		return faultsOf(err)
	}
	if accessor.GetName() == "" && accessor.GetGenerateName() != "" {
		accessor.SetName(accessor.GetGenerateName() + "xxxxx")
	}
	rest.FillObjectMetaSystemFields(accessor)
	faults := faultsOf(rest.BeforeCreate(strategy, ctx, object))
	for _, text := range heard {
		faults = append(faults, fault{message: "warning: " + text})
	}
	return faults
}

type warnings []string

func (w *warnings) AddWarning(_, text string) { *w = append(*w, text) }

// faultsOf takes an error of the API server apart.
func faultsOf(err error) []fault {
	var faults []fault
	if s, ok := runtime.AsStrictDecodingError(err); ok {
		for _, e := range s.Errors() {
			faults = append(faults, fault{message: e.Error()})
		}
		return faults
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil {
		for _, c := range status.Status().Details.Causes {
			faults = append(faults, fault{c.Field, c.Message})
		}
	}
	if err != nil && len(faults) == 0 {
		faults = append(faults, fault{message: err.Error()})
	}
	return faults
}
