package load_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
	"slipway.dev/compiler/load"
	"slipway.dev/golden/fleets"
)

// specs are all services' specs that there are: generated ones, those of the examples, and
// those with mistakes.
func specs(t *testing.T) (out [][]byte) {
	t.Helper()
	for seed := range uint64(3) {
		for name, f := range fleets.Generate(60, 100+seed) {
			if strings.HasSuffix(name, ".cue") && name != "platform.cue" {
				out = append(out, f.Data)
			}
		}
	}
	for _, dir := range []string{"../../examples", "../../cmd/slipway/templates"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".cue" {
				return err
			}
			src, err := os.ReadFile(path)
			out = append(out, src)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	cases, err := filepath.Glob("../../golden/errors/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range cases {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if filepath.Ext(f.Name) == ".cue" {
				out = append(out, f.Data)
			}
		}
	}
	return out
}

func TestWhatIsTakenForSoundCUEAcceptsWithTheSameTree(t *testing.T) {
	t.Parallel()
	l, r := load.New(), rand.New(rand.NewPCG(1, 2))
	taken, mutants, takenMutants := 0, 0, 0
	for _, src := range specs(t) {
		if sameAsByCUE(t, l, src) {
			taken++
		}
		for range 3 {
			mutants++
			if sameAsByCUE(t, l, mutated(r, string(src))) {
				takenMutants++
			}
		}
	}
	t.Logf("%d specs taken; %d of %d mutants", taken, takenMutants, mutants)
	if taken < 300 || takenMutants < 200 || takenMutants > mutants*9/10 {
		t.Errorf("%d specs taken, %d of %d mutants: that tells little", taken, takenMutants, mutants)
	}
}

// sameAsByCUE reports whether a spec is taken without CUE, and fails when CUE objects or
// has another tree.
func sameAsByCUE(t *testing.T, l *load.Loader, src []byte) bool {
	t.Helper()
	n := load.ServiceAsData("services/a.cue", src)
	if n == nil {
		return false
	}
	var ds diag.List
	want := l.ServiceByCUE("services/a.cue", src, &ds)
	for _, d := range ds.All() {
		if d.Code != diag.SeveralChoices && d.Code != diag.FixedAndAutoscaled { // both ways find these
			t.Errorf("%v\n%s", d, src)
		}
	}
	if !reflect.DeepEqual(n, want) {
		t.Errorf("the trees differ:\n%s\n%s\n%s", show(n), show(want), src)
	}
	return true
}

// show is a tree in one line, with every position.
func show(n *layer.Node) string {
	if n == nil {
		return "nothing"
	}
	s := fmt.Sprintf("%v %v %d %q", n.Label, n.At, n.Kind, n.Text)
	for _, e := range n.Keys {
		s += " " + e.Name + ": (" + show(e.Value) + ")"
	}
	for _, i := range n.Items {
		s += " - (" + show(i) + ")"
	}
	return strings.ReplaceAll(s, "services/a.cue", "")
}

// mutated changes a line or two of a spec as hasty people, and hostile ones, do.
func mutated(r *rand.Rand, src string) []byte {
	lines := strings.Split(src, "\n")
	values := []string{`"x"`, `""`, `"two words"`, `"UPPER"`, `"a\nb"`, `"\u00e4"`, `#"raw"#`, `"-"`, `"5m"`, `"25%"`, `"101%"`, `"/path"`, `"../up"`, "0", "1", "-1", "8080", "65536", "1_000",
		"0x10", "1.5", "1e3", "007", "1K", "99999999999999999999", "true", "null", "[]", `["a"]`, "[1, ...]", "{}", `{port: 80}`, `{value: "x"}`, `{a: 1, a: 1}`, "string", ">=1", `"a" | "b"`, `*"a" | "b"`, `"\(1)"`, "'bytes'",
		`"""
	text
	"""`, "name", "1 + 1", "_|_", "{...}", "{#a: 1}", "{_a: 1}", "{a?: 1}", "{a!: 1}", `{"a b": "c"}`, `{"a\u0062": "c"}`, `{[string]: 1}`, "len([1])"}
	for range 1 + r.IntN(2) {
		i := r.IntN(len(lines))
		label, value, isField := strings.Cut(lines[i], ": ")
		other := lines[r.IntN(len(lines))]
		switch r.IntN(8) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] += "\n" + lines[i]
		case 2:
			lines[i] += "\n" + other
		case 3:
			if isField && len(label) > 3 {
				lines[i] = label[:len(label)-1] + ": " + value
			}
		case 4:
			if isField {
				_, theirs, _ := strings.Cut(other, ": ")
				lines[i] = label + ": " + theirs
			}
		default:
			if isField && !strings.HasSuffix(value, "{") && !strings.HasSuffix(value, "[") {
				lines[i] = label + ": " + values[r.IntN(len(values))]
			}
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// rules are what platforms ask for, and what nobody should.
var rules = []string{
	`replicas: >=2`, `replicas?: <5`, `kind: "deployment" | "job"`, `kind?: !="job"`, `scale?: {min: >=2, max?: <=20}`, `resources: {cpu: string, memory: string}`, `resources: memory: =~"Mi$"`,
	`ports: [string]: port: >1024`, `ports?: [=~"^h"]: port: 8080`, `ports?: [!~"^h"]: {port?: int}`, `mounts: [string]: {path: string, readOnly: true}`, `security?: {privileged?: false, writable?: false | "no"}`,
	`args?: [...string]`, `args?: []`, `args?: [...!="--debug"]`, `args?: [string, ...]`, `ready: _`, `ready: {http: path: "/" | =~"^/health"} | {grpc: _}`, `ready?: {every?: string} | {every?: string, after?: string}`,
	`live?: null | {}`, `live?: {...}`, `user: int & >=1000`, `user?: (1000 | 1000)`, `user?: *1000 | 1001`, `env?: [string]: {value?: string | bool | number, secret?: {name: string, key: string}}`,
	`env?: {[string]: _, DEBUG?: _|_}`, `kind!: string`, `kind: string, kind: !="x"`, `kind?: matchN(1, [string])`, `annotations?: close({a?: string})`, `ready?: {...} & {every?: string}`,
	`let X = 3, replicas?: X`, `if true {kind: "job"}`, `string: "x", kind?: string`, `replicas?: 1.0`, `user?: float`, `user?: >=999.5`, `user?: >= -1`, `user?: 1_000`, `stopAfter?: >"1"`, `command?: [...("a" | "b")]`,
	`[string]: _`, `[=~"^re"]: {}`, `ready?: every?: string, ready?: timeout?: "2s"`, `"replicas"?: int`, `_hidden: 1`, `#def: 1`, `kind: "deployment" @because("so")`, `kind: "deployment" @other(x)`,
}

func TestWhatIsSurelyWithinTheRulesCUEAccepts(t *testing.T) {
	t.Parallel()
	var trees []*layer.Node
	for _, src := range specs(t) {
		if n := load.ServiceAsData("services/a.cue", src); n != nil && len(trees) < 30 {
			trees = append(trees, n)
		}
	}
	surely, asked := map[string]int{}, 0
	judge := func(rule string) {
		src := []byte("import \"slipway.dev/schema\"\nschema.#Platform & {policy: prod: run: [string]: {" + rule + "}}\n")
		l, ds := load.New(), &diag.List{}
		r := l.Rules("platform.cue", src, policyOf("prod"), []string{"prod"}, ds)
		for _, n := range trees {
			if !r.Surely("prod", n) {
				asked++
				continue
			}
			surely[rule]++
			var found diag.List
			l.JudgeByCUE(r, "prod", n, &found)
			for _, d := range found.All() {
				t.Errorf("%s: %v\n%s", rule, d, show(n))
			}
		}
	}
	for i, rule := range rules {
		judge(rule)
		judge(rule + ", " + rules[(i*7+3)%len(rules)])
	}
	t.Logf("%d rules taken, %v", len(surely), surely)
	if len(surely) < 20 || asked == 0 {
		t.Errorf("only %d rules were ever taken for kept", len(surely))
	}
}

// policyOf is all that Rules must know of a platform's tree.
func policyOf(env string) *layer.Node {
	one := &layer.Node{Kind: layer.Struct}
	return &layer.Node{Kind: layer.Struct, Keys: []layer.Entry{{Name: "policy", Value: &layer.Node{Kind: layer.Struct, Keys: []layer.Entry{{Name: env, Value: one}}}}}}
}
