// Package deployed says what became of a release, from what Argo CD says of its
// Application. Synced and Healthy may be those of the release before; this is what tells
// them apart. It asks nobody: the Application is handed in.
package deployed

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is what became of a release.
type State string

// The states.
const (
	Waiting  State = "waiting"  // Argo CD is not done with it
	Deployed State = "deployed" // it runs, and is well
	Degraded State = "degraded" // it was applied or refused, and is not well
)

// Verdict is a state, since when, and what it follows from.
type Verdict struct {
	State State
	Since time.Time // with Deployed: since when all of it has been so
	Why   string    // one line
}

// Application is what is read of an Argo CD Application, as the API server sends it.
type Application struct {
	Operation *json.RawMessage `json:"operation"` // what is asked of Argo CD and not begun
	Status    struct {
		Sync struct {
			Status   string `json:"status"`
			Revision string `json:"revision"`
		} `json:"sync"`
		Health struct {
			Status  string `json:"status"`
			Message string `json:"message"`
			Since   string `json:"lastTransitionTime"`
		} `json:"health"`
		OperationState *struct {
			Phase      string `json:"phase"`
			Message    string `json:"message"`
			FinishedAt string `json:"finishedAt"`
			Operation  struct {
				Sync *struct {
					Revision string `json:"revision"`
				} `json:"sync"`
			} `json:"operation"`
			SyncResult *struct {
				Revision string `json:"revision"`
			} `json:"syncResult"`
		} `json:"operationState"`
		Conditions []struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"conditions"`
		Summary struct {
			Images []string `json:"images"`
		} `json:"summary"`
	} `json:"status"`
}

// Judge says what became of a release of an image, NAME@DIGEST; "" for a release of nothing
// but a spec. has reports whether a revision of the fleet holds the release: whether it is
// the release's commit or comes after it.
//
// Deployed is: the newest state that Argo CD compared has the release, nothing differs from
// it, the last sync succeeded, the digest is among the images that run, and all is well.
func (a *Application) Judge(image string, has func(revision string) (bool, error)) (Verdict, error) {
	waiting := func(format string, args ...any) (Verdict, error) {
		return Verdict{State: Waiting, Why: line(fmt.Sprintf(format, args...))}, nil
	}
	s, op := &a.Status, a.Status.OperationState
	if s.Sync.Revision == "" {
		return waiting("Argo CD has not compared it yet")
	}
	ok, err := has(s.Sync.Revision)
	if err != nil {
		return Verdict{}, err
	}
	switch {
	case !ok:
		return waiting("Argo CD is at %s, before the release", short(s.Sync.Revision))
	case a.Operation != nil || op != nil && (op.Phase == "Running" || op.Phase == "Terminating"):
		return waiting("Argo CD is syncing it")
	case op != nil && (op.Phase == "Failed" || op.Phase == "Error"):
		if ok, err := has(a.attempted()); err != nil || !ok {
			return Verdict{State: Waiting, Why: "the sync before the release failed, and Argo CD has not tried this one"}, err
		}
		return Verdict{State: Degraded, Why: line("the sync failed: " + op.Message)}, nil
	case s.Sync.Status != "Synced":
		return waiting("it is %s", s.Sync.Status)
	}
	if _, digest, found := strings.Cut(image, "@"); found && !slices.ContainsFunc(s.Summary.Images, func(i string) bool { return strings.HasSuffix(i, "@"+digest) }) {
		return waiting("nothing runs %s yet", digest)
	}
	switch s.Health.Status {
	case "Healthy":
		since, why := latest(s.Health.Since), "synced and healthy"
		if op != nil {
			since = latest(s.Health.Since, op.FinishedAt)
		}
		return Verdict{State: Deployed, Since: since, Why: why}, nil
	case "Degraded":
		why := "Degraded"
		if s.Health.Message != "" {
			why += ": " + s.Health.Message
		}
		return Verdict{State: Degraded, Why: line(why)}, nil
	}
	return waiting("it is %s", s.Health.Status)
}

// attempted is the revision that the last sync was of.
func (a *Application) attempted() string {
	op := a.Status.OperationState
	if op.SyncResult != nil && op.SyncResult.Revision != "" {
		return op.SyncResult.Revision
	}
	if op.Operation.Sync != nil {
		return op.Operation.Sync.Revision
	}
	return ""
}

// latest is the last of some times; what is not a time counts as the beginning of time.
func latest(times ...string) (last time.Time) {
	for _, t := range times {
		if at, err := time.Parse(time.RFC3339, t); err == nil && at.After(last) {
			last = at
		}
	}
	return last
}

// line makes a message of others one line of a record.
func line(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:199]) + "…"
	}
	return text
}

func short(revision string) string { return revision[:min(len(revision), 12)] }
