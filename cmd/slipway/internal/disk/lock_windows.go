package disk

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"

	"slipway.dev/compiler/plan"
)

// tryLock opens a file that nobody else may open meanwhile, and that Windows
// removes when it is closed, be it by a kill. Folders cannot be locked here.
func tryLock(root *os.Root) (lock, error) {
	name, err := windows.UTF16PtrFromString(filepath.Join(root.Name(), plan.TempPrefix+"lock"))
	if err != nil {
		return lock{}, err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_WRITE|windows.DELETE, 0, nil, windows.OPEN_ALWAYS,
		windows.FILE_ATTRIBUTE_HIDDEN|windows.FILE_FLAG_DELETE_ON_CLOSE|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	switch {
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION), errors.Is(err, windows.ERROR_DELETE_PENDING):
		return lock{}, ErrBusy
	case err != nil:
		return lock{}, err
	}
	return lock{held: true, release: func() { syscall.CloseHandle(syscall.Handle(h)) }}, nil
}
