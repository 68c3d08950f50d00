package parsers_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/plan"
	"slipway.dev/golden/cluster/parsers"
	"slipway.dev/targets"
)

// pool are the strings to try in a slot.
func (s *slot) pool() []string {
	pool := slices.Clone(traps)
	for _, f := range s.fields {
		pool = append(pool, special[f]...)
		if strings.HasPrefix(f, "Record.") { // what a record does not say, no label says
			pool = slices.DeleteFunc(pool, func(s string) bool { return s == "" })
		}
	}
	if slices.ContainsFunc(s.fields, func(f string) bool { return strings.HasSuffix(f, "{}") }) { // CUE composes the letters of a key
		pool = slices.DeleteFunc(pool, func(s string) bool { return s == "e\u0301" })
	}
	if s.inPath { // no file is called so
		pool = slices.DeleteFunc(pool, func(s string) bool { return strings.Trim(s, ".") == "" || strings.ContainsAny(s, "/\x00\n") })
	}
	return pool
}

// output is what a fleet compiles to: YAML by path.
type output map[string][]byte

// compile fills the template. A string that the compiler refuses in a slot is taken out of
// it, and the marker stands there again; values shows what is left.
func (t *template) compile(values map[string]string) (output, error) {
	markers := t.markers()
	for range len(t.slots) + 1 {
		fleet, lines := t.fill(values)
		r, err := compiler.Compile(fleet, targets.Options())
		if err != nil {
			return nil, err
		}
		refused := map[string]bool{}
		var others []string
		for _, d := range r.Diags.All() {
			if d.Severity != diag.Error {
				continue
			}
			slot := lines[fmt.Sprintf("%s:%d", d.At.File, d.At.Line)]
			if slot != "" && values[slot] != markers[slot] {
				refused[slot] = true
				continue
			}
			// What is wrong of several places at once is reported at one of them.
			told := false
			for name, value := range values {
				if value != markers[name] && value != "" && strings.Contains(d.Message, strings.Trim(fmt.Sprintf("%q", value), `"`)) {
					refused[name], told = true, true
				}
			}
			if !told {
				others = append(others, fmt.Sprintf("%s:%d: %s", d.At.File, d.At.Line, d.Message))
			}
		}
		if len(refused) == 0 {
			if len(others) > 0 {
				return nil, fmt.Errorf("refused where no string stands: %s", strings.Join(others, "\n"))
			}
			p, clashes := plan.New(r.Files)
			if len(clashes) > 0 {
				return nil, fmt.Errorf("two files of one path: %v", clashes[0])
			}
			out := output{}
			for _, f := range p.Files {
				if path.Ext(f.Path) == ".yaml" {
					out[f.Path] = plan.Bytes(f)
				}
			}
			return out, nil
		}
		for slot := range refused {
			values[slot] = markers[slot]
		}
	}
	return nil, fmt.Errorf("no end of refusals")
}

// hash is the end of a name that follows the content, of a Task or a ConfigMap.
var hash = regexp.MustCompile(`-([0-9a-f]{10}|[0-9a-f]{6})\b`)

// expected are the leaves of a good output with strings in the places of markers.
func expected(good parsers.Reading, replace *strings.Replacer) map[parsers.Leaf]int {
	leaves := map[parsers.Leaf]int{}
	for _, doc := range good.Docs {
		all, of := parsers.Leaves(doc), ""
		for _, l := range all { // documents are sorted by what they are
			if l.Path == "kind" || l.Path == "metadata.namespace" || l.Path == "metadata.name" {
				of += replace.Replace(l.Value) + " "
			}
		}
		for _, l := range all {
			at, value := replace.Replace(l.Path), replace.Replace(l.Value)
			switch {
			case strings.HasSuffix(at, ".newName"): // the digest decides, and the tag goes
				name := value[strings.LastIndexByte(value, '/')+1:]
				if name, _, tagged := strings.Cut(name, ":"); tagged && strings.Contains(value, "/") {
					value = value[:strings.LastIndexByte(value, '/')+1] + name
				}
			case strings.HasSuffix(at, "slipway.dev/commit"): // as much as a label holds
				value = value[:min(len(value), len("string:")+40)]
			case value == "string:": // Kubernetes leaves it out, and reads the same
				continue
			case strings.HasPrefix(of, "string:Pipeline "): // paths are joined; the kubelet takes $$ for one dollar
				value = "string:" + path.Clean(strings.TrimPrefix(dollars.ReplaceAllString(value, "$$"), "string:"))
			case strings.HasSuffix(at, "source.path"):
				value = "string:" + path.Clean(strings.TrimPrefix(value, "string:"))
			case strings.HasPrefix(value, directory):
				value = directory + path.Clean(strings.TrimPrefix(dollars.ReplaceAllString(value, "$$"), directory))
			case quantity.MatchString(at): // Kubernetes writes them its own way: 1.0 is 1
				if q, err := resource.ParseQuantity(strings.TrimPrefix(value, "string:")); err == nil {
					value = "string:" + q.String()
				}
			}
			leaves[parsers.Leaf{Path: hash.ReplaceAllString(of+at, "-#"), Value: hash.ReplaceAllString(value, "-#")}]++
		}
	}
	return leaves
}

// directory is how the promoter's CronJob is told where the fleet lies in its repository.
const directory = "string:--directory="

var dollars = regexp.MustCompile(`\$+`)

var quantity = regexp.MustCompile(`\.(requests|limits)\.[^.]*$|\.sizeLimit$`)

// Every place of a spec gets one string of five, and where all parsers are asked for every
// string: that takes minutes.
func TestEveryStringKeepsItsValueAndItsType(t *testing.T) {
	t.Parallel()
	tm := newTemplate(t)
	good, err := tm.compile(tm.markers())
	if err != nil {
		t.Fatal(err)
	}
	rounds := 0
	for _, s := range tm.slots {
		rounds = max(rounds, len(s.pool()))
	}
	if testing.Short() {
		rounds = 20
	}
	var mutex sync.Mutex
	tried, files := 0, map[string]bool{}
	next := make(chan int)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for round := range next {
				n, changed := tm.round(t, good, round)
				mutex.Lock()
				tried += n
				for _, f := range changed {
					files[string(f)] = true
				}
				mutex.Unlock()
			}
		})
	}
	step := 5 // a prime to the length of the list, so that every place sees strings of all sorts
	if os.Getenv("SLIPWAY_ALL_PARSERS") == "1" {
		step = 1
	}
	for round := 0; round < rounds; round += step {
		next <- round
	}
	close(next)
	group.Wait()

	var all [][]byte
	for _, f := range slices.Sorted(maps.Keys(files)) {
		all = append(all, []byte(f))
	}
	readings := read(t, all...)
	for _, d := range parsers.Compare(readings) {
		t.Errorf("%s: %s\n%s", d.Path, d.Message, all[d.File])
	}
	t.Logf("%d strings were taken in %d places; %d files are read alike by %d parsers", tried, len(tm.slots), len(all), len(readings))
}

// round puts another string into each slot, and compares what comes out. It returns how many
// strings were taken, and the files that differ from the good ones.
func (t *template) round(tb testing.TB, good output, round int) (taken int, changed [][]byte) {
	values, markers := map[string]string{}, t.markers()
	for i, s := range t.slots {
		pool := s.pool()
		values[s.name] = pool[(round+7*i)%len(pool)]
	}
	out, err := t.compile(values)
	if err != nil {
		tb.Errorf("round %d: %v", round, err)
		return 0, nil
	}
	var pairs []string
	for name, marker := range markers {
		pairs = append(pairs, marker, values[name])
		if values[name] != marker {
			taken++
		}
	}
	replace := strings.NewReplacer(pairs...)
	written := output{}
	for p, content := range out {
		written[hash.ReplaceAllString(p, "-#")] = content
	}
	for _, p := range slices.Sorted(maps.Keys(good)) {
		content, there := written[hash.ReplaceAllString(replace.Replace(p), "-#")]
		if !there {
			tb.Errorf("round %d: %s is not written", round, replace.Replace(p))
			continue
		}
		if bytes.Equal(content, good[p]) {
			continue
		}
		changed = append(changed, content)
		all := parsers.InProcess(good[p], content)
		for _, d := range append(parsers.Form(content), parsers.Compare(all)...) {
			tb.Errorf("round %d: %s: %s: %s", round, p, d.Path, d.Message)
		}
		want, got := expected(all[parsers.Kubernetes][0], replace), expected(all[parsers.Kubernetes][1], strings.NewReplacer())
		for leaf, n := range want {
			if got[leaf] < n {
				tb.Errorf("round %d: %s: not there: %s %q", round, p, leaf.Path, leaf.Value)
			}
		}
		for leaf, n := range got {
			if want[leaf] < n {
				tb.Errorf("round %d: %s: there instead: %s %q", round, p, leaf.Path, leaf.Value)
			}
		}
	}
	return taken, changed
}
