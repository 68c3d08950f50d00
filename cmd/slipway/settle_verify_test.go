package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const testImage = "registry.example.com/acme/tests@sha256:0d1b5f2a9c3e4d5f60718293a4b5c6d7e8f90112233445566778899aabbccdde"

// verifyStage is a stage with a service that is tested where it is deployed, and the promoter's
// listener, which keeps what it is asked to start.
type verifyStage struct {
	*stage
	started []start
	args    []string
}

func newVerifyStage(t *testing.T) *verifyStage {
	s := &verifyStage{stage: newStageOf(t,
		strings.Replace(settlePlatform, `pipelines: {cluster: "main"}`, `pipelines: {cluster: "main", starts: true}`, 1),
		strings.Replace(settleService, "	run: main", `	test: smoke: {image: "`+testImage+`", run: ["true"]}
	test: e2e: {image: "`+testImage+`", run: ["true"], in: ["dev", "prod"]}
	run: main`, 1))}
	const key = "0123456789abcdef"
	promoter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := hmac.New(sha256.New, []byte(key))
		sum.Write(body)
		var e start
		if err := json.Unmarshal(body, &e); err != nil || r.Header.Get("X-GitHub-Event") != "slipway-start" || r.Header.Get("X-Hub-Signature-256") != "sha256="+hex.EncodeToString(sum.Sum(nil)) {
			t.Errorf("not a signed event: %v %s", r.Header, body)
		}
		s.started = append(s.started, e)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"eventID":"e-1"}`)
	}))
	t.Cleanup(promoter.Close)
	file := filepath.Join(s.dir, "start-key")
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.args = []string{"--start-url", promoter.URL, "--start-key", file}
	return s
}

// verify settles; asked are the runs that it asked for.
func (s *verifyStage) verify(what string, more ...string) (out string, asked []start) {
	s.t.Helper()
	s.started = nil
	out = s.settle(what, append(more, s.args...)...)
	return out, s.started
}

func verdictOf(verdict string, e start, run string) []string {
	out := []string{"--verdict", verdict, "--verdict-release", e.With["release"], "--verdict-run", run}
	if verdict == failed {
		out = append(out, "--verdict-test", "smoke")
	}
	return out
}

func TestAReleaseGoesOnWhenItsTestsPassed(t *testing.T) {
	s := newVerifyStage(t)
	// Before it is deployed there is nothing to test.
	if _, asked := s.verify("--all"); len(asked) > 0 {
		t.Fatalf("asked for %v before anything is deployed", asked)
	}
	s.apps["cart-dev"] = appGood
	start := s.head()
	out, asked := s.verify("cart-dev")
	wantSaid(t, out, "cart-dev: deployed", "cart-dev: it goes on when it passed smoke, e2e: asked for a run of cart-verify")
	if len(asked) != 1 || s.head() != start || s.record("test") != "" {
		t.Fatalf("asked for %v; the fleet moved: %v", asked, s.head() != start)
	}
	e := asked[0]
	if e.Fleet != "acme" || e.Pipeline != "cart-verify" || !strings.HasPrefix(e.Name, "cart-verify-") || e.With["environment"] != "dev" ||
		e.With["revision"] != s.source || e.With["image"] != cartImage || e.With["tests"] != "smoke e2e" || len(e.With["release"]) != 16 {
		t.Errorf("asked for %+v", e)
	}

	// The same release within two hours is the same run; later it is asked for again.
	s.now = s.now.Add(30 * time.Minute)
	if _, again := s.verify("--all"); len(again) != 1 || again[0].Name != e.Name {
		t.Errorf("within two hours: %v", again)
	}
	s.now = s.now.Add(100 * time.Minute)
	if _, again := s.verify("--all"); len(again) != 1 || again[0].Name == e.Name || again[0].With["release"] != e.With["release"] {
		t.Errorf("after two hours: %v", again)
	}

	// Without the key nothing is asked, and nothing goes on.
	wantSaid(t, s.settle("cart-dev"), "which nobody starts without --start-key")

	// A verdict on something else says nothing.
	other := e
	other.With = map[string]string{"release": strings.Repeat("0", 16)}
	out, asked = s.verify("cart-dev", verdictOf(passed, other, "ci-shop/cart-verify-0")...)
	wantSaid(t, out, "the verdict of run ci-shop/cart-verify-0 is on another release")
	if len(asked) != 1 || s.head() != start {
		t.Error("a verdict on another release was believed")
	}

	// Passed: it is written down, and the release goes on at once.
	out, asked = s.verify("cart-dev", verdictOf(passed, e, "ci-shop/cart-verify-1")...)
	wantSaid(t, out, "cart-dev: passed its tests in run ci-shop/cart-verify-1", "released cart in test")
	wantSaid(t, s.record("dev"), "verified:", "run: ci-shop/cart-verify-1", e.With["release"])
	wantSaid(t, s.git("fleet", "log", "-1", "--format=%B", "main"), "Slipway-Verified: dev/cart", "Slipway-Release: test/cart")
	if len(asked) > 0 || strings.Contains(s.record("test"), "verified") {
		t.Errorf("asked for %v; in test: %s", asked, s.record("test"))
	}
	// It comes again.
	out, _ = s.verify("cart-dev", verdictOf(passed, e, "ci-shop/cart-verify-2")...)
	wantSaid(t, out, "cart already runs this in test")
	wantSaid(t, s.record("dev"), "run: ci-shop/cart-verify-1")

	// The next environment asks only for its own test; before, the clock does not count.
	s.apps["cart-test"] = appGood
	s.now = s.now.Add(24 * time.Hour)
	out, asked = s.verify("--all")
	if len(asked) != 1 || asked[0].With["environment"] != "test" || asked[0].With["tests"] != "smoke" || s.record("staging") != "" {
		t.Errorf("asked for %v:\n%s", asked, out)
	}
	out, _ = s.verify("cart-test", verdictOf(passed, asked[0], "ci-shop/cart-verify-3")...)
	wantSaid(t, out, "released cart in staging")

	// A record's verdict is no change of what is compiled.
	s.git("", "clone", "--quiet", "fleet", "checked")
	s.slipway(0, "compile", "--check", filepath.Join(s.dir, "checked"))
	wantSaid(t, s.slipway(0, "status", "cart", "--fleet", filepath.Join(s.dir, "checked")), "tests     passed in run ci-shop/cart-verify-1", "tests     smoke, not passed yet")
	wantSaid(t, s.slipway(0, "run", "cart", "verify", "--env", "dev", "--fleet", filepath.Join(s.dir, "checked")), "generateName: cart-verify-", e.With["release"], "value: http://cart.acme-dev.svc:8080", "value: \"smoke e2e\"")
}

func TestAReleaseThatFailsItsTestsIsHeld(t *testing.T) {
	s := newVerifyStage(t)
	s.apps["cart-dev"] = appGood
	_, asked := s.verify("cart-dev")
	e := asked[0]
	out, again := s.verify("cart-dev", verdictOf(failed, e, "ci-shop/cart-verify-1")...)
	wantSaid(t, out, "cart-dev: held: smoke failed in run ci-shop/cart-verify-1")
	wantSaid(t, s.record("dev"), "hold: smoke failed in run ci-shop/cart-verify-1")
	wantSaid(t, s.git("fleet", "log", "-1", "--format=%B", "main"), "cart: hold the release in dev", "Slipway-Hold: dev/cart")
	if len(again) > 0 || s.record("test") != "" {
		t.Error("a release that failed went on")
	}
	if _, asked := s.verify("--all"); len(asked) > 0 {
		t.Errorf("a release that is held is tested again: %v", asked)
	}
	// The spec is mended, which is another release where it follows head.
	s.git("", "clone", "--quiet", "fleet", "mended")
	spec := filepath.Join(s.dir, "mended/services/cart.cue")
	text, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	mend := func(text string) {
		t.Helper()
		if err := os.WriteFile(spec, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s.git("mended", "commit", "--quiet", "-am", "mend")
		s.git("mended", "push", "--quiet", "origin", "HEAD:main")
	}
	mend(string(text) + "// mended\n")
	if _, anew := s.verify("--all"); len(anew) != 1 || anew[0].With["release"] == e.With["release"] {
		t.Errorf("with a mended spec: %v", anew)
	}
	mend(string(text))
	// Somebody looks, and runs the tests once more.
	out, _ = s.verify("cart-dev", verdictOf(passed, e, "ci-shop/cart-verify-2")...)
	wantSaid(t, out, "passed its tests in run ci-shop/cart-verify-2", "released cart in test")
	if strings.Contains(s.record("dev"), "hold:") {
		t.Errorf("it is still held:\n%s", s.record("dev"))
	}
}

func TestTestsDoNotLiftAnotherHold(t *testing.T) {
	s := newVerifyStage(t)
	s.apps["cart-dev"] = appGood
	_, asked := s.verify("cart-dev")
	s.apps["cart-dev"] = strings.Replace(appGood, `"Healthy",`, `"Degraded", "message": "too few pods",`, 1)
	s.verify("cart-dev")
	before := s.head()
	out, _ := s.verify("cart-dev", verdictOf(passed, asked[0], "ci-shop/cart-verify-1")...)
	wantSaid(t, out, "cart-dev: held: Degraded: too few pods")
	if s.head() != before {
		t.Error("the fleet moved")
	}
}

func TestAVerdictIsKeptWhenArgoCDAnswersNonsense(t *testing.T) {
	s := newVerifyStage(t)
	s.apps["cart-dev"] = appGood
	_, asked := s.verify("cart-dev")
	s.apps["cart-dev"] = "{"
	s.slipway(1, append([]string{"settle", "cart-dev", "--applications", filepath.Join(s.dir, "argo"), "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms"},
		verdictOf(passed, asked[0], "ci-shop/cart-verify-1")...)...)
	wantSaid(t, s.record("dev"), "run: ci-shop/cart-verify-1")
	s.apps["cart-dev"] = appGood
	out, asked := s.verify("cart-dev")
	wantSaid(t, out, "released cart in test")
	if len(asked) > 0 {
		t.Errorf("asked for %v", asked)
	}
}

func TestAChangedSpecIsTestedAnew(t *testing.T) {
	s := newVerifyStage(t)
	s.apps["cart-dev"] = appGood
	_, asked := s.verify("cart-dev")
	s.git("work", "pull", "--quiet", "https://git.example.com/acme/fleet", "main")
	file := filepath.Join(s.dir, "work", "services", "cart.cue")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "8080", "8081", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	s.slipway(0, "compile", filepath.Join(s.dir, "work"))
	s.git("work", "add", "--all")
	s.git("work", "commit", "--quiet", "-m", "another port")
	s.git("work", "push", "--quiet", "https://git.example.com/acme/fleet", "HEAD:refs/heads/main")
	out, again := s.verify("cart-dev", verdictOf(passed, asked[0], "ci-shop/cart-verify-1")...)
	wantSaid(t, out, "is on another release")
	if len(again) != 1 || again[0].With["release"] == asked[0].With["release"] || again[0].Name == asked[0].Name {
		t.Errorf("asked for %v", again)
	}
}

func TestAVerdictIsOnOneApplication(t *testing.T) {
	s := newVerifyStage(t)
	args := []string{"--applications", filepath.Join(s.dir, "argo"), "--fleet", "https://git.example.com/acme/fleet"}
	for what, bad := range map[string][]string{
		"not on --all":         {"settle", "--all", "--verdict", "passed"},
		"is no verdict":        {"settle", "cart-dev", "--verdict", "fine"},
		"is not the sum":       {"settle", "cart-dev", "--verdict", "passed", "--verdict-release", "x"},
		"is not a time":        {"settle", "cart-dev", "--verdict", "passed", "--verdict-release", strings.Repeat("0", 16), "--verdict-run", "a/b", "--verdict-asked", "yesterday"},
		"is not a pipeline ru": {"settle", "cart-dev", "--verdict", "passed", "--verdict-release", strings.Repeat("0", 16), "--verdict-run", "a\nb/c"},
	} {
		wantSaid(t, s.slipway(2, append(bad, args...)...), what)
	}
}

func TestRunsAreNamedByTheirReason(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 53) + "-verify"
	if a, b := runOnce(long, "x", "y"), runOnce(long, "xy", ""); a == b || len(a) > 63 || a != runOnce(long, "x", "y") {
		t.Errorf("%q and %q", a, b)
	}
	if runOnce("cart-verify", "1") == runOnce("cart-verify", "2") {
		t.Error("two reasons are one run")
	}
}

func TestANightTestsWhatIsDeployed(t *testing.T) {
	s := newVerifyStage(t)
	fleet := []string{"--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file"}
	s.git("", "clone", "--quiet", "fleet", "edit")
	for file, edit := range map[string][2]string{
		"platform.cue":      {"starts: true}", `nightly: "17 2 * * *"}` + "\n\ttools: \"ko-base\": \"" + cartImage + `"`},
		"services/cart.cue": {`run: ["true"], in:`, `run: ["true"], on: "nightly", in:`},
	} {
		at := filepath.Join(s.dir, "edit", file)
		text, err := os.ReadFile(at)
		if err != nil || !strings.Contains(string(text), edit[0]) {
			t.Fatal(err, string(text))
		}
		if err := os.WriteFile(at, []byte(strings.Replace(string(text), edit[0], edit[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.slipway(0, "compile", filepath.Join(s.dir, "edit"))
	s.git("edit", "add", "--all")
	s.git("edit", "commit", "--quiet", "-m", "e2e by night")
	s.git("edit", "push", "--quiet", "origin", "HEAD:main")

	// After the deployment only smoke is asked for, and the release goes on without the night.
	s.apps["cart-dev"] = appGood
	_, asked := s.verify("cart-dev")
	if len(asked) != 1 || asked[0].With["tests"] != "smoke" {
		t.Fatalf("after a deployment it asks for %+v", asked)
	}
	out, _ := s.verify("cart-dev", verdictOf(passed, asked[0], "ci-shop/cart-verify-1")...)
	wantSaid(t, out, "released cart in test")

	night := func() (out string, asked []start) {
		t.Helper()
		s.started = nil
		out = s.slipway(0, append(append([]string{"nightly"}, fleet...), s.args...)...)
		for _, e := range s.started {
			if e.Pipeline == "cart-verify" {
				asked = append(asked, e)
			}
		}
		return out, asked
	}
	out, asked = night()
	wantSaid(t, out, "cart: "+s.source[:7]+" in dev is released since 2026-03-01T12:00:00Z, and is tested in the night to come")
	if len(asked) > 0 {
		t.Fatalf("a release of this minute is tested: %+v", asked)
	}
	s.now = s.now.Add(14 * time.Hour)
	out, asked = night()
	wantSaid(t, out, "cart: e2e in dev: commit "+s.source)
	if len(asked) != 1 || asked[0].With["environment"] != "dev" || asked[0].With["tests"] != "e2e" || asked[0].With["image"] != cartImage || asked[0].With["revision"] != s.source {
		t.Fatalf("a night asks for %+v", asked)
	}
	e := asked[0]
	if _, again := night(); len(again) != 1 || again[0].Name != e.Name {
		t.Errorf("the same night asks for %+v", again)
	}
	s.now = s.now.AddDate(0, 0, 1)
	if _, next := night(); len(next) != 1 || next[0].Name == e.Name || next[0].With["release"] != e.With["release"] {
		t.Errorf("the next night asks for %+v", next)
	}

	// One that found nothing writes nothing; one that failed says nothing of what is not there.
	e2e := func(verdict, run string) string {
		t.Helper()
		args := verdictOf(verdict, e, run)
		if verdict == failed {
			args[len(args)-1] = "e2e"
		}
		out, _ := s.verify("cart-dev", args...)
		return out
	}
	before := s.head()
	wantSaid(t, e2e(passed, "ci-shop/cart-verify-2"), "passed the tests of the night in run ci-shop/cart-verify-2")
	s.apps["cart-dev"] = strings.Replace(appGood, "REVISION", strings.Repeat("0", 40), 1)
	wantSaid(t, e2e(failed, "ci-shop/cart-verify-3"), "what failed in run ci-shop/cart-verify-3 may not have been the release: Argo CD is at 000000000000")
	// What came while the tests ran, or just before, they may not have met.
	well := s.now.Add(-80 * time.Minute).Format(time.RFC3339)
	for old, why := range map[string]string{
		`"lastTransitionTime": "2026-03-01T11:00:00Z"`: "it is deployed and well since " + well,
		`"finishedAt": "2026-03-01T10:00:00Z"`:         "it is deployed and well since " + well,
	} {
		key, _, _ := strings.Cut(old, ": ")
		s.apps["cart-dev"] = strings.Replace(appGood, old, key+`: "`+well+`"`, 1)
		wantSaid(t, e2e(failed, "ci-shop/cart-verify-3"), "what failed in run ci-shop/cart-verify-3 may not have been the release: "+why+", and the run may have begun before")
	}
	s.apps["cart-dev"] = strings.NewReplacer("2026-03-01T11:00:00Z", "", "2026-03-01T10:00:00Z", "").Replace(appGood)
	wantSaid(t, e2e(failed, "ci-shop/cart-verify-3"), "may not have been the release: Argo CD does not say since when")
	if s.head() != before {
		t.Fatal("the fleet moved")
	}

	// Who says when the run was asked for need not have it be long ago: what was well before then it met.
	ofNight := func(asked time.Time) string {
		t.Helper()
		out, _ := s.verify("cart-dev", append(verdictOf(failed, e, "ci-shop/cart-verify-3"), "--verdict-asked", asked.UTC().Format(time.RFC3339))...)
		return out
	}
	s.apps["cart-dev"] = strings.Replace(appGood, "2026-03-01T11:00:00Z", well, 1)
	wantSaid(t, ofNight(s.now.Add(-81*time.Minute)), "may not have been the release: it is deployed and well since "+well)
	if s.head() != before {
		t.Fatal("the fleet moved")
	}
	wantSaid(t, ofNight(s.now.Add(-79*time.Minute)), "cart-dev: held: smoke failed in run ci-shop/cart-verify-3 ("+e.With["release"]+")")
	wantSaid(t, e2e(passed, "ci-shop/cart-verify-3"), "and is held no more")
	if asked, err := time.Parse(time.RFC3339, e.With["asked"]); err != nil || asked.After(s.now) {
		t.Errorf("a night's run is asked for at %q, %v", e.With["asked"], err)
	}

	// What failed is held, and goes no further; what passed after a deployment does not lift that.
	s.apps["cart-dev"] = appGood
	wantSaid(t, e2e(failed, "ci-shop/cart-verify-4"), "cart-dev: held: e2e failed in run ci-shop/cart-verify-4 ("+e.With["release"]+")")
	wantSaid(t, s.record("dev"), "hold: e2e failed in run ci-shop/cart-verify-4", "verified:")
	before = s.head()
	wantSaid(t, s.settle("--all"), "cart-dev: held: e2e failed")
	if s.head() != before {
		t.Error("it is not held")
	}
	s.git("", "clone", "--quiet", "fleet", "checked")
	s.slipway(0, "compile", "--check", filepath.Join(s.dir, "checked"))
	wantSaid(t, s.slipway(0, "status", "cart", "--fleet", filepath.Join(s.dir, "checked")), "held      e2e failed in run")
	wantSaid(t, s.slipway(0, "run", "cart", "verify", "--env", "dev", "--nightly", "--fleet", filepath.Join(s.dir, "checked")), e.With["release"], "value: e2e")
	wantSaid(t, s.slipway(2, "run", "cart", "verify", "--env", "test", "--nightly", "--fleet", filepath.Join(s.dir, "checked")), "cart has no tests of what is deployed in test (test: smoke, e2e) by night")
	smoke := start{With: map[string]string{"release": asked[0].With["release"]}}
	for line := range strings.Lines(s.record("dev")) {
		if sum, ok := strings.CutPrefix(strings.TrimSpace(line), "release: "); ok {
			smoke.With["release"] = strings.Trim(sum, `"`)
		}
	}
	out, _ = s.verify("cart-dev", verdictOf(passed, smoke, "ci-shop/cart-verify-5")...)
	wantSaid(t, out, "the verdict of run ci-shop/cart-verify-5 lifts no hold but one that these tests made", "held: e2e failed")

	// Run once more, it passes.
	wantSaid(t, e2e(passed, "ci-shop/cart-verify-6"), "and is held no more", "cart already runs this in test")
	wantSaid(t, s.git("fleet", "log", "-1", "--format=%B", "main"), "cart: no longer hold the release in dev")

	// Of one that is not well, the one before may have answered: it is held for that, not for its tests.
	s.apps["cart-dev"] = strings.Replace(appGood, `"Healthy",`, `"Degraded", "message": "too few pods",`, 1)
	wantSaid(t, e2e(failed, "ci-shop/cart-verify-7"), "what failed in run ci-shop/cart-verify-7 may not have been the release: Degraded: too few pods", "cart-dev: held: Degraded: too few pods")
	wantSaid(t, s.record("dev"), "hold: 'Degraded: too few pods'")
}
