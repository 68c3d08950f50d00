//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package disk

import "os"

// tryLock has no lock to take on this system; see [lock].
func tryLock(*os.Root) (lock, error) { return lock{release: func() {}}, nil }
