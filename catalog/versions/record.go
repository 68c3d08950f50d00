// Package versions is the version catalog: the release records that say which image and
// which spec of a service run in an environment. It reads and writes records as bytes and
// touches neither disk nor clock.
package versions

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"slipway.dev/compiler/diag"
)

// Record is a release: an image and a spec that run together in an environment. The file
// releases/ENV/SERVICE.yaml holds one; Encode is its one writer.
type Record struct {
	Service     string `yaml:"service"`
	Environment string `yaml:"environment"`
	Image       string `yaml:"image,omitempty"`   // NAME[:TAG]@sha256:…; empty when the spec names a fixed image
	Version     string `yaml:"version,omitempty"` // what people call it
	Commit      string `yaml:"commit,omitempty"`  // of the source that the image was built from
	Message     string `yaml:"message,omitempty"` // first line of that commit's message
	Spec        string `yaml:"spec"`              // SpecSum of the spec as released
	Since       string `yaml:"since"`             // RFC 3339, UTC
	By          string `yaml:"by"`
	Reason      string `yaml:"reason,omitempty"`
	Hold        string `yaml:"hold,omitempty"` // why it goes no further; the next release there comes without
	// What this release took the place of when somebody went back, the one that ran last first,
	// and what was rolled back before: no machine brings it again, until there is a newer release.
	RolledBack []Left `yaml:"rolledBack,omitempty"`
	// That what is deployed passed its tests; nil when that is not known.
	Verified *Verified `yaml:"verified,omitempty"`
}

// Verified says when the tests of a release passed, where it is deployed.
type Verified struct {
	At      string `yaml:"at"`      // RFC 3339, UTC
	Run     string `yaml:"run"`     // NAMESPACE/NAME
	Release string `yaml:"release"` // as Tested has it
}

// Release is what a record says of a release itself.
type Release struct {
	Image   string `yaml:"image,omitempty"`
	Version string `yaml:"version,omitempty"`
	Commit  string `yaml:"commit,omitempty"`
	Spec    string `yaml:"spec,omitempty"`
}

// Left is a release that was rolled back. It names its spec when that is what was bad: when the
// release that somebody went back to has the same image. Otherwise the image was, whatever the spec.
type Left struct {
	Release `yaml:",inline"`
	// By an earlier rollback: something was released since, and this stays away all the same.
	Earlier bool `yaml:"earlier,omitempty"`
}

// Release is the release that a record is of.
func (r *Record) Release() Release { return Release{r.Image, r.Version, r.Commit, r.Spec} }

// Is reports whether two releases are one: an image of the same digest and the same spec, unless
// the environment takes that as it stands (head).
func (r Release) Is(o Release, head bool) bool {
	return r.digest() == o.digest() && (head || r.Spec == o.Spec)
}

// digest is that of the image; the registry and the tag may be others.
func (r Release) digest() string {
	_, digest, _ := strings.Cut(r.Image, "@")
	return digest
}

// Leave is how a release is noted that somebody left for another one.
func (r Release) Leave(back Release) Left {
	if r.Image != "" && r.digest() != back.digest() {
		r.Spec = ""
	}
	return Left{Release: r}
}

// Is reports whether a release is the one that was left.
func (l Left) Is(o Release) bool {
	return l.digest() == o.digest() && (l.Spec == "" || l.Spec == o.Spec)
}

// Runs reports whether a release has the image that a record's has.
func (r *Record) Runs(o Release) bool { return r.Release().digest() == o.digest() }

// WentBack reports whether a record is of a release that somebody went back to.
func (r *Record) WentBack() bool { return len(r.RolledBack) > 0 && !r.RolledBack[0].Earlier }

// KeepsOut reports whether a release is one that was left, or has an image of the same commit. The
// image that runs is not kept out for being of that commit, as when only its latest build was bad.
func (r *Record) KeepsOut(l Left, o Release) bool {
	return l.Is(o) || l.Commit != "" && l.Commit == o.Commit && !r.Runs(o) && (l.Spec == "" || l.Spec == o.Spec)
}

// Name is what people call it: its version, or the beginning of its commit or digest.
func (r Release) Name() string {
	switch _, digest, _ := strings.Cut(r.Image, "@sha256:"); {
	case r.Version != "":
		return r.Version
	case r.Commit != "":
		return r.Commit[:7]
	case digest != "":
		return digest[:7]
	}
	return "as its spec says"
}

// Tested is the sum by which a verdict of tests names what was tested: the release, the spec
// that the environment has by now, by its SpecSum, and the tests. With any other of these the
// verdict says nothing.
func (r *Record) Tested(spec string, tests []string) string {
	h := sha256.New()
	for _, part := range append([]string{r.Service, r.Environment, r.Image, r.Commit, r.Since, spec}, tests...) {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

const comment = "# A release record: written by `slipway promote`, never by hand.\n"

// Path is where the record of a service in an environment lies in the fleet.
func Path(environment, service string) string {
	return path.Join("releases", environment, service+".yaml")
}

// SpecPath is where the spec as released lies, for environments that follow releases.
func SpecPath(environment, service string) string {
	return path.Join("releases", environment, service+".cue")
}

// SpecSum is the sum by which a record names a spec: "sha256:" and the hash of its bytes,
// line ends counted as LF.
func SpecSum(spec []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(spec, []byte("\r\n"), []byte("\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Digest is an image reference by digest: a name, perhaps a tag, and a sha256.
var Digest = regexp.MustCompile(`^([a-z0-9]|[A-Za-z0-9-]+[.:][A-Za-z0-9.:-]*/|\[[0-9a-fA-F:]+\])[a-zA-Z0-9._:/-]*@sha256:[0-9a-f]{64}$`)

var (
	version = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`) // it becomes a label
	commit  = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
	sum     = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	run     = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*$`)
	tested  = regexp.MustCompile(`^[0-9a-f]{16}$`)
	since   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$`)
)

// Encode is the record as a file.
func Encode(r Record) []byte {
	var b bytes.Buffer
	b.WriteString(comment)
	enc := yaml.NewEncoder(&b)
	if err := enc.Encode(r); err != nil {
		panic("versions: a record always encodes: " + err.Error())
	}
	return b.Bytes()
}

// Parse reads a record that lies at Path(environment, service) and reports what is wrong
// with it; it returns nil then.
func Parse(environment, service string, content []byte, ds *diag.List) *Record {
	file := Path(environment, service)
	at := diag.Pos{File: file, Line: 1, Col: 1}
	mend := "write it with `slipway promote " + service + " --image REF@DIGEST --to " + environment + "`, or take the committed one back with `git checkout " + file + "`"
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(content))
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		ds.Errorf(diag.BadRecord, at, "the release record is not YAML: %s", oneLine(err)).WithHint("%s", mend)
		return nil
	}
	if bytes.Contains(content, []byte("&")) && hasAnchor(&doc) {
		ds.Errorf(diag.BadRecord, at, "a release record has no anchors or aliases").WithHint("%s", mend)
		return nil
	}
	if key := unknownKey(&doc); key != nil {
		ds.Errorf(diag.BadRecord, diag.Pos{File: file, Line: key.Line, Col: key.Column}, "a release record has no field %q", key.Value).
			WithHint("%s", cmp.Or(diag.Suggest(key.Value, fields), mend))
		return nil
	}
	var r Record
	if err := doc.Decode(&r); err != nil {
		ds.Errorf(diag.BadRecord, at, "the release record does not read: %s", oneLine(err)).WithHint("%s", mend)
		return nil
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		ds.Errorf(diag.BadRecord, at, "a release record is one document").WithHint("%s", mend)
		return nil
	}
	bad := func(field, format string, args ...any) {
		ds.Errorf(diag.BadRecord, position(&doc, file, field), format, args...).WithPath(field).WithHint("%s", mend)
	}
	if r.Service != service {
		bad("service", "the record is of service %q, but lies at the place of %q", r.Service, service)
	}
	if r.Environment != environment {
		bad("environment", "the record is of environment %q, but lies at the place of %q", r.Environment, environment)
	}
	if !since.MatchString(r.Since) {
		bad("since", "%q is not a time such as 2026-03-01T09:30:00Z", r.Since)
	}
	if r.Spec == "" {
		bad("spec", "the record does not name its spec by its sha256")
	}
	r.Release().check(func(field string) string { return field }, bad)
	for _, o := range r.RolledBack {
		if o.Release == (Release{}) {
			bad("rolledBack", "rolledBack names releases: by image or spec")
		}
		o.check(func(string) string { return "rolledBack" }, bad)
	}
	if v := r.Verified; v != nil && (!since.MatchString(v.At) || !run.MatchString(v.Run) || !tested.MatchString(v.Release)) {
		bad("verified", "verified says when (at), by which run, and of which release, and no more")
	}
	if r.By == "" {
		bad("by", "the record does not say by whom")
	}
	for _, f := range []struct{ name, text string }{{"version", r.Version}, {"commit", r.Commit}, {"message", r.Message}, {"by", r.By}, {"reason", r.Reason}, {"hold", r.Hold}} {
		if strings.ContainsFunc(f.text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			bad(f.name, "%s is one line of text", f.name)
		}
	}
	if ds.HasErrors() {
		return nil
	}
	return &r
}

// check finds what is wrong with a release, in the field of the record that holds each of its own.
func (r Release) check(in func(string) string, bad func(field, format string, args ...any)) {
	if r.Image != "" && !Digest.MatchString(r.Image) {
		bad(in("image"), "%q is not an image by digest, such as registry.example.com/cart:1.4@sha256:…", r.Image)
	}
	if r.Spec != "" && !sum.MatchString(r.Spec) {
		bad(in("spec"), "%q is not the sha256 of a spec", r.Spec)
	}
	if r.Version != "" && !version.MatchString(r.Version) {
		bad(in("version"), "%q is not a version: at most 63 letters, digits, dashes, dots and underscores", r.Version)
	}
	if r.Commit != "" && !commit.MatchString(r.Commit) {
		bad(in("commit"), "%q is not a commit: 7 to 64 hexadecimal digits", r.Commit)
	}
}

var fields = []string{"service", "environment", "image", "version", "commit", "message", "spec", "since", "by", "reason", "hold", "rolledBack", "verified"}

func unknownKey(doc *yaml.Node) *yaml.Node {
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(doc.Content[0].Content); i += 2 {
		if k := doc.Content[0].Content[i]; !slices.Contains(fields, k.Value) {
			return k
		}
	}
	return nil
}

func position(doc *yaml.Node, file, field string) diag.Pos {
	if len(doc.Content) == 1 {
		for i := 0; i+1 < len(doc.Content[0].Content); i += 2 {
			if k := doc.Content[0].Content[i]; k.Value == field {
				v := doc.Content[0].Content[i+1]
				return diag.Pos{File: file, Line: v.Line, Col: v.Column}
			}
		}
	}
	return diag.Pos{File: file, Line: 1, Col: 1}
}

func hasAnchor(n *yaml.Node) bool {
	if n.Anchor != "" || n.Kind == yaml.AliasNode {
		return true
	}
	for _, c := range n.Content {
		if hasAnchor(c) {
			return true
		}
	}
	return false
}

func oneLine(err error) string {
	s := strings.TrimPrefix(fmt.Sprint(err), "yaml: ")
	return strings.Join(strings.Fields(s), " ")
}
