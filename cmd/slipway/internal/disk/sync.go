package disk

import (
	"os"
	"path"
	"slices"
)

// manyFiles is from when on one sync of the whole file system is cheaper than
// one of each file: a promotion writes a handful, an upgrade of the compiler
// tens of thousands.
const manyFiles = 64

// syncTemps makes the staged contents durable. A killed run would not need it:
// the kernel keeps what was written. After a power cut, though, several file
// systems have the rename but not yet the content, which is an empty file.
func (r *run) syncTemps() error {
	if len(r.writes) > manyFiles && syncFS(r.root) == nil {
		return nil
	}
	return r.each(func(at *walk, w *write) error {
		if w.settled {
			return nil
		}
		// For writing, as Windows flushes nothing else.
		folder, err := at.to(path.Dir(w.temp))
		if err != nil {
			return r.wrap("write", w.entry.Path, err)
		}
		f, err := folder.OpenFile(path.Base(w.temp), os.O_WRONLY, 0)
		if err != nil {
			return r.wrap("write", w.entry.Path, err)
		}
		defer f.Close()
		if err := f.Sync(); err != nil {
			return r.wrap("write", w.entry.Path, err)
		}
		return nil
	})
}

// syncFolders makes the renames durable, so that no power cut keeps a removal
// and forgets a rename.
func (r *run) syncFolders() error {
	var dirs []string
	for _, w := range r.writes {
		if w.renamed {
			dirs = append(dirs, path.Dir(w.entry.Path))
		}
	}
	for _, dir := range r.created {
		dirs = append(dirs, path.Dir(dir))
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	if len(dirs) > manyFiles && syncFS(r.root) == nil {
		return nil
	}
	for _, dir := range dirs {
		f, err := r.root.Open(dir)
		if err != nil {
			return r.wrap("write", dir, err)
		}
		err = syncFolder(f)
		f.Close()
		if err != nil {
			return r.wrap("write", dir, err)
		}
	}
	return nil
}
