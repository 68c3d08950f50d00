package hollow

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// workers is how many pods are looked at at once.
const workers = 4

// pods moves the pods of the node through their phases until ctx ends.
func (r *Runner) pods(ctx context.Context) {
	ours := informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", Node).String()
	})
	factory := informers.NewSharedInformerFactoryWithOptions(r.client, 0, ours)
	informer := factory.Core().V1().Pods()
	queue := workqueue.NewTypedRateLimitingQueue(
		workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](50*time.Millisecond, 10*time.Second))
	add := func(object any) {
		if name, err := cache.ObjectToName(object); err == nil {
			queue.Add(name)
		}
	}
	// A deletion has nothing left to do.
	_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    add,
		UpdateFunc: func(_, object any) { add(object) },
	})
	if err != nil {
		panic("hollow: handler on an informer that has not begun: " + err.Error())
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	factory.WaitForCacheSync(ctx.Done())

	for range workers {
		go r.work(ctx, queue, informer.Lister())
	}
	<-ctx.Done()
	queue.ShutDown()
}

func (r *Runner) work(ctx context.Context, queue workqueue.TypedRateLimitingInterface[cache.ObjectName], pods listers.PodLister) {
	for {
		name, stop := queue.Get()
		if stop {
			return
		}
		err := r.look(ctx, pods, name)
		switch {
		case err == nil:
			queue.Forget(name)
		case ctx.Err() != nil:
		default:
			// A conflict only means that the cache is behind.
			if !errors.IsConflict(err) {
				r.options.Log.Warn("pod", "name", name.String(), "error", err)
			}
			queue.AddRateLimited(name)
		}
		queue.Done(name)
	}
}

// look does for one pod what is to be done now; what it changes comes back as an event.
func (r *Runner) look(ctx context.Context, pods listers.PodLister, name cache.ObjectName) error {
	cached, err := pods.Pods(name.Namespace).Get(name.Name)
	if errors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the pod %s: %w", name, err)
	}
	if cached.DeletionTimestamp != nil {
		// What a kubelet does when the last container is gone.
		err := r.client.CoreV1().Pods(name.Namespace).Delete(ctx, name.Name, metav1.DeleteOptions{
			GracePeriodSeconds: new(int64), Preconditions: &metav1.Preconditions{UID: &cached.UID},
		})
		if errors.IsNotFound(err) || errors.IsConflict(err) {
			return nil
		}
		return err
	}

	pod := cached.DeepCopy()
	var script Script
	if ends(pod) && pod.Status.Phase == corev1.PodRunning {
		if script, err = r.script(ctx, pod); err != nil {
			return err
		}
	}
	pod.Status = next(pod, script, time.Now())
	if equality.Semantic.DeepEqual(pod.Status, cached.Status) {
		return nil
	}
	_, err = r.client.CoreV1().Pods(name.Namespace).UpdateStatus(ctx, pod, metav1.UpdateOptions{})
	if errors.IsNotFound(err) {
		return nil
	}
	return err
}
