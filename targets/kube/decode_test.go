package kube_test

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"slipway.dev/targets/kube"
)

func TestDecodeRefusesWhatGeneratedFilesNeverHave(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"a: &x 1":             "line 1: an anchor",
		"a: 1\nb: &x\n  c: d": "line 2: an anchor",
		"&x a: 1":             "line 1: an anchor",
		"a: &x 1\nb: *x":      "an anchor",
		"a: {}\n<<: {}":       "line 2: a merge key",
		"a: !foo b":           "line 1: the tag !foo",
		"a: !!str 1":          "line 1: the tag !!str",
		"a: !!binary aGk=":    "line 1: the tag !!binary",
		"a: 1\na: 2":          `line 2: a second key "a"`,
		"a: 1\n\"a\": 2":      `line 2: a second key "a"`,
		"1: a":                "line 1: a key that is no string",
		"yes: a":              "line 1: a key that is no string",
		"? [a]\n: b":          "line 1: a key that is no string",
		"a: .nan":             "line 1: a number that JSON does not have",
		"a: -.inf":            "line 1: a number that JSON does not have",
		"a: [":                "line 1",
		"a: b: c":             "mapping values are not allowed",
		"<<<<<<< HEAD\na: 1":  "line 2",
	} {
		if nodes, err := kube.Decode([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Decode(%q) = %v, %v; want an error with %q", doc, nodes, err, want)
		}
	}
}

func TestDecodeReadsScalarsAsKubectlDoes(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"y", "Y", "yes", "No", "on", "OFF", "true", "~", "null", "", "2001-01-01", "010", "0o7", "0x1F", "0b11", "1_000", "1e3", "12345e6", "-0", "1.50",
		"text", "'yes'", `"no"`, "|\n  yes", ">\n  a\n  b", "1.2.3", "+1", "18446744073709551615",
	} {
		doc := "v: " + s + "\n"
		data, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := kube.Decode([]byte(doc))
		if err != nil {
			t.Errorf("%q: %v", doc, err)
			continue
		}
		if got, want := show(numbers(plainValue(nodes[0]))), show(numbers(parse(t, data))); got != want {
			t.Errorf("%q is %s, to kubectl %s", doc, got, want)
		}
	}
}

func TestDecodeSkipsEmptyDocuments(t *testing.T) {
	t.Parallel()
	nodes, err := kube.Decode([]byte("# owner\n---\n---\na: 1\n---\n# nothing\n"))
	if err != nil || len(nodes) != 1 || nodes[0].Get("a").Text != "1" {
		t.Errorf("got %v, %v", nodes, err)
	}
	if nodes, err := kube.Decode(nil); err != nil || len(nodes) != 0 {
		t.Errorf("got %v, %v", nodes, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("a: 1\nb:\n- c\n- |\n  d\n---\n{}\n")
	f.Fuzz(func(t *testing.T, doc string) {
		nodes, err := kube.Decode([]byte(doc))
		if err != nil {
			return
		}
		out := kube.Encode(nodes...)
		back, err := kube.Decode(out)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for i := range nodes {
			if nodes[i].Kind != kube.Null && !kube.Equal(nodes[i], back[i]) {
				t.Fatalf("%s\n%s", kube.Encode(nodes[i]), kube.Encode(back[i]))
			}
		}
	})
}
