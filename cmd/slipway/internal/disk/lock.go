package disk

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrBusy is what [Output.Commit] fails with while another run writes to the
// same folder.
var ErrBusy = errors.New("another slipway is writing to it; run it again when that has ended")

// lock keeps two runs from interleaving. The system drops it when a run ends,
// however it ends, so that none is ever left behind.
type lock struct {
	held    bool // false on file systems that have no locks
	release func()
}

// patience is how often to ask for the lock while waiting.
const patience = 20 * time.Millisecond

// lock takes the lock, waiting at most that long for another run.
func (o *Output) lock(ctx context.Context, wait time.Duration) (lock, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		l, err := tryLock(o.root)
		if err == nil {
			return l, nil
		}
		if !errors.Is(err, ErrBusy) {
			return lock{}, fmt.Errorf("lock %s: %w", o.dir, cause(err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return lock{}, fmt.Errorf("write %s: %w", o.dir, ErrBusy)
		}
	}
}
