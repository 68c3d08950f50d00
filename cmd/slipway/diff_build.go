package main

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// buildOverlay returns what kustomize builds from an overlay in a tree. It reads what our
// overlays name and nothing else: kustomize itself would follow an address that somebody
// wrote into a committed file, over the network and with Git.
func buildOverlay(tree plan.Tree, dir string) ([]kube.Node, error) {
	files := &treeFiles{FileSystem: filesys.MakeFsInMemory(), tree: tree}
	// The default options confine each kustomization to its folder and run no plugins.
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, "/"+dir)
	if files.refused != nil { // kustomize takes an error of reading for a missing file
		return nil, files.refused
	}
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return nil, errors.New(line)
	}
	y, err := built.AsYaml()
	if err != nil {
		return nil, err
	}
	return kube.Decode(y)
}

// treeFiles is a tree as kustomize reads it, its root at "/". What kustomize asks beyond
// reading is answered by the empty file system in it.
type treeFiles struct {
	filesys.FileSystem
	tree    plan.Tree
	refused error // the first kustomization that is not as we write them
}

func inTree(p string) string { return strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(p)), "/") }

// IsDir asks by reading: a tree lists files only.
func (t *treeFiles) IsDir(p string) bool {
	_, err := t.tree.Read(inTree(p))
	var o *plan.Obstacle
	return errors.As(err, &o) && o.Kind == plan.Folder && o.Path == inTree(p)
}

func (t *treeFiles) Exists(p string) bool {
	_, err := t.tree.Read(inTree(p))
	return err == nil || t.IsDir(p)
}

func (t *treeFiles) CleanedAbs(p string) (filesys.ConfirmedDir, string, error) {
	at := "/" + inTree(p)
	if t.IsDir(at) {
		return filesys.ConfirmedDir(at), "", nil
	}
	if _, err := t.tree.Read(inTree(p)); err != nil {
		return "", "", err
	}
	return filesys.ConfirmedDir(path.Dir(at)), path.Base(at), nil
}

func (t *treeFiles) ReadFile(p string) ([]byte, error) {
	at := inTree(p)
	content, err := t.tree.Read(at)
	if err == nil && slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(at)) {
		if err = t.check(at, content); err != nil && t.refused == nil {
			t.refused = fmt.Errorf("%s: %w", at, err)
		}
	}
	return content, err
}

// kustomizationFields are those that targets/kustomize writes; none but the three that
// check looks into names a file.
var kustomizationFields = []string{
	"apiVersion", "kind", "namespace", "resources", "components", "patches", "images", "labels",
}

// besides is what those name: a file or folder beside the kustomization, or the base. It
// has no slash or colon, so it is no address.
var besides = regexp.MustCompile(`^(\.\./\.\./base|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$`)

func (t *treeFiles) check(at string, content []byte) error {
	docs, err := kube.Decode(content)
	if err != nil {
		return err
	}
	if len(docs) != 1 || docs[0].Kind != kube.Map {
		return errors.New("it is not one kustomization")
	}
	for _, f := range docs[0].Fields {
		if !slices.Contains(kustomizationFields, f.Key) {
			return fmt.Errorf("it has %q, which generated kustomizations never have", f.Key)
		}
		for _, item := range f.Value.Items {
			name := item
			switch f.Key {
			case "resources", "components":
			case "patches":
				name = item.Get("path")
			default:
				continue
			}
			if !besides.MatchString(name.Text) {
				return fmt.Errorf("it names %q, which is not beside it", name.Text)
			}
			if !t.Exists(path.Join(path.Dir(at), name.Text)) {
				return fmt.Errorf("it names %q, which is not there", name.Text)
			}
		}
	}
	return nil
}
