package parsers

import (
	"crypto/sha256"
	"maps"
	"path"
	"slices"
	"sync"

	"slipway.dev/golden/cluster/judge"
)

// Judge holds every file of a tree to its form, and to being read alike by the parsers of
// this process. It reads no document for the census of judge.Run: that a file is good YAML
// says nothing of what its objects mean.
//
// It remembers what it found in a file, since trees that differ in one file are judged by
// the hundred.
func Judge() judge.Judge {
	var known sync.Map // [sha256.Size]byte → []Disagreement
	return judge.Judge{
		Name:  "yaml",
		Reads: func(judge.Document) bool { return false },
		Judge: func(t *judge.Tree) []judge.Finding {
			var found []judge.Finding
			for _, name := range slices.Sorted(maps.Keys(t.Files)) {
				if path.Ext(name) != ".yaml" {
					continue
				}
				sum := sha256.Sum256(t.Files[name])
				file, ok := known.Load(sum)
				if !ok {
					file = append(Form(t.Files[name]), Compare(InProcess(t.Files[name]))...)
					known.Store(sum, file)
				}
				for _, d := range file.([]Disagreement) {
					found = append(found, judge.Finding{Judge: "yaml", File: name, Object: object(t, name, d.Doc), Path: d.Path, Message: d.Message})
				}
			}
			return found
		},
	}
}

// object is what the tree calls a document; nothing where it could not read the file.
func object(t *judge.Tree, file string, doc int) string {
	for _, d := range t.Documents {
		if d.File == file && d.Index == doc {
			return d.Name()
		}
	}
	return ""
}
