package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"slipway.dev/compiler/plan"
)

// write is one file to be written.
type write struct {
	entry   plan.Entry
	temp    string      // beside the target; may not exist yet
	mode    fs.FileMode // of the file that is replaced
	was     []byte      // its content; nil if there was none
	settled bool        // somebody else wrote just this meanwhile
	renamed bool
}

// stage writes all new contents beside their targets and makes them durable.
// Nobody sees a difference yet, and a full disk, a folder that may not be
// written to and a file that changed meanwhile have shown themselves.
func (r *run) stage(ctx context.Context) error {
	if err := r.makeFolders(); err != nil {
		return err
	}
	err := r.each(func(at *walk, w *write) error {
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("write %s: %w", r.dir, err)
		}
		return r.stageFile(at, w)
	})
	if err != nil {
		return err
	}
	if err := r.step("sync", "."); err != nil {
		return r.wrap("write", ".", err)
	}
	return r.syncTemps()
}

// makeFolders creates the folders of all writes, and names the temporary files.
func (r *run) makeFolders() error {
	at := &walk{root: r.root}
	defer at.back(0)
	for _, w := range r.writes {
		dir := path.Dir(w.entry.Path)
		if err := r.makeFolder(at, dir); err != nil {
			return err
		}
		w.temp = path.Join(dir, r.tempName())
	}
	return nil
}

// makeFolder creates dir with all above it, and remembers what it created.
func (r *run) makeFolder(at *walk, dir string) error {
	if dir == "." {
		return nil
	}
	if known, ok := r.folders.Load(dir); ok && known == nil {
		return nil
	}
	if err := r.makeFolder(at, path.Dir(dir)); err != nil {
		return err
	}
	above, err := at.to(path.Dir(dir))
	if err != nil {
		return r.wrap("create folder", dir, err)
	}
	err = lstatFolder(above, path.Base(dir), dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = r.step("mkdir", dir); err == nil {
			err = above.Mkdir(path.Base(dir), 0o755)
		}
		if err == nil {
			r.created = append(r.created, dir)
			if r.fresh == nil {
				r.fresh = map[string]bool{}
			}
			r.fresh[dir] = true
		}
	}
	if err != nil {
		return r.wrap("create folder", dir, err)
	}
	r.folders.Store(dir, nil)
	return nil
}

func (r *run) stageFile(at *walk, w *write) error {
	p := w.entry.Path
	if err := r.verify(at, w); err != nil || w.settled {
		return err
	}
	if err := r.step("create", p); err != nil {
		return r.wrap("write", p, err)
	}
	if err := r.writeTemp(at, w.temp, w.mode, w.entry.New, p); err != nil {
		return r.wrap("write", p, err)
	}
	return nil
}

// verify makes sure that the target is still what was compared, as everything
// that was decided rests on that.
func (r *run) verify(at *walk, w *write) error {
	e := w.entry
	if r.fresh[path.Dir(e.Path)] { // made a moment ago, by us
		w.mode = 0o644
		return nil
	}
	now, err := r.readFrom(at, e.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.mode = 0o644
		return nil
	case err != nil:
		return err
	case bytes.Equal(now, e.New):
		w.settled = true
		return nil
	case e.State == plan.Missing || !bytes.Equal(now, e.Old):
		return fmt.Errorf("write %s: it changed since it was compared; nothing was written, run it again", r.name(e.Path))
	}
	info, err := r.root.Lstat(e.Path)
	if err != nil {
		return r.wrap("write", e.Path, err)
	}
	w.mode, w.was = info.Mode().Perm(), now
	return nil
}

// writeTemp creates temp, and removes nothing if it fails: unstage does.
func (r *run) writeTemp(at *walk, temp string, mode fs.FileMode, content []byte, target string) error {
	folder, err := at.to(path.Dir(temp))
	if err != nil {
		return err
	}
	f, err := folder.OpenFile(path.Base(temp), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err = r.step("write", target); err == nil {
		_, err = f.Write(content)
	}
	if mode != 0o644 {
		f.Chmod(mode) // some file systems have no modes
	}
	return errors.Join(err, f.Close())
}

// unstage takes back what stage did, as far as it got. What it cannot remove
// the next run will.
func (r *run) unstage() {
	for _, w := range r.writes {
		if w.temp != "" && !w.renamed {
			r.root.Remove(w.temp)
		}
	}
	for _, dir := range slices.Backward(r.created) {
		r.root.Remove(dir) // fails if somebody else put something there
	}
}

// each calls f for all writes, several at a time as they mostly wait for the
// disk. After an error no further ones are begun; the first in order returns.
// Neighbours, which mostly share a folder, are one goroutine's.
func (r *run) each(f func(*walk, *write) error) error {
	errs := make([]error, len(r.writes))
	workers := min(len(r.writes), 4*runtime.GOMAXPROCS(0))
	share := min(32, (len(r.writes)+workers-1)/max(workers, 1))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			at := &walk{root: r.root}
			defer at.back(0)
			for {
				from := int(next.Add(int64(share))) - share
				for i := from; i < min(from+share, len(r.writes)) && !failed.Load(); i++ {
					if errs[i] = f(at, r.writes[i]); errs[i] != nil {
						failed.Store(true)
					}
				}
				if from+share >= len(r.writes) || failed.Load() {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
