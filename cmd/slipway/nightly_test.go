package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// starts is a listener that keeps what it is asked to start.
func starts(t *testing.T) (url string, asked func() []start) {
	var mu sync.Mutex
	var list []start
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		var e start
		if err != nil || json.Unmarshal(text, &e) != nil || r.Header.Get("X-GitHub-Event") != startEvent || r.Header.Get("X-Hub-Signature-256") == "" {
			t.Errorf("got %s %s", r.Header, text)
		}
		mu.Lock()
		defer mu.Unlock()
		list = append(list, e)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"eventID":"e-1"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []start {
		mu.Lock()
		defer mu.Unlock()
		out := list
		list = nil
		return out
	}
}

func TestTheNightMakesUpForWhatWasMissed(t *testing.T) {
	s := newStage(t)
	url, asked := starts(t)
	key := filepath.Join(s.dir, "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := func(image string) {
		t.Helper()
		platform := strings.Replace(settlePlatform, `pipelines: {cluster: "main"}`, fmt.Sprintf("pipelines: {cluster: %q, nightly: %q}\n\ttools: %q: %q", "main", "17 2 * * *", "ko-base", image), 1)
		s.git("", "clone", "--quiet", "fleet", "edit")
		defer os.RemoveAll(filepath.Join(s.dir, "edit"))
		if err := os.WriteFile(filepath.Join(s.dir, "edit/platform.cue"), []byte(platform), 0o644); err != nil {
			t.Fatal(err)
		}
		s.git("edit", "commit", "--quiet", "-am", "another base")
		s.git("edit", "push", "--quiet", "origin", "HEAD:main")
	}
	night := func(code int, more ...string) string {
		t.Helper()
		return s.slipway(code, append([]string{"nightly", "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file"}, more...)...)
	}
	start := []string{"--start-url", url, "--start-key", key}

	base(cartImage) // every image lies on itself
	out := night(0, start...)
	if want := fmt.Sprintf("cart: nightly: commit %s, %s\n", s.source, cartImage); out != want {
		t.Errorf("a quiet night says %q, want %q", out, want)
	}
	first := asked()
	if len(first) != 1 || first[0].Pipeline != "cart-nightly" || first[0].Fleet != "acme" || first[0].With["revision"] != s.source || first[0].With["image"] != cartImage {
		t.Fatalf("a quiet night starts %+v", first)
	}
	night(0, start...)
	if again := asked(); len(again) != 1 || again[0].Name != first[0].Name {
		t.Errorf("the same night starts %+v, so that there are two runs", again)
	}
	s.now = s.now.AddDate(0, 0, 1)
	night(0, start...)
	if next := asked(); len(next) != 1 || next[0].Name == first[0].Name {
		t.Errorf("the next night starts %+v, which has run already", next)
	}
	night(2, "--start-key", key)
	night(2, "--start-url", url, "--start-key", key+"s")
	if night(0); len(asked()) != 0 {
		t.Error("without a key something starts")
	}

	base("registry.example.com/acme/" + registrytest.Stock)
	out = night(0, start...)
	renewed := asked()
	if len(renewed) != 2 || renewed[0].Pipeline != "cart-catch-up" || renewed[0].With["revision"] != s.source || !strings.Contains(out, "its base image registry.example.com/acme/stock is another one since: commit "+s.source) {
		t.Errorf("a renewed base image starts %+v:\n%s", renewed, out)
	}

	if err := os.WriteFile(filepath.Join(s.dir, "cart-work/greeting"), []byte("HELLO\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.git("cart-work", "add", "greeting")
	s.git("cart-work", "commit", "--quiet", "-m", "greet louder")
	commit := s.git("cart-work", "rev-parse", "HEAD")
	s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/main")
	out = night(0, start...)
	missed := asked()
	if len(missed) != 2 || missed[0].Pipeline != "cart-catch-up" || missed[0].With["revision"] != commit || missed[0].Name == renewed[0].Name || !strings.Contains(out, "no release came of it: commit "+commit) {
		t.Errorf("a missed push starts %+v:\n%s", missed, out)
	}

	// Somebody released it, and went back.
	for _, to := range []string{commit, s.source} {
		s.slipway(0, "promote", "cart", "--image", cartImage, "--commit", to, "--to", "dev", "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms")
	}
	out = night(0, start...)
	if back := asked(); len(back) != 1 || back[0].Pipeline != "cart-nightly" {
		t.Errorf("after somebody went back, the night starts %+v:\n%s", back, out)
	}

	if err := os.Rename(filepath.Join(s.dir, "cart"), filepath.Join(s.dir, "moved")); err != nil {
		t.Fatal(err)
	}
	out = night(2, start...)
	if left := asked(); len(left) != 1 || left[0].Pipeline != "cart-nightly" || !strings.Contains(out, "cart: ask the source for its commits") {
		t.Errorf("a source that does not answer starts %+v:\n%s", left, out)
	}
}

func TestTheNightReleasesNoCommitsOfSlipwaysOwn(t *testing.T) {
	s := newStage(t)
	const fleet = "https://git.example.com/acme/fleet"
	s.git("", "clone", "--quiet", "fleet", "edit")
	spec := filepath.Join(s.dir, "edit/services/cart.cue")
	if err := os.WriteFile(spec, []byte(strings.ReplaceAll(settleService, "acme/cart", "acme/fleet")), 0o644); err != nil {
		t.Fatal(err)
	}
	platform := strings.Replace(settlePlatform, `{cluster: "main"}`, `{cluster: "main"}`+"\n\ttools: \"ko-base\": \""+cartImage+"\"", 1)
	if err := os.WriteFile(filepath.Join(s.dir, "edit/platform.cue"), []byte(platform), 0o644); err != nil {
		t.Fatal(err)
	}
	s.git("edit", "commit", "--quiet", "-am", "the code is here")
	s.git("edit", "push", "--quiet", "origin", "HEAD:main")
	commit := s.head()
	s.slipway(0, "promote", "cart", "--image", cartImage, "--commit", commit, "--to", "dev", "--fleet", fleet, "--protocols", "https:file", "--pause", "1ms")
	if s.head() == commit {
		t.Fatal("the promotion is no commit, so this shows nothing")
	}
	if out, want := s.slipway(0, "nightly", "--fleet", fleet, "--protocols", "https:file"), fmt.Sprintf("cart: nightly: commit %s, %s\n", commit, cartImage); out != want {
		t.Errorf("the night says %q, want %q", out, want)
	}
}
