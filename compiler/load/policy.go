package load

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// Rules are the policy of platform.cue: for an environment, rules that every service must
// keep once all its layers are laid. A rule is CUE, so it needs a Loader to be applied.
type Rules struct {
	file string
	src  []byte
	envs []string              // the environments that have rules, sorted
	sure map[string]*fieldRule // by environment, what can be told without CUE
}

// Rules takes the policy out of platform.cue, whose tree this is, and reports what in it
// could never apply: fields that no service has, environments that there are not.
func (l *Loader) Rules(file string, src []byte, tree *layer.Node, environments []string, ds *diag.List) *Rules {
	r := &Rules{file: file, src: src, envs: tree.Get("policy").SortedKeys()}
	var none diag.List
	if f, _ := parse(file, src, &none); f != nil {
		refuseTextOrder(f, ds)
		r.sure = policyRules(f)
	}
	for _, env := range r.envs {
		at := tree.LabelPos("policy", env)
		if !slices.Contains(environments, env) {
			ds.Errorf(diag.UnknownEnvironment, at, "there is no environment %q", env).WithPath("policy."+env).
				WithHint("%s", diag.Suggest(env, environments))
			continue
		}
		rule := l.rule(r, env)
		want := l.full.LookupPath(cue.ParsePath("#Fields"))
		if want.Unify(rule).Validate() == nil {
			continue
		}
		sub := ds.Sub()
		w := words{file: file, root: "a service", schema: l.full, ds: sub, tolerant: true}
		w.value(path{"policy", env}, want, rule, layer.TypeOf[schema.Fields]())
		if !sub.HasErrors() {
			w.fallback(want.Unify(rule).Validate())
		}
		ds.Append(sub)
	}
	return r
}

// For reports whether an environment has rules.
func (r *Rules) For(env string) bool { return slices.Contains(r.envs, env) }

// rule is the policy of an environment as a value of the loader's present context.
func (l *Loader) rule(r *Rules, env string) cue.Value {
	if l.ctx == nil {
		l.renew()
	}
	if !l.full.Exists() {
		l.full = l.schema(func(src string) string { return src })
	}
	if v, ok := l.rules[env]; ok {
		return v
	}
	var none diag.List
	f, _ := parse(r.file, r.src, &none)
	v := l.value(r.file, f, &none).LookupPath(cue.MakePath(cue.Str("policy"), cue.Str(env)))
	if l.rules == nil {
		l.rules = map[string]cue.Value{}
	}
	l.rules[env] = v
	return v
}

// Judge holds what a service resolves to in an environment against the rules, and reports
// each value that breaks one: at the service's line, with the rule's line beside it. Rules
// judge; they never add: a field that only a rule has is missing.
// service is where to point when the service says nothing near it.
func (l *Loader) Judge(r *Rules, env string, resolved *layer.Node, service diag.Pos, ds *diag.List) {
	if own := r.sure[env]; own == nil || !own.sure(resolved) {
		l.judge(r, env, resolved, service, ds)
	}
}

// judge has CUE do so.
func (l *Loader) judge(r *Rules, env string, resolved *layer.Node, service diag.Pos, ds *diag.List) {
	rule := l.rule(r, env)
	sum := rule.Unify(l.ctx.BuildExpr(expression(resolved)))
	seen := map[string]bool{}
	report := func(p []string, ruleAt diag.Pos, because string) {
		where := strings.Join(p, ".")
		if seen[where] {
			return
		}
		seen[where] = true
		n := resolved.Find(p...)
		var d *diag.Diagnostic
		if n == nil {
			at := resolved.Pos(p...)
			if at.File == r.file || at.IsBuiltin() {
				at = service
			}
			d = ds.Errorf(diag.PolicyViolation, at, "%s is not given, but the policy of %q asks for it", where, env)
		} else if n.Kind == layer.Struct || n.Kind == layer.List {
			d = ds.Errorf(diag.PolicyViolation, n.LabelOr(), "%s breaks the policy of %q", where, env)
		} else {
			d = ds.Errorf(diag.PolicyViolation, n.At, "%s is %s, which the policy of %q does not allow", where, literalOf(n), env)
		}
		d.WithPath(where)
		if ruleAt.IsValid() {
			d.WithRelated(ruleAt, "the rule")
		}
		if because != "" {
			d.WithHint("%s", because)
		}
	}
	if err := sum.Validate(cue.Concrete(true), cue.All()); err != nil {
		for _, e := range errors.Errors(err) {
			p := e.Path()
			if len(p) > 2 && p[0] == "policy" && p[1] == env {
				p = p[2:]
			}
			report(p, l.ruleAt(r, rule, e, p), because(rule, p))
		}
	}
	asked(rule, resolved, nil, func(p []string, v cue.Value) {
		_, at := positions(v)
		report(p, at, because(rule, p))
	})
}

// ruleAt is the rule's position in platform.cue among those that an error names.
func (l *Loader) ruleAt(r *Rules, rule cue.Value, e errors.Error, p []string) diag.Pos {
	for _, in := range append(e.InputPositions(), e.Position()) {
		if q := pos(in); q.File == r.file {
			return q
		}
	}
	if v := rule.LookupPath(lookup(p)); v.Exists() {
		_, at := positions(v)
		return at
	}
	return diag.Pos{}
}

// because is the reason that a rule carries: `replicas: >=2 @because("…")`.
func because(rule cue.Value, p []string) string {
	for k := len(p); k > 0; k-- {
		v := rule
		for _, name := range p[:k] {
			next := v.LookupPath(cue.MakePath(cue.Str(name)))
			if !next.Exists() {
				next = v.LookupPath(cue.MakePath(cue.Str(name).Optional()))
			}
			if !next.Exists() {
				next = v.LookupPath(cue.MakePath(cue.AnyString))
			}
			v = next
		}
		if !v.Exists() {
			continue
		}
		if a := v.Attribute("because"); a.Err() == nil {
			if s, err := a.String(0); err == nil {
				return s
			}
		}
	}
	return ""
}

func lookup(p []string) cue.Path {
	sel := make([]cue.Selector, len(p))
	for i, name := range p {
		sel[i] = cue.Str(name)
	}
	return cue.MakePath(sel...)
}

// asked calls f for every field of a rule that the tree does not have. Optional ones mean
// "if it is there"; a pattern speaks of every entry that there is.
func asked(rule cue.Value, n *layer.Node, p []string, f func([]string, cue.Value)) {
	if rule.IncompleteKind() != cue.StructKind {
		return
	}
	if each := rule.LookupPath(cue.MakePath(cue.AnyString)); each.Exists() {
		for _, e := range n.Keys {
			asked(each, e.Value, append(p[:len(p):len(p)], e.Name), f)
		}
	}
	for it, _ := rule.Fields(cue.Optional(true)); it.Next(); {
		name := it.Selector().Unquoted()
		at := append(p[:len(p):len(p)], name)
		switch own := n.Get(name); {
		case own != nil:
			asked(it.Value(), own, at, f)
		case it.Selector().ConstraintType() != cue.OptionalConstraint:
			f(at, it.Value())
		}
	}
}

// expression gives a tree back to CUE. Positions are found by path afterwards.
func expression(n *layer.Node) ast.Expr {
	switch n.Kind {
	case layer.Struct:
		s := &ast.StructLit{}
		for _, e := range n.Keys {
			s.Elts = append(s.Elts, &ast.Field{Label: ast.NewString(e.Name), Value: expression(e.Value)})
		}
		return s
	case layer.List:
		l := &ast.ListLit{}
		for _, i := range n.Items {
			l.Elts = append(l.Elts, expression(i))
		}
		return l
	case layer.String:
		return &ast.BasicLit{Kind: token.STRING, Value: literal.String.Quote(n.Text)}
	case layer.Bool:
		return ast.NewBool(n.Text == "true")
	case layer.Null:
		return ast.NewNull()
	}
	kind := token.INT
	if strings.ContainsAny(n.Text, ".eE") {
		kind = token.FLOAT
	}
	return &ast.BasicLit{Kind: kind, Value: n.Text}
}

func literalOf(n *layer.Node) string {
	if n.Kind == layer.String {
		return `"` + n.Text + `"`
	}
	return n.Text
}

// refuseTextOrder reports rules that compare text by order: "10Gi" is below "2Gi" then, and
// a limit that does not limit is worse than none.
func refuseTextOrder(f *ast.File, ds *diag.List) {
	ast.Walk(f, func(n ast.Node) bool {
		u, ok := n.(*ast.UnaryExpr)
		if !ok || u.Op != token.LSS && u.Op != token.LEQ && u.Op != token.GTR && u.Op != token.GEQ {
			return true
		}
		if lit, ok := u.X.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			ds.Errorf(diag.NotAValue, pos(u.Pos()), "%s%s compares text letter by letter, not amounts or times", u.Op, lit.Value).
				WithHint("list what is allowed, such as \"128Mi\" | \"256Mi\", or compare a number")
		}
		return true
	}, nil)
}
