package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// ask is what a release run asks the promoter: its fields are those of the event.
type ask struct {
	Owner   string `json:"owner"`
	Service string `json:"service"`
	To      string `json:"to"`
	Image   string `json:"image"`
	Commit  string `json:"commit"`
	Message string `json:"message"`
	Version string `json:"version"`
	Run     string `json:"run"`
}

func newRequest(w world) *cobra.Command {
	var a ask
	var url, key string
	var attempts int
	var pause time.Duration
	c := &cobra.Command{
		Use:   "request SERVICE --to ENV --image REF@DIGEST --commit SHA --url URL --key FILE",
		Short: "Ask the promoter to release an image",
		Long: `Request sends the promoter a signed event: what a release pipeline ends with. Runs of
a team cannot write the fleet; the promoter can, and believes nothing that it has not
looked up itself.

The signature is an HMAC of the event with the key in a file, as GitHub signs its own.
The id that is printed is that of the promoter's run: its label
triggers.tekton.dev/triggers-eventid.`,
		Example: "  slipway request checkout --owner payments --to dev --image registry.example.com/shop/checkout@sha256:… --commit $(git rev-parse HEAD) --url http://el-promoter.slipway-promoter.svc:8080 --key key",
		Args:    arguments("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			a.Service = args[0]
			secret, err := os.ReadFile(key)
			if err != nil {
				return err
			}
			id, err := sending{url, secret, attempts, pause}.send(c.Context(), w, requestEvent, a)
			if err != nil {
				return fmt.Errorf("ask the promoter: %w", err)
			}
			_, err = fmt.Fprintf(w.out, "asked for %s in %s: event %s\n", a.Service, a.To, id)
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&a.Owner, "owner", "", "the team, whose key it is")
	f.StringVar(&a.To, "to", "", "the environment to release into")
	f.StringVar(&a.Image, "image", "", "the image, by digest")
	f.StringVar(&a.Commit, "commit", "", "the commit that it was built from")
	f.StringVar(&a.Message, "message", "", "the first line of that commit's message")
	f.StringVar(&a.Version, "version", "", "what people call its version")
	f.StringVar(&a.Run, "run", "", "the pipeline run that asks, NAMESPACE/NAME")
	f.StringVar(&url, "url", "", "the address of the promoter")
	f.StringVar(&key, "key", "", "the file with the team's key")
	f.IntVar(&attempts, "attempts", 8, "how often to try")
	f.DurationVar(&pause, "pause", time.Second, "the longest first pause between tries; it doubles with each, up to 64 times")
	required(c, "owner", "to", "image", "commit", "url", "key")
	return c
}

// Types of events that the promoter's listener takes, as targets/tekton has them.
const (
	requestEvent = "slipway-request"
	startEvent   = "slipway-start"
	verdictEvent = "slipway-verdict"
)

// sending is how events reach the promoter: where it listens, what they are signed with, and
// how often it is tried.
type sending struct {
	url      string
	key      []byte
	attempts int
	pause    time.Duration // the longest first one between tries
}

// send sends an event until it is accepted, and returns the id that it was given. An event
// that arrives twice is no harm: the second release is the same, and so is the second verdict.
func (s sending) send(ctx context.Context, w world, kind string, event any) (id string, err error) {
	key := bytes.TrimSpace(s.key)
	if len(key) < 16 {
		return "", errors.New("the key has less than 16 bytes")
	}
	body, err := json.Marshal(event)
	if err != nil {
		return "", err
	}
	sum := hmac.New(sha256.New, key)
	sum.Write(body)
	signature := "sha256=" + hex.EncodeToString(sum.Sum(nil))
	// What is signed is for the promoter, wherever it sends us.
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for try := 1; ; try++ {
		id, again, err := post(ctx, client, s.url, kind, signature, body)
		if err == nil || !again || try >= s.attempts {
			return id, err
		}
		fmt.Fprintf(w.err, "%v; trying again\n", err)
		t := time.NewTimer(rand.N(s.pause<<min(try-1, 6) + 1))
		select {
		case <-ctx.Done():
			t.Stop()
			return "", context.Cause(ctx)
		case <-t.C:
		}
	}
}

// post sends an event once; again says whether another try may have more luck.
func post(ctx context.Context, client *http.Client, url, kind, signature string, body []byte) (id string, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-GitHub-Event", kind)
	req.Header.Set("X-Hub-Signature-256", signature)
	res, err := client.Do(req)
	if err != nil {
		return "", ctx.Err() == nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return "", true, err
	}
	if res.StatusCode/100 != 2 {
		return "", res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests, fmt.Errorf("%s answers %s", req.URL.Host, res.Status)
	}
	var answer struct {
		EventID string `json:"eventID"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.EventID == "" {
		return "", false, fmt.Errorf("%s answers %s, but gives the event no id", req.URL.Host, res.Status)
	}
	return answer.EventID, false, nil
}
