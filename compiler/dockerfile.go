package compiler

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// inReach reads the Dockerfile of a service whose source is the repository that holds the
// fleet. Compiling never reads another repository.
func (p *platform) inReach(fleet fs.FS, svc *ir.Service, ds *diag.List) error {
	if svc.Build == nil || svc.Build.Dockerfile == nil || svc.Source == nil || p.ir.Home != "." || !sameRepo(svc.Source.Repo, p.ir.Repo) {
		return nil
	}
	d := svc.Build.Dockerfile
	d.File = path.Join(svc.Source.Path, d.Path)
	src, err := readFile(fleet, d.File)
	if errors.Is(err, fs.ErrNotExist) {
		ds.Errorf(diag.UnreadableFile, svc.At, "service %q is built from %s, which is not there", svc.Name, d.File).
			WithHint("say where it is with build: dockerfile: path, relative to source.path")
		return nil
	}
	if err != nil {
		unreadable(ds, d.File, err)
		return nil
	}
	d.Text = src
	return nil
}

func sameRepo(a, b string) bool {
	plain := func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "/"), ".git") }
	return plain(a) == plain(b)
}

// checkDockerfile judges a Dockerfile that is in reach, with what the spec says of it.
func checkDockerfile(c *checker, s *ir.Service) {
	if s.Build == nil || s.Build.Dockerfile == nil || s.Build.Dockerfile.Text == nil {
		return
	}
	d := s.Build.Dockerfile
	runs := dockerfileUse{target: d.Target, args: map[string]string{}}
	for _, a := range d.Args {
		runs.args[a.Name] = a.Value
	}
	for _, i := range slices.Concat(s.Instances, s.Pending) {
		for _, w := range i.Workloads {
			for _, ctr := range containers(w) {
				if ctr.Image == s.Placeholder() {
					runs.user = runs.user || ctr.Security.User != nil || w.Security.User != nil
					runs.probed = runs.probed || ctr.Ready != nil || ctr.Live != nil
				}
			}
		}
	}
	judgeDockerfile(c, d.File, d.Text, runs)
}

// Dockerfile judges a Dockerfile by itself, of which nothing else is known. target is the
// stage that is built; empty: the last.
func Dockerfile(file string, src []byte, target string, ds *diag.List) {
	judgeDockerfile(&checker{ds: ds, used: map[diag.Code]bool{}}, file, src, dockerfileUse{target: target})
}

// BaseOf is the image that the stage of a Dockerfile that is built lies on, as it is written there
// with build arguments filled in; "" when that is nothing (scratch) or cannot be known.
func BaseOf(src []byte, target string, args map[string]string) string {
	read, err := parser.Parse(bytes.NewReader(src))
	if err != nil {
		return ""
	}
	stages, global, err := instructions.Parse(read.AST, nil)
	if err != nil || len(stages) == 0 {
		return ""
	}
	d := &dockerfile{stages: stages, use: dockerfileUse{target: target, args: args}}
	lex := shell.NewLex(read.EscapeToken)
	values := d.values(global, lex)
	at := len(stages) - 1
	if target != "" {
		at = d.stage(target, len(stages))
	}
	base := ""
	for at >= 0 {
		full, unknown, err := lex.ProcessWord(stages[at].BaseName, values)
		if err != nil || len(unknown) > 0 {
			return "" // a platform's own words, such as TARGETARCH, or an argument that is not given
		}
		base, at = full, d.stage(full, at)
	}
	if base == "scratch" {
		return ""
	}
	return base
}

// dockerfileUse is what is known of an image beside its Dockerfile.
type dockerfileUse struct {
	target string
	args   map[string]string // build arguments
	user   bool              // the spec says which user its containers run as
	probed bool              // the spec says how to ask them
}

// dockerfile is one that is judged.
type dockerfile struct {
	*checker
	file   string
	lines  []string
	stages []instructions.Stage
	use    dockerfileUse
}

func judgeDockerfile(c *checker, file string, src []byte, use dockerfileUse) {
	d := &dockerfile{checker: c, file: file, lines: strings.Split(string(src), "\n"), use: use}
	if syntax, _, at, ok := parser.DetectSyntax(src); ok && !pinned(syntax) {
		d.unless(diag.UnpinnedImage, d.at(at, syntax), "the build is done by %q, which is not pinned: another program may be behind it tomorrow", syntax).
			WithHint("%s", pinHint+", or leave the line out: BuildKit brings one")
	}
	read, err := parser.Parse(bytes.NewReader(src))
	if err != nil {
		d.broken(err)
		return
	}
	stages, global, err := instructions.Parse(read.AST, nil)
	if err != nil {
		d.broken(err)
		return
	}
	d.stages = stages
	d.images(global, shell.NewLex(read.EscapeToken))
	for _, a := range global {
		d.args(&a)
	}
	for _, s := range stages {
		for _, command := range s.Commands {
			switch command := command.(type) {
			case *instructions.ArgCommand:
				d.args(command)
			case *instructions.EnvCommand:
				for _, e := range command.Env {
					d.credential(command.Location(), "variable", e.Key, e.Value)
				}
			}
		}
	}
	d.run()
}

// broken reports what BuildKit would refuse.
func (d *dockerfile) broken(err error) {
	at := diag.Pos{File: d.file, Line: 1, Col: 1}
	var located *parser.ErrorLocation
	if errors.As(err, &located) && len(located.Locations) > 0 {
		at = d.at(located.Locations[0], "")
	}
	message := err.Error()
	if i := strings.Index(message, "parse error on line "); i >= 0 {
		if _, rest, ok := strings.Cut(message[i:], ": "); ok {
			message = rest
		}
	}
	d.ds.Errorf(diag.SyntaxError, at, "BuildKit does not take this Dockerfile: %s", message)
}

// at is where a text stands in an instruction; where the instruction begins when it is empty.
func (d *dockerfile) at(where []parser.Range, text string) diag.Pos {
	if len(where) == 0 {
		return diag.Pos{File: d.file, Line: 1, Col: 1}
	}
	if text != "" {
		for line := where[0].Start.Line; line <= max(where[len(where)-1].End.Line, where[0].Start.Line) && line <= len(d.lines); line++ {
			if i := strings.Index(d.lines[line-1], text); i >= 0 {
				return diag.Pos{File: d.file, Line: line, Col: i + 1}
			}
		}
	}
	return diag.Pos{File: d.file, Line: where[0].Start.Line, Col: 1}
}

// given are the values of arguments that FROM may use.
type given map[string]string

func (g given) Get(name string) (string, bool) { v, ok := g[name]; return v, ok }
func (g given) Keys() (names []string) {
	for name := range g {
		names = append(names, name)
	}
	return names
}

// values are what FROM may name: the arguments before the first of them.
func (d *dockerfile) values(global []instructions.ArgCommand, lex *shell.Lex) given {
	values := given{}
	for _, g := range global {
		for _, a := range g.Args {
			if a.Value != nil {
				if v, _, err := lex.ProcessWord(*a.Value, values); err == nil {
					values[a.Key] = v
				}
			}
			if v, ok := d.use.args[a.Key]; ok {
				values[a.Key] = v
			}
		}
	}
	return values
}

// images looks at every image that is built upon or copied from.
func (d *dockerfile) images(global []instructions.ArgCommand, lex *shell.Lex) {
	values := d.values(global, lex)
	image := func(before int, where []parser.Range, name string) {
		full, _, err := lex.ProcessWord(name, values)
		if err != nil || full == "" {
			full = name
		}
		if full == "scratch" || pinned(full) || d.stage(full, before) >= 0 {
			return
		}
		d.unless(diag.UnpinnedImage, d.at(where, name), "image %q is not pinned: another image may be behind it tomorrow", full).WithHint("%s", pinHint)
	}
	for i, s := range d.stages {
		image(i, s.Location, s.BaseName)
		for _, command := range s.Commands {
			switch command := command.(type) {
			case *instructions.CopyCommand:
				if command.From != "" {
					image(i, command.Location(), command.From)
				}
			case *instructions.RunCommand:
				for _, m := range instructions.GetMounts(command) {
					if m.From != "" {
						image(i, command.Location(), m.From)
					}
				}
			}
		}
	}
}

// stage is the index of a stage that comes before another one; -1 if there is none of that
// name or number.
func (d *dockerfile) stage(name string, before int) int {
	for i, s := range d.stages[:before] {
		if s.Name != "" && strings.EqualFold(s.Name, name) {
			return i
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < before {
		return n
	}
	return -1
}

func (d *dockerfile) args(command *instructions.ArgCommand) {
	for _, a := range command.Args {
		if a.Value == nil && !namesSecret(a.Key) {
			continue
		}
		d.credential(command.Location(), "argument", a.Key, a.ValueString())
	}
}

// credential reports a build argument or variable that holds a secret, or is meant to.
func (d *dockerfile) credential(where []parser.Range, what, name, value string) {
	if !isSecret(value) && (!namesSecret(name) || strings.HasPrefix(value, "$") || strings.HasPrefix(value, "/")) {
		return
	}
	d.unless(diag.LiteralSecret, d.at(where, name), "%s %q looks like a credential, and everybody who can pull the image can read it", what, name).
		WithHint("build from what needs no credential, such as a proxy of packages; if it was real, replace it now").Hide()
}

// run judges how the image runs: as the stage that is built says, or one that it builds upon.
func (d *dockerfile) run() {
	if len(d.stages) == 0 {
		return
	}
	last := len(d.stages) - 1
	if d.use.target != "" {
		if last = d.stage(d.use.target, len(d.stages)); last < 0 {
			d.ds.Errorf(diag.WrongValue, diag.Pos{File: d.file, Line: 1, Col: 1}, "there is no stage %q", d.use.target).
				WithHint("%s", diag.Suggest(d.use.target, d.names()))
			return
		}
	}
	var user *instructions.UserCommand
	health := false
	base := ""
	for i := last; i >= 0; {
		s := d.stages[i]
		for k := len(s.Commands) - 1; k >= 0; k-- {
			switch command := s.Commands[k].(type) {
			case *instructions.UserCommand:
				if user == nil {
					user = command
				}
			case *instructions.HealthCheckCommand:
				health = true
			}
		}
		base = s.BaseName
		i = d.stage(base, i)
	}
	at := d.at(d.stages[last].Location, "")
	if !d.use.user {
		switch name := userOf(user); {
		case user == nil && strings.Contains(base, "nonroot"):
		case user == nil:
			d.advise(diag.RootImage, at, "nothing says which user the image runs as, so it may be root, which pods may not be").
				WithHint("end with USER and a number, such as USER 65532, or give user: in the spec")
		case name == "root" || name == "0":
			d.advise(diag.RootImage, d.at(user.Location(), user.User), "the image runs as root, which pods may not").
				WithHint("end with USER and a number, such as USER 65532, or give user: in the spec")
		case strings.Trim(name, "0123456789") != "" && !strings.HasPrefix(name, "$"):
			d.advise(diag.RootImage, d.at(user.Location(), user.User), "Kubernetes cannot tell whether the user %q is root, and starts no pod of it", name).
				WithHint("write the user's number instead, or give user: in the spec")
		}
	}
	if !health && !d.use.probed {
		d.advise(diag.NoHealthcheck, at, "nothing says how to ask whether the program is well").
			WithHint("give ready: in the spec, which is what Kubernetes asks, or a HEALTHCHECK for those who run the image elsewhere")
	}
}

// userOf is a USER's name without its group.
func userOf(c *instructions.UserCommand) string {
	if c == nil {
		return ""
	}
	name, _, _ := strings.Cut(c.User, ":")
	return name
}

func (d *dockerfile) names() (names []string) {
	for _, s := range d.stages {
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	return names
}
