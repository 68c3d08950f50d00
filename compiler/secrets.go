package compiler

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// What looks like a credential: names that say so, and values of well-known forms.
var (
	secretName = regexp.MustCompile(`(?i)passw(or)?d|passphrase|pgpass|secret|api_?key|access_?key|private_?key|credential|(^|[_.-])(pass|pwd|token|auth)$`)
	// notSecret are names that speak of a credential without being one.
	notSecret   = regexp.MustCompile(`(?i)[_.-](name|file|path|dir|url|uri|host|port|type|header|field|id|ttl|expiry|length|policy|enabled|required|issuer|audience|algorithm|provider|version|class|namespace|user|username)$`)
	secretValue = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk_live_[A-Za-z0-9]{16,}|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}|[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@$]+@`)
)

// Every match of secretName holds one of secretWords, in small letters, and every match of
// secretValue one of secretMarks. Looking for them first takes a tenth of the time.
var (
	secretWords = []string{"pass", "pwd", "secret", "key", "credential", "token", "auth"}
	secretMarks = []string{"-----BEGIN ", "AKIA", "gh", "xox", "sk_live_", "eyJ", "://"}
)

func namesSecret(name string) bool {
	small := strings.ToLower(name)
	holds := func(word string) bool { return strings.Contains(small, word) }
	return slices.ContainsFunc(secretWords, holds) && secretName.MatchString(name) && !notSecret.MatchString(name)
}

func isSecret(value string) bool {
	holds := func(mark string) bool { return strings.Contains(value, mark) }
	return slices.ContainsFunc(secretMarks, holds) && secretValue.MatchString(value)
}

// reference is a value that only names another variable.
var reference = regexp.MustCompile(`^(\$\([A-Za-z_][A-Za-z0-9_.-]*\))+$`)

func checkSecrets(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		for _, ctr := range containers(w) {
			for _, e := range ctr.Env {
				c.secret(e.At, "variable", e.Name, e.Value)
			}
			for k, a := range slices.Concat(ctr.Command, ctr.Args) {
				if isSecret(a) {
					c.secret(ctr.At, "argument", strconv.Itoa(k+1), a)
				}
			}
		}
	}
	for _, cm := range i.Configs {
		for _, d := range cm.Data {
			c.secret(d.At, "key", d.Key, d.Value)
		}
	}
}

// secret reports a literal that looks like a credential, without repeating it. What it
// returns takes another hint; it is nobody's where there is nothing to report.
func (c *checker) secret(at diag.Pos, what, name, value string) *diag.Diagnostic {
	byName := namesSecret(name) && len(value) > 0 && !reference.MatchString(value) && !strings.HasPrefix(value, "/") && value != "true" && value != "false"
	if _, err := strconv.ParseFloat(value, 64); err == nil {
		byName = false
	}
	if !byName && !isSecret(value) {
		return &diag.Diagnostic{}
	}
	hint := "take it from a Secret: secret: {name: \"…\", key: \"…\"}; if it was real, replace it now"
	switch {
	case strings.HasPrefix(what, "build"):
		hint = "builds get no credentials: fetch what needs none, such as from a proxy of packages; if it was real, replace it now"
	case strings.HasPrefix(what, "test"):
		hint = "tests get no credentials: give them something that stands for the real thing, such as a neighbour in `needs`; if it was real, replace it now"
	}
	return c.unless(diag.LiteralSecret, at, "%s %q looks like a credential, and everything in a spec is in Git for ever", what, name).
		WithHint("%s", hint).Hide()
}

// checkBuildSecrets looks where people put credentials to get them into a build or a test.
func checkBuildSecrets(c *checker, s *ir.Service) {
	if b := s.Build; b != nil {
		switch {
		case b.Dockerfile != nil:
			for _, a := range b.Dockerfile.Args {
				c.secret(s.At, "build argument", a.Name, a.Value)
			}
		case b.Jib != nil:
			for _, a := range b.Jib.Args {
				name, value, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
				c.secret(b.Jib.At, "build argument", name, value)
			}
		case b.Buildpacks != nil:
			for _, e := range b.Buildpacks.Env {
				c.secret(b.Buildpacks.BuilderAt, "build variable", e.Name, e.Value)
			}
		}
	}
	for _, t := range s.Tests {
		for _, list := range [][]string{t.Run, t.Quarantine} {
			for i, r := range list {
				if isSecret(r) {
					c.secret(t.At, "test command", strconv.Itoa(i+1), r)
				}
			}
		}
		for _, e := range t.Env {
			c.secret(t.At, "test variable", e.Name, e.Value)
		}
		checkTaskSecrets(c, t)
		for _, n := range t.Needs {
			for _, e := range n.Env { // what a neighbour of a test is told is used nowhere else, whatever its name
				if isSecret(e.Value) {
					c.secret(n.At, "test variable", e.Name, e.Value)
				}
			}
		}
	}
}

// checkTaskSecrets looks into all that a Task in Tekton's words says; its sidecars are neighbours, too.
func checkTaskSecrets(c *checker, t ir.Test) {
	for _, said := range t.Texts {
		beside := strings.HasPrefix(said.Path, "sidecars.")
		switch {
		case said.Name == "" && isSecret(said.Text):
			c.secret(said.At, "test field", said.Path, said.Text)
		case said.Name != "" && (!beside || isSecret(said.Text)):
			what := "test variable"
			if strings.HasPrefix(said.Path, "params.") {
				what = "test parameter"
			}
			c.secret(said.At, what, said.Name, said.Text)
		}
	}
}
