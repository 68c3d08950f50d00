package tasks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	someImage  = "registry.example.com/cart@sha256:" + strings.Repeat("a", 64)
	someSource = strings.Repeat("b", 40)
)

// promoter returns a pod of a task that runs slipway, with all that it needs.
func promoter(t testing.TB, task string) *pod {
	t.Helper()
	p := newPod(t, task)
	for name, value := range map[string]string{
		"fleet": "https://git.example.com/fleet", "owner": "shop", "service": "cart", "to": "prod", "image": someImage,
		"run": "ci-shop/cart-1", "commit": someSource, "source-message": "mend -- the cart", "url": "http://el-promoter.slipway-promoter.svc:8080",
		"application": "cart-prod", "tests": "smoke e2e", "release": "0123456789abcdef", "asked": "2026-01-31T02:17:00Z",
	} {
		p.params[name] = value
	}
	if task == "verdict" {
		p.lists["tasks"] = []string{"smoke=Succeeded/Succeeded", "e2e=Succeeded/Succeeded"}
	}
	for _, name := range []string{"fleet-credentials", "request-key", "applications", "copy-credentials"} {
		p.workspaces[name] = "/" + name
	}
	return p
}

func wantArgs(t *testing.T, p *pod, want ...string) {
	t.Helper()
	if got := p.recorded(t, "slipway.args"); !slices.Equal(got, want) {
		t.Errorf("slipway got %q,\nwant %q", got, want)
	}
}

func TestARequestSaysWhatWasBuilt(t *testing.T) {
	t.Parallel()
	p := promoter(t, "request")
	p.run(t).wantSuccess(t)
	wantArgs(t, p, "request", "cart", "--owner=shop", "--to=prod", "--image="+someImage, "--commit="+someSource, "--run=ci-shop/cart-1",
		"--url=http://el-promoter.slipway-promoter.svc:8080", "--key=/request-key/key", "--attempts=8", "--pause=1000ms", "--message=mend -- the cart")
	if got := p.result(t, "event"); got != "e-1" {
		t.Errorf("the event is %q", got)
	}
}

func TestVerifyHoldsOnlyWhatReads(t *testing.T) {
	t.Parallel()
	p := promoter(t, "verify")
	p.workspaces["git-credentials"], p.workspaces["registry-credentials"] = "/git", "/registry"
	p.run(t).wantSuccess(t)
	wantArgs(t, p, "verify", "cart", "--image="+someImage, "--commit="+someSource, "--fleet=https://git.example.com/fleet", "--branch=main", "--directory=.",
		"--protocols=https:ssh", "--credentials=/git", "--source-credentials=/git", "--registry-credentials=/registry")
	if got := p.result(t, "source"); got != "https://git.example.com/acme/cart" {
		t.Errorf("the source is %q", got)
	}
}

func TestAPublicKeyIsAskedForWhereItIsBound(t *testing.T) {
	t.Parallel()
	for task, want := range map[string][]string{
		"verify": {"--public-key=/key/cosign.pub", "--signature-wait=10m", "--provenance=true"}, "promote": {"--public-key=/key/cosign.pub"}, "settle": {"--public-key=/key/cosign.pub"},
	} {
		p := promoter(t, task)
		p.params["signature-wait"], p.params["provenance"] = "10m", "true"
		p.run(t).wantSuccess(t)
		if got := strings.Join(p.recorded(t, "slipway.args"), " "); strings.Contains(got, "public-key") {
			t.Errorf("%s: slipway got %q", task, got)
		}
		p.workspaces["public-key"] = "/key"
		p.run(t).wantSuccess(t)
		if got := strings.Join(p.recorded(t, "slipway.args"), " "); !strings.Contains(got, strings.Join(want, " ")) {
			t.Errorf("%s: slipway got %q", task, got)
		}
	}
}

func TestAPactBrokerIsAskedWhereThereIsOne(t *testing.T) {
	t.Parallel()
	for _, task := range []string{"promote", "settle"} {
		p := promoter(t, task)
		p.params["pact-broker"] = "https://pacts.example.com"
		p.workspaces["pact-credentials"] = "/pact"
		p.run(t).wantSuccess(t)
		if got := strings.Join(p.recorded(t, "slipway.args"), " "); !strings.Contains(got, "--pact-broker=https://pacts.example.com --pact-credentials=/pact") {
			t.Errorf("%s: slipway got %q", task, got)
		}
	}
}

func TestAPromotionSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	for says, want := range map[string][2]string{
		"": {"released", "c0ffee"},
		"superseded: cart runs commit 1 in prod\n": {"superseded", ""},
		// It lost the race to a newer one, and began anew.
		"released cart in prod: …\n  wrote releases/prod/cart.yaml\nsuperseded: cart runs commit 1 in prod\n":  {"superseded", ""},
		"released cart in prod: …\n  wrote releases/prod/cart.yaml\ncart already runs this in prod, since …\n": {"unchanged", ""},
		"cart already runs this in prod, since …\n":                                                            {"unchanged", ""},
	} {
		p := promoter(t, "promote")
		p.params["version"], p.params["reason"] = "v1", "first -- release"
		if says != "" {
			if err := os.WriteFile(filepath.Join(p.home, "slipway.says"), []byte(says), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p.run(t).wantSuccess(t)
		if got := [2]string{p.result(t, "verdict"), p.result(t, "commit")}; got != want {
			t.Errorf("%q: %q, want %q", says, got, want)
		}
		wantArgs(t, p, "promote", "cart", "--image="+someImage, "--to=prod", "--commit="+someSource, "--by=ci-shop/cart-1", "--if-newer",
			"--fleet=https://git.example.com/fleet", "--branch=main", "--directory=.", "--credentials=/fleet-credentials", "--protocols=https:ssh",
			"--run=ci-shop/cart-1", "--attempts=30", "--pause=250ms", "--committer-name=Slipway", "--committer-email=slipway@localhost",
			"--copy", "--tag", "--registry-credentials=/copy-credentials", "--message=mend -- the cart", "--version=v1", "--reason=first -- release")
	}
}

func TestSettleAsksForOneOrForAll(t *testing.T) {
	t.Parallel()
	for application, last := range map[string]string{"cart-prod": "cart-prod", "": "--all"} {
		p := promoter(t, "settle")
		p.params["application"] = application
		p.run(t).wantSuccess(t)
		wantArgs(t, p, "settle", "--applications=/applications", "--namespace=argocd", "--fleet=https://git.example.com/fleet", "--branch=main", "--directory=.",
			"--credentials=/fleet-credentials", "--protocols=https:ssh", "--run=ci-shop/cart-1", "--attempts=30", "--pause=250ms",
			"--committer-name=Slipway", "--committer-email=slipway@localhost", "--copy", "--tag", "--registry-credentials=/copy-credentials", last)
	}
}

func TestSettleStartsRunsWhereItHasAKey(t *testing.T) {
	t.Parallel()
	p := promoter(t, "settle")
	p.params["start-url"] = "http://el-promoter.slipway-promoter.svc:8080"
	p.workspaces["start-key"] = "/start-key"
	p.run(t).wantSuccess(t)
	if got := strings.Join(p.recorded(t, "slipway.args"), " "); !strings.Contains(got, " --start-url=http://el-promoter.slipway-promoter.svc:8080 --start-key=/start-key/key ") {
		t.Errorf("slipway got %q", got)
	}
}

func TestSettleIsToldAVerdict(t *testing.T) {
	t.Parallel()
	p := promoter(t, "settle")
	p.params["verdict"], p.params["verdict-release"], p.params["verdict-run"], p.params["verdict-asked"], p.params["verdict-test"] = "failed", "0123456789abcdef", "ci-shop/cart-verify-1", "2026-01-31T02:17:00Z", "smoke"
	p.run(t).wantSuccess(t)
	if got := strings.Join(p.recorded(t, "slipway.args"), " "); !strings.Contains(got, " --verdict=failed --verdict-release=0123456789abcdef --verdict-run=ci-shop/cart-verify-1 --verdict-asked=2026-01-31T02:17:00Z --verdict-test=smoke cart-prod") {
		t.Errorf("slipway got %q", got)
	}
}

func TestAVerdictIsWhatTheTestsThatWereAskedForCameTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tests, smoke, e2e string
		want              []string // verdict and more; empty: none
	}{
		{"smoke e2e", "Succeeded/Succeeded", "Succeeded/Succeeded", []string{"passed"}},
		{"smoke", "Succeeded/Succeeded", "None/", []string{"passed"}},
		{"e2e", "None/", "Succeeded/Succeeded", []string{"passed"}},
		{"smoke e2e", "Failed/Failed", "None/", []string{"failed", "--test=smoke"}},
		{"smoke e2e", "Succeeded/Succeeded", "Failed/TaskRunTimeout", []string{"failed", "--test=e2e"}},
		{"smoke e2e", "Succeeded/Succeeded", "None/", nil}, // the run was stopped in between
		{"smoke e2e", "None/", "None/", nil},               // there was nothing to test with
		{"smoke", "Failed/TaskRunCancelled", "None/", nil},
		{"smoke", "Failed/TaskRunImagePullFailed", "None/", nil},
		{"load", "Succeeded/Succeeded", "Succeeded/Succeeded", nil},
	} {
		p := promoter(t, "verdict")
		p.params["tests"], p.lists["tasks"] = c.tests, []string{"smoke=" + c.smoke, "e2e=" + c.e2e}
		out := p.run(t)
		out.wantSuccess(t)
		if c.want == nil {
			if _, err := os.Stat(filepath.Join(p.home, "slipway.args")); err == nil || p.result(t, "event") != "" || !strings.Contains(out.output, "verdict: none") {
				t.Errorf("%+v: it told something:\n%s", c, out.output)
			}
			continue
		}
		wantArgs(t, p, slices.Concat([]string{"verdict", "cart-prod", c.want[0], "--owner=shop", "--service=cart", "--release=0123456789abcdef", "--asked=2026-01-31T02:17:00Z", "--run=ci-shop/cart-1",
			"--url=http://el-promoter.slipway-promoter.svc:8080", "--key=/request-key/key", "--attempts=8", "--pause=1000ms"}, c.want[1:])...)
		if got := p.result(t, "event"); got != "e-2" {
			t.Errorf("the event is %q", got)
		}
	}
}

func TestWhatSlipwayRefusesFails(t *testing.T) {
	t.Parallel()
	for _, task := range []string{"request", "verify", "promote", "settle", "verdict"} {
		p := promoter(t, task)
		if err := os.WriteFile(filepath.Join(p.home, "slipway.fails"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if out := p.run(t); out.code != 2 || !strings.Contains(out.output, "slipway: no") {
			t.Errorf("%s: exit code %d:\n%s", task, out.code, out.output)
		}
	}
}

func TestThePromotersTasksRefuseWhatTheyCannotTrust(t *testing.T) {
	t.Parallel()
	values := map[string][]string{
		"fleet":       {"/etc", "--upload-pack=x", "https://x y", "https://x/$(id)"},
		"url":         {"", "file:///x", "http://x/$(id)", "-x", "http://a@b"},
		"branch":      {"-x", "", "a b", "a:b", "+main"},
		"directory":   {"", "-x", "../x", "/etc", "a b"},
		"service":     {"-x", "", "Cart", "../x", "a\nb"},
		"owner":       {"-x", "", "a b"},
		"to":          {"-x", "", "../prod", "$(id)"},
		"application": {"-x", "../x", "a b"},
		"namespace":   {"", "-x", "a/b"},
		"image":       {"cart:latest", "-x@sha256:1", "a b@sha256:1"},
		"commit":      {"", "main", "--x"},
		"run":         {"", "x", "a b/c", "a/b\nSlipway-Run: c/d"},
		"attempts":    {"", "0", "x", "-1", "010"},
		"pause":       {"", "0", "1s"},
		"protocols":   {"", "https;x", "-x"},

		"tests":   {"", "-x", "smoke -x", "smoke *", "$(id)", "smoke\ne2e"},
		"release": {"", "0x", "-x"}, "asked": {"", "yesterday", "2026-01-31T02:17:00Z x", "-026-01-31T02:17:00Z"}, "verdict-asked": {"now", "2026-01-31 02:17:00Z"},
		"verdict": {"fine", "-x", "passed failed"}, "verdict-release": {"x", "-0"}, "verdict-run": {"x", "a b/c"}, "verdict-test": {"-x", "a b"},
		"start-url":      {"file:///x", "http://x/$(id)", "-x", "http://a@b"},
		"pact-broker":    {"file:///x", "http://x/$(id)", "-x", "http://a@b"},
		"provenance":     {"", "yes", "true;x"},
		"signature-wait": {"", "m", "10", "1m0s", "-1s", "10 m", "1h;x"},
	}
	for _, name := range []string{"request", "verify", "promote", "settle", "verdict"} {
		task, _ := Lookup(name, nil)
		for _, param := range task.Spec.Params {
			for _, value := range values[param.Name] {
				p := promoter(t, name)
				p.params[param.Name] = value
				p.run(t).wantRefusal(t, name+": ")
			}
		}
	}
}
