package tekton

import (
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// What is tested where it is deployed: the pipeline SERVICE-verify, which the promoter starts
// (start.go) when a release is deployed and well, and what tells the promoter of it.
//
//	pipelines/SERVICE/verify.yaml   the pipeline, how the promoter's events start it, and which
//	                                verdicts count for the service
//
// The verdict is an event of the team's, signed with the key of its requests; it starts the
// promoter's pipeline "verdict", which is settle for that Application. What a verdict says is
// believed for what was asked: the sum "release" stands for the image, the spec, the tests and
// since when, so that the verdict on another release is none on this one.

// verifyParams are the parameters of the pipeline beside the commit.
var verifyParams = v1.ParamSpecs{
	text("environment", "The environment."),
	text("application", "The Argo CD Application, SERVICE-ENV."),
	text("image", "The image that is deployed there, by digest."),
	text("tests", "The tests that are asked for: smoke, e2e, or both."),
	text("release", "A sum by which the promoter knows the release."),
	text("asked", "When the run was asked for; it began later."),
	text("url", "Where the service is reached."),
}

// deployedStage is the stage of a test of what is deployed. Its commands are told which
// environment they are for, the image, and where the service is.
func deployedStage(name string, after ...string) stage {
	s := testStage(name)
	s.in, s.after = []Kind{Verify}, append(s.after, after...)
	test := s.test
	s.params = func(_ *ir.Platform, svc *ir.Service) []param {
		return append(testParams(svc, test(svc)), append(passed("environment", "url"), param{name: "built", value: "$(params.image)"})...)
	}
	s.when = func(svc *ir.Service) (with []string) {
		all := testsAsked(svc)
		for _, tests := range all {
			if slices.Contains(strings.Fields(tests), name) {
				with = append(with, tests)
			}
		}
		if len(with) == len(all) {
			return nil
		}
		return with
	}
	return s
}

// testsAsked are the values of the parameter "tests" of a service's runs.
func testsAsked(svc *ir.Service) (out []string) {
	var both []string
	for _, t := range svc.DeployedTests() {
		out = append(out, t.Name)
		both = append(both, t.Name)
	}
	if len(both) > 1 {
		out = append(out, strings.Join(both, " "))
	}
	return out
}

// Verification is a release that is to be tested where it is deployed.
type Verification struct {
	Image, Commit string
	Tests         []string
	Release       string // the sum by which its verdict is known
	Asked         string // when it is asked for, as RFC 3339 has it, in UTC
}

// NewVerification makes the run that tests a release of an instance: what the promoter starts.
func NewVerification(p *ir.Platform, i *ir.Instance, v Verification) (*v1.PipelineRun, error) {
	run, err := NewRun(p, i.Service, Verify, v.Commit)
	if err != nil {
		return nil, err
	}
	for _, one := range []param{
		{name: "environment", value: i.Env.Name}, {name: "application", value: i.Application()}, {name: "image", value: v.Image},
		{name: "tests", value: strings.Join(v.Tests, " ")}, {name: "release", value: v.Release}, {name: "asked", value: v.Asked}, {name: "url", value: i.Address.URL},
	} {
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: one.name, Value: *v1.NewStructuredValues(one.value)})
	}
	return run, nil
}

// Runs are one run of each of a service's pipelines, for a commit; what else an event would
// say is made up.
func Runs(p *ir.Platform, svc *ir.Service, revision string) (out []*v1.PipelineRun, err error) {
	for _, kind := range KindsOf(p, svc) {
		var run *v1.PipelineRun
		image := path.Join(svc.RunsIn[0].Registry, svc.Name) + "@sha256:" + strings.Repeat("0", 64)
		if kind == Verify {
			i := svc.TestedIn()[0]
			run, err = NewVerification(p, i, Verification{
				Image: image, Commit: revision,
				Tests: []string{svc.DeployedTests()[0].Name}, Release: strings.Repeat("0", 16), Asked: "2026-01-01T00:00:00Z",
			})
		} else {
			run, err = NewRun(p, svc, kind, revision)
		}
		if err != nil {
			return nil, err
		}
		if kind == Nightly {
			run.Spec.Params = append(run.Spec.Params, v1.Param{Name: "image", Value: *v1.NewStructuredValues(image)})
		}
		out = append(out, run)
	}
	return out, nil
}

// verifyTriggers are how the promoter's events start the pipeline, and which verdicts of its
// runs count. What an event may say is what the service's files have: the address of each
// environment, and its Application, are here.
func verifyTriggers(p *ir.Platform, svc *ir.Service) ([]kube.Node, error) {
	run, err := NewRun(p, svc, Verify, "")
	if err != nil {
		return nil, err
	}
	var environments, applications, byName, byURL []string
	for _, i := range svc.TestedIn() {
		environments = append(environments, quoted(i.Env.Name))
		applications = append(applications, quoted(i.Application()))
		byName = append(byName, quoted(i.Env.Name)+": "+quoted(i.Application()))
		byURL = append(byURL, quoted(i.Env.Name)+": "+quoted(i.Address.URL))
	}
	params := []string{"revision"}
	for _, s := range verifyParams {
		params = append(params, s.Name)
	}
	oneOf := func(value string, list []string) string { return value + " in [" + strings.Join(list, ", ") + "]" }
	from := func(list []string) string { return "{" + strings.Join(list, ", ") + "}[body.with.environment]" }
	var tests []string
	for _, t := range testsAsked(svc) {
		tests = append(tests, quoted(t))
	}
	meta := metav1.ObjectMeta{Namespace: Namespace(svc.Owner, Verify), Labels: labels(svc, Verify)}
	out, err := startable(p, meta, run, params, and(
		oneOf("body.with.environment", environments),
		oneOf("body.with.tests", tests),
		isSHA("body.with.revision"),
		"body.with.image.matches('^[a-z0-9][a-zA-Z0-9._:/-]*@sha256:[0-9a-f]{64}$')",
		isRelease("body.with.release"),
		isTime("body.with.asked"),
	), []overlay{{"application", from(byName)}, {"url", from(byURL)}})
	if err != nil {
		return nil, fmt.Errorf("start of %s: %w", run.Spec.PipelineRef.Name, err)
	}
	verdict := promoterMeta(verdictPL + "-" + svc.Name)
	verdict.Labels["slipway.dev/requests-of"] = svc.Owner
	trigger := newTrigger(verdict, verdictPL, verdictPL, and(
		"body.service == "+quoted(svc.Name),
		oneOf("body.application", applications),
		"body.verdict in ['passed', 'failed']",
		oneOf("body.test", append([]string{"''"}, testNames(svc)...)),
		isRelease("body.release"),
		isTime("body.asked"),
		"body.run.matches("+quoted("^"+Namespace(svc.Owner, Verify)+"/"+StartedPrefix(PipelineName(svc.Name, Verify))+"[a-z0-9-]+$")+")"))
	if err := valid(trigger); err != nil {
		return nil, fmt.Errorf("trigger %s: %w", trigger.Name, err)
	}
	return append(out, kube.FromObject(trigger)), nil
}

func isRelease(value string) string { return value + ".matches('^[0-9a-f]{16}$')" }

func isTime(value string) string {
	return value + ".matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$')"
}

func testNames(svc *ir.Service) (out []string) {
	for _, t := range svc.DeployedTests() {
		out = append(out, quoted(t.Name))
	}
	return out
}
