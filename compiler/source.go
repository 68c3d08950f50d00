package compiler

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
	"slipway.dev/compiler/load"
)

// PlatformFile is where the platform's side lies in a fleet.
const PlatformFile = "platform.cue"

// ServiceFile is where the spec of a service lies: services/NAME.cue, or
// services/NAME/service.cue.
type ServiceFile struct {
	Name, Path string
}

// Services lists the services of a fleet by their files, sorted by name. Two files for one
// name are a mistake, reported in ds; the first is kept.
func Services(fleet fs.FS, ds *diag.List) ([]ServiceFile, error) {
	entries, err := fs.ReadDir(fleet, "services")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []ServiceFile
	for _, e := range entries {
		name, p := strings.TrimSuffix(e.Name(), ".cue"), path.Join("services", e.Name())
		switch {
		case e.IsDir():
			p = path.Join(p, "service.cue")
			if _, err := fs.Stat(fleet, p); err != nil {
				continue
			}
		case path.Ext(e.Name()) != ".cue":
			if slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(e.Name())) {
				ds.Warnf(diag.UnreadableFile, diag.Pos{File: p}, "%s is not a spec: specs are .cue files", p).
					WithHint("write it as services/%s.cue, or move it away", strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
			}
			continue
		}
		out = append(out, ServiceFile{name, p})
	}
	slices.SortFunc(out, func(a, b ServiceFile) int { return strings.Compare(a.Name+"\x00"+a.Path, b.Name+"\x00"+b.Path) })
	return slices.CompactFunc(out, func(a, b ServiceFile) bool {
		if a.Name != b.Name {
			return false
		}
		ds.Errorf(diag.DuplicateService, diag.Pos{File: b.Path, Line: 1, Col: 1}, "service %q has two files: %s and %s", a.Name, a.Path, b.Path).
			WithHint("keep one of them")
		return true
	}), nil
}

// strayRecords warns of records that belong to no service or environment: after a service
// was renamed or removed, say. They would come to life with a new one of that name.
func (p *platform) strayRecords(fleet fs.FS, services []string, ds *diag.List) error {
	envs, err := fs.ReadDir(fleet, "releases")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, env := range envs {
		if !env.IsDir() {
			continue
		}
		if p.environment(env.Name()) == nil {
			ds.Warnf(diag.BadRecord, diag.Pos{File: path.Join("releases", env.Name())}, "releases/%s is of an environment that there is not", env.Name()).
				WithHint("%s", cmpOr(diag.Suggest(env.Name(), p.environments()), "remove it"))
			continue
		}
		records, err := fs.ReadDir(fleet, path.Join("releases", env.Name()))
		if err != nil {
			return err
		}
		for _, rec := range records {
			name := strings.TrimSuffix(rec.Name(), ".yaml")
			if name != rec.Name() && !slices.Contains(services, name) {
				ds.Warnf(diag.BadRecord, diag.Pos{File: path.Join("releases", env.Name(), rec.Name())}, "there is a release of %q in %q, but no such service", name, env.Name()).
					WithHint("if it was renamed, promote it under its new name; then remove releases/%s/%s.*", env.Name(), name)
			}
		}
	}
	return nil
}

// load reads a service: its spec, its release records and, where an environment follows
// releases, the spec as released. It returns nil when the spec as it stands has mistakes.
func (p *platform) load(fleet fs.FS, l *load.Loader, f ServiceFile, ds *diag.List) (*spec, error) {
	src, err := readFile(fleet, f.Path)
	if err != nil {
		unreadable(ds, f.Path, err)
		return nil, nil
	}
	s := &spec{file: f.Path, name: f.Name, src: src, same: map[string]bool{}, copies: map[string]*layer.Node{}, record: map[string]*versions.Record{}}
	hds := ds.Sub()
	s.head = l.Service(f.Path, src, hds)
	s.wrong = hds
	ds.Append(hds)
	for _, env := range p.ir.Environments {
		rds := ds.Sub()
		if err := p.loadRelease(fleet, l, s, env.Name, env.Head, rds); err != nil {
			return nil, err
		}
		ds.Append(rds)
	}
	if s.head == nil {
		return nil, nil
	}
	return s, nil
}

func (p *platform) loadRelease(fleet fs.FS, l *load.Loader, s *spec, env string, head bool, ds *diag.List) error {
	content, err := readFile(fleet, versions.Path(env, s.name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		unreadable(ds, versions.Path(env, s.name), err)
		return nil
	}
	rec := versions.Parse(env, s.name, content, ds)
	if rec == nil {
		return nil
	}
	s.record[env] = rec
	if head {
		return nil
	}
	file := versions.SpecPath(env, s.name)
	at := diag.Pos{File: versions.Path(env, s.name), Line: 1, Col: 1}
	src, err := readFile(fleet, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		ds.Errorf(diag.MissingSpec, at, "%q follows releases, but the spec as released is not there: %s", env, file).
			WithHint("take it back with `git checkout %s`, or promote again", file)
		return nil
	case err != nil:
		unreadable(ds, file, err)
		return nil
	case versions.SpecSum(src) != rec.Spec:
		ds.Errorf(diag.SpecChanged, diag.Pos{File: file, Line: 1, Col: 1}, "this is not the spec that was released in %q: its sha256 is not the one in %s", env, at.File).
			WithHint("never edit it: take it back with `git checkout %s`, change services/%s.cue and promote", file, s.name)
		return nil
	}
	if s.head != nil && bytes.Equal(src, s.src) { // the usual case, and loading is most of the work
		if !s.wrong.HasErrors() {
			s.copies[env], s.same[env] = s.head.In(file), true
		}
		return nil
	}
	if tree := l.Service(file, src, ds); !ds.HasErrors() {
		s.copies[env] = tree
	}
	return nil
}

// unreadable reports a file of a service that cannot be read; others are compiled.
func unreadable(ds *diag.List, file string, err error) {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	ds.Errorf(diag.UnreadableFile, diag.Pos{File: file}, "%s cannot be read: %v", file, err)
}

// readFile reads a regular file; a symlink could lead out of the fleet.
func readFile(fleet fs.FS, name string) ([]byte, error) {
	if info, err := fs.Lstat(fleet, name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is not a regular file; a spec or record is never a link")}
	}
	return fs.ReadFile(fleet, name)
}
