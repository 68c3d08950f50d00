package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/targets/adopt"
	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize"
)

func newAdopt(w world) *cobra.Command {
	var dir, env string
	var existing []string
	c := &cobra.Command{
		Use:   "adopt SERVICE --env ENV --existing FILE…",
		Short: "Check and print how a service that runs is handed over",
		Long: `Adopt compares what a service means in an environment with the objects that exist
there, and prints what applying it would change in them, who has them now (Argo CD,
Flux, Helm), the steps of the hand-over in their order, and the way back. It asks no
cluster and changes nothing.

What exists is what kubectl get -o yaml prints, or the manifests that were applied.
Compared is what an apply would change: what the spec says, and what was applied
before and the spec does not say. What the API server filled in, and what
controllers wrote, does not count.

The exit status is 1 when anything would be restarted, replaced or deleted, or when
a workload, Service or claim is not there; these come first.`,
		Example: `  kubectl -n shop get deployments,services,configmaps -o yaml >objects.yaml
  kubectl get applications.argoproj.io -A -o yaml >applications.yaml
  slipway adopt checkout --env prod --existing objects.yaml --existing applications.yaml`,
		Args: arguments("SERVICE"),
		RunE: func(_ *cobra.Command, args []string) error { return runAdopt(w, dir, args[0], env, existing) },
	}
	c.Flags().StringVar(&dir, "fleet", ".", "the fleet's folder")
	c.Flags().StringVar(&env, "env", "", "the environment")
	c.Flags().StringArrayVar(&existing, "existing", nil, "what exists: a YAML file, a folder of them, or - for standard input")
	required(c, "env")
	return c
}

func runAdopt(w world, dir, service, env string, existing []string) error {
	f, err := openFleet(dir)
	if err != nil {
		return err
	}
	p, i, err := instance(w, f, service, env)
	if err != nil {
		return err
	}
	if i.Chart != nil {
		return fmt.Errorf("%s is a chart, which Argo CD renders: docs/adopt.md says how one is handed over", service)
	}
	ours := kustomize.Render(i)
	if len(existing) == 0 {
		return fmt.Errorf("adopt needs --existing: what is there today, such as from\n  kubectl -n %s get %s -o yaml >objects.yaml\n  kubectl get applications.argoproj.io -A -o yaml >applications.yaml",
			i.Env.Namespace, strings.Join(resources(ours), ","))
	}
	there, err := readExisting(w.in, existing)
	if err != nil {
		return err
	}
	h, err := adopt.New(adopt.Target{Service: service, Env: env, Namespace: i.Env.Namespace, Application: i.Application(), ArgoCD: p.ArgoCD}, ours, there)
	if err != nil {
		return err
	}
	printHandover(w.out, h, len(there))
	if len(h.Refused()) > 0 {
		return exit(exitFindings)
	}
	return nil
}

// resources are the kinds of objects as kubectl takes them, sorted.
func resources(objects []kube.Node) (out []string) {
	for _, n := range objects {
		o := impact.ObjectOf(n)
		name := strings.ToLower(o.Kind)
		if strings.Contains(o.Group, ".") {
			name += "." + o.Group
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// readExisting reads files, folders of files, and standard input.
func readExisting(in io.Reader, names []string) (out []kube.Node, err error) {
	add := func(name string, content []byte) error {
		docs, err := kube.Decode(content)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		for _, d := range docs {
			if strings.HasSuffix(d.Get("kind").Text, "List") && d.Get("items").Exists() {
				out = append(out, d.Get("items").Items...)
			} else if d.Get("kind").Exists() && d.Get("metadata").Exists() {
				out = append(out, d)
			}
		}
		return nil
	}
	for _, name := range names {
		if name == "-" {
			content, err := io.ReadAll(in)
			if err == nil {
				err = add("standard input", content)
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		if err := filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || p != name && !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(p)) {
				return err
			}
			content, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			return add(p, content)
		}); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, errors.New("there is no object in what --existing names")
	}
	return out, nil
}

func printHandover(w io.Writer, h *adopt.Handover, read int) {
	t := h.Target
	fmt.Fprintf(w, "%s in %s, compared with %s\n\n", t.Service, t.Env, count(read, "object", "objects"))
	if len(h.Equal) > 0 {
		var names []string
		for _, o := range h.Equal {
			names = append(names, o.String())
		}
		wrap(w, fmt.Sprintf("  %-9s", "equal"), strings.Join(names, ", "))
	}
	for _, line := range diffLines(h.Changes) {
		wrap(w, fmt.Sprintf("  %-9s", line.class), line.text)
	}
	fmt.Fprintln(w)
	refused := h.Refused()
	if len(refused) == 0 {
		fmt.Fprintln(w, "no pod restarts, and nothing is replaced")
	} else {
		fmt.Fprintf(w, "not without harm: %v\n", impact.Count(refused))
		for _, c := range refused {
			fmt.Fprintf(w, "  %v %v\n", c.Class, c.Object)
			for _, e := range c.Edits {
				if e.Decides {
					fmt.Fprintf(w, "    %v\n", e)
				}
			}
		}
		fmt.Fprintln(w, "identity keeps names and selectors that exist, hardening: \"asWritten\" keeps pods as they are")
	}
	if !h.Live {
		fmt.Fprintln(w, "compared with manifests: a live dump, kubectl get -o yaml, tells what hands have changed since")
	}
	fmt.Fprintln(w)
	for _, o := range h.Owners {
		fmt.Fprintf(w, "today's owner: %v", o)
		if s := o.State(); s != "" {
			fmt.Fprintf(w, " (%s)", s)
		}
		fmt.Fprintln(w)
	}
	if len(h.Owners) == 0 {
		fmt.Fprintln(w, "today's owner: none is named on the objects; ask who else applies them: argocd app list,\n  flux get kustomizations -A, helm list -A, and the pipelines that call kubectl")
	}
	heading := "steps"
	if len(refused) > 0 {
		heading = "steps, once nothing of that is left"
	}
	printSteps(w, heading, h.Steps())
	printSteps(w, "the way back, before the last step", h.Back())
}

func printSteps(w io.Writer, heading string, steps []adopt.Step) {
	fmt.Fprintf(w, "\n%s\n", heading)
	for i, s := range steps {
		wrap(w, fmt.Sprintf("  %d.", i+1), s.Text)
		for _, c := range s.Commands {
			fmt.Fprintf(w, "     $ %s\n", c)
		}
	}
}
