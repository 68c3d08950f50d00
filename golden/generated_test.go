package golden

import (
	"testing"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"slipway.dev/golden/fleets"
)

// Examples show what somebody thought of; generated fleets show the pairs of constructs
// that nobody did.
func TestKustomizeBuildsWhatRenderPrintsForGeneratedFleets(t *testing.T) {
	t.Parallel()
	const services, sample = 300, 25 // a build takes tens of milliseconds
	for seed := range uint64(2) {
		files, fleet := compiled(t, fleets.Generate(services, seed))
		disk := filesys.MakeFsInMemory()
		for p, content := range files {
			if err := disk.WriteFile(p, []byte(content)); err != nil {
				t.Fatal(err)
			}
		}
		built := 0
		for k := 0; k < len(fleet.Services); k += services / sample {
			for _, i := range fleet.Services[k].Instances {
				if i.Deployed() {
					built++
					compareBuild(t, disk, i)
				}
			}
		}
		if built < 2*sample {
			t.Errorf("seed %d: only %d overlays were built", seed, built)
		}
	}
}
