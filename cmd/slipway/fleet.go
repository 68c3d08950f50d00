package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"slipway.dev/compiler"
)

// fleet is a fleet's folder, opened so that nothing outside it can be read through it.
type fleet struct {
	dir  string // as the user gave it, or found above the current folder
	root *os.Root
}

// openFleet opens the fleet that holds start: start itself or a folder above it.
func openFleet(start string) (*fleet, error) {
	dir := filepath.Clean(start)
	for {
		if info, err := os.Stat(filepath.Join(dir, compiler.PlatformFile)); err == nil && info.Mode().IsRegular() {
			root, err := os.OpenRoot(dir)
			if err != nil {
				return nil, err
			}
			return &fleet{dir, root}, nil
		}
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		if abs == filepath.Dir(abs) {
			return nil, fmt.Errorf("there is no %s in %s or above it; `slipway init` makes a fleet", compiler.PlatformFile, start)
		}
		dir = filepath.Join(dir, "..")
	}
}

func (f *fleet) fs() fs.FS { return f.root.FS() }

// output is the folder that compiled files go to.
func (f *fleet) output(override string) string {
	if override != "" {
		return override
	}
	return filepath.Join(f.dir, compiler.OutputDir)
}

// selection finds the fleet that paths belong to and the services that they name. A path
// is a fleet's folder (all of it), a service's file, or a folder with some.
func selection(paths []string, dir string) (*fleet, []string, error) {
	if len(paths) == 0 {
		f, err := openFleet(dir)
		return f, nil, err
	}
	var f *fleet
	var services []string
	whole := false
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, nil, explainPath(p, err)
		}
		at := p
		if !info.IsDir() {
			at = filepath.Dir(p)
		}
		g, err := openFleet(at)
		if err != nil {
			return nil, nil, err
		}
		if f == nil {
			f = g
		} else if !sameDir(f.dir, g.dir) {
			return nil, nil, fmt.Errorf("%s and %s belong to different fleets; compile one at a time", paths[0], p)
		}
		rel, err := relative(f.dir, p)
		if err != nil {
			return nil, nil, err
		}
		switch parts := strings.Split(filepath.ToSlash(rel), "/"); {
		case rel == "." || rel == "services" || rel == compiler.PlatformFile:
			whole = true
		case parts[0] == "services" && len(parts) >= 2:
			services = append(services, strings.TrimSuffix(parts[1], ".cue"))
		case parts[0] == "releases" && len(parts) == 3:
			services = append(services, strings.TrimSuffix(strings.TrimSuffix(parts[2], ".cue"), ".yaml"))
		default:
			return nil, nil, fmt.Errorf("%s is neither a fleet's folder nor a service's file (services/NAME.cue)", p)
		}
	}
	if whole {
		services = nil
	}
	return f, services, nil
}

func explainPath(p string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if file := filepath.Join("services", p+".cue"); isFile(file) {
			return fmt.Errorf("there is no file or folder %s; did you mean %s?", p, file)
		}
		return fmt.Errorf("there is no file or folder %s", p)
	}
	return err
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func sameDir(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

func relative(dir, p string) (string, error) {
	a, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	b, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	return filepath.Rel(a, b)
}
