// Package disk is the one place that writes to the output folder. It carries
// out what package plan compared, and decides nothing itself.
//
// What it promises:
//
//   - Killed at any moment, every file is wholly old or wholly new. All new
//     contents are written beside their targets first and renamed last, and
//     nothing is removed before all is written.
//   - The same holds when the power fails, as far as the disk keeps its word:
//     contents are synced before the first rename, folders before the first
//     removal.
//   - An error before the first rename leaves everything as it was; one after
//     it is undone where the file system still lets us.
//   - Nothing outside the folder is read or written: every access goes through
//     an [os.Root], and symlinks inside it are refused.
//   - Files that are up to date are not touched, nor are those that changed
//     since they were compared.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"

	"slipway.dev/compiler/plan"
)

// Output is an output folder. It is a [plan.Tree].
type Output struct {
	dir   string   // as the user knows it, cleaned
	root  *os.Root // nil as long as dir does not exist
	temps []string // names with plan.TempPrefix that List came across

	folders sync.Map // path of a folder → error; what Read learnt about it
	walks   walks    // what Read has open

	// before is called ahead of each step that changes anything, and its
	// error is taken for the step's. Tests fail and kill runs with it.
	before func(op, path string) error
}

// Open opens the output folder at dir. It need not exist: then it holds no
// files, and [Output.Commit] creates it when there is something to write. A
// symlink is refused: in a checkout it would be somebody else's choice of
// where we write.
func Open(dir string) (*Output, error) {
	o := &Output{dir: filepath.Clean(dir)}
	if err := o.open(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return o, nil
}

func (o *Output) open() error {
	info, err := os.Lstat(o.dir)
	switch {
	case err != nil:
		return fmt.Errorf("open output folder %s: %w", o.dir, cause(err))
	case info.Mode().Type() == fs.ModeSymlink:
		return fmt.Errorf("open output folder %s: it is a symlink; name the folder that it points to", o.dir)
	case !info.IsDir():
		return fmt.Errorf("open output folder %s: it is a file", o.dir)
	}
	o.root, err = os.OpenRoot(o.dir)
	if err != nil {
		return fmt.Errorf("open output folder %s: %w", o.dir, cause(err))
	}
	return nil
}

// Close releases the folder. The output must not be used after it.
func (o *Output) Close() error {
	if o.root == nil {
		return nil
	}
	o.forget()
	return o.root.Close()
}

// List implements [plan.Tree].
func (o *Output) List() ([]string, error) {
	if o.root == nil {
		return nil, nil
	}
	files, temps, err := plan.ListFS(o.root.FS())
	if err != nil {
		return nil, fmt.Errorf("list output folder %s: %w", o.dir, err)
	}
	o.temps = temps
	return files, nil
}

// Read implements [plan.Tree]. What it learns about folders is kept, as most
// files have theirs in common.
func (o *Output) Read(p string) ([]byte, error) {
	w := o.walks.borrow(o.root)
	defer o.walks.giveBack(w)
	return o.readFrom(w, p)
}

func (o *Output) readFrom(w *walk, p string) ([]byte, error) {
	if err := o.checkFolder(path.Dir(p)); err != nil {
		return nil, o.wrap("read", p, err)
	}
	folder, err := w.to(path.Dir(p))
	if err != nil {
		return nil, o.wrap("read", p, err)
	}
	info, err := folder.Lstat(path.Base(p))
	if err != nil {
		return nil, o.wrap("read", p, err)
	}
	// Asked before opening: opening a pipe would wait for its other end.
	if err := plan.CheckFile(p, info.Mode()); err != nil {
		return nil, o.wrap("read", p, err)
	}
	content, err := folder.ReadFile(path.Base(p))
	if err != nil {
		return nil, o.wrap("read", p, err)
	}
	return content, nil
}

// forget drops what was learnt about folders.
func (o *Output) forget() {
	o.folders.Clear()
	o.walks.close()
}

// checkFolder returns nil if dir and all above it are folders, not symlinks.
// os.Root alone would follow a symlink that stays inside the output folder.
func (o *Output) checkFolder(dir string) error {
	if o.root == nil {
		return fs.ErrNotExist
	}
	if dir == "." {
		return nil
	}
	if known, ok := o.folders.Load(dir); ok {
		err, _ := known.(error)
		return err
	}
	err := o.checkFolder(path.Dir(dir))
	if err == nil {
		err = lstatFolder(o.root, dir, dir)
	}
	o.folders.Store(dir, err)
	return err
}

// lstatFolder is about the folder dir, which is called name in another one.
func lstatFolder(in *os.Root, name, dir string) error {
	info, err := in.Lstat(name)
	if err != nil {
		return err
	}
	return plan.CheckFolder(dir, info.Mode())
}

// wrap says what was being done to which file, once: the library's own
// errors would name a system call and the path again.
func (o *Output) wrap(doing, p string, err error) error {
	return fmt.Errorf("%s %s: %w", doing, o.name(p), cause(err))
}

// name is p as the user knows it.
func (o *Output) name(p string) string { return filepath.Join(o.dir, filepath.FromSlash(p)) }

func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
