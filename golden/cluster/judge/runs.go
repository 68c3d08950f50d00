package judge

import (
	"fmt"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/tekton"
)

// Runs is the folder of a Tree for the PipelineRuns that `slipway run` prints. Slipway
// writes no such folder and no Application delivers it; what people start is judged with
// what the compiler writes.
const Runs = "runs"

// someRevision is the commit that runs are for.
const someRevision = "5b3a712ab85ccb8f6f7cd5b720d36ba9a8d041eb"

// AddRuns adds to the files of a tree a PipelineRun of every pipeline of a fleet, those that
// events start in the promoter's namespace, those that the promoter starts, and the fleet's own
// among them.
func AddRuns(files map[string][]byte, fleet *ir.Fleet) error {
	for _, run := range tekton.PromoterRuns(fleet.Platform) {
		files[Runs+"/promoter-"+run.Spec.PipelineRef.Name+".yaml"] = kube.Encode(kube.FromObject(run))
	}
	for _, kind := range tekton.FleetKinds() {
		run, err := tekton.NewFleetRun(fleet.Platform, kind, someRevision)
		if err != nil {
			return err
		}
		files[fmt.Sprintf("%s/own-%s.yaml", Runs, kind)] = kube.Encode(kube.FromObject(run))
	}
	for _, s := range fleet.Services {
		runs, err := tekton.Runs(fleet.Platform, s, someRevision)
		if err != nil {
			return err
		}
		for _, run := range runs {
			files[fmt.Sprintf("%s/%s.yaml", Runs, run.Spec.PipelineRef.Name)] = kube.Encode(kube.FromObject(run))
		}
	}
	return nil
}
