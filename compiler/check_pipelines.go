package compiler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// What pipelines run: builds, tests, stages of a service's own, and the settings of single tasks.

func checkPipelineNames(c *checker, s *ir.Service) {
	c.length(s.At, s.Name+"-pull-request", maxLabel, "a Pipeline")
}

// pin wants an image that a pipeline runs to be pinned.
func (c *checker) pin(at diag.Pos, image string) {
	if !pinned(image) {
		c.unless(diag.UnpinnedImage, at, "image %q is not pinned: another image may be behind it tomorrow", image).WithHint("%s", pinHint)
	}
}

func checkBuild(c *checker, s *ir.Service) {
	switch b := s.Build; {
	case b == nil:
	case b.Jib != nil:
		c.pin(b.Jib.At, b.Jib.Image)
	case b.Buildpacks != nil:
		c.pin(b.Buildpacks.BuilderAt, b.Buildpacks.Builder)
		c.pin(b.Buildpacks.RunAt, b.Buildpacks.Run)
	}
}

func checkTests(c *checker, s *ir.Service) {
	for _, t := range s.Tests {
		if t.Task.Kind == ir.Nothing {
			c.pin(t.At, t.Image)
			if len(t.Run) == 0 {
				c.ds.Errorf(diag.MissingField, t.RunAt, "%s has no command to run", t.Path).WithPath(t.Path + ".run").
					WithHint("give one: run: [\"make test\"]")
			}
			if slices.Contains(t.Run, "--") || slices.Contains(t.Quarantine, "--") { // it ends a list of the task: what follows would be in quarantine
				c.ds.Errorf(diag.WrongValue, t.RunAt, "%s has a command \"--\", which is none", t.Path).WithPath(t.Path + ".run").WithHint("remove it")
			}
		}
		for _, n := range t.Needs {
			c.pin(n.At, n.Image)
			if n.Name == "tekton-log-results" {
				c.ds.Errorf(diag.BadName, n.At, "a neighbour of tests cannot be called %q: Tekton has a sidecar of its own of that name", n.Name).
					WithPath(t.Path + ".needs." + n.Name).WithHint("call it after what it is, such as postgres")
			}
			if n.Port == 0 && len(n.Ready) == 0 {
				c.ds.Errorf(diag.MissingField, n.At, "%q says neither port nor ready, so the tests would start before it does", n.Name).
					WithPath(t.Path + ".needs." + n.Name + ".port").
					WithHint("give the port it listens on, or a command that succeeds once it is ready: ready: [\"pg_isready\"]")
			}
		}
	}
}

// checkStages holds the service's own stages against those of the pipelines, which wait for
// each other as c.stages says.
func checkStages(c *checker, s *ir.Service) {
	if !slices.ContainsFunc(s.Tests, func(t ir.Test) bool { return t.Own }) {
		return
	}
	after := map[string][]string{}
	for name, list := range c.stages {
		after[name] = slices.Clone(list)
	}
	for _, t := range s.Tests {
		if _, taken := c.stages[t.Name]; taken && t.Own {
			c.ds.Errorf(diag.BadName, t.At, "the pipelines have a stage called %q already", t.Name).WithPath(t.Path).
				WithHint("call it after what it does")
			return
		}
		if t.Deployed {
			continue // another pipeline's
		}
		after[t.Name] = append(after[t.Name], "clone")
	}
	// What comes after a build is told the image, which one that runs the source leaves to push.
	var pushed []string
	if s.Build != nil && s.Build.RunsSource() {
		pushed = []string{"push"}
		after["scan"] = append(after["scan"], pushed...)
	}
	ordered := slices.DeleteFunc(sorted(after), func(name string) bool { return after[name] == nil })
	for _, t := range s.Tests {
		for _, o := range slices.Concat(t.After, t.Before) {
			if !slices.Contains(ordered, o.Name) {
				c.ds.Errorf(diag.UnknownStage, o.At, "there is no stage %q to come before or after", o.Name).WithPath(t.Path).
					WithHint("%s", cmpOr(diag.Suggest(o.Name, ordered), "known: "+strings.Join(ordered, ", ")))
			}
		}
		for _, o := range t.After {
			after[t.Name] = append(after[t.Name], o.Name)
			if o.Name == "build" {
				after[t.Name] = append(after[t.Name], pushed...)
			}
		}
		for _, o := range t.Before {
			after[o.Name] = append(after[o.Name], t.Name)
		}
		if t.Own {
			after["request"] = append(after["request"], t.Name)
		}
	}
	for _, t := range s.Tests {
		if circle := circle(after, t.Name); t.Own && circle != nil {
			c.ds.Errorf(diag.StageOrder, slices.Concat(t.After, t.Before)[0].At, "stage %q waits for itself: %s", t.Name, strings.Join(circle, " after ")).WithPath(t.Path).
				WithHint("take one of them out of after or before")
			return // the others of the circle wait for themselves too
		}
	}
}

// circle is the shortest way from a stage back to itself along what each waits for; nil when
// there is none.
func circle(after map[string][]string, from string) []string {
	came := map[string]string{}
	for todo := []string{from}; len(todo) > 0; todo = todo[1:] {
		for _, next := range after[todo[0]] {
			if next == from {
				way := []string{from}
				for at := todo[0]; at != from; at = came[at] {
					way = append(way, at)
				}
				slices.Reverse(way[1:])
				return append(way, from)
			}
			if _, ok := came[next]; !ok {
				came[next] = todo[0]
				todo = append(todo, next)
			}
		}
	}
	return nil
}

// longestTask is how long a task of a pipeline may take, with all its retries. What takes
// longer is no step on the way to a release.
const longestTask = 6 * time.Hour

func checkTasks(c *checker, s *ir.Service) {
	for _, t := range s.Tasks {
		if what := tooLong(t); what != "" {
			c.ds.Errorf(diag.LongTask, t.At, "%q %s", t.Name, what).WithPath("tasks." + t.Name + ".timeout").
				WithHint("give it less, such as timeout: \"30m\", or fewer retries")
		}
		if why := c.once[t.Name]; why != "" && t.Retries > 0 {
			c.ds.Errorf(diag.WrongValue, t.At, "%q is not tried again: %s", t.Name, why).WithPath("tasks." + t.Name + ".retries").
				WithHint("remove retries")
		}
		own := func(o ir.Test) bool { return o.Name == t.Name }
		if _, ok := c.stages[t.Name]; !ok && !slices.ContainsFunc(s.Tests, own) {
			c.ds.Errorf(diag.UnknownTask, t.At, "there is no pipeline task %q", t.Name).WithPath("tasks."+t.Name).
				WithHint("%s", diag.Suggest(t.Name, sorted(c.stages)))
		}
	}
}

// tooLong says what is wrong with the time of a task; "" when nothing is.
func tooLong(t ir.TaskSettings) string {
	if t.Timeout == "" {
		return ""
	}
	d, err := time.ParseDuration(t.Timeout)
	switch {
	case err != nil || d > longestTask: // a time that is too long to be counted is none for Go
		return fmt.Sprintf("may take %s, and a task of a pipeline %s at most", t.Timeout, plainly(longestTask))
	case d == 0:
		return "is never stopped: that is what a timeout of 0 says"
	case d*time.Duration(t.Retries+1) > longestTask:
		return fmt.Sprintf("may take %s, tried %d times for %s, and a task of a pipeline %s at most", plainly(d*time.Duration(t.Retries+1)), t.Retries+1, plainly(d), plainly(longestTask))
	}
	return ""
}

// plainly is a time without its zeros.
func plainly(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
