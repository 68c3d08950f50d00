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

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	oci "oras.land/oras-go/v2/registry/remote"

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
	s.slipway(0, "promote", "cart", "--image", "registry.example.com/acme/"+registrytest.Stock, "--commit", commit, "--to", "dev", "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms")
	s.slipway(0, "rollback", "cart", "--in", "dev", "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms")
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

// push puts an image into the stage's registry under tags, with the labels and layers given, and
// returns it by digest.
func (s *stage) push(name string, labels map[string]string, layers []string, tags ...string) string {
	s.t.Helper()
	repo, err := oci.NewRepository("registry.example.com/acme/" + name)
	if err != nil {
		s.t.Fatal(err)
	}
	repo.Client = s.http
	blob := func(kind string, text []byte) ocispec.Descriptor {
		d, err := oras.PushBytes(s.t.Context(), repo, kind, text)
		if err != nil {
			s.t.Fatal(err)
		}
		return d
	}
	config, err := json.Marshal(ocispec.Image{Config: ocispec.ImageConfig{Labels: labels}})
	if err != nil {
		s.t.Fatal(err)
	}
	m := ocispec.Manifest{MediaType: ocispec.MediaTypeImageManifest, Config: blob(ocispec.MediaTypeImageConfig, config)}
	m.SchemaVersion = 2
	for _, l := range layers {
		m.Layers = append(m.Layers, blob(ocispec.MediaTypeImageLayerGzip, []byte(l)))
	}
	text, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := oras.TagBytesN(s.t.Context(), repo, m.MediaType, text, tags, oras.DefaultTagBytesNOptions)
	if err != nil {
		s.t.Fatal(err)
	}
	return "registry.example.com/acme/" + name + "@" + d.Digest.String()
}

// What is built of a Dockerfile says which image it lies on.
func TestTheNightBuildsAgainWhatLiesOnARenewedBase(t *testing.T) {
	platform := strings.Replace(settlePlatform, `{cluster: "main"}`, `{cluster: "main", buildkit: "tcp://buildkitd.slipway-build.svc:1234", nightly: "17 2 * * *"}`, 1)
	s := newStageOf(t, platform, strings.Replace(settleService, "build: ko: {}", "build: dockerfile: {}", 1))
	url, asked := starts(t)
	key := filepath.Join(s.dir, "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const fleet = "https://git.example.com/acme/fleet"
	release := func(image string) {
		t.Helper()
		s.slipway(0, "promote", "cart", "--image", image, "--commit", s.source, "--to", "dev", "--fleet", fleet, "--protocols", "https:file", "--pause", "1ms")
	}
	// night says which release runs it starts.
	night := func(says string) (again []start) {
		t.Helper()
		s.now = s.now.AddDate(0, 0, 1)
		out := s.slipway(0, "nightly", "--fleet", fleet, "--protocols", "https:file", "--start-url", url, "--start-key", key)
		if !strings.Contains(out, says) {
			t.Errorf("it does not say %q:\n%s", says, out)
		}
		for _, e := range asked() {
			if e.Pipeline == "cart-catch-up" {
				again = append(again, e)
			}
		}
		return again
	}
	lies := map[string]string{ocispec.AnnotationBaseImageName: "registry.example.com/acme/os:1"}
	s.push("os", nil, []string{"libc"}, "1")
	release(s.push("cart", lies, []string{"libc", "program"}, "a"))
	if again := night(""); len(again) != 0 {
		t.Errorf("on its base as it is, the night starts %+v", again)
	}

	base := s.push("os", nil, []string{"libc 2"}, "1")
	again := night("cart: its base image registry.example.com/acme/os:1 is another one since: commit " + s.source)
	if len(again) != 1 || again[0].With["revision"] != s.source {
		t.Fatalf("a renewed base starts %+v", again)
	}
	if more := night("another one since"); len(more) != 1 || more[0].Name != again[0].Name {
		t.Errorf("the next night starts %+v, which is another run for the same reason", more)
	}
	// The run tags what it built with its name.
	rebuilt := s.push("cart", lies, []string{"libc 2", "program"}, again[0].Name)
	release(rebuilt)
	if more := night(""); len(more) != 0 {
		t.Errorf("built again, the night starts %+v", more)
	}
	// Who goes back from that is not given another one; until they release it themselves.
	s.slipway(0, "rollback", "cart", "--in", "dev", "--fleet", fleet, "--protocols", "https:file", "--pause", "1ms")
	if more := night("but somebody went back from a build of commit " + s.source); len(more) != 0 {
		t.Errorf("after a rollback from it, the night starts %+v", more)
	}
	release(rebuilt)

	// An image that does not lie on what it says is built once more, and then left alone.
	s.push("os", nil, []string{"libc 3"}, "1")
	if again = night("another one since"); len(again) != 1 {
		t.Fatalf("renewed again, it starts %+v", again)
	}
	release(s.push("cart", lies, []string{"libc 2", "program 2"}, again[0].Name))
	if more := night("its base image is not what it says"); len(more) != 0 {
		t.Errorf("an image that lies is built every night: %+v", more)
	}

	// What strangers write into an image stops no night, and calls nobody.
	for _, c := range []struct{ name, says string }{
		{"169.254.169.254/latest/meta-data:1", "whose registry is not one that is asked"},
		{"registry.example.com/acme/nowhere:1", "cart: whether its base image was renewed is not known: ask for registry.example.com/acme/nowhere:1"},
		{"--help", ""},
		{base, ""}, // by digest: the source decides
	} {
		release(s.push("cart", map[string]string{ocispec.AnnotationBaseImageName: c.name}, []string{"libc", "program"}, "b"))
		if more := night(c.says); len(more) != 0 {
			t.Errorf("%s: the night starts %+v", c.name, more)
		}
	}
}

// The fleet names the image below what buildpacks make.
func TestTheNightBuildsAgainWhatBuildpacksMade(t *testing.T) {
	s := newStage(t)
	const fleet = "https://git.example.com/acme/fleet"
	run := func(image string) {
		t.Helper()
		s.git("", "clone", "--quiet", "fleet", "edit")
		defer os.RemoveAll(filepath.Join(s.dir, "edit"))
		built := fmt.Sprintf("build: buildpacks: {builder: %q, run: %q}", image, image)
		if err := os.WriteFile(filepath.Join(s.dir, "edit/services/cart.cue"), []byte(strings.Replace(settleService, "build: ko: {}", built, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		s.git("edit", "commit", "--quiet", "-am", "another base")
		s.git("edit", "push", "--quiet", "origin", "HEAD:main")
	}
	run(s.push("run", nil, []string{"libc"}, "1"))
	image := s.push("cart", nil, []string{"libc", "program"}, "a")
	s.slipway(0, "promote", "cart", "--image", image, "--commit", s.source, "--to", "dev", "--fleet", fleet, "--protocols", "https:file", "--pause", "1ms")
	if out := s.slipway(0, "nightly", "--fleet", fleet, "--protocols", "https:file"); strings.Contains(out, "base image") {
		t.Errorf("on its base as it is:\n%s", out)
	}
	run(s.push("run", nil, []string{"libc 2"}, "1"))
	wantSaid(t, s.slipway(0, "nightly", "--fleet", fleet, "--protocols", "https:file"), "cart: its base image registry.example.com/acme/run is another one since: commit "+s.source)
}
