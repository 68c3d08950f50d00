package tekton

import (
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"slipway.dev/compiler/ir"
)

// How long a run may take. Tekton stops its tasks when timeouts.pipeline less timeouts.finally
// is over, whatever they are at: a test that was stopped so has not failed, and nobody learns
// anything. So a run has the time of its tasks: what each may take, with all its retries, which
// have their time anew, along the longest way through the pipeline.
const (
	leastRun     = time.Hour
	leastFinally = 5 * time.Minute
	usualTask    = time.Hour       // a task without a timeout; Tekton's default-timeout-minutes
	between      = 5 * time.Minute // for volumes, and for what is between two tasks
)

// timeouts are those of a run of a pipeline.
func timeouts(pl *v1.Pipeline) (whole, finally time.Duration) {
	after := map[string][]string{}
	for i := range pl.Spec.Tasks {
		after[pl.Spec.Tasks[i].Name] = follows(&pl.Spec.Tasks[i])
	}
	var longest time.Duration
	done := map[string]time.Duration{} // by task: when it ends at the latest
	for _, t := range inOrder(pl.Spec.Tasks, after) {
		var begins time.Duration
		for _, name := range after[t.Name] {
			begins = max(begins, done[name])
		}
		done[t.Name] = begins + mayTake(t)
		longest = max(longest, done[t.Name])
	}
	finally = leastFinally
	for i := range pl.Spec.Finally {
		finally = max(finally, mayTake(&pl.Spec.Finally[i]))
	}
	return max(leastRun, longest+between+finally), finally
}

// mayTake is how long a task may take with all its retries.
func mayTake(t *v1.PipelineTask) time.Duration {
	one := usualTask
	if t.Timeout != nil {
		one = t.Timeout.Duration
	}
	return one * time.Duration(t.Retries+1)
}

// RunTime is how long a run of a service's pipeline may take.
func RunTime(p *ir.Platform, svc *ir.Service, kind Kind) time.Duration {
	whole, _ := timeouts(newPipeline(p, svc, kind))
	return whole
}
