package tell

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// seen is a request as a server saw it.
type seen struct {
	at   string
	auth string
	body map[string]any
}

// server answers with codes, one after another, and then 201.
func server(t *testing.T, codes ...int) (*httptest.Server, *[]seen) {
	t.Helper()
	var all []seen
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		one := seen{at: r.Method + " " + r.URL.EscapedPath(), auth: r.Header.Get("Authorization") + r.Header.Get("PRIVATE-TOKEN")}
		if err := json.Unmarshal(text, &one.body); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		code := http.StatusCreated
		if len(all) < len(codes) {
			code = codes[len(all)]
		}
		all = append(all, one)
		w.WriteHeader(code)
		io.WriteString(w, "Cannot transition status via :run from :running")
	}))
	t.Cleanup(s.Close)
	return s, &all
}

func TestStatusesAreSaidInTheHostsWords(t *testing.T) {
	t.Parallel()
	const sha = "5b3a712ab85ccb8f6f7cd5b720d36ba9a8d041eb"
	for _, c := range []struct {
		kind, at, auth, key string
		states              map[State]string
	}{
		{"github", "POST /repos/acme/cart/statuses/" + sha, "Bearer secret", "context", map[State]string{Pending: "pending", Success: "success", Failure: "failure", Cancelled: "error"}},
		{"gitlab", "POST /projects/acme%2Fcart/statuses/" + sha, "secret", "name", map[State]string{Pending: "running", Success: "success", Failure: "failed", Cancelled: "canceled"}},
	} {
		for state, want := range c.states {
			s, all := server(t)
			h := Host{Kind: c.kind, API: s.URL, Project: "acme/cart", Token: "secret", HTTP: s.Client()}
			if err := h.Status(context.Background(), sha, Status{state, "slipway/cart-release", strings.Repeat("ä", 200)}); err != nil {
				t.Fatal(err)
			}
			got := (*all)[0]
			if got.at != c.at || got.auth != c.auth || got.body["state"] != want || got.body[c.key] != "slipway/cart-release" {
				t.Errorf("%s: %+v", c.kind, got)
			}
			if d := got.body["description"].(string); len(d) > 255 || strings.Contains(d, "\uFFFD") {
				t.Errorf("%s: %q", c.kind, d)
			}
		}
	}
}

func TestAStatusThatGitLabHasAlreadyIsNoMistake(t *testing.T) {
	t.Parallel()
	s, _ := server(t, 400)
	if err := (Host{Kind: "gitlab", API: s.URL, Project: "a/b", HTTP: s.Client()}).Status(context.Background(), "5b3a", Status{State: Pending}); err != nil {
		t.Error(err)
	}
}

func TestMessagesAreMadeForTheirReaders(t *testing.T) {
	t.Parallel()
	m := Message{State: Failure, Subject: "release of cart", Text: `release of cart failed: "a" <b> & c`, Channel: "#shop", Service: "cart"}
	for kind, want := range map[string]string{
		"slack":   `{"channel":"#shop","text":"release of cart failed: \"a\" \u0026lt;b\u0026gt; \u0026amp; c"}`,
		"teams":   `"text":"release of cart failed: \"a\" \u003cb\u003e \u0026 c"`,
		"webhook": `"state":"failure"`,
	} {
		s, all := server(t)
		if err := Send(context.Background(), s.Client(), kind, s.URL+"/hook", m); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal((*all)[0].body)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %s", kind, text)
		}
	}
}

func TestARefusalIsNotTriedAgainAndADownHostIs(t *testing.T) {
	pauses = [tries - 1]time.Duration{}
	for _, c := range []struct {
		codes []int
		tries int
		fails bool
	}{{[]int{401}, 1, true}, {[]int{503, 429}, 3, false}, {[]int{500, 500, 500, 500, 500}, 4, true}} {
		s, all := server(t, c.codes...)
		err := Send(context.Background(), s.Client(), "webhook", s.URL+"/secret-address", Message{})
		if (err != nil) != c.fails || len(*all) != c.tries {
			t.Errorf("%v: %v after %d tries", c.codes, err, len(*all))
		}
		if err != nil && strings.Contains(err.Error(), "secret-address") {
			t.Errorf("the address is told: %v", err)
		}
	}
	if err := Send(context.Background(), http.DefaultClient, "webhook", "http://127.0.0.1:1/secret-address", Message{}); err == nil || strings.Contains(err.Error(), "secret-address") {
		t.Errorf("%v", err)
	}
}

func TestNothingIsToldWhereAHostSendsUs(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the token %q went elsewhere", r.Header.Get("PRIVATE-TOKEN"))
	}))
	defer elsewhere.Close()
	host := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer host.Close()
	h := Host{Kind: "gitlab", API: host.URL, Project: "acme/cart", Token: "secret", HTTP: Client()}
	if err := h.Status(context.Background(), "5b3a", Status{State: Success}); err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("a host that sends us elsewhere: %v", err)
	}
}
