package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/pact"
	"slipway.dev/cmd/slipway/internal/pact/pacttest"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// A consumer, checkout, runs in test; cart goes on to there when it keeps what checkout expects.
func TestSettlePromotesWhatFitsAndTellsTheBrokerWhatIsDeployed(t *testing.T) {
	s := newStage(t)
	for name, edit := range map[string][2]string{
		"platform.cue":      {`{cluster: "main"}`, `{cluster: "main", contracts: broker: "https://pacts.example.com"}`},
		"services/cart.cue": {`build: ko: {}`, "build: ko: {}\n\ttest: contract: {image: \"golang:1.26@sha256:" + strings.Repeat("1", 64) + "\", run: [\"go test ./...\"], verifies: true}"},
	} {
		file := filepath.Join(s.dir, "work", filepath.FromSlash(name))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), edit[0], edit[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.git("work", "pull", "--quiet", "https://git.example.com/acme/fleet", "main")
	s.slipway(0, "compile", filepath.Join(s.dir, "work"))
	s.git("work", "add", "--all")
	s.git("work", "commit", "--quiet", "-m", "contracts")
	s.git("work", "push", "--quiet", "https://git.example.com/acme/fleet", "HEAD:refs/heads/main")

	const expects = `{"consumer": {"name": "checkout"}, "provider": {"name": "cart"}}`
	broker := pacttest.New("dev", "test", "prod")
	broker.Token = "t" // which the folder of the token for Argo CD has, too
	broker.Expect("checkout", strings.Repeat("c", 40), "main", "cart", expects)
	broker.Deploy("checkout", strings.Repeat("c", 40), "test")
	server := httptest.NewServer(broker)
	t.Cleanup(server.Close)
	settle := func() string {
		t.Helper()
		return s.slipway(0, "settle", "--all", "--applications", filepath.Join(s.dir, "argo"), "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file",
			"--pause", "1ms", "--copy", "--pact-broker", server.URL, "--pact-credentials", filepath.Join(s.dir, "argo"))
	}
	s.apps["cart-dev"] = appGood

	// Nothing was published of cart: that nobody hears of its deployment holds nothing up.
	wantSaid(t, settle(), "cart-dev: deployed", "the Pact Broker is not told: the broker does not know it: version "+s.source,
		"the Pact Broker knows no \"cart\": nothing was published of it yet [unverified-contract]", "nothing was written", "cart-dev: to test when the Pact Broker says that it fits")
	broker.Verify(expects, "cart", s.source, false)
	wantSaid(t, settle(), "cart-dev: the Pact Broker knows that "+s.source+" is deployed", "cart at "+s.source+" breaks a contract with what runs in test")
	if s.record("test") != "" {
		t.Fatal("what breaks a contract went on")
	}
	if got := broker.Deployed("cart", "dev"); got != s.source {
		t.Errorf("%q is deployed in dev", got)
	}
	broker.Verify(expects, "cart", s.source, true)
	wantSaid(t, settle(), "cart at "+s.source+" fits what runs in test", "released cart in test")
	if got := broker.Deployed("cart", "test"); got != "" {
		t.Errorf("%q is deployed in test before Argo CD says so", got)
	}

	// Where nothing follows on, the broker is told all the same, and nothing is held.
	s.slipway(0, "promote", "cart", "--from", "test", "--to", "prod", "--reason", "soon", "--copy", "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file",
		"--pact-broker", server.URL, "--pact-credentials", filepath.Join(s.dir, "argo"))
	s.apps["cart-test"] = appGood
	s.apps["cart-prod"] = strings.NewReplacer(`"IMAGE"`, `"`+strings.Replace(cartImage, "/acme/", "/prod/", 1)+`"`, "Healthy", "Degraded").Replace(appGood)
	before := s.head()
	wantSaid(t, settle(), "cart-prod: not well: Degraded")
	if s.head() != before {
		t.Error("it was held where nothing follows on")
	}
	s.apps["cart-prod"] = strings.Replace(s.apps["cart-prod"], "Degraded", "Healthy", 1)
	wantSaid(t, settle(), "cart-prod: the Pact Broker knows that "+s.source+" is deployed")
	if got := broker.Deployed("cart", "prod"); got != s.source {
		t.Errorf("%q is deployed in prod", got)
	}
}

func TestWhatTheBrokerDoesNotKnowIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	broker := pacttest.New("dev")
	commit := strings.Repeat("c", 40)
	broker.Verify("{}", "cart", commit, true)
	server := httptest.NewServer(broker)
	t.Cleanup(server.Close)
	svc := &ir.Service{Name: "cart", Tests: []ir.Test{{Contract: &ir.Contract{Verifies: true}}}}
	for name, c := range map[string]struct {
		record     versions.Record
		what, hint string
	}{
		"an environment": {versions.Record{Commit: commit, Environment: "prod"}, `the Pact Broker knows no environment "prod"`, "create-environment --name prod"},
		"no commit":      {versions.Record{Environment: "dev"}, "says no commit", "--commit"},
		"a tag":          {versions.Record{Commit: "v1", Environment: "dev"}, "says no commit", "--commit"},
	} {
		k := contracts{pact.Broker{URL: server.URL}}
		ds, err := k.fit(t.Context(), world{out: io.Discard}, svc, c.record)
		if err != nil || len(ds.All()) != 1 {
			t.Fatalf("%s: %v, %v", name, ds.All(), err)
		}
		if d := ds.All()[0]; d.Code != diag.UnverifiedContract || !strings.Contains(d.Message, c.what) || !strings.Contains(d.Hint, c.hint) {
			t.Errorf("%s: %+v", name, d)
		}
	}
	svc.Tests = nil
	if ds, err := (contracts{pact.Broker{URL: "http://127.0.0.1:1"}}).fit(t.Context(), world{out: io.Discard}, svc, versions.Record{Environment: "prod"}); err != nil || ds.HasErrors() {
		t.Errorf("a service without contracts is asked about: %v, %v", ds.All(), err)
	}
}

func TestABrokerThatDoesNotWorkIsNotToldOfOtherReleases(t *testing.T) {
	t.Parallel()
	const commit = "5b3a712ab85ccb8f6f7cd5b720d36ba9a8d041eb"
	i := &ir.Instance{Env: &ir.Environment{Name: "dev"}, Service: &ir.Service{Name: "cart", Tests: []ir.Test{{Contract: &ir.Contract{Verifies: true}}}}}
	for status, heard := range map[int]bool{http.StatusBadGateway: false, http.StatusNotFound: true, http.StatusForbidden: true} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		k := contracts{pact.Broker{URL: server.URL, Pauses: []time.Duration{}}}
		if got := k.record(t.Context(), world{http: server.Client()}, i, &versions.Record{Commit: commit}, func(string, ...any) {}); got != heard {
			t.Errorf("answered with %d, the broker counts as one that hears: %v", status, got)
		}
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	k := contracts{pact.Broker{URL: gone.URL, Pauses: []time.Duration{}}}
	if k.record(t.Context(), world{}, i, &versions.Record{Commit: commit}, func(string, ...any) {}) {
		t.Error("a broker that nobody reaches counts as one that hears")
	}
}
