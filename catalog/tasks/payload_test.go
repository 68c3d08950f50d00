package tasks

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

var payloads = flag.Int("payloads", 1000, "hostile texts to try on each run of the tests, of all tasks together")

// words are what titles, branches and paths are made of, and what shells and Tekton read
// into them.
var words = []string{
	"main", "feature/cart", "v1.2.3", "Fix the cart", "src/cart", "../..", "/etc/passwd", "cart.git", "refs/tags/", "HEAD~1", "@{u}", ":", "..", "*", "?", "[a-z]", "~", "é", "\u202e", "日本", "💥",
	" ", "\t", "\n", "\r", "\x1b[31m", "\\", "\\n", "%s", "%(contents)", "'", "\"", "`", "$", "$$", "$@", "${IFS}", "$HOME", "$(", ")", "((", "))", "{", "}", "#", "!", "-", "--", "-c", "=", "<", "<<EOF\n", ">", "|", "&", ";",
	"$(params.revision)", "$(tasks.clone.results.commit)", "$(context.pipelineRun.name)", "$(workspaces.source.path)", "$(step.results.a)", "$(params.run[*])",
	`{"a": "b"}`, `", "x": "`, "Slipway-Release: prod/cart\n",
}

// payload is a text that makes the file canary when any of it is taken for code: an attack
// in a frame, among words.
func payload(r *rand.Rand, canary string) string {
	var out strings.Builder
	some := func() {
		for range r.IntN(4) {
			out.WriteString(words[r.IntN(len(words))])
		}
	}
	some()
	for range 1 + r.IntN(2) {
		fmt.Fprintf(&out, frames[r.IntN(len(frames))], strings.ReplaceAll(attacks[r.IntN(len(attacks))], "CANARY", canary))
		some()
	}
	return strings.ReplaceAll(out.String(), "\x00", "") // no variable of a process can hold it
}

// Whatever people call branches, commits and files goes through Tekton's own substitution
// into a real shell: none of it is executed. Some parameters keep a value that lets the
// script go on.
func TestHostileTextsAreNotExecuted(t *testing.T) {
	t.Parallel()
	each := max(1, *payloads/len(entries))
	everyTask(t, func(t *testing.T, e Entry, task *v1.Task) {
		repo, commit := bare(t, "m", map[string]string{"a": "a"})
		canary := filepath.Join(t.TempDir(), "canary")
		r := rand.New(rand.NewPCG(5, uint64(slices.Index(Names(), e.Name))))
		for tried := 0; tried < each; {
			all := ways(t, e.Name, repo, commit)
			p := all[r.IntN(len(all))]
			for _, param := range task.Spec.Params {
				if e.Name == "test" && slices.Contains([]string{"run", "quarantine"}, param.Name) || r.IntN(3) == 0 {
					continue // the commands of a test are code
				}
				if param.Type == v1.ParamTypeArray {
					p.lists[param.Name] = []string{payload(r, canary), "NAME=" + payload(r, canary)}
				} else {
					p.params[param.Name] = payload(r, canary)
				}
				tried++
			}
			out := p.run(t)
			if _, err := os.Stat(canary); err == nil {
				t.Fatalf("%q, %q: something of it was taken for code:\n%s", p.params, p.lists, out.output)
			}
		}
	})
}
