package faults

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/tekton"
)

//go:embed testdata/fleet
var specs embed.FS

// revision is the commit that the runs of the good tree are for.
const revision = "0123456789abcdef0123456789abcdef01234567"

// Good is the tree that faults are seeded into: what the small fleet of testdata compiles
// to, by path below judge.Root, and under runs/ the PipelineRuns that `slipway run` prints.
func Good() (map[string][]byte, error) {
	fleet, err := small()
	if err != nil {
		return nil, err
	}
	r, err := compiler.Compile(fleet, targets.Options())
	if err != nil {
		return nil, err
	}
	if all := r.Diags.All(); len(all) > 0 {
		return nil, fmt.Errorf("the small fleet has a mistake: %v", all[0])
	}
	p, clashes := plan.New(r.Files)
	if len(clashes) > 0 {
		return nil, fmt.Errorf("%s and %s both write %s", clashes[0].A, clashes[0].B, clashes[0].Path)
	}
	files := map[string][]byte{}
	for _, f := range p.Files {
		files[f.Path] = plan.Bytes(f)
	}
	for _, run := range tekton.PromoterRuns(r.Fleet.Platform) {
		files["runs/promoter-"+run.Spec.PipelineRef.Name+".yaml"] = kube.Encode(kube.FromObject(run))
	}
	for _, k := range tekton.FleetKinds() {
		run, err := tekton.NewFleetRun(r.Fleet.Platform, k, revision)
		if err != nil {
			return nil, err
		}
		files["runs/own-"+string(k)+".yaml"] = kube.Encode(kube.FromObject(run))
	}
	for _, s := range r.Fleet.Services {
		runs, err := tekton.Runs(r.Fleet.Platform, s, revision)
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			files["runs/"+run.Spec.PipelineRef.Name+".yaml"] = kube.Encode(kube.FromObject(run))
		}
	}
	return files, nil
}

// small is the fleet of testdata with a release of every service in every environment.
func small() (fs.FS, error) {
	fleet := fstest.MapFS{}
	write := func(name string, content []byte) { fleet[name] = &fstest.MapFile{Data: content, Mode: 0o644} }
	err := fs.WalkDir(specs, "testdata/fleet", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		spec, err := specs.ReadFile(p)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(p, "testdata/fleet/")
		write(name, spec)
		if path.Dir(name) != "services" {
			return nil
		}
		service := strings.TrimSuffix(path.Base(name), ".cue")
		for _, env := range []string{"dev", "test", "prod"} {
			if env == "test" && service != "shop" {
				continue
			}
			if env == "prod" {
				write(versions.SpecPath(env, service), spec)
			}
			write(versions.Path(env, service), versions.Encode(record(env, service, spec)))
		}
		return nil
	})
	return fleet, err
}

// record is a release of a service. Fixed images have none of their own.
func record(env, service string, spec []byte) versions.Record {
	registry := "dev"
	if env == "prod" {
		registry = env
	}
	r := versions.Record{
		Service: service, Environment: env, Spec: versions.SpecSum(spec),
		Since: "2026-03-12T09:12:40Z", By: "maria", Reason: "tried",
	}
	if strings.Contains(string(spec), "build:") {
		r.Image = "registry.small.example/" + registry + "/" + service + "@sha256:" + strings.Repeat("0a", 32)
		r.Version, r.Commit, r.Message = "1.4.0", revision, "Release 1.4.0"
	}
	return r
}
