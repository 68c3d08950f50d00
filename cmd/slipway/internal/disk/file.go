package disk

import (
	"fmt"
	"os"
	"path"

	"slipway.dev/compiler/plan"
)

// WriteFile writes one file of a fleet that is not compiled output, such as a release
// record: beside its place first, then renamed over it, so that it is wholly old or wholly
// new. Folders on the way are made. name is slash-separated, below root.
func WriteFile(root *os.Root, name string, content []byte) error {
	wrap := func(err error) error { return fmt.Errorf("write %s: %w", name, err) }
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return wrap(err)
	}
	temp := path.Join(path.Dir(name), plan.TempPrefix+path.Base(name))
	f, err := root.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return wrap(err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		_ = root.Remove(temp) // what matters is the first error
		return wrap(err)
	}
	return nil
}
