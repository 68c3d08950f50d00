package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"slipway.dev/targets/tekton"
)

// start is the promoter's own event: that a pipeline of a service shall run. Its fields are
// those of the event; the service's Trigger says which of them count.
type start struct {
	Fleet    string            `json:"fleet"`
	Pipeline string            `json:"pipeline"` // SERVICE-KIND
	Name     string            `json:"name"`     // of the run; there is one run of a name
	With     map[string]string `json:"with"`     // parameters of the pipeline
}

// runStarter sends such events. Only the promoter's pods have its key.
type runStarter struct{ url, key string }

func (s *runStarter) flags(f *pflag.FlagSet) {
	f.StringVar(&s.url, "start-url", "", "the address of the promoter's listener, for runs that are to start")
	f.StringVar(&s.key, "start-key", "", "the file with the key that such events are signed with; without it no run is started")
}

// able reports whether runs can be started here.
func (s *runStarter) able() bool { return s.key != "" }

// check finds what is wrong with the flags before something is to start.
func (s *runStarter) check() error {
	if !s.able() {
		return nil
	}
	if s.url == "" {
		return errors.New("runs are started at the address of the promoter's listener: --start-url http://…")
	}
	_, err := os.Stat(s.key)
	return err
}

// start asks for a run. That the event is accepted says nothing of the run: when there is one
// of that name, the API server refuses another, and nobody hears of it but the listener's log.
func (s *runStarter) start(ctx context.Context, w world, e start, pause time.Duration) error {
	if err := s.check(); err != nil {
		return err
	}
	key, err := os.ReadFile(s.key)
	if err != nil {
		return err
	}
	if _, err := (sending{s.url, key, 3, pause}).send(ctx, w, startEvent, e); err != nil {
		return fmt.Errorf("start %s: %w", e.Pipeline, err)
	}
	return nil
}

// runOnce names a run of a pipeline so that it starts once for the same reasons: a second one
// finds the name taken. Long names of pipelines are cut, since a run's name becomes a label.
func runOnce(pipeline string, reasons ...string) string {
	sum := sha256.Sum256([]byte(pipeline + "\x00" + strings.Join(reasons, "\x00")))
	return tekton.StartedPrefix(pipeline) + "-" + hex.EncodeToString(sum[:5])
}
