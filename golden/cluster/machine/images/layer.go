package images

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// files are what a layer holds, by absolute path in the image.
type files map[string]file

// file is a regular file, a folder or a link; all belong to root.
type file struct {
	from string      // a file of this machine, whose content is taken
	text []byte      // the content, where from is empty
	link string      // a symbolic link to this
	mode fs.FileMode // 0 is 0644; with fs.ModeDir a folder
}

// program adds an executable of this machine.
func (f files) program(at, from string) { f[at] = file{from: from, mode: 0o755} }

// tree adds everything below a folder of this machine, but for what skip names.
func (f files) tree(at, from string, skip ...string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if slices.Contains(skip, rel) {
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		to := path.Join(at, filepath.ToSlash(rel))
		switch {
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			f[to] = file{link: target}
		case d.Type().IsRegular():
			f[to] = file{from: name, mode: info.Mode().Perm()}
		}
		return nil
	})
}

// linked adds a dynamically linked program with its libraries, each where the loader of this
// machine finds it.
func (f files) linked(at, from string) error {
	f.program(at, from)
	out, err := exec.Command("ldd", from).Output()
	if err != nil {
		return fmt.Errorf("ldd %s: %w", from, err)
	}
	for line := range strings.Lines(string(out)) {
		// NAME => PATH (ADDRESS), or PATH (ADDRESS) for the loader itself.
		_, name, ok := strings.Cut(line, "=>")
		if !ok {
			name = line
		}
		fields := strings.Fields(name)
		if len(fields) > 0 && strings.HasPrefix(fields[0], "/") {
			f.program(fields[0], fields[0])
		}
	}
	return nil
}

// layer packs files, always into the same bytes: sorted, without times. It is not
// compressed; it travels over loopback only.
func (f files) layer() (v1.Layer, error) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	made := map[string]bool{"/": true}
	var folder func(string, int64) error
	folder = func(dir string, mode int64) error {
		if made[dir] {
			return nil
		}
		made[dir] = true
		if err := folder(path.Dir(dir), 0o755); err != nil {
			return err
		}
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir[1:] + "/", Mode: mode})
	}
	for _, at := range slices.Sorted(maps.Keys(f)) {
		entry := f[at]
		if err := folder(path.Dir(at), 0o755); err != nil {
			return nil, err
		}
		err := error(nil)
		switch {
		case entry.mode.IsDir():
			mode := int64(entry.mode.Perm())
			if entry.mode&fs.ModeSticky != 0 {
				mode |= 0o1000
			}
			err = folder(at, mode)
		case entry.link != "":
			err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: at[1:], Linkname: entry.link, Mode: 0o777})
		default:
			err = entry.write(w, at)
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", at, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return static.NewLayer(packed.Bytes(), types.DockerUncompressedLayer), nil
}

func (e file) write(w *tar.Writer, at string) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: at[1:], Mode: int64(e.mode.Perm()), Size: int64(len(e.text))}
	if header.Mode == 0 {
		header.Mode = 0o644
	}
	var content io.Reader = bytes.NewReader(e.text)
	if e.from != "" {
		f, err := os.Open(e.from)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		header.Size, content = info.Size(), f
	}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(w, content)
	return err
}
