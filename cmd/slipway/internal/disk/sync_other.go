//go:build !linux

package disk

import (
	"errors"
	"os"
)

// syncFS is Linux's; elsewhere files are synced one by one.
func syncFS(*os.Root) error { return errors.ErrUnsupported }

// syncFolder is best effort: Windows cannot sync folders, and others answer
// differently by file system.
func syncFolder(f *os.File) error {
	f.Sync()
	return nil
}
