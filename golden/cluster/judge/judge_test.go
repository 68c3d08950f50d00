package judge

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"k8s.io/pod-security-admission/api"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/golden/fleets"
	"slipway.dev/targets"
)

// compiled is what a fleet compiles to, with the PipelineRuns that people start.
func compiled(t *testing.T, fleet fs.FS) map[string][]byte {
	t.Helper()
	files, meaning := written(t, fleet, false)
	if err := AddRuns(files, meaning); err != nil {
		t.Fatal(err)
	}
	return files
}

// written is what a fleet compiles to; without mistakes, and without warnings unless they are expected.
func written(t *testing.T, fleet fs.FS, warnings bool) (map[string][]byte, *ir.Fleet) {
	t.Helper()
	r, err := compiler.Compile(fleet, targets.Options())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diags.All() {
		if !warnings || d.Severity == diag.Error {
			t.Errorf("%v", d)
		}
	}
	p, clashes := plan.New(r.Files)
	if len(clashes) > 0 {
		t.Errorf("two files of one path: %v", clashes[0])
	}
	files := map[string][]byte{}
	for _, f := range p.Files {
		files[f.Path] = plan.Bytes(f)
	}
	return files, r.Fleet
}

// emitted counts documents without the judges' YAML reader: the generated YAML begins a
// document after the first with a line of three dashes, and nothing else with one.
func emitted(files map[string][]byte) int {
	n := 0
	for name, content := range files {
		if filepath.Ext(name) == ".yaml" {
			n += 1 + bytes.Count(content, []byte("\n---\n"))
		}
	}
	return n
}

// judges are shared: they remember what they have judged.
var judges = sync.OnceValue(All)

// reader is shared: all fleets have the Tasks in common.
var reader Reader

// examples are the example fleets.
var examples = []string{"online-boutique", "bank-of-anthos", "legacy"}

func TestEveryJudgeAcceptsTheGoldenTrees(t *testing.T) {
	t.Parallel()
	judges := judges()
	for _, name := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := golden(t, name)
			tree := accepted(t, files, judges)
			for _, j := range judges {
				read := 0
				for _, d := range tree.Documents {
					if j.Reads(d) {
						read++
					}
				}
				t.Logf("%s: %d of %d documents", j.Name, read, len(tree.Documents))
			}
		})
	}
}

// golden is a golden tree as it is on disk, with the runs of its example.
func golden(t *testing.T, name string) map[string][]byte {
	t.Helper()
	tree, found := Read(os.DirFS(filepath.Join("../..", name)))
	for _, f := range found {
		t.Error(f)
	}
	_, meaning := written(t, os.DirFS(filepath.Join("../../../examples", name)), false)
	if err := AddRuns(tree.Files, meaning); err != nil {
		t.Fatal(err)
	}
	return tree.Files
}

// accepted wants every document of a tree judged, and nothing found.
func accepted(t *testing.T, files map[string][]byte, judges []Judge) *Tree {
	t.Helper()
	tree, found := reader.Tree(files)
	for _, f := range append(found, Run(tree, judges)...) {
		t.Error(f)
	}
	if n := emitted(files); n != len(tree.Documents) {
		t.Errorf("%d documents were emitted, %d are judged", n, len(tree.Documents))
	}
	return tree
}

// A thousand fleets take four minutes of two processors; CI asks for half as many more.
var (
	generated = flag.Int("fleets", 1000, "how many generated fleets are judged")
	first     = flag.Int("first", 0, "the seed of the first one")
)

// Generated fleets show what no example holds. Most are of one service, as judges see one
// document after the other: many seeds say more than many services.
func TestEveryJudgeAcceptsGeneratedFleets(t *testing.T) {
	t.Parallel()
	count := *generated
	if testing.Short() {
		count = min(count, 100)
	}
	judges := judges()
	var documents, objects, judged, refused atomic.Int64
	t.Run("fleets", func(t *testing.T) {
		for w := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				for k := judged.Add(1) - 1; k < int64(count) && refused.Load() < 10; k = judged.Add(1) - 1 {
					services, seed := 1, uint64(*first)+uint64(k)
					if seed%10 == 0 {
						services = 3
					}
					ok := t.Run(fmt.Sprintf("Generate(%d,%d)", services, seed), func(t *testing.T) {
						files, meaning := written(t, fleets.Generate(services, seed), false)
						if err := AddRuns(files, meaning); err != nil {
							t.Fatal(err)
						}
						tree := accepted(t, files, At(levelsOf(meaning), judges))
						documents.Add(int64(len(tree.Documents)))
						for _, d := range tree.Deliveries {
							objects.Add(int64(len(d.Objects)))
						}
					})
					if !ok {
						refused.Add(1)
					}
				}
			})
		}
	})
	t.Logf("%d of %d fleets: %d documents, %d delivered objects", min(judged.Load(), int64(count)), count, documents.Load(), objects.Load())
}

// A fleet may be a folder of another repository, that of a service among them: then a change
// of that folder concerns the fleet, and one elsewhere does not; the judge of triggers sends both.
func TestEventsOfAFleetInAFolderAreTold(t *testing.T) {
	t.Parallel()
	for _, repository := range []string{"everything", "svc"} {
		fleet := fleets.Generate(1, 4)
		for name := range fleet {
			if service, ok := strings.CutPrefix(name, "services/"); ok && repository == "svc" {
				repository = strings.TrimSuffix(service, ".cue")
			}
		}
		platform := fleet["platform.cue"]
		const whole = `fleet: repo: "https://git.example.com/acme/fleet"`
		if !bytes.Contains(platform.Data, []byte(whole)) {
			t.Fatal("the generated fleet has another repository")
		}
		platform.Data = bytes.Replace(platform.Data, []byte(whole), []byte(`fleet: {repo: "https://git.example.com/acme/`+repository+`", path: "fleet"}`), 1)
		files := compiled(t, fleet)
		tree, _ := NewTree(files)
		for _, f := range slices.Concat(Find(tree, Triggers()), Find(tree, Tekton())) { // others know the output at the top only
			t.Error(f)
		}
		if text := string(files["pipelines/fleet/checks/triggers.yaml"]); !strings.Contains(text, "acme/"+repository+"'") || !strings.Contains(text, "p.startsWith('fleet/')") {
			t.Errorf("the fleet's triggers are not for its folder of %s:\n%s", repository, text)
		}
	}
}

// levelsOf are the Pod Security levels of a fleet's environments, where they are not "restricted";
// nil when all are.
func levelsOf(fleet *ir.Fleet) Levels {
	var levels Levels
	for _, e := range fleet.Platform.Environments {
		if e.PodSecurity != "restricted" {
			if levels == nil {
				levels = Levels{}
			}
			levels[e.Namespace] = api.Level(e.PodSecurity)
		}
	}
	return levels
}

// An exception that nothing needs hides what breaks next.
func TestEveryExceptionIsNeeded(t *testing.T) {
	t.Parallel()
	var found []Finding
	for _, name := range examples {
		tree, _ := reader.Tree(golden(t, name))
		for _, j := range judges() {
			found = append(found, j.Judge(tree)...)
		}
	}
	for i, e := range Exceptions() {
		if slices.ContainsFunc(Exceptions()[:i], func(other Exception) bool { return other.Judge+other.Object+other.Field == e.Judge+e.Object+e.Field }) {
			t.Errorf("exceptions.yaml: %s %s is there twice", e.Object, e.Field)
		}
		if !slices.ContainsFunc(found, e.Covers) {
			t.Errorf("exceptions.yaml allows %s: %s, which no golden tree needs", e.Object, e.Field)
		}
		if strings.TrimSpace(e.Reason) == "" {
			t.Errorf("exceptions.yaml: %s has no reason", e.Object)
		}
	}
}
