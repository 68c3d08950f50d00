package tekton

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// What happens by night, where platform.cue says when: one CronJob of the promoter's runs
// `slipway nightly`, which looks at all services and has runs started, for what is released
// and for what should be.
const nightlyName = "nightly"

// CatchUpName is how the promoter asks for a release run of a commit that no run came of, or
// whose base image was renewed.
func CatchUpName(service string) string { return service + "-catch-up" }

// byNight are what starts the runs of a service's night.
func byNight(p *ir.Platform, svc *ir.Service) ([]kube.Node, error) {
	meta := metav1.ObjectMeta{Namespace: Namespace(svc.Owner, Nightly), Labels: labels(svc, Nightly)}
	var images []string
	for _, e := range svc.RunsIn {
		is := "body.with.image.startsWith(" + quoted(path.Join(e.Registry, svc.Name)+"@sha256:") + ")"
		if !slices.Contains(images, is) {
			images = append(images, is)
		}
	}
	run, err := NewRun(p, svc, Nightly, "")
	if err != nil {
		return nil, err
	}
	out, err := startable(p, *meta.DeepCopy(), run, []string{"revision", "image"}, and(isSHA("body.with.revision"), "("+strings.Join(images, " || ")+")"), nil)
	if err != nil || !svc.AsksForRelease() {
		return out, err
	}
	if run, err = NewRun(p, svc, Release, ""); err != nil {
		return nil, err
	}
	meta.Name = CatchUpName(svc.Name)
	again, err := startable(p, meta, run, []string{"revision"}, isSHA("body.with.revision"), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", meta.Name, err)
	}
	return append(out, again...), nil
}

// nightlyCron reads the fleet and its sources, and starts runs; it writes nothing, and holds
// nothing by which it could.
func nightlyCron(p *ir.Platform) *batchv1.CronJob {
	c := newCron(p, cron{
		name: nightlyName, schedule: p.Pipelines.Nightly, takes: 4 * time.Hour, late: time.Hour, account: string(tasks.Reads),
		args: []string{
			"nightly", "--fleet=" + p.Repo, "--branch=" + p.Branch, "--directory=" + tasks.Literal(p.Home),
			"--credentials=/secrets/git-credentials", "--source-credentials=/secrets/git-credentials", "--registry-credentials=/secrets/registry-credentials",
			"--start-url=" + p.Pipelines.Promoter, "--start-key=/secrets/" + startKey + "/key",
		},
		secrets: []cronSecret{{"git-credentials", true}, {"registry-credentials", true}, {startKey, false}},
	})
	utc := "Etc/UTC"
	c.Spec.TimeZone = &utc
	return c
}
