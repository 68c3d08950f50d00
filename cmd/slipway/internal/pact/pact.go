// Package pact speaks to a Pact Broker: it gets the pacts that a provider is held against,
// publishes what consumers expect and what providers keep, asks whether a version may be
// deployed, and says what is.
//
// A service is a pacticipant of its own name, and a version of it is the full commit SHA. What
// each request follows is documented in pact-foundation/pact_broker, lib/pact_broker/doc/views;
// comments name the page. Everything here may be done again: the broker keeps one of it.
package pact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Broker is a Pact Broker, and who asks it.
type Broker struct {
	// URL is its address, as it calls itself in its links: what lies below is asked, and nothing else.
	URL string
	// Credentials is a folder with the file token, or username and password; with neither, or
	// when empty, nobody in particular asks.
	Credentials string
	HTTP        *http.Client    // nil: the usual one
	Pauses      []time.Duration // before each further try, while it is down; nil: the usual ones
}

// Bounds of what is read and sent. Pacts are texts that people review: a thousandth is usual.
const (
	MostPact  = 4 << 20
	MostPacts = 200
	MostBytes = 32 << 20 // of all together
	mostBody  = 32 << 20
)

var usualPauses = []time.Duration{time.Second, 3 * time.Second, 9 * time.Second}

// Refusal is an answer of the broker that is no success.
type Refusal struct {
	Code   int
	Status string
	Text   string              // what it says; "" when that is not JSON
	Errors map[string][]string // what it says of single parameters
}

func (r *Refusal) Error() string {
	out := "the broker answers " + r.Status
	switch {
	case r.Text != "":
		out += ": " + r.Text
	case r.Code == http.StatusUnauthorized || r.Code == http.StatusForbidden:
		out += "; it wants another token, or another username and password"
	}
	return out
}

// links are a resource's, by relation: one, or several.
type links map[string]json.RawMessage

type link struct {
	Href string `json:"href"`
	Name string `json:"name"`
}

// all are the links of a relation; none when there are none, or they are not understood.
func (l links) all(rel string) (out []link) {
	var one link
	switch {
	case json.Unmarshal(l[rel], &out) == nil:
		return out
	case json.Unmarshal(l[rel], &one) == nil:
		return []link{one}
	}
	return nil
}

// below is an address below the broker's own, of names that are escaped.
func (b Broker) below(names ...string) string {
	out := strings.TrimRight(b.URL, "/")
	for _, n := range names {
		out += "/" + url.PathEscape(n)
	}
	return out
}

// follow is the address of a link, when it is the broker's: the credential is for it alone.
func (b Broker) follow(href string) (string, error) {
	base, err := url.Parse(strings.TrimRight(b.URL, "/"))
	if err != nil {
		return "", err
	}
	to, err := base.Parse(href)
	if err != nil || href == "" {
		return "", errors.New("the broker gives a link that is none")
	}
	// Dots could leave what the path begins with. A consumer's name may hold some, with escaped slashes.
	at := to.EscapedPath()
	dots := slices.ContainsFunc(strings.Split(strings.ToLower(at), "/"), func(s string) bool { return strings.ReplaceAll(s, "%2e", ".") == ".." })
	if to.Scheme != base.Scheme || !strings.EqualFold(to.Host, base.Host) || to.User != nil || !strings.HasPrefix(at, base.EscapedPath()+"/") || dots {
		return "", fmt.Errorf("the broker links to %q, which is not below %s: name it in platform.cue as it calls itself (its setting PACT_BROKER_BASE_URL)", href, b.URL)
	}
	return to.String(), nil
}

// do asks, again while the broker is down. Bodies are JSON, answers HAL.
func (b Broker) do(ctx context.Context, method, address string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	pauses := b.Pauses
	if pauses == nil {
		pauses = usualPauses
	}
	for try := 0; ; try++ {
		again, err := b.once(ctx, method, address, text, into)
		if err == nil || !again || try == len(pauses) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pauses[try]):
		}
	}
}

// once asks once; again says whether another try may have more luck.
func (b Broker) once(ctx context.Context, method, address string, body []byte, into any) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "application/hal+json, application/json;q=0.9")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := b.authorize(req); err != nil {
		return false, err
	}
	client := http.Client{}
	if b.HTTP != nil {
		client = *b.HTTP
	}
	client.Timeout = 30 * time.Second
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		return ctx.Err() == nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, mostBody+1))
	switch {
	case err != nil:
		return true, err
	case len(text) > mostBody:
		return false, fmt.Errorf("the broker's answer has more than %d MB", mostBody>>20)
	case res.StatusCode/100 == 3:
		return false, fmt.Errorf("the broker answers %s: it sends us elsewhere, where its credential has no business", res.Status)
	case res.StatusCode/100 != 2:
		return res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests, refusal(res, text)
	case into == nil:
		return false, nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("the broker's answer is not what a Pact Broker answers: %w", err)
	}
	return false, nil
}

func (b Broker) authorize(req *http.Request) error {
	if b.Credentials == "" {
		return nil
	}
	read := func(name string) (string, error) {
		text, err := os.ReadFile(filepath.Join(b.Credentials, name))
		if errors.Is(err, os.ErrNotExist) {
			return "", nil
		}
		return strings.TrimRight(string(text), "\r\n"), err
	}
	token, err := read("token")
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	user, err := read("username")
	if err != nil || user == "" {
		return err
	}
	password, err := read("password")
	req.SetBasicAuth(user, password)
	return err
}

// refusal reads the forms in which the broker says what is wrong: notices and errors of the
// page "publish-contracts", errors of parameters, and errors with a message.
func refusal(res *http.Response, body []byte) *Refusal {
	out := &Refusal{Code: res.StatusCode, Status: res.Status, Errors: map[string][]string{}}
	var said struct {
		Notices []notice        `json:"notices"`
		Errors  json.RawMessage `json:"errors"`
		Error   struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &said) != nil {
		return out
	}
	var texts []string
	for _, n := range said.Notices {
		texts = append(texts, n.Text)
	}
	var fields map[string]json.RawMessage
	var list []string
	if json.Unmarshal(said.Errors, &fields) == nil {
		for name, text := range fields {
			var one []string
			if json.Unmarshal(text, &one) == nil {
				out.Errors[name] = one
			}
		}
	} else if json.Unmarshal(said.Errors, &list) == nil {
		texts = append(texts, list...)
	}
	if len(said.Notices) == 0 { // which repeat the errors
		names := make([]string, 0, len(out.Errors))
		for name := range out.Errors {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			texts = append(texts, name+" "+strings.Join(out.Errors[name], ", "))
		}
	}
	if said.Error.Message != "" {
		texts = append(texts, said.Error.Message)
	}
	out.Text = strings.Join(texts, "; ")
	if most := 4000; len(out.Text) > most {
		out.Text = strings.ToValidUTF8(out.Text[:most], "") + "…"
	}
	return out
}

// notice is what the broker has to say to people.
type notice struct {
	Text string `json:"text"`
}
