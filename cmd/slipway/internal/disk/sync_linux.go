package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncFS syncs the file system that root is on. Since Linux 5.8 it reports
// what could not be written.
func syncFS(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}

// syncFolder forgives file systems that have no such thing, as network and
// container ones do.
func syncFolder(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}
