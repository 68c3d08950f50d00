package land

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Author is who commits.
type Author struct{ Name, Email string }

// Patience is how a push is tried again while others push.
type Patience struct {
	Attempts int           // 30 when 0
	Pause    time.Duration // the longest first pause; it doubles with every try, up to 64 times; 250 ms when 0
}

// Apply changes the work tree in a folder and returns the commit's message; an empty one
// means that there is nothing to commit. It is called again, on what is there by then,
// whenever somebody else pushed first.
type Apply func(dir string) (message string, err error)

// Land commits what apply makes of the branch, and pushes it. It returns the commit that
// holds the change, or the branch's when there was none. Progress goes to log.
func (c *Clone) Land(ctx context.Context, who Author, p Patience, log io.Writer, apply Apply) (commit string, changed bool, err error) {
	if p.Attempts == 0 {
		p.Attempts = 30
	}
	if p.Pause == 0 {
		p.Pause = 250 * time.Millisecond
	}
	stuck := 0
	for attempt := 1; ; attempt++ {
		base, err := c.Head(ctx)
		if err != nil {
			return "", false, err
		}
		if err := c.Checkout(ctx); err != nil {
			return "", false, err
		}
		message, err := apply(c.Dir)
		if err != nil {
			return "", false, err
		}
		if message == "" {
			return base, false, nil
		}
		if commit, err = c.commit(ctx, who, message); err != nil {
			return "", false, err
		}
		_, lost := c.Git(ctx, "push", "--quiet", "--end-of-options", "origin", "HEAD:refs/heads/"+c.Branch)
		if lost == nil {
			return commit, true, nil
		}
		if attempt >= p.Attempts {
			return "", false, fmt.Errorf("gave up after %d tries: %w", attempt, lost)
		}
		if err := wait(ctx, p.Pause<<min(attempt, 6)); err != nil {
			return "", false, err
		}
		if err := c.update(ctx); err != nil {
			fmt.Fprintf(log, "the fetch failed, trying again: %v\n", err)
		}
		now, err := c.Head(ctx)
		if err != nil {
			return "", false, err
		}
		// Hosts word a lost race in many ways; what counts is whether the branch moved.
		switch now {
		case commit: // reported as lost, and arrived
			return commit, true, nil
		case base:
			if stuck++; stuck == 3 {
				return "", false, fmt.Errorf("the push was refused three times although nobody else pushed: %w", lost)
			}
		default:
			stuck = 0
			fmt.Fprintln(log, "somebody else pushed first; applying the change again")
		}
	}
}

func (c *Clone) commit(ctx context.Context, who Author, message string) (string, error) {
	if _, err := c.Git(ctx, "add", "--all"); err != nil {
		return "", err
	}
	if _, err := c.Git(ctx, "-c", "user.name="+who.Name, "-c", "user.email="+who.Email, "commit", "--quiet", "--no-verify", "--message="+message); err != nil {
		return "", err
	}
	return c.Git(ctx, "rev-parse", "--verify", "HEAD")
}

// wait waits for anything up to a ceiling, so that those who collided spread out.
func wait(ctx context.Context, ceiling time.Duration) error {
	t := time.NewTimer(rand.N(ceiling + 1))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return errors.Join(errors.New("while waiting to push again"), context.Cause(ctx))
	case <-t.C:
		return nil
	}
}
