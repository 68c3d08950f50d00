package main

import (
	"flag"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"slipway.dev/cmd/slipway/internal/pact/pacttest"
	"slipway.dev/cmd/slipway/internal/registry/registrytest"
	"slipway.dev/compiler/diag"
)

var update = flag.Bool("update", false, "write what commands print into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"slipway": main})
}

// errorCases has a script for each diagnostic code; each is a fleet with that mistake and
// what a user sees.
const errorCases = "../../golden/errors"

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, params(t, "testdata"))
}

func TestErrorCases(t *testing.T) {
	t.Parallel()
	testscript.Run(t, params(t, errorCases))
}

// params runs scripts with a bare environment, a registry, registry.example.com, that holds
// signed images, and a Pact Broker, pacts.example.com. A script without a platform.cue gets the one that the error cases share.
func params(t *testing.T, dir string) testscript.Params {
	shared, err := os.ReadFile(filepath.Join(errorCases, "platform.cue"))
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Dir: dir, UpdateScripts: *update, RequireExplicitExec: true, Cmds: commands,
		Setup: func(e *testscript.Env) error {
			e.Setenv("USER", "ada")
			e.Setenv("TZ", "Pacific/Auckland") // nothing may depend on it
			e.Setenv("LANG", "tr_TR.UTF-8")
			images := registrytest.New("")
			images.Stock("acme")
			pacts := broker()
			e.Values[brokerKey{}] = pacts
			env, stop, err := images.Reach(e.WorkDir, map[string]http.Handler{"pacts.example.com": pacts})
			if err != nil {
				return err
			}
			e.Defer(stop)
			e.Vars = append(append(e.Vars, env...), strings.Replace(env[0], "HTTPS_", "", 1))
			own := filepath.Join(e.WorkDir, "platform.cue")
			if _, err := os.Stat(own); err == nil {
				return nil
			}
			if _, err := os.Stat(filepath.Join(e.WorkDir, "no-platform")); err == nil {
				return nil
			}
			return os.WriteFile(own, shared, 0o644)
		},
	}
}

// broker knows two consumers of cart: what checkout expects is kept by the cart that runs in
// prod, and not by the one in dev; nobody has verified what web expects.
func broker() *pacttest.Broker {
	b := pacttest.New("dev", "prod")
	b.Token = "reads-and-writes"
	commit := func(c string) string { return strings.Repeat(c, 40) }
	const checkout = `{"consumer": {"name": "checkout"}, "provider": {"name": "cart"}, "interactions": [{"description": "a cart"}]}`
	b.Expect("checkout", commit("a"), "main", "cart", checkout)
	b.Expect("Web Shop/../../x", commit("b"), "main", "cart", `{"consumer": {"name": "Web Shop/../../x"}, "provider": {"name": "cart"}, "interactions": []}`)
	b.Expect("web", commit("b"), "feature", "cart", `{"consumer": {"name": "web"}, "provider": {"name": "cart"}, "interactions": []}`)
	b.Verify(checkout, "cart", commit("c"), true)
	b.Verify(checkout, "cart", commit("d"), false)
	b.Deploy("cart", commit("c"), "prod")
	b.Deploy("cart", commit("d"), "dev")
	return b
}

func TestEveryCodeHasItsCase(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{}
	err := filepath.WalkDir(errorCases, func(p string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(p) != ".txtar" {
			return err
		}
		code := strings.TrimSuffix(filepath.Base(p), ".txtar")
		cases[code] = true
		src, err := os.ReadFile(p)
		if err == nil && !strings.Contains(string(src), "["+code+"]") && !strings.Contains(string(src), "title="+code+"::") {
			t.Errorf("%s does not show [%s]", p, code)
		}
		if _, ok := diag.Lookup(diag.Code(code)); !ok {
			t.Errorf("%s is the case of a code that there is not", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range diag.Codes {
		if !cases[string(info.Code)] {
			t.Errorf("%s has no case: write %s/%s.txtar", info.Code, errorCases, info.Code)
		}
	}
}
