// Package tell says outside of the cluster what becomes of a run: the status of its commit at
// the Git host, and messages to people.
package tell

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client is who tells. It goes nowhere that it is sent to: the token is for one host.
func Client() *http.Client {
	return &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// State is what a run is, or came to.
type State string

// The states.
const (
	Pending   State = "pending"
	Success   State = "success"
	Failure   State = "failure"
	Cancelled State = "cancelled"
)

// Status is what a commit is said to be.
type Status struct {
	State       State
	Context     string // which check it is, such as "slipway/cart-release"
	Description string
}

// Host is a Git host that takes statuses.
type Host struct {
	Kind    string // github, gitlab
	API     string // such as https://api.github.com
	Project string // such as acme/cart
	Token   string
	HTTP    *http.Client
}

// Status sets the status of a commit.
func (h Host) Status(ctx context.Context, revision string, s Status) error {
	switch h.Kind {
	case "github":
		state := string(s.State)
		if s.State == Cancelled {
			state = "error"
		}
		// A description has at most 140 letters.
		return post(ctx, h.HTTP, h.API+"/repos/"+h.Project+"/statuses/"+revision, map[string]string{
			"Authorization": "Bearer " + h.Token, "Accept": "application/vnd.github+json",
		}, map[string]string{"state": state, "context": s.Context, "description": cut(s.Description, 140)})
	case "gitlab":
		state := map[State]string{Pending: "running", Success: "success", Failure: "failed", Cancelled: "canceled"}[s.State]
		err := post(ctx, h.HTTP, h.API+"/projects/"+url.PathEscape(h.Project)+"/statuses/"+revision, map[string]string{
			"PRIVATE-TOKEN": h.Token,
		}, map[string]string{"state": state, "name": s.Context, "description": cut(s.Description, 255)})
		var refused *refusal
		if errors.As(err, &refused) && refused.code == http.StatusBadRequest && strings.Contains(refused.text, "Cannot transition status") {
			return nil // it says that already
		}
		return err
	}
	return fmt.Errorf("no status can be set at a host of the kind %q", h.Kind)
}

// Message is what people are told of a run.
type Message struct {
	State    State  `json:"state"`
	Subject  string `json:"subject"` // such as "release of cart"
	Text     string `json:"text"`
	Service  string `json:"service"`
	Revision string `json:"revision"`
	Run      string `json:"run"`
	Failed   string `json:"failed,omitempty"`
	Channel  string `json:"channel,omitempty"`
}

// Send sends a message to an address of a kind: slack, teams, webhook. The address is a secret:
// no error repeats it.
func Send(ctx context.Context, client *http.Client, kind, address string, m Message) error {
	var body any
	switch kind {
	case "slack":
		text := map[string]string{"text": strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(m.Text)}
		if m.Channel != "" {
			text["channel"] = m.Channel // Slack's own apps have a channel of theirs, and do not mind
		}
		body = text
	case "teams":
		body = map[string]any{"type": "message", "attachments": []any{map[string]any{
			"contentType": "application/vnd.microsoft.card.adaptive",
			"content": map[string]any{
				"type": "AdaptiveCard", "version": "1.4", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
				"body": []any{map[string]any{"type": "TextBlock", "wrap": true, "text": m.Text}},
			},
		}}}
	case "webhook":
		body = m
	default:
		return fmt.Errorf("no message can be sent to a %q", kind)
	}
	return post(ctx, client, address, nil, body)
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-3], "") + "..."
}

// refusal is an answer that is no success.
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.code, http.StatusText(r.code), r.text)
}

// tries and pause are how often and how fast it is tried while the other side is down.
const tries = 4

var pauses = [tries - 1]time.Duration{time.Second, 3 * time.Second, 9 * time.Second}

// post sends JSON. What the other side refuses is not tried again; when it is down, or says
// that it is too much, it is.
func post(ctx context.Context, client *http.Client, to string, header map[string]string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		err = once(ctx, client, to, header, text)
		var refused *refusal
		if err == nil || n == len(pauses) || errors.As(err, &refused) && refused.code < 500 && refused.code != http.StatusTooManyRequests {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pauses[n]):
		}
	}
}

func once(ctx context.Context, client *http.Client, to string, header map[string]string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address is none")
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address
		}
		return err
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // for people; half of it is better than nothing
	if res.StatusCode/100 != 2 {
		return &refusal{res.StatusCode, strings.Join(strings.Fields(string(answer)), " ")}
	}
	return nil
}
