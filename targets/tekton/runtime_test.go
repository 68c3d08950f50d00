package tekton

import (
	"os"
	"testing"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler"
)

// lasts is how long a task and what it comes after may take, as Tekton orders them.
func lasts(pl *v1.Pipeline, name string) (d time.Duration) {
	for _, t := range pl.Spec.Tasks {
		if t.Name == name {
			for _, before := range t.Deps() {
				d = max(d, lasts(pl, before))
			}
			return d + t.Timeout.Duration*time.Duration(t.Retries+1)
		}
	}
	return 0
}

func TestARunHasTheTimeOfItsTasks(t *testing.T) {
	t.Parallel()
	r, err := compiler.Compile(os.DirFS("../../examples/online-boutique"), compiler.Options{Stages: Stages()})
	if err != nil || r.Fleet == nil {
		t.Fatal(err, r.Diags.All())
	}
	for _, svc := range r.Fleet.Services {
		runs, err := Runs(r.Fleet.Platform, svc, "0123456789012345678901234567890123456789")
		if err != nil {
			t.Fatal(err)
		}
		for k, pl := range Pipelines(r.Fleet.Platform, svc) {
			for _, task := range pl.Spec.Tasks {
				if d, has := lasts(pl, task.Name), runs[k].TasksTimeout().Duration; d > has {
					t.Errorf("%s of %s ends after %s at the latest, and the run's tasks have %s", task.Name, pl.Name, d, has)
				}
			}
			for _, task := range pl.Spec.Finally {
				if d, has := mayTake(&task), runs[k].FinallyTimeout().Duration; d > has {
					t.Errorf("%s of %s takes %s, and has %s", task.Name, pl.Name, d, has)
				}
			}
		}
	}
	for _, run := range PromoterRuns(r.Fleet.Platform) {
		for _, d := range promoterPipelines {
			if pl, _ := d.build(r.Fleet.Platform); pl.Name == run.Spec.PipelineRef.Name {
				for _, task := range pl.Spec.Tasks {
					if d := lasts(pl, task.Name); d > run.Spec.Timeouts.Pipeline.Duration {
						t.Errorf("%s of the promoter's %s ends after %s", task.Name, pl.Name, d)
					}
				}
			}
		}
	}
}

func TestARunIsAsLongAsItsLongestWay(t *testing.T) {
	t.Parallel()
	task := func(name string, minutes, retries int, after ...string) v1.PipelineTask {
		return v1.PipelineTask{Name: name, Retries: retries, RunAfter: after, Timeout: &metav1.Duration{Duration: time.Duration(minutes) * time.Minute}}
	}
	endless := task("d", 0, 0, "b")
	endless.Timeout = nil
	for _, c := range []struct {
		tasks, finally []v1.PipelineTask
		whole, last    time.Duration
	}{
		{[]v1.PipelineTask{task("a", 5, 0)}, nil, time.Hour, 5 * time.Minute},
		{[]v1.PipelineTask{task("c", 40, 1, "a"), task("a", 5, 1), task("b", 80, 0)}, nil, 100 * time.Minute, 5 * time.Minute},
		{[]v1.PipelineTask{task("a", 60, 0)}, []v1.PipelineTask{task("z", 10, 1)}, 85 * time.Minute, 20 * time.Minute},
		{[]v1.PipelineTask{task("a", 10, 0), task("b", 10, 0, "a"), endless}, nil, 90 * time.Minute, 5 * time.Minute},
	} {
		if whole, last := timeouts(&v1.Pipeline{Spec: v1.PipelineSpec{Tasks: c.tasks, Finally: c.finally}}); whole != c.whole || last != c.last {
			t.Errorf("%v: %s, of which %s at the end, not %s and %s", c.tasks, whole, last, c.whole, c.last)
		}
	}
}
