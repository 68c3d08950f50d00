package judge

import (
	_ "embed"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

// Exception is what Run drops. In Object, Field and Message a star is any text.
type Exception struct {
	Judge   string `json:"judge"`
	Object  string `json:"object"`  // as in Finding
	Field   string `json:"field"`   // the finding's path, or its message where it has no path
	Message string `json:"message"` // narrows a field; any when empty
	Reason  string `json:"reason"`
}

//go:embed exceptions.yaml
var exceptionsFile []byte

// Exceptions are all there are. One that no golden tree needs any more is a failure of the
// suite, as is one that is missing here.
func Exceptions() []Exception { return exceptions() }

// exceptions reads the file once: it is asked for every finding.
var exceptions = sync.OnceValue(func() []Exception {
	var all []Exception
	if err := yaml.UnmarshalStrict(exceptionsFile, &all); err != nil {
		panic(err) // the file is ours
	}
	return all
})

// Covers says whether a finding is this exception.
func (e Exception) Covers(f Finding) bool {
	field := f.Path
	if field == "" {
		field = f.Message
	}
	return e.Judge == f.Judge && like(e.Object, f.Object) && like(e.Field, field) && (e.Message == "" || like(e.Message, f.Message))
}

// like matches a text that may have stars.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		text, ok = after, ok && found
	}
	return ok && strings.HasSuffix(text, parts[len(parts)-1])
}
