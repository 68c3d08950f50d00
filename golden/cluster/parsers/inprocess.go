package parsers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	goccy "github.com/goccy/go-yaml"
	yamlv3 "go.yaml.in/yaml/v3"
	yamlv2 "gopkg.in/yaml.v2"
	kubernetes "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Kubernetes is the name of the parser by which kubectl and Argo CD read files.
const Kubernetes = "sigs.k8s.io/yaml"

// inProcess are the parsers written in Go, each of which reads all documents of a file.
var inProcess = map[string]func([]byte) ([]any, error){
	Kubernetes:                 readKubernetes,
	"go.yaml.in/yaml/v3":       func(b []byte) ([]any, error) { return readAll(yamlv3.NewDecoder(bytes.NewReader(b))) },
	"gopkg.in/yaml.v2":         readV2,
	"github.com/goccy/go-yaml": func(b []byte) ([]any, error) { return readAll(goccy.NewDecoder(bytes.NewReader(b))) },
}

// InProcess reads files with the parsers written in Go.
func InProcess(files ...[]byte) Readings {
	out := Readings{}
	for name, read := range inProcess {
		for _, file := range files {
			docs, err := guarded(read, file)
			out[name] = append(out[name], Reading{docs, err})
		}
	}
	return out
}

// guarded turns a parser's panic, which is a refusal too, into an error.
func guarded(read func([]byte) ([]any, error), file []byte) (docs []any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panics: %v", r)
		}
	}()
	return read(file)
}

// readKubernetes parts documents as kubectl does, before it parses them, and makes JSON of
// each: that is what the API server is sent.
func readKubernetes(file []byte) ([]any, error) {
	var docs []any
	for r := kubernetes.NewYAMLReader(bufio.NewReader(bytes.NewReader(file))); ; {
		text, err := r.Read()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var doc any
		if err := d.Decode(&doc); err != nil {
			return nil, err
		}
		docs = append(docs, tagged(doc))
	}
}

func readV2(file []byte) ([]any, error) {
	d := yamlv2.NewDecoder(bytes.NewReader(file))
	d.SetStrict(true) // a duplicate key is an error, as it is to the others anyway
	return readAll(d)
}

func readAll(d interface{ Decode(any) error }) ([]any, error) {
	var docs []any
	for {
		var doc any
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, tagged(doc))
	}
}

// tagged brings what Go's parsers return to the form of value.go.
func tagged(value any) any {
	switch v := value.(type) {
	case nil:
		return "null:"
	case string:
		return Text(v)
	case bool:
		return fmt.Sprint("bool:", v)
	case json.Number:
		return number(v.String())
	case int, int64, uint64, float64:
		return number(fmt.Sprint(v))
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = tagged(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[Text(key)] = tagged(item)
		}
		return out
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[fmt.Sprint(tagged(key))] = tagged(item)
		}
		return out
	}
	return fmt.Sprintf("other:%v", value) // a time
}
