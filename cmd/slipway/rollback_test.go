package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var pushing = []string{"--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--pause", "1ms"}

// overtake makes the next push to the fleet come second: main is by then what the branch race has.
func (s *stage) overtake() {
	s.t.Helper()
	hook := `#!/bin/sh
[ ! -e overtaken ] || exit 0
: >overtaken
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
git update-ref refs/heads/main refs/heads/race
exit 1
`
	if err := os.WriteFile(filepath.Join(s.dir, "fleet", "hooks", "pre-receive"), []byte(hook), 0o755); err != nil {
		s.t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(s.dir, "fleet", "overtaken"))
}

// release puts an image into an environment by hand; its digest is one character.
func (s *stage) release(digest, commit, env string, more ...string) {
	s.t.Helper()
	name, _, _ := strings.Cut(cartImage, "@")
	s.slipway(0, append(append([]string{"promote", "cart", "--image", name + "@sha256:" + strings.Repeat(digest, 64), "--commit", commit, "--to", env}, more...), pushing...)...)
}

// asRace takes the last push away from main, and keeps it for overtake.
func (s *stage) asRace() {
	s.git("fleet", "update-ref", "refs/heads/race", "main")
	s.git("fleet", "update-ref", "refs/heads/main", "main~1")
}

func TestARollbackThatIsOvertakenDoesNotDecideAnew(t *testing.T) {
	s := newStage(t)
	bad, mend := strings.Repeat("b", 40), strings.Repeat("c", 40)
	s.release("b", bad, "dev")
	back := append([]string{"rollback", "cart", "--in", "dev", "--by", "grace"}, pushing...)

	// Somebody else goes back meanwhile.
	s.slipway(0, back...)
	s.asRace()
	s.overtake()
	wantSaid(t, s.slipway(0, append([]string{"rollback", "cart", "--in", "dev"}, pushing...)...),
		"cart was already rolled back in dev, from "+bad[:7]+" to "+s.source[:7]+", by grace")
	if s.head() != s.git("fleet", "rev-parse", "race") {
		t.Error("it went back twice")
	}

	// Somebody mends it meanwhile: that is not what is to be left.
	s.git("fleet", "update-ref", "refs/heads/main", "main~1")
	s.release("c", mend, "dev")
	s.asRace()
	s.overtake()
	wantSaid(t, s.slipway(1, back...), "dev has "+mend[:7]+" of cart since 2026-03-01T12:00:00Z by ada, no longer "+bad[:7]+": nothing was written; look again before you go back")
	if s.head() != s.git("fleet", "rev-parse", "race") {
		t.Error("the mend was rolled back")
	}

	// Somebody changes something else: it goes back.
	s.git("fleet", "update-ref", "refs/heads/main", "main~1")
	s.release("d", mend, "test", "--reason", "elsewhere")
	s.asRace()
	s.overtake()
	wantSaid(t, s.slipway(0, back...), "released cart in dev: "+cartImage, "pushed as commit")
}

func TestABadRebuildLeavesTheImageBeforeIt(t *testing.T) {
	s := newStage(t)
	s.apps["cart-dev"] = appGood
	s.settle("cart-dev")
	s.release("b", s.source, "dev") // the night built the same commit again
	s.apps["cart-dev"] = strings.ReplaceAll(appGood, "IMAGE", "registry.example.com/acme/cart@sha256:"+strings.Repeat("b", 64))
	wantSaid(t, s.settle("cart-dev"), "released cart in test")
	wantSaid(t, s.slipway(0, append([]string{"rollback", "cart", "--in", "test"}, pushing...)...), "released cart in test: "+cartImage)

	// Neither that build comes back, nor the one of the next night.
	for _, build := range []string{"b", "c"} {
		if build == "c" {
			s.release(build, s.source, "dev")
		}
		s.apps["cart-dev"] = strings.ReplaceAll(appGood, "IMAGE", "registry.example.com/acme/cart@sha256:"+strings.Repeat(build, 64))
		before := s.head()
		wantSaid(t, s.settle("cart-dev"), "rolled back: cart left "+s.source[:7]+" in test")
		if s.head() != before {
			t.Error("the rollback was undone")
		}
	}
	// The one that is there is not kept out for being of that commit.
	s.slipway(0, append([]string{"rollback", "cart", "--in", "dev"}, pushing...)...)
	s.slipway(0, append([]string{"rollback", "cart", "--in", "dev"}, pushing...)...)
	wantSaid(t, s.record("dev"), "image: "+cartImage)
	s.apps["cart-dev"] = appGood
	wantSaid(t, s.settle("cart-dev"), "cart already runs this in test")
}

// withoutSource is a service that another CI builds: nobody can ask which commit comes first.
const withoutSource = `import "slipway.dev/schema"

schema.#Service & {
	name:  "cart"
	owner: "shop"
	ci:    "external"
	run: main: ports: http: 8080
}
`

func TestGoingBackInOneEnvironmentIsNoReleaseForTheNext(t *testing.T) {
	s := newStageOf(t, settlePlatform, withoutSource)
	digest := func(k string) string { return "registry.example.com/acme/cart@sha256:" + strings.Repeat(k, 64) }
	s.release("b", strings.Repeat("b", 40), "dev")
	s.apps["cart-dev"] = strings.ReplaceAll(appGood, "IMAGE", digest("b"))
	wantSaid(t, s.settle("cart-dev"), "released cart in test")
	s.slipway(0, append([]string{"rollback", "cart", "--in", "dev"}, pushing...)...)
	s.apps["cart-dev"] = appGood
	before := s.head()
	wantSaid(t, s.settle("cart-dev"), "superseded: cart runs bbbbbbb in test, since 2026-03-01T12:00:00Z by slipway settle; dev went back from that, and only a person does so here")
	if s.head() != before {
		t.Error("a machine went back in test")
	}
	// What comes next goes on.
	s.release("c", strings.Repeat("c", 40), "dev")
	s.apps["cart-dev"] = strings.ReplaceAll(appGood, "IMAGE", digest("c"))
	wantSaid(t, s.settle("cart-dev"), "released cart in test: "+digest("c"))
}

func TestWhatWasLeftStaysAwayUntilSomethingIsNewer(t *testing.T) {
	s := newStage(t)
	newer := func(name string) string {
		s.git("cart-work", "commit", "--quiet", "--allow-empty", "-m", name)
		s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/main")
		return s.git("cart-work", "rev-parse", "HEAD")
	}
	stays := func(why string) {
		t.Helper()
		before := s.head()
		wantSaid(t, s.settle("cart-dev"), why)
		if s.head() != before {
			t.Error("the rollback was undone")
		}
	}
	s.apps["cart-dev"] = appGood
	s.settle("cart-dev")
	bad := newer("greet badly")
	s.release("b", bad, "dev")
	s.apps["cart-dev"] = strings.ReplaceAll(appGood, "IMAGE", "registry.example.com/acme/cart@sha256:"+strings.Repeat("b", 64))
	s.settle("cart-dev")
	s.slipway(0, append([]string{"rollback", "cart", "--in", "test"}, pushing...)...)
	stays("rolled back: cart left " + bad[:7] + " in test, since")

	// A merged change of the spec does not bring the image.
	s.git("work", "pull", "--quiet", "https://git.example.com/acme/fleet", "main")
	if err := os.WriteFile(filepath.Join(s.dir, "work", "services", "cart.cue"), []byte(strings.Replace(settleService, "8080", "8081", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	s.slipway(0, "compile", filepath.Join(s.dir, "work"))
	s.git("work", "commit", "--quiet", "-am", "another port")
	s.git("work", "push", "--quiet", "https://git.example.com/acme/fleet", "HEAD:refs/heads/main")
	stays("rolled back: cart left " + bad[:7] + " in test, since")

	// Nor does a person who promotes one that is older still; one that is newer ends it.
	s.release("d", s.source, "test", "--reason", "further back")
	wantSaid(t, s.record("test"), "rolledBack:", "commit: "+bad, "earlier: true")
	stays("rolled back: cart left " + bad[:7] + " in test before what runs since")
	s.release("e", newer("greet well"), "test", "--reason", "mended")
	if strings.Contains(s.record("test"), "rolledBack") {
		t.Errorf("a newer release still says what was rolled back:\n%s", s.record("test"))
	}
}
