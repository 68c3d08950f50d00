package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"reflect"
	"strings"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"github.com/spf13/cobra"
	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	triggers "github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"slipway.dev/cmd/slipway/internal/disk"
	kinds "slipway.dev/compiler/api"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

func newBuild(w world) *cobra.Command {
	var dir, out, against string
	c := &cobra.Command{
		Use:   "build",
		Short: "Build what is committed as clusters get it, and check every object",
		Long: `Build reads deploy/ as Argo CD does, whatever the specs say: it builds each overlay
with Kustomize, and holds every object, of overlays and all others, against the type
of its kind: a field that the kind does not have is a mistake, and so is a value of
another type. Kinds that slipway does not know are built and counted. It writes
nothing and asks no cluster. The exit status is 1 when something is wrong.`,
		Example: "  slipway build\n  slipway build --against origin/main",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f, err := openFleet(dir)
			if err != nil {
				return err
			}
			if out != "" {
				if _, err := os.Stat(out); err != nil { // deploy/ may not be there yet; what is named should be
					return explainPath(out, err)
				}
			}
			var other plan.Tree
			if against != "" {
				if other, err = committedAt(c.Context(), f, against); err != nil {
					return err
				}
			}
			return buildAll(w, f.output(out), other)
		},
	}
	c.Flags().StringVar(&dir, "fleet", ".", "the fleet's folder")
	c.Flags().StringVar(&out, "out", "", "build this folder instead of the fleet's deploy/")
	c.Flags().StringVar(&against, "against", "", "leave out what is the same where this branch left another, such as origin/main")
	return c
}

// buildAll builds the folder out, but for what other, which may be nil, has too.
func buildAll(w world, out string, other plan.Tree) error {
	tree, err := disk.Open(out)
	if err != nil {
		return err
	}
	defer tree.Close()
	b := builder{tree: tree, other: other}
	if err := b.all(); err != nil {
		return err
	}
	for _, f := range b.found {
		fmt.Fprintf(w.err, "%s\n", printable(path.Join(out, f.at)+": "+f.what))
	}
	fmt.Fprintf(w.out, "%s: %s built, %s checked", out, count(b.overlays, "overlay", "overlays"), count(b.objects, "object", "objects"))
	if b.unknown > 0 {
		fmt.Fprintf(w.out, "; %d of kinds that slipway does not know", b.unknown)
	}
	if b.same > 0 {
		fmt.Fprintf(w.out, "; %s as before", count(b.same, "file is", "files are"))
	}
	fmt.Fprintln(w.out)
	if len(b.found) > 0 {
		return exit(exitFindings)
	}
	return nil
}

// builder builds an output folder and holds its objects against their kinds.
type builder struct {
	tree  plan.Tree
	other plan.Tree // what is the same there is left out; nil: nothing is

	found                            []fault // in the order of the files
	overlays, objects, unknown, same int
}

// fault is what is wrong in a file or overlay.
type fault struct{ at, what string }

// all goes through the files in their order, those of one service at once: any of them may
// be part of each of its overlays.
func (b *builder) all() error {
	files, err := b.tree.List()
	if err != nil {
		return err
	}
	gone := map[string]bool{} // services that have files in the other tree only
	if b.other != nil {
		if gone, err = b.lacking(files); err != nil {
			return err
		}
	}
	for len(files) > 0 {
		n := 1
		service := serviceOf(files[0])
		for service != "" && n < len(files) && serviceOf(files[n]) == service {
			n++
		}
		group := files[:n]
		files = files[n:]
		if b.other != nil && !gone[service] && b.unchanged(group) {
			b.same += n
			continue
		}
		for _, f := range group {
			b.file(f)
		}
	}
	return nil
}

// serviceOf is the service to whose overlays a file belongs; empty for all other files.
func serviceOf(file string) string {
	if parts := strings.Split(file, "/"); parts[0] == "services" && len(parts) > 2 {
		return parts[1]
	}
	return ""
}

// lacking are the services of which the other tree has a file that is not here.
func (b *builder) lacking(files []string) (map[string]bool, error) {
	others, err := b.other.List()
	if err != nil {
		return nil, err
	}
	here, out := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		here[f] = true
	}
	for _, f := range others {
		if !here[f] {
			out[serviceOf(f)] = true
		}
	}
	delete(out, "") // other files stand for themselves
	return out, nil
}

func (b *builder) unchanged(files []string) bool {
	for _, f := range files {
		mine, err := b.tree.Read(f)
		theirs, errTheirs := b.other.Read(f)
		if err != nil || errTheirs != nil || !bytes.Equal(mine, theirs) {
			return false
		}
	}
	return true
}

func (b *builder) file(f string) {
	parts := strings.Split(f, "/")
	var objects []kube.Node
	var err error
	at := f
	switch {
	case path.Ext(f) != ".yaml":
		return // for people and Git
	case parts[0] != "services":
		var content []byte
		if content, err = b.tree.Read(f); err == nil {
			objects, err = kube.Decode(content)
		}
	case len(parts) == 5 && parts[2] == "overlays" && parts[4] == "kustomization.yaml":
		b.overlays++
		at = path.Dir(f)
		objects, err = buildOverlay(b.tree, at)
	default:
		return // a part of overlays
	}
	if err != nil {
		b.found = append(b.found, fault{at, err.Error()})
	}
	for _, o := range objects {
		b.object(at, o)
	}
}

func (b *builder) object(at string, o kube.Node) {
	b.objects++
	t := typeOfKind(o.Get("apiVersion").Text, o.Get("kind").Text)
	if t == nil {
		b.unknown++
		return
	}
	if err := decodesTo(t, o); err != nil {
		name := o.Get("kind").Text + "/" + o.Get("metadata", "name").Text
		b.found = append(b.found, fault{at, name + ": " + err.Error()})
	}
}

// decodesTo decodes an object as an API server does that is asked to be strict: field names
// count with their case, and none is unknown or there twice.
func decodesTo(t reflect.Type, o kube.Node) error {
	text, err := yaml.YAMLToJSON(kube.Encode(o))
	if err != nil {
		return err
	}
	strict, err := kjson.UnmarshalStrict(text, reflect.New(t).Interface())
	return errors.Join(append(strict, err)...)
}

// ownKinds are the kinds that slipway writes and no spec may say, beside those of package api.
var ownKinds = map[string]reflect.Type{
	"argoproj.io/v1alpha1 AppProject":                 reflect.TypeFor[argo.AppProject](),
	"argoproj.io/v1alpha1 Application":                reflect.TypeFor[argo.Application](),
	"rbac.authorization.k8s.io/v1 ClusterRole":        reflect.TypeFor[rbacv1.ClusterRole](),
	"rbac.authorization.k8s.io/v1 ClusterRoleBinding": reflect.TypeFor[rbacv1.ClusterRoleBinding](),
	"tekton.dev/v1 Pipeline":                          reflect.TypeFor[pipeline.Pipeline](),
	"tekton.dev/v1 Task":                              reflect.TypeFor[pipeline.Task](),
	"triggers.tekton.dev/v1beta1 EventListener":       reflect.TypeFor[triggers.EventListener](),
	"triggers.tekton.dev/v1beta1 Trigger":             reflect.TypeFor[triggers.Trigger](),
	"triggers.tekton.dev/v1beta1 TriggerBinding":      reflect.TypeFor[triggers.TriggerBinding](),
	"triggers.tekton.dev/v1beta1 TriggerTemplate":     reflect.TypeFor[triggers.TriggerTemplate](),
	"v1 Namespace": reflect.TypeFor[corev1.Namespace](),
}

// typeOfKind is the Go type of a kind; nil for one that slipway does not know.
func typeOfKind(apiVersion, kind string) reflect.Type {
	if k, ok := kinds.Lookup(apiVersion, kind); ok && apiVersion != "" {
		return k.Type
	}
	return ownKinds[apiVersion+" "+kind]
}
