package hollow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// addresses gives every Ingress and every Service of type LoadBalancer an address, as an
// ingress controller and a cloud would.
func (r *Runner) addresses(ctx context.Context) error {
	var errs []error
	ingresses, err := r.client.NetworkingV1().Ingresses("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list ingresses: %w", err)
	}
	for _, i := range ingresses.Items {
		if len(i.Status.LoadBalancer.Ingress) == 0 {
			i.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: nodeIP}}
			_, err := r.client.NetworkingV1().Ingresses(i.Namespace).UpdateStatus(ctx, &i, metav1.UpdateOptions{})
			errs = append(errs, err)
		}
	}
	services, err := r.client.CoreV1().Services("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list services: %w", err)
	}
	for _, s := range services.Items {
		if s.Spec.Type == corev1.ServiceTypeLoadBalancer && len(s.Status.LoadBalancer.Ingress) == 0 {
			s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: nodeIP}}
			_, err := r.client.CoreV1().Services(s.Namespace).UpdateStatus(ctx, &s, metav1.UpdateOptions{})
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

const routesPath = "/apis/gateway.networking.k8s.io/v1"

// route is what the gateway's word needs of an HTTPRoute.
type route struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ParentRefs []json.RawMessage `json:"parentRefs"`
	} `json:"spec"`
	Status struct {
		Parents []routeParent `json:"parents"`
	} `json:"status"`
}

type routeParent struct {
	ParentRef      json.RawMessage    `json:"parentRef"`
	ControllerName string             `json:"controllerName"`
	Conditions     []metav1.Condition `json:"conditions"`
}

// routes accepts every HTTPRoute in the name of each gateway it names. A cluster without
// the Gateway API has none.
func (r *Runner) routes(ctx context.Context) error {
	found, err := list[route](ctx, r, path.Join(routesPath, "httproutes"))
	if kerrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, route := range found {
		accepted := len(route.Status.Parents) == len(route.Spec.ParentRefs)
		for _, p := range route.Status.Parents {
			for _, c := range p.Conditions {
				accepted = accepted && c.ObservedGeneration == route.Generation
			}
		}
		if !accepted {
			errs = append(errs, r.accept(ctx, route))
		}
	}
	return errors.Join(errs...)
}

func (r *Runner) accept(ctx context.Context, route route) error {
	var patch struct {
		Status struct {
			Parents []routeParent `json:"parents"`
		} `json:"status"`
	}
	for _, ref := range route.Spec.ParentRefs {
		p := routeParent{ParentRef: ref, ControllerName: "slipway.dev/hollow"}
		for _, kind := range []string{"Accepted", "ResolvedRefs"} {
			p.Conditions = append(p.Conditions, metav1.Condition{
				Type: kind, Status: metav1.ConditionTrue, Reason: kind, Message: "every route is accepted here",
				ObservedGeneration: route.Generation, LastTransitionTime: metav1.Now(),
			})
		}
		patch.Status.Parents = append(patch.Status.Parents, p)
	}
	text, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("accept the route %s/%s: %w", route.Namespace, route.Name, err)
	}
	return r.raw.Patch(types.MergePatchType).
		AbsPath(routesPath, "namespaces", route.Namespace, "httproutes", route.Name, "status").
		Body(text).Do(ctx).Error()
}
