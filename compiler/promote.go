package compiler

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// Promotion asks for a release: of an image in To, of what runs in From in To, or of what To
// had before.
type Promotion struct {
	Service string
	To      string
	From    string // one of From, Image, Back
	Image   string // NAME[:TAG]@sha256:…
	Version string // what people call it; with From, that of the release there when empty
	Commit  string // with Image: the source's commit
	Message string // with Image: first line of its message
	Back    *Past
	By      string
	Reason  string
	Now     time.Time
}

// Past is a release that an environment had.
type Past struct {
	Record versions.Record
	Spec   []byte // nil where the environment follows head
}

// Promoted is what a promotion changes: a record, and a copy of the spec where the
// environment follows releases.
type Promoted struct {
	Record  versions.Record
	Before  *versions.Record   // nil: the first release there
	From    *versions.Record   // where it was taken from; nil for an image that was given
	Spec    []byte             // nil where the environment follows head
	CopyOf  string             // the image where it lies now, if that is the registry of other environments; else empty
	Own     bool               // the image lies in the environment's registry, or will
	Damaged []*diag.Diagnostic // why the record there says nothing of what was before; then Before is nil
	Known   bool               // some release of this commit has this version already; the image may be an earlier build of it
}

// Same reports whether the environment already runs just this.
func (p *Promoted) Same() bool {
	b := p.Before
	return b != nil && b.Image == p.Record.Image && b.Spec == p.Record.Spec && b.Version == p.Record.Version && b.Commit == p.Record.Commit
}

// Files are the promotion's files by their path in the fleet, the spec before the record
// that names its hash.
func (p *Promoted) Files() []PromotedFile {
	var out []PromotedFile
	if p.Spec != nil {
		out = append(out, PromotedFile{versions.SpecPath(p.Record.Environment, p.Record.Service), p.Spec})
	}
	return append(out, PromotedFile{versions.Path(p.Record.Environment, p.Record.Service), versions.Encode(p.Record)})
}

// PromotedFile is a file that a promotion writes.
type PromotedFile struct {
	Path    string
	Content []byte
}

// lastBefore is the environment that a service is promoted from to reach env, or nil: the one
// that env names, or where the service does not run there, the last one before it.
func (p *platform) lastBefore(s *spec, env *ir.Environment) *ir.Environment {
	var only []string
	if n := s.head.Get("runsIn"); n != nil {
		for _, item := range n.Items {
			only = append(only, item.Text)
		}
	}
	for from := env.From; from != nil; from = from.From {
		if len(only) == 0 || slices.Contains(only, from.Name) {
			return from
		}
	}
	return nil
}

// inRegistryOf is the name of an image in the registry of an environment. It is its own unless
// the image lies in the registry of another one: what comes from elsewhere stays there.
func (p *platform) inRegistryOf(to *ir.Environment, image string) string {
	lies := ""
	for _, e := range p.ir.Environments {
		if strings.HasPrefix(image, e.Registry+"/") && len(e.Registry) > len(lies) {
			lies = e.Registry
		}
	}
	if lies == "" || lies == to.Registry {
		return image
	}
	name, digest, _ := strings.Cut(strings.TrimPrefix(image, lies), "@")
	name, _, _ = strings.Cut(name, ":") // a copy has no tag
	return to.Registry + name + "@" + digest
}

// Promote says what a promotion writes. It needs platform.cue and the service to be valid,
// nothing else. Mistakes are in the list, and the result is then nil.
func Promote(fleet fs.FS, r Promotion, o Options) (*Promoted, *diag.List, error) {
	ds := &diag.List{}
	p, err := loadPlatform(fleet, o, ds)
	if err != nil || p == nil {
		return nil, ds, err
	}
	found := ds.Sub()
	var damaged []*diag.Diagnostic
	s, to, err := p.find(fleet, r.Service, r.To, o.watch(0), found)
	for _, d := range found.All() { // a damaged release elsewhere, or one that is replaced, is no reason to stop
		if d.At.File == versions.Path(r.To, r.Service) {
			damaged = append(damaged, d)
		}
		if !strings.HasPrefix(d.At.File, "releases/") || r.From != "" && strings.HasPrefix(d.At.File, "releases/"+r.From+"/") {
			ds.Add(d)
		}
	}
	if err != nil || s == nil || ds.HasErrors() {
		return nil, ds, err
	}
	if from := p.environment(r.From); from != nil && slices.Index(p.environments(), r.From) > slices.Index(p.environments(), r.To) && r.Reason == "" {
		ds.Errorf(diag.EnvironmentOrder, diag.Pos{}, "%q comes before %q, and releases go the other way", r.To, r.From).
			WithHint("to promote from %q, say --from %s --to %s; to go back in %q, slipway rollback %s --in %s", r.To, r.To, r.From, r.To, r.Service, r.To)
		return nil, ds, nil
	}
	if last := p.lastBefore(s, to); last != nil && r.Back == nil && r.From != last.Name && r.Reason == "" {
		d := ds.Errorf(diag.EnvironmentOrder, diag.Pos{}, "%q takes its releases from %q, so that what was tested there is what runs", to.Name, last.Name)
		if r.From == "" {
			d.WithHint("slipway promote %s --from %s --to %s; or say why not with --reason", r.Service, last.Name, to.Name)
		} else {
			d.WithHint("promote to %q first, then --from %s; or say why %q is skipped with --reason", last.Name, last.Name, last.Name)
		}
		return nil, ds, nil
	}
	rec := versions.Record{Service: r.Service, Environment: r.To, Since: r.Now.UTC().Format(time.RFC3339), By: r.By, Reason: r.Reason}
	specFile := s.file
	if r.Back != nil {
		before := s.record[r.To]
		if before == nil {
			ds.Errorf(diag.BadRecord, diag.Pos{}, "nothing of %q is released in %q, so there is nothing to go back from", r.Service, r.To)
			return nil, ds, nil
		}
		b := r.Back.Record
		rec.Image, rec.Version, rec.Commit, rec.Message = b.Image, b.Version, b.Commit, b.Message
		rec.RolledBack = append([]versions.Left{before.Release().Leave(b.Release())}, before.RolledBack...)
		if !to.Head {
			specFile = versions.SpecPath(r.To, r.Service)
		}
	} else if r.From != "" {
		env := p.environment(r.From)
		if env == nil {
			ds.Errorf(diag.UnknownEnvironment, diag.Pos{}, "there is no environment %q", r.From).WithHint("%s", diag.Suggest(r.From, p.environments()))
			return nil, ds, nil
		}
		before := s.record[r.From]
		switch {
		case before != nil && before.Hold != "" && r.Reason == "":
			ds.Errorf(diag.HeldRelease, diag.Pos{}, "the release of %q in %q is held: %s", r.Service, r.From, before.Hold).
				WithHint("release what mends it to %q, or say with --reason why it goes on", r.From)
			return nil, ds, nil
		case before != nil:
			rec.Image, rec.Version, rec.Commit, rec.Message = before.Image, cmpOr(r.Version, before.Version), before.Commit, before.Message
		case s.head.Get("image") == nil && !isChart(s.head):
			ds.Errorf(diag.BadRecord, diag.Pos{}, "nothing of %q was released in %q, so there is nothing to promote to %q", r.Service, r.From, r.To).
				WithHint("slipway promote %s --image REF@DIGEST --to %s", r.Service, r.From)
			return nil, ds, nil
		}
		if !env.Head {
			specFile = versions.SpecPath(r.From, r.Service)
		}
	} else {
		if !versions.Digest.MatchString(r.Image) {
			ds.Errorf(diag.UnpinnedImage, diag.Pos{}, "%q is not an image by digest", r.Image).
				WithHint("give NAME@sha256:…, which the build printed and `crane digest NAME:TAG` prints")
			return nil, ds, nil
		}
		rec.Image, rec.Version, rec.Commit, rec.Message = r.Image, r.Version, r.Commit, r.Message
	}
	spec, err := readFile(fleet, specFile)
	if errors.Is(err, fs.ErrNotExist) {
		ds.Errorf(diag.MissingSpec, diag.Pos{}, "the spec of %q as released in %q is not there: %s", r.Service, r.From, specFile)
		return nil, ds, nil
	}
	if err != nil {
		return nil, ds, err
	}
	tree := s.head
	switch {
	case r.Back != nil && !to.Head: // it was there: what its names are, its compilation tells
		spec, tree = r.Back.Spec, nil
	case specFile != s.file:
		tree = s.copies[r.From]
	}
	p.keepsIdentity(s, to, tree, ds)
	rec.Spec = versions.SpecSum(spec)
	out := &Promoted{Before: s.record[r.To], From: s.record[r.From]}
	if out.Before == nil {
		out.Damaged = damaged
	}
	if there := p.inRegistryOf(to, rec.Image); there != rec.Image {
		rec.Image, out.CopyOf = there, rec.Image
	}
	out.Record = rec
	out.Own = strings.HasPrefix(rec.Image, to.Registry+"/")
	for _, known := range s.record { // of what lies where the tag is
		out.Known = out.Known || known != nil && rec.Commit != "" && known.Commit == rec.Commit && known.Version == rec.Version && strings.HasPrefix(known.Image, to.Registry+"/")
	}
	if !to.Head {
		out.Spec = spec
	}
	// The record must read back: version, commit and the rest have rules.
	var rds diag.List
	if versions.Parse(r.To, r.Service, versions.Encode(rec), &rds) == nil {
		for _, d := range rds.All() {
			d.At, d.Hint = diag.Pos{}, ""
			ds.Add(d)
		}
		return nil, ds, nil
	}
	if ds.HasErrors() {
		return nil, ds, nil
	}
	return out, ds, nil
}
