package pact_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"slipway.dev/cmd/slipway/internal/pact"
	"slipway.dev/cmd/slipway/internal/pact/pacttest"
)

var a, b = strings.Repeat("a", 40), strings.Repeat("b", 40)

const expects = `{"consumer": {"name": "checkout"}, "provider": {"name": "cart"}, "interactions": [{"description": "<a> cart"}]}`

// at is a broker that answers as it is told, and asks again without a pause.
func at(t *testing.T, h http.Handler, files map[string]string) pact.Broker {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pact.Broker{URL: server.URL, Credentials: dir, Pauses: []time.Duration{0, 0}}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%v, want an error that says %q", err, text)
	}
}

// The way of a contract from its consumer to what may be deployed.
func TestAConsumerMayBeDeployedWhereItsProviderKeepsWhatItExpects(t *testing.T) {
	t.Parallel()
	ctx, fake := context.Background(), pacttest.New("dev")
	fake.Token = "t"
	broker := at(t, fake, map[string]string{"token": "t\n"})
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	may := func(service, commit string) pact.Verdict {
		t.Helper()
		v, err := broker.CanIDeploy(ctx, service, commit, "dev")
		check(err)
		return v
	}
	if v := may("checkout", a); v.Yes || !v.NoService {
		t.Errorf("nothing was published: %+v", v)
	}
	if list, err := broker.ForVerification(ctx, "cart", "main"); err != nil || len(list) != 0 {
		t.Errorf("%v, %v: nobody has spoken of cart", list, err)
	}
	notices, err := broker.Publish(ctx, pact.Version{Service: "checkout", Commit: a, Branch: "main"}, []pact.Contract{{Consumer: "checkout", Provider: "cart", Content: []byte(expects)}})
	check(err)
	if len(notices) != 1 || !strings.Contains(notices[0], "published") {
		t.Errorf("notices %q", notices)
	}
	if v := may("checkout", a); v.Yes || v.Broken || !strings.Contains(v.Why, "no version is currently recorded as deployed") {
		t.Errorf("cart does not run: %+v", v)
	}

	list, err := broker.ForVerification(ctx, "cart", "main")
	check(err)
	if len(list) != 1 || list[0].Consumer != "checkout" || list[0].Why == "" || strings.Contains(string(list[0].Content), "_links") {
		t.Fatalf("cart is held against %+v", list)
	}
	if !list[0].Pending {
		t.Error("cart has never kept it, so it need not yet")
	}
	check(broker.OnBranch(ctx, pact.Version{Service: "cart", Commit: b, Branch: "release/1.x"}))
	check(broker.Verified(ctx, list[0].Results, b))
	for branch, pending := range map[string]bool{"release/1.x": false, "main": true} {
		if list, err := broker.ForVerification(ctx, "cart", branch); err != nil || len(list) != 1 || list[0].Pending != pending {
			t.Errorf("%s: %+v, %v", branch, list, err)
		}
	}
	if v := may("cart", b); !v.Yes {
		t.Errorf("nobody who runs expects anything of cart: %+v", v)
	}
	for range 2 {
		check(broker.Deployed(ctx, "cart", b, "dev"))
	}
	if got := fake.Deployed("cart", "dev"); got != b {
		t.Errorf("%q runs in dev", got)
	}
	if v := may("checkout", a); !v.Yes || !strings.HasPrefix(v.Link, broker.URL+"/matrix?") {
		t.Errorf("cart keeps it: %+v", v)
	}
	if !slices.Contains(fake.Asked, "PUT /pacticipants/cart/branches/release%2F1.x/versions/"+b) {
		t.Errorf("a name with a slash is no path: %q", fake.Asked)
	}

	v, err := broker.CanIDeploy(ctx, "checkout", a, "prod")
	check(err)
	if v.Yes || !v.NoEnvironment {
		t.Errorf("there is no prod: %+v", v)
	}
	for _, err := range []error{broker.Deployed(ctx, "cart", b, "prod"), broker.Deployed(ctx, "cart", a, "dev")} {
		if !errors.Is(err, pact.ErrUnknown) {
			t.Errorf("%v", err)
		}
	}
}

// What it is that answers, nobody knows: not a broker, a broker that somebody took over.
func TestAnswersThatCannotBeTrustedAreRefused(t *testing.T) {
	t.Parallel()
	const self = "/pacts/provider/cart/consumer/checkout/pact-version/1"
	listed := func(href string) string {
		return fmt.Sprintf(`{"_embedded": {"pacts": [{"_links": {"self": {"href": %q}}}]}}`, href)
	}
	pactOf := func(provider, results string) string {
		return fmt.Sprintf(`{"consumer": {"name": "checkout"}, "provider": {"name": %q}, "_links": {"pb:publish-verification-results": {"href": %q}}}`, provider, results)
	}
	for name, c := range map[string]struct{ list, pact, want string }{
		"a page":                      {"<html>", "", "not what a Pact Broker answers"},
		"a pact elsewhere":            {listed("https://evil.example.com/x"), "", "is not below"},
		"a pact with somebody's name": {listed("http://u@HOST" + self), "", "is not below"},
		"a pact up the path":          {listed("/base/../x"), "", "is not below"},
		"a pact up the path, encoded": {listed("/base/%2E%2e/x"), "", "is not below"},
		"a pact beside the broker":    {listed("/basement/x"), "", "is not below"},
		"a pact of another scheme":    {listed("file:///etc/passwd"), "", "is not below"},
		"a pact nowhere":              {`{"_embedded": {"pacts": [{}]}}`, "", "without saying where"},
		"results elsewhere":           {listed("/base" + self), pactOf("cart", "https://evil.example.com/x"), "is not below"},
		"results nowhere":             {listed("/base" + self), `{"_links": {}}`, "does not say where results"},
		"another provider's":          {listed("/base" + self), pactOf("other", "/base/r"), `a pact with "other"`},
		"no pact":                     {listed("/base" + self), `{"_links": {"pb:publish-verification-results": {"href": "/base/r"}}}`, "it is no pact"},
		"without links":               {listed("/base" + self), `{}`, "has no links"},
		"too many":                    {`{"_embedded": {"pacts": [` + strings.Repeat(`{},`, pact.MostPacts) + `{}]}}`, "", "more than 200"},
		"too large a pact":            {listed("/base" + self), `{"x": "` + strings.Repeat("x", pact.MostPact) + `", ` + pactOf("cart", "/base/r")[1:], "are not taken"},
		"no end":                      {strings.Repeat(" ", 33<<20), "", "more than 32 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker := at(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := c.pact
				if r.Method == http.MethodPost {
					answer = c.list
				}
				fmt.Fprint(w, strings.ReplaceAll(answer, "HOST", r.Host))
			}), nil)
			broker.URL += "/base/"
			list, err := broker.ForVerification(context.Background(), "cart", "main")
			wantError(t, err, c.want)
			if len(list) > 0 {
				t.Errorf("took %v", list)
			}
		})
	}
}

// 404 is what a wrong address answers, too: that nobody expects anything is said in words.
func TestAnAddressThatIsNoBrokersHoldsAProviderAgainstNothingButAnError(t *testing.T) {
	t.Parallel()
	_, err := at(t, http.NotFoundHandler(), nil).ForVerification(context.Background(), "cart", "main")
	wantError(t, err, "404 Not Found")
	_, err = at(t, http.NotFoundHandler(), nil).CanIDeploy(context.Background(), "cart", a, "dev")
	wantError(t, err, "404 Not Found")
	_, err = at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"summary": null}`) }), nil).CanIDeploy(context.Background(), "cart", a, "dev")
	wantError(t, err, "does not say whether")
}

func TestACredentialGoesNowhereElse(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	t.Cleanup(elsewhere.Close)
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect} {
		broker := at(t, http.RedirectHandler(elsewhere.URL, code), map[string]string{"token": "secret"})
		wantError(t, broker.OnBranch(context.Background(), pact.Version{Service: "cart", Commit: a, Branch: "main"}), "sends us elsewhere")
	}
	if reached.Load() {
		t.Error("a redirect was followed")
	}
	wantError(t, at(t, http.NotFoundHandler(), nil).Verified(context.Background(), elsewhere.URL+"/x", a), "is not below")
}

func TestWhoAsksIsSaidAsTheSecretHasIt(t *testing.T) {
	t.Parallel()
	for want, files := range map[string]map[string]string{
		"":             {},
		"Bearer t":     {"token": "t\n", "username": "u", "password": "p"},
		"Basic dTpwIA": {"username": "u\n", "password": "p \n"},
	} {
		broker := at(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := strings.TrimRight(r.Header.Get("Authorization"), "="); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			fmt.Fprint(w, "{}")
		}), files)
		if err := broker.OnBranch(context.Background(), pact.Version{Service: "cart", Commit: a, Branch: "main"}); err != nil {
			t.Error(err)
		}
	}
}

func TestABrokerThatIsDownIsAskedAgainAndARefusalIsNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codes []int
		asked int32
		want  string
	}{
		{[]int{503, 429, 200}, 3, ""},
		{[]int{503, 503, 503, 200}, 3, "503 Service Unavailable"},
		{[]int{401, 200}, 1, "401 Unauthorized; it wants another token"},
		{[]int{403, 200}, 1, "403 Forbidden: no such right"},
		{[]int{400, 200}, 1, "400 Bad Request: branch is too long, is odd; version is missing"},
	} {
		var asked atomic.Int32
		broker := at(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			code := c.codes[asked.Add(1)-1]
			w.WriteHeader(code)
			fmt.Fprint(w, map[int]string{
				403: `{"error": {"message": "no such right"}}`, 400: `{"errors": {"version": ["is missing"], "branch": ["is too long", "is odd"]}}`, 200: "{}",
			}[code])
		}), nil)
		err := broker.OnBranch(context.Background(), pact.Version{Service: "cart", Commit: a, Branch: "main"})
		if c.want == "" && err != nil {
			t.Error(err)
		} else if c.want != "" {
			wantError(t, err, c.want)
		}
		if got := asked.Load(); got != c.asked {
			t.Errorf("%v: asked %d times, want %d", c.codes, got, c.asked)
		}
	}
}
