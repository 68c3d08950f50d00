package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Down stops every process of the cluster and removes its data; the logs stay until the
// next Up. It needs nothing of who started the cluster and may be called again, or when
// there is none.
//
// With a node, take that down first: a container's processes carry no mark.
func (c *Cluster) Down() error {
	// What is being started while this looks is found by looking again.
	for range 5 {
		all := append(c.records(), c.marked()...)
		if len(all) == 0 {
			break
		}
		if err := end(context.Background(), all); err != nil {
			return fmt.Errorf("stop the cluster in %s: %w", c.Dir, err)
		}
		if len(c.marked()) == 0 {
			break
		}
	}
	if left := c.marked(); len(left) > 0 {
		return fmt.Errorf("stop the cluster in %s: process %d (%s) and %d more keep coming back", c.Dir, left[0].PID, left[0].Name, len(left)-1)
	}
	if err := c.clear("log", "lock"); err != nil {
		return fmt.Errorf("remove the cluster in %s: %w", c.Dir, err)
	}
	return nil
}

// clear empties the folder but for the named entries.
func (c *Cluster) clear(but ...string) error {
	root, err := os.OpenRoot(c.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !slices.Contains(but, e.Name()) {
			errs = append(errs, root.RemoveAll(e.Name()))
		}
	}
	return errors.Join(errs...)
}
