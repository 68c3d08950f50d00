package judge

import (
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"
)

// report collects the findings of one judge.
type report struct {
	judge string
	found []Finding
}

// place is where a finding is.
type place struct{ file, object string }

func (d Document) place() place { return place{d.File, d.Name()} }
func (o Object) place() place   { return place{o.File, o.Name()} }

func (r *report) add(at place, path, format string, args ...any) {
	r.found = append(r.found, Finding{Judge: r.judge, File: at.file, Object: at.object, Path: path, Message: fmt.Sprintf(format, args...)})
}

// err reports what a reader returned, if it returned anything.
func (r *report) err(at place, path string, err error) {
	if err != nil {
		r.add(at, path, "%v", err)
	}
}

// typed decodes an object into its struct as the API server does with strict field
// validation: by exact names, unknown and doubled fields refused.
func typed[T any](object map[string]any) (*T, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	into := new(T)
	strict, err := kjson.UnmarshalStrict(text, into)
	return into, errors.Join(append(strict, err)...)
}

// ofKind are the documents of one kind.
func (t *Tree) ofKind(kind string) []Document {
	var found []Document
	for _, d := range t.Documents {
		if d.Kind() == kind {
			found = append(found, d)
		}
	}
	return found
}

// field is what stands at some place of an object; nil where nothing does.
func field(object map[string]any, fields ...string) any {
	v, _, _ := unstructured.NestedFieldNoCopy(object, fields...)
	return v
}
