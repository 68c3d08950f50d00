package tasks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fleet makes a fleet repository that others may push to.
func fleet(t testing.TB) string {
	t.Helper()
	repo, _ := bare(t, "start", map[string]string{"platform.cue": "package x\n"})
	return repo
}

// release returns a pod that releases a service to prod.
func release(t testing.TB, fleet, service string) *pod {
	t.Helper()
	p := newPod(t, "release")
	p.params = map[string]string{
		"fleet": "file://" + fleet, "protocols": "file", "service": service, "to": "prod",
		"image": "registry.example.com/" + service + "@sha256:" + strings.Repeat("a", 64),
		"run":   "ci-shop/" + service + "-1", "commit": strings.Repeat("b", 40), "source-message": "mend the cart",
		"pause": "1",
	}
	p.workspaces["fleet-credentials"] = t.TempDir()
	return p
}

// before lets a shell script run in the pod between the promotion and the push, once.
func (p *pod) before(t testing.TB, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.home, "before-push"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
}

// show returns a file of the fleet's main branch.
func show(t testing.TB, fleet, file string) string {
	t.Helper()
	return git(t, fleet, "show", "main:"+file)
}

// history returns the subjects of the fleet's commits, newest first, and fails unless they
// are one line without merges.
func history(t testing.TB, fleet string) []string {
	t.Helper()
	if merges := git(t, fleet, "rev-list", "--merges", "main"); merges != "" {
		t.Errorf("merges: %s", merges)
	}
	return strings.Split(git(t, fleet, "log", "--format=%s", "main"), "\n")
}

func TestAReleaseIsCommittedAndPushed(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	p := release(t, repo, "cart")
	p.params["reason"] = "first -- release"
	p.params["version"] = "v1"
	p.run(t).wantSuccess(t)
	if got := p.result(t, "commit"); got != git(t, repo, "rev-parse", "main") {
		t.Errorf("the result is %q", got)
	}
	want := "cart: release to prod\n\nImage: registry.example.com/cart@sha256:" + strings.Repeat("a", 64) +
		"\nSource: " + strings.Repeat("b", 40) +
		"\n\nSlipway-Run: ci-shop/cart-1\nSlipway-Release: prod/cart@sha256:" + strings.Repeat("a", 64)
	if got := git(t, repo, "log", "-1", "--format=%B", "main"); got != want {
		t.Errorf("the commit says\n%s\nwant\n%s", got, want)
	}
	if got := git(t, repo, "log", "-1", "--format=%(trailers:key=Slipway-Run,valueonly)|%an|%ce", "main"); got != "ci-shop/cart-1\n|Slipway|slipway@localhost" {
		t.Errorf("the trailer and the author are %q", got)
	}
	args := []string{
		"promote", "cart", "--image=" + p.params["image"], "--to=prod", "--by=ci-shop/cart-1",
		"--commit=" + p.params["commit"], "--message=mend the cart", "--version=v1", "--reason=first -- release",
	}
	if got := p.recorded(t, "slipway.args"); !slices.Equal(got, args) {
		t.Errorf("slipway got %q, want %q", got, args)
	}
}

func TestTheSameReleaseTwiceIsOneCommit(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	first := release(t, repo, "cart")
	first.run(t).wantSuccess(t)
	// The pod is retried, or another run releases the same image.
	for _, run := range []string{"ci-shop/cart-1", "ci-shop/cart-2"} {
		again := release(t, repo, "cart")
		again.params["run"] = run
		again.run(t).wantSuccess(t)
		if again.result(t, "commit") != first.result(t, "commit") {
			t.Errorf("%s is another commit", run)
		}
	}
	if got := history(t, repo); len(got) != 2 {
		t.Errorf("history %q", got)
	}
}

func TestAReleaseThatLosesTheRaceIsAppliedAgain(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	// While the cart's release is on its way, the order's is pushed by somebody else.
	other := release(t, repo, "order")
	cart := release(t, repo, "cart")
	rival := filepath.Join(t.TempDir(), "rival")
	cart.before(t, fmt.Sprintf(`set -eu
unset GIT_CONFIG_COUNT
git clone --quiet file://%[1]s %[2]s
cd %[2]s
mkdir -p releases/prod
printf 'service: order\nimage: %[3]s\n' > releases/prod/order.yaml
printf 'service: order\n' > index
git add --all
git commit --quiet -m 'order: release to prod'
git push --quiet origin HEAD:main
`, repo, rival, other.params["image"]))
	out := cart.run(t)
	out.wantSuccess(t)
	if !strings.Contains(out.output, "somebody else pushed first") {
		t.Errorf("no race:\n%s", out.output)
	}
	// The index names both, which the cart's first commit did not.
	if got := show(t, repo, "index"); got != "service: cart\nservice: order" {
		t.Errorf("the index is %q", got)
	}
	if got := history(t, repo); !slices.Equal(got, []string{"cart: release to prod", "order: release to prod", "start"}) {
		t.Errorf("history %q", got)
	}
}

func TestManyReleasesAtOnceAllLand(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	var pods []*pod
	for i := range 8 {
		pods = append(pods, release(t, repo, fmt.Sprintf("service-%d", i)))
	}
	outs := make([]outcome, len(pods))
	var wg sync.WaitGroup
	for i, p := range pods {
		wg.Go(func() { outs[i] = p.run(t) })
	}
	wg.Wait()
	var want []string
	for i := range pods {
		outs[i].wantSuccess(t)
		want = append(want, fmt.Sprintf("service: service-%d", i))
	}
	if got := show(t, repo, "index"); got != strings.Join(want, "\n") {
		t.Errorf("the index is %q", got)
	}
	if got := history(t, repo); len(got) != len(pods)+1 {
		t.Errorf("history %q", got)
	}
}

func TestAPushReportedAsLostIsRecognised(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	p := release(t, repo, "cart")
	flaky, err := filepath.Abs("testdata/flaky")
	if err != nil {
		t.Fatal(err)
	}
	p.path = flaky
	p.run(t).wantSuccess(t)
	if _, err := os.Stat(filepath.Join(p.home, "lost")); err != nil {
		t.Fatal("the push was not lost")
	}
	if got := history(t, repo); len(got) != 2 {
		t.Errorf("history %q", got)
	}
	if p.result(t, "commit") != git(t, repo, "rev-parse", "main") {
		t.Error("the result is not the commit that landed")
	}
}

func TestARefusedPushEndsWithTheHostsWords(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	hooks, err := filepath.Abs("testdata/hooks")
	if err != nil {
		t.Fatal(err)
	}
	git(t, repo, "config", "core.hooksPath", hooks)
	out := release(t, repo, "cart").run(t)
	out.wantRefusal(t, "although nobody else pushed")
	out.wantRefusal(t, "you are not allowed to push to this branch")
	if got := history(t, repo); len(got) != 1 {
		t.Errorf("history %q", got)
	}
}

func TestAFailedPromotionCommitsNothing(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	p := release(t, repo, "cart")
	p.before(t, "exit 3\n")
	if out := p.run(t); out.code != 3 {
		t.Errorf("exit code %d:\n%s", out.code, out.output)
	}
	if got := history(t, repo); len(got) != 1 {
		t.Errorf("history %q", got)
	}
}

func TestASourceMessageForgesNoTrailer(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	p := release(t, repo, "cart")
	p.params["source-message"] = "x\n\nSlipway-Run: ci-shop/other"
	p.run(t).wantSuccess(t)
	if got := git(t, repo, "log", "-1", "--format=%B", "main"); strings.Contains(got, "ci-shop/other") {
		t.Errorf("the commit says\n%s", got)
	}
}

func TestAReleaseRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	repo := fleet(t)
	for param, values := range map[string][]string{
		"fleet":    {"ext::sh", "/etc", "https://x/y", "--upload-pack=x", "file://-x/y"},
		"branch":   {"-x", "", "a b", "a:b", "+main"},
		"service":  {"-x", "", "Cart", "../x", "a\nb"},
		"to":       {"-x", "", "../prod", "$(id)"},
		"image":    {"cart:latest", "-x@sha256:1", "a b@sha256:1"},
		"commit":   {"main", "--x"},
		"run":      {"", "x", "a b/c", "a/b\nSlipway-Run: c/d"},
		"attempts": {"", "0", "x", "-1", "010"},
		"pause":    {"", "0", "1s"},
	} {
		for _, value := range values {
			p := release(t, repo, "cart")
			p.params[param] = value
			p.run(t).wantRefusal(t, "release: ")
		}
	}
	if got := history(t, repo); len(got) != 1 {
		t.Errorf("history %q", got)
	}
}
