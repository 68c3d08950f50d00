package judge

import (
	_ "embed"
	"sync"

	"sigs.k8s.io/yaml"
)

// Exception is one finding that Run drops.
type Exception struct {
	Judge  string `json:"judge"`
	Object string `json:"object"` // as in Finding
	Field  string `json:"field"`  // the finding's path, or its message where it has no path
	Reason string `json:"reason"`
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
	return e.Judge == f.Judge && e.Object == f.Object && e.Field == field
}
