package judge

import (
	"os"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"k8s.io/pod-security-admission/api"
	"sigs.k8s.io/yaml"

	"slipway.dev/compiler/intake"
	"slipway.dev/golden/systems"
	"slipway.dev/targets"
)

// What was imported runs as it ran: it must be sound to those who read it, and keep to the
// Pod Security level that import wrote for its environment.
func TestEveryJudgeAcceptsImportedSystems(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("imported.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var exceptions []Exception
	if err := yaml.UnmarshalStrict(content, &exceptions); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	needed := make([]bool, len(exceptions))
	t.Run("systems", func(t *testing.T) {
		for _, s := range append(systems.All(), systems.Cases(os.DirFS(cases))...) {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				for _, f := range imported(t, s) {
					if slices.Contains(opinions, f.Judge) && s.Services == nil {
						continue // what others made is none of ours to like
					}
					k := slices.IndexFunc(exceptions, func(e Exception) bool { return e.Covers(f) })
					if k < 0 {
						t.Error(f)
						continue
					}
					mu.Lock()
					needed[k] = true
					mu.Unlock()
				}
			})
		}
	})
	for k, e := range exceptions {
		if !needed[k] {
			t.Errorf("imported.yaml allows %s: %s %s, which no imported system needs", e.Judge, e.Field, e.Message)
		}
	}
}

// cases is where systems of others lie, when somebody has put them there: as for make roundtrip.
const cases = "../../../../shared/cases"

// opinions are the judges that hold to more than what readers of the output refuse.
var opinions = []string{"references", "argocd", "trust"}

// imported is what all judges find in a system that was imported and compiled.
func imported(t *testing.T, s systems.System) []Finding {
	t.Helper()
	r, err := intake.Import(s.Files, intake.Options{Sources: s.Sources, By: "ada", Now: "2026-01-01T00:00:00Z", Compiler: targets.Options()})
	if err != nil {
		t.Fatal(err)
	}
	fleet := fstest.MapFS{}
	for _, f := range r.Files {
		fleet[f.Path] = &fstest.MapFile{Data: f.Content}
	}
	levels := Levels{}
	for _, e := range r.Environments {
		levels[e.Namespace] = api.Level(e.PodSecurity)
	}
	files, meaning := written(t, fleet, true)
	if err := AddRuns(files, meaning); err != nil {
		t.Fatal(err)
	}
	tree, found := reader.Tree(files)
	if n := emitted(files); n != len(tree.Documents) {
		t.Errorf("%d documents were emitted, %d are judged", n, len(tree.Documents))
	}
	return append(found, Run(tree, At(levels, judges()))...)
}
