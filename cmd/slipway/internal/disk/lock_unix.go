//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package disk

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the output folder itself, so that there is no lock file that
// somebody could commit. Where the file system has no locks on folders (some
// network ones) the run goes on without: then two runs at once still write
// whole files only, but may mix theirs.
func tryLock(root *os.Root) (lock, error) {
	f, err := root.Open(".")
	if err != nil {
		return lock{}, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return lock{}, ErrBusy
	}
	return lock{held: err == nil, release: func() {
		// Closing is not enough: a process that is being started at this
		// moment has the lock too, until it closes what it inherited.
		syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
		f.Close()
	}}, nil
}
