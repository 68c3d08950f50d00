package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Tree is an output folder as it stands. It is read from several goroutines.
type Tree interface {
	// List returns the paths of all regular files, sorted. Folders called
	// .git and names that begin with [TempPrefix] are passed over, symlinks
	// are not followed.
	List() ([]string, error)

	// Read returns the content of the regular file at path. The error
	// wraps [fs.ErrNotExist] when nothing is there, and an [*Obstacle] when
	// something else is, there or where a folder of path should be.
	Read(path string) ([]byte, error)
}

// Obstacle is what stands on a planned path and is no regular file, or in the
// place of one of its folders.
type Obstacle struct {
	Path string // slash-separated, relative to the output folder
	Kind Kind
}

// Error names the path and what is there.
func (o *Obstacle) Error() string { return fmt.Sprintf("%s is %s", o.Path, o.Kind) }

// Kind is what an obstacle is.
type Kind int

// The kinds.
const (
	Symlink   Kind = iota
	Folder         // where a file should be
	NotFolder      // a file where a folder should be
	Irregular      // a device, socket or pipe
)

// String has its article: it follows "is".
func (k Kind) String() string {
	return [...]string{
		Symlink:   "a symlink",
		Folder:    "a folder, not a file",
		NotFolder: "a file, not a folder",
		Irregular: "neither a file nor a folder",
	}[k]
}

// CheckFolder returns the obstacle that something of this mode is where a
// folder should be, or nil if it is one.
func CheckFolder(path string, mode fs.FileMode) error {
	switch {
	case mode.IsDir():
		return nil
	case mode.IsRegular():
		return &Obstacle{path, NotFolder}
	case mode.Type() == fs.ModeSymlink:
		return &Obstacle{path, Symlink}
	}
	return &Obstacle{path, Irregular}
}

// CheckFile returns the obstacle that something of this mode is where a file
// should be, or nil if it is one.
func CheckFile(path string, mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return &Obstacle{path, Folder}
	case mode.Type() == fs.ModeSymlink:
		return &Obstacle{path, Symlink}
	}
	return &Obstacle{path, Irregular}
}

// ListFS walks fsys as [Tree.List] says. The names with [TempPrefix] that it
// passes over are returned apart. A root that does not exist has no files.
func ListFS(fsys fs.FS) (files, temps []string, err error) {
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // the root, or a folder that is gone since it was seen
		case err != nil:
			return err
		case d.IsDir() && strings.EqualFold(d.Name(), ".git"):
			return fs.SkipDir
		case !d.Type().IsRegular():
		case strings.HasPrefix(d.Name(), TempPrefix):
			temps = append(temps, p)
		default:
			files = append(files, p)
		}
		return nil
	})
	// Walking goes by folder, which is not the order of the strings: "a-b"
	// is before "a/b" here, after it there.
	slices.Sort(files)
	return files, temps, err
}

// FromFS is the tree that fsys holds, for folders that are in memory.
func FromFS(fsys fs.FS) Tree { return fsTree{fsys} }

type fsTree struct{ fsys fs.FS }

func (t fsTree) List() ([]string, error) {
	files, _, err := ListFS(t.fsys)
	return files, err
}

func (t fsTree) Read(p string) ([]byte, error) {
	for end := range p {
		if p[end] != '/' {
			continue
		}
		info, err := fs.Lstat(t.fsys, p[:end])
		if err != nil {
			return nil, err
		}
		if err := CheckFolder(p[:end], info.Mode()); err != nil {
			return nil, err
		}
	}
	info, err := fs.Lstat(t.fsys, p)
	if err != nil {
		return nil, err
	}
	if err := CheckFile(p, info.Mode()); err != nil {
		return nil, err
	}
	return fs.ReadFile(t.fsys, p)
}
