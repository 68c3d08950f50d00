package main

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

const settlePlatform = `import "slipway.dev/schema"

schema.#Platform & {
	name:    "acme"
	slipway: "v0.1"
	fleet: repo: "https://git.example.com/acme/fleet"
	owners: shop: {}
	clusters: main: server: "https://kubernetes.default.svc"
	registries: dev: url: "registry.example.com/acme"
	registries: prod: url: "registry.example.com/prod"
	environments: [
		{name: "dev", cluster: "main", namespace: "acme-dev", registry: "dev"},
		{name: "test", cluster: "main", namespace: "acme-test", promote: "auto"},
		{name: "staging", cluster: "main", namespace: "acme-staging", promote: after: "2h"},
		{name: "prod", cluster: "main", namespace: "acme-prod", registry: "prod", promote: tag: "v*"},
	]
	pipelines: {cluster: "main"}
}
`

const settleService = `import "slipway.dev/schema"

schema.#Service & {
	name:  "cart"
	owner: "shop"
	source: repo: "https://git.example.com/acme/cart"
	build: ko: {}
	run: main: ports: http: 8080
}
`

// stage is a fleet and a source on a Git host, and an Argo CD that says what a test tells it.
type stage struct {
	t      *testing.T
	dir    string
	apps   map[string]string // JSON by Application; "REVISION" and "IMAGE" are filled in
	now    time.Time
	source string // a commit
	http   *http.Client
}

const cartImage = "registry.example.com/acme/" + registrytest.Cart

func newStage(t *testing.T) *stage { return newStageOf(t, settlePlatform, settleService) }

func newStageOf(t *testing.T, platform, service string) *stage {
	s := &stage{t: t, dir: t.TempDir(), apps: map[string]string{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	shelf, _, client := registrytest.Start(t, "")
	shelf.Stock("acme")
	s.http = client
	config := filepath.Join(s.dir, "gitconfig")
	t.Setenv("GIT_CONFIG_GLOBAL", config)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for name, text := range map[string]string{
		"gitconfig":         fmt.Sprintf("[url \"file://%s/\"]\n\tinsteadOf = https://git.example.com/acme/\n[user]\n\tname = A\n\temail = a@example.com\n[init]\n\tdefaultBranch = main\n", s.dir),
		"work/platform.cue": platform, "work/services/cart.cue": service,
	} {
		file := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.git("", "init", "--quiet", "--bare", "cart")
	s.git("", "init", "--quiet", "cart-work")
	s.git("cart-work", "commit", "--quiet", "--allow-empty", "-m", "greet")
	s.source = s.git("cart-work", "rev-parse", "HEAD")
	s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/main")
	s.slipway(0, "compile", filepath.Join(s.dir, "work"))
	s.git("", "init", "--quiet", "--bare", "fleet")
	s.git("work", "init", "--quiet")
	s.git("work", "add", "--all")
	s.git("work", "commit", "--quiet", "-m", "start")
	s.git("work", "push", "--quiet", "https://git.example.com/acme/fleet", "HEAD:refs/heads/main")
	s.slipway(0, "promote", "cart", "--image", cartImage, "--commit", s.source, "--to", "dev", "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms")

	api := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := s.apps[strings.TrimPrefix(r.URL.Path, "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/")]
		switch {
		case r.Header.Get("Authorization") != "Bearer t":
			w.WriteHeader(http.StatusForbidden)
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		default:
			fmt.Fprint(w, strings.NewReplacer("REVISION", s.head(), "IMAGE", cartImage).Replace(text))
		}
	}))
	t.Cleanup(api.Close)
	for name, text := range map[string][]byte{
		"server": []byte(api.URL + "\n"), "token": []byte("t\n"),
		"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw}),
	} {
		if err := os.MkdirAll(filepath.Join(s.dir, "argo"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, "argo", name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stage) git(dir string, args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = filepath.Join(s.dir, dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (s *stage) head() string { return s.git("fleet", "rev-parse", "main") }

// record is a release record of the fleet; empty when there is none.
func (s *stage) record(env string) string {
	cmd := exec.Command("git", "show", "main:releases/"+env+"/cart.yaml")
	cmd.Dir = filepath.Join(s.dir, "fleet")
	out, _ := cmd.Output()
	return string(out)
}

func (s *stage) slipway(code int, args ...string) string {
	s.t.Helper()
	var out bytes.Buffer
	w := world{in: strings.NewReader(""), out: &out, err: &out, now: func() time.Time { return s.now }, user: func() string { return "ada" }, http: s.http}
	if got := run(s.t.Context(), w, args); got != code {
		s.t.Fatalf("slipway %v exits with %d, want %d:\n%s", args, got, code, &out)
	}
	return out.String()
}

func (s *stage) settle(what string, more ...string) string {
	s.t.Helper()
	return s.slipway(0, append([]string{"settle", what, "--applications", filepath.Join(s.dir, "argo"), "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms", "--run", "slipway-promoter/settle-1", "--copy", "--tag"}, more...)...)
}

const appGood = `{"status": {
	"sync": {"status": "Synced", "revision": "REVISION"}, "health": {"status": "Healthy", "lastTransitionTime": "2026-03-01T11:00:00Z"},
	"operationState": {"phase": "Succeeded", "finishedAt": "2026-03-01T10:00:00Z", "syncResult": {"revision": "REVISION"}},
	"summary": {"images": ["IMAGE"]}}}`

func wantSaid(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("it does not say %q:\n%s", w, got)
		}
	}
}

func TestSettleWalksAReleaseThroughItsEnvironments(t *testing.T) {
	s := newStage(t)
	start := s.head()
	wantSaid(t, s.settle("cart-dev"), "cart-dev: waiting: Argo CD does not have it yet")
	s.apps["cart-dev"] = strings.Replace(appGood, "REVISION", strings.Repeat("0", 40), 1)
	wantSaid(t, s.settle("--all"), "cart-dev: waiting: Argo CD is at 000000000000, before the release")
	s.apps["cart-dev"] = strings.Replace(appGood, "Healthy", "Progressing", 1)
	wantSaid(t, s.settle("--all"), "cart-dev: waiting: it is Progressing")
	if s.head() != start {
		t.Fatal("the fleet moved before anything was deployed")
	}

	// Deployed: at once into the environment that takes releases by itself.
	s.apps["cart-dev"] = appGood
	wantSaid(t, s.settle("cart-dev"), "cart-dev: deployed", "released cart in test", "pushed as commit")
	wantSaid(t, s.git("fleet", "log", "-1", "--format=%B", "main"), "cart: release to test", "Slipway-Run: slipway-promoter/settle-1")
	wantSaid(t, s.record("test"), "image: "+cartImage, "commit: "+s.source)
	// The event comes again.
	wantSaid(t, s.settle("cart-dev"), "cart already runs this in test")

	// By the clock: two hours after it was well in test, which is since 11:00.
	s.apps["cart-test"] = appGood
	wantSaid(t, s.settle("--all"), "cart-test: deployed", "cart-test: to staging not before 2026-03-01T13:00:00Z")
	if s.record("staging") != "" {
		t.Fatal("staging has it before its time")
	}
	s.now = s.now.Add(time.Hour)
	wantSaid(t, s.settle("--all"), "released cart in staging")

	// By a tag of the source.
	s.apps["cart-staging"] = appGood
	wantSaid(t, s.settle("--all"), "cart-staging: to prod when commit "+s.source+" has a tag v*")
	s.git("cart-work", "tag", "-a", "-m", "x", "v1.2")
	s.git("cart-work", "tag", "other")
	s.git("cart-work", "push", "--quiet", "--tags", "https://git.example.com/acme/cart")
	// Prod has a registry of its own.
	wantSaid(t, s.settle("--all"), "copied registry.example.com/prod/"+registrytest.Cart, "tagged registry.example.com/prod/cart:v1.2\n", "released cart in prod")
	wantSaid(t, s.record("prod"), "image: registry.example.com/prod/"+registrytest.Cart, "version: v1.2", "commit: "+s.source)
}

func TestSettleWaitsForTheSpecThatEnvironmentsTakeFromHead(t *testing.T) {
	s := newStage(t)
	s.apps["cart-dev"] = strings.ReplaceAll(appGood, "REVISION", s.head()) // well, and then the spec is changed
	file := filepath.Join(s.dir, "work", "services", "cart.cue")
	if err := os.WriteFile(file, []byte(strings.Replace(settleService, "8080", "8081", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	s.git("work", "pull", "--quiet", "https://git.example.com/acme/fleet", "main")
	s.slipway(0, "compile", filepath.Join(s.dir, "work"))
	s.git("work", "add", "--all")
	s.git("work", "commit", "--quiet", "-m", "another port")
	s.git("work", "push", "--quiet", "https://git.example.com/acme/fleet", "HEAD:refs/heads/main")
	wantSaid(t, s.settle("--all"), "cart-dev: waiting: Argo CD is at", "before the release")
	s.apps["cart-dev"] = appGood
	wantSaid(t, s.settle("--all"), "released cart in test")
}

func TestSettleHoldsWhatIsNotWell(t *testing.T) {
	s := newStage(t)
	s.apps["cart-dev"] = strings.Replace(appGood, `"Healthy",`, `"Degraded", "message": "cart exceeded its progress deadline",`, 1)
	wantSaid(t, s.settle("cart-dev"), "cart-dev: held: Degraded: cart exceeded its progress deadline")
	wantSaid(t, s.record("dev"), "hold: 'Degraded: cart exceeded its progress deadline'")
	wantSaid(t, s.git("fleet", "log", "-1", "--format=%B", "main"), "cart: hold the release in dev", "Slipway-Hold: dev/cart")
	// It does not go on when it is well again; a person or the next release decides.
	s.apps["cart-dev"] = appGood
	before := s.head()
	wantSaid(t, s.settle("--all"), "cart-dev: held")
	if s.head() != before || s.record("test") != "" {
		t.Error("a held release went on")
	}
	// A record's hold is no change of what is compiled.
	s.git("", "clone", "--quiet", "fleet", "checked")
	s.slipway(0, "compile", "--check", filepath.Join(s.dir, "checked"))
}

func TestSettleNeverPutsAnOlderReleaseOverANewerOne(t *testing.T) {
	s := newStage(t)
	// Somebody brings a later commit straight to test.
	s.git("cart-work", "commit", "--quiet", "--allow-empty", "-m", "mend")
	later := s.git("cart-work", "rev-parse", "HEAD")
	s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/main")
	s.slipway(0, "promote", "cart", "--image", strings.ReplaceAll(cartImage, "1", "2"), "--commit", later, "--to", "test", "--reason", "hotfix",
		"--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file")
	s.apps["cart-dev"] = appGood
	before := s.head()
	wantSaid(t, s.settle("--all"), "cart-dev: deployed", "superseded: cart runs commit "+later+" in test")
	if s.head() != before {
		t.Error("the hotfix was undone")
	}
}

func TestCatchUpFindsCommitsThatNoReleaseCameOf(t *testing.T) {
	s := newStage(t)
	fleet := []string{"--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file"}
	if out := s.slipway(0, append([]string{"catch-up"}, fleet...)...); out != "" {
		t.Errorf("nothing is behind, and it says %q", out)
	}
	// An empty commit is nothing of the service's; a file is.
	s.git("cart-work", "commit", "--quiet", "--allow-empty", "-m", "nothing")
	s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/main")
	if out := s.slipway(0, append([]string{"catch-up"}, fleet...)...); out != "" {
		t.Errorf("no file of the service changed, and it says %q", out)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "cart-work", "main.go"), []byte("package main\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.git("cart-work", "add", "--all")
	s.git("cart-work", "commit", "--quiet", "-m", "mend")
	s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/main")
	head := s.git("cart-work", "rev-parse", "HEAD")
	if out := s.slipway(0, append([]string{"catch-up"}, fleet...)...); out != "cart "+head+"\n" {
		t.Errorf("it says %q", out)
	}
	wantSaid(t, s.slipway(0, append([]string{"catch-up", "--runs"}, fleet...)...), "kind: PipelineRun", "generateName: cart-release-", head)

	// What the change concerns, asked in a checkout of the source.
	at := []string{"--dir", filepath.Join(s.dir, "cart-work"), "--fleet", filepath.Join(s.dir, "work")}
	for _, c := range []struct{ since, repo, want string }{
		{s.source, "https://git.example.com/acme/cart.git", "cart\n"},
		{"HEAD", "https://git.example.com/acme/cart", ""},
		{s.source, "https://git.example.com/acme/other", ""},
	} {
		if out := s.slipway(0, append([]string{"affected", "--since", c.since, "--repo", c.repo}, at...)...); out != c.want {
			t.Errorf("since %s of %s: %q", c.since, c.repo, out)
		}
	}
	wantSaid(t, s.slipway(0, append([]string{"affected", "--since", strings.Repeat("9", 40), "--repo", "https://git.example.com/acme/cart"}, at...)...), "everything counts as changed", "cart\n")
	// And of the fleet.
	s.git("work", "pull", "--quiet", "https://git.example.com/acme/fleet", "main")
	if out := s.slipway(0, "affected", "--since", "HEAD~1", "--fleet", filepath.Join(s.dir, "work")); out != "cart\n" {
		t.Errorf("a release concerns %q", out)
	}
}

func TestSettleLeavesWhatWasRolledBack(t *testing.T) {
	s := newStage(t)
	fleet := []string{"--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms"}
	newer := func(name string) string {
		s.git("cart-work", "commit", "--quiet", "--allow-empty", "-m", name)
		s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/main")
		return s.git("cart-work", "rev-parse", "HEAD")
	}
	image := func(k string) string {
		name, _, _ := strings.Cut(cartImage, "@")
		return name + "@sha256:" + strings.Repeat(k, 64)
	}
	to := func(env, image, commit string, more ...string) {
		t.Helper()
		s.slipway(0, append(append([]string{"promote", "cart", "--image", image, "--commit", commit, "--to", env}, more...), fleet...)...)
		s.apps["cart-"+env] = strings.ReplaceAll(appGood, "IMAGE", image)
	}
	s.apps["cart-dev"] = appGood
	s.settle("cart-dev")
	bad := newer("greet badly")
	to("dev", image("2"), bad)
	wantSaid(t, s.settle("cart-dev"), "released cart in test")
	wantSaid(t, s.slipway(0, append([]string{"rollback", "cart", "--in", "test"}, fleet...)...), "released cart in test: "+cartImage, "pushed as commit")
	wantSaid(t, s.git("fleet", "log", "-1", "--format=%B", "main"), "cart: roll back in test", "Slipway-Release: test/cart")
	wantSaid(t, s.record("test"), "rolledBack:", "commit: "+bad)

	// What is still well in dev does not come back, nor the same commit built anew.
	before := s.head()
	wantSaid(t, s.settle("--all"), "cart-dev: deployed", "rolled back: cart left "+bad[:7]+" in test, since 2026-03-01T12:00:00Z by ada")
	if s.head() != before {
		t.Error("the rollback was undone")
	}
	to("dev", image("3"), bad)
	before = s.head()
	wantSaid(t, s.settle("--all"), "rolled back: cart left "+bad[:7])
	if s.head() != before {
		t.Error("the rollback was undone by a build of the same commit")
	}

	// A newer one goes in, and that is the end of it.
	to("dev", image("4"), newer("greet well"))
	wantSaid(t, s.settle("--all"), "released cart in test: "+image("4"))
	if strings.Contains(s.record("test"), "rolledBack") {
		t.Error("the newer release still says what was rolled back")
	}

	// Back by two: the one in between is older than what was left, and stays away too.
	s.slipway(0, append([]string{"rollback", "cart", "--in", "test"}, fleet...)...)
	wantSaid(t, s.record("test"), "image: "+cartImage)
	to("dev", image("2"), bad)
	wantSaid(t, s.settle("--all"), "superseded: cart left", bad+" comes before even that")

	// In the first environment, the night finds nothing to make up for, and a release run that is
	// started once more does not bring it back.
	s.slipway(0, append([]string{"rollback", "cart", "--in", "dev"}, fleet...)...)
	before = s.head()
	wantSaid(t, s.slipway(0, append([]string{"promote", "cart", "--image", image("5"), "--commit", bad, "--to", "dev", "--if-newer"}, fleet...)...), "rolled back: cart left "+bad[:7]+" in dev")
	if s.head() != before {
		t.Error("the rollback was undone by a release run")
	}
	// A person's word counts.
	wantSaid(t, s.slipway(0, append([]string{"promote", "cart", "--image", image("2"), "--commit", bad, "--to", "dev"}, fleet...)...), "released cart in dev")
}
