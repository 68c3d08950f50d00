package tasks

import (
	"context"
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tektoncd/pipeline/pkg/apis/config"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
)

// everyTask runs a test once for each task, as it comes from the file.
func everyTask(t *testing.T, test func(t *testing.T, e Entry, task *v1.Task)) {
	t.Helper()
	for _, e := range All() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			task, ok := Lookup(e.Name, nil)
			if !ok {
				t.Fatalf("Lookup does not know %q", e.Name)
			}
			test(t, e, task)
		})
	}
}

func TestEveryFolderIsATaskAndEveryTaskAFolder(t *testing.T) {
	t.Parallel()
	matches, err := fs.Glob(files, "*/task.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, m := range matches {
		folders = append(folders, path.Dir(m))
	}
	if !slices.Equal(folders, Names()) {
		t.Errorf("folders %v, table %v", folders, Names())
	}
	if !slices.IsSorted(Names()) || !slices.IsSorted(ToolNames()) {
		t.Error("a table is not sorted")
	}
}

func TestTektonAcceptsEveryTaskWithStableFeaturesAndStepsOfTheirOwn(t *testing.T) {
	t.Parallel()
	everyTask(t, func(t *testing.T, _ Entry, task *v1.Task) {
		level := "stable"
		if len(task.Spec.Steps) > 1 { // workspaces of single steps; so are resolvers, without which no task is found
			level = "beta"
		}
		flags, err := config.NewFeatureFlagsFromMap(map[string]string{"enable-api-fields": level})
		if err != nil {
			t.Fatal(err)
		}
		defaults, err := config.NewDefaultsFromMap(nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx := config.ToContext(context.Background(), &config.Config{FeatureFlags: flags, Defaults: defaults})
		// What Tekton would add, Argo CD would report as drift.
		defaulted := task.DeepCopy()
		defaulted.SetDefaults(ctx)
		if !reflect.DeepEqual(defaulted, task) {
			t.Error("Tekton's defaults change the task; write them into the file")
		}
		if err := defaulted.Validate(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestAFieldThatTektonDoesNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	text, err := files.ReadFile("clone/task.yaml")
	if err != nil {
		t.Fatal(err)
	}
	misspelt := strings.Replace(string(text), "readOnlyRootFilesystem:", "readOnlyRootFilesytem:", 1)
	if _, err := decode([]byte(misspelt)); err == nil || !strings.Contains(err.Error(), "readOnlyRootFilesytem") {
		t.Errorf("a misspelt field: %v", err)
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	everyTask(t, func(t *testing.T, e Entry, task *v1.Task) {
		if task.Kind != "Task" || task.APIVersion != "tekton.dev/v1" || task.Spec.DisplayName == "" || task.Spec.Description == "" {
			t.Error("the task lacks its kind, a display name or a description")
		}
		for _, p := range task.Spec.Params {
			if p.Description == "" || p.Type == "" {
				t.Errorf("the parameter %q lacks a description or a type", p.Name)
			}
		}
		for _, r := range task.Spec.Results {
			if r.Description == "" || r.Type == "" {
				t.Errorf("the result %q lacks a description or a type", r.Name)
			}
		}
		for _, w := range task.Spec.Workspaces {
			if w.Description == "" {
				t.Errorf("the workspace %q lacks a description", w.Name)
			}
		}
	})
}

func TestEveryStepIsRestricted(t *testing.T) {
	t.Parallel()
	everyTask(t, func(t *testing.T, _ Entry, task *v1.Task) {
		steps, err := v1.MergeStepsWithStepTemplate(task.Spec.StepTemplate, task.Spec.Steps)
		if err != nil {
			t.Fatal(err)
		}
		// One step, since what is mounted in a pod is within reach of each, or steps that say which
		// workspaces they have: Tekton mounts such a workspace in no other.
		if len(steps) != 1 {
			for _, w := range task.Spec.Workspaces {
				if !slices.ContainsFunc(steps, func(s v1.Step) bool {
					return slices.ContainsFunc(s.Workspaces, func(u v1.WorkspaceUsage) bool { return u.Name == w.Name })
				}) {
					t.Errorf("every step has the workspace %q", w.Name)
				}
			}
		}
		if len(task.Spec.Sidecars) != 0 {
			t.Errorf("%d sidecars", len(task.Spec.Sidecars))
		}
		for _, s := range steps {
			checkRestricted(t, s)
		}
		for _, v := range task.Spec.Volumes {
			if v.EmptyDir == nil {
				t.Errorf("the volume %q is not an emptyDir", v.Name)
			}
		}
	})
}

func checkRestricted(t *testing.T, s v1.Step) {
	t.Helper()
	c := s.SecurityContext
	switch {
	case c == nil:
		t.Fatal("no security context")
	case c.RunAsNonRoot == nil || !*c.RunAsNonRoot,
		c.AllowPrivilegeEscalation == nil || *c.AllowPrivilegeEscalation,
		c.ReadOnlyRootFilesystem == nil || !*c.ReadOnlyRootFilesystem,
		c.Capabilities == nil || !slices.Equal(c.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(c.Capabilities.Add) != 0,
		c.SeccompProfile == nil || c.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault,
		c.Privileged != nil:
		t.Errorf("not restricted: %+v", c)
	}
	// The team's image decides about its user, through the pod.
	if settable := s.Image == "$(params.image)"; (c.RunAsUser == nil) != settable {
		t.Errorf("runAsUser is %v", c.RunAsUser)
	}
	mounts := map[string]bool{}
	for _, m := range s.VolumeMounts {
		mounts[m.MountPath] = true
	}
	if !mounts["/tmp"] || !mounts["/home/slipway"] || !slices.Contains(s.Env, corev1.EnvVar{Name: "HOME", Value: "/home/slipway"}) {
		t.Error("/tmp or HOME is not a volume, and nothing else is writable")
	}
	for _, list := range []corev1.ResourceList{s.ComputeResources.Requests, s.ComputeResources.Limits} {
		if list.Cpu().IsZero() || list.Memory().IsZero() {
			t.Error("requests or limits of cpu or memory are missing")
		}
	}
}

func TestCredentialsAreReadOnlyWorkspacesOfTheTasksThatNeedThem(t *testing.T) {
	t.Parallel()
	allowed := map[Trust][]string{
		Untrusted: nil,
		Reads:     {"git-credentials", "registry-credentials", "public-key", "pact-credentials"},
		Signs:     {"signing-key", "sign-credentials"},
		Publishes: {"buildkit-certs", "registry-credentials", "pact-credentials"},
		Requests:  {"request-key"},
		Promotes:  {"fleet-credentials", "git-credentials", "applications", "copy-credentials", "public-key", "pact-credentials", "start-key"},
		Reports:   {"status-token", "messages"},
		Keeps:     {"registry-credentials"},
	}
	everyTask(t, func(t *testing.T, e Entry, task *v1.Task) {
		for _, w := range task.Spec.Workspaces {
			if w.Name == "image" {
				// Who runs the team's code leaves an image there, and who may push takes it.
				if w.ReadOnly != (e.Trust == Publishes) || e.Trust != Publishes && e.Trust != Untrusted {
					t.Errorf("the image that a build leaves behind is read-only: %v", w.ReadOnly)
				}
				continue
			}
			if w.Name == "source" {
				// What is built is what was cloned: nobody else writes it.
				if w.ReadOnly != (e.Name != "clone") {
					t.Errorf("the source is read-only: %v", w.ReadOnly)
				}
				continue
			}
			if w.Name == "pacts" || w.Name == "contracts" {
				// What is held to be kept is what was fetched.
				if w.ReadOnly != (e.Name != "contracts-fetch") {
					t.Errorf("the workspace %q is read-only: %v", w.Name, w.ReadOnly)
				}
				continue
			}
			if w.Name == "reports" {
				// Tests leave them, and who keeps them changes nothing.
				if w.ReadOnly != (e.Trust == Keeps) || e.Trust != Keeps && (e.Trust != Untrusted || !w.Optional) {
					t.Errorf("the reports are read-only: %v", w.ReadOnly)
				}
				continue
			}
			if !slices.Contains(allowed[e.Trust], w.Name) {
				t.Errorf("a task that is %q gets the workspace %q", e.Trust, w.Name)
			}
			if !w.ReadOnly {
				t.Errorf("the workspace %q is writable", w.Name)
			}
			// A pull or read credential is for private repositories only.
			if e.Trust == Reads && !w.Optional {
				t.Errorf("the workspace %q is not optional", w.Name)
			}
		}
		// Kubernetes expands $(NAME) in values that come from events: no variable holds a secret.
		for _, s := range task.Spec.Steps {
			for _, v := range slices.Concat(s.Env, task.Spec.StepTemplate.Env) {
				if v.ValueFrom != nil {
					t.Errorf("the variable %q comes from elsewhere", v.Name)
				}
			}
			if len(s.EnvFrom)+len(task.Spec.StepTemplate.EnvFrom) != 0 {
				t.Error("variables come from elsewhere")
			}
		}
	})
}

// A build that can push nothing has a class for it that holds less than one that pushes, and runs
// without a credential of the registry.
func TestABuildThatPushesNothingHoldsLess(t *testing.T) {
	t.Parallel()
	everyTask(t, func(t *testing.T, e Entry, task *v1.Task) {
		can := slices.ContainsFunc(task.Spec.Params, func(p v1.ParamSpec) bool { return p.Name == "push" && p.Default.StringVal == "true" })
		if _, ok := tried[e.Name]; ok != can {
			t.Errorf("it can push nothing: %v, the table says %v", can, ok)
		}
		if can && (e.Tried() == e.Trust || e.Trust != Publishes) || !can && e.Tried() != e.Trust {
			t.Errorf("it is %q, and %q where it pushes nothing", e.Trust, e.Tried())
		}
		for _, w := range task.Spec.Workspaces {
			if can && w.Name == "registry-credentials" && !w.Optional {
				t.Error("it must be given a credential of the registry")
			}
		}
	})
}

func TestImagesAreToolsOfTheTableOrTheTeams(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, e := range All() {
		found := map[string]bool{}
		spec := loaded()[e.Name].Spec
		for _, s := range spec.Steps {
			if name, ok := toolOf(s.Image); ok {
				found[name] = true
			} else if e.Trust != Untrusted || s.Image != "$(params.image)" {
				t.Errorf("%s: the image %q is not a tool", e.Name, s.Image)
			}
		}
		for _, p := range spec.Params {
			if p.Default != nil {
				if name, ok := toolOf(p.Default.StringVal); ok {
					found[name] = true
				}
			}
		}
		for _, name := range e.Tools {
			if !found[name] {
				t.Errorf("%s does not use its tool %q", e.Name, name)
			}
			used[name] = true
		}
		if len(found) != len(e.Tools) || !slices.IsSorted(e.Tools) {
			t.Errorf("%s uses %v, the table says %v", e.Name, found, e.Tools)
		}
	}
	for _, name := range ToolNames() {
		if !used[name] {
			t.Errorf("no task uses the tool %q", name)
		}
	}
}

func TestToolImagesArePinned(t *testing.T) {
	t.Parallel()
	// Tag only: nobody was seen to pin ko's, and slipway's is not published yet.
	exceptions := []string{"ko", "slipway"}
	pinned := regexp.MustCompile(`^[a-z0-9.]+(/[a-z0-9._-]+)+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}$`)
	for _, name := range ToolNames() {
		image, ok := DefaultImage(name)
		if !ok {
			t.Fatalf("no image for %q", name)
		}
		if pinned.MatchString(image) == slices.Contains(exceptions, name) {
			t.Errorf("%s: %q", name, image)
		}
	}
	if _, ok := DefaultImage("gti"); ok {
		t.Error("an unknown tool has an image")
	}
}

func TestThePlatformsImagesReplaceTheTables(t *testing.T) {
	t.Parallel()
	own := map[string]string{"ko-base": "registry.example.com/base@sha256:1", "git": "not used here"}
	task, _ := Lookup("build-ko", own)
	usual, _ := Lookup("build-ko", nil)
	for _, p := range task.Spec.Params {
		if p.Name == "base" && p.Default.StringVal != own["ko-base"] {
			t.Errorf("base is %q", p.Default.StringVal)
		}
	}
	if image, _ := DefaultImage("ko"); task.Spec.Steps[0].Image != image {
		t.Errorf("image is %q", task.Spec.Steps[0].Image)
	}
	if task.Name == usual.Name {
		t.Error("another image, but the same name")
	}
}

func TestTasksAreNamedByTheirContent(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^([a-z][a-z-]*)-[0-9a-f]{6}$`)
	everyTask(t, func(t *testing.T, e Entry, task *v1.Task) {
		m := name.FindStringSubmatch(task.Name)
		if m == nil || m[1] != e.Name {
			t.Errorf("%s is called %q", e.Name, task.Name)
		}
		if again, _ := Lookup(e.Name, map[string]string{}); again.Name != task.Name {
			t.Errorf("%q, then %q", task.Name, again.Name)
		}
		// The name survives being written and read back.
		text, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := contentName(e.Name, &back.Spec); got != task.Name {
			t.Errorf("read back, %q is called %q", task.Name, got)
		}
	})
}

func TestCallersOwnWhatTheyGet(t *testing.T) {
	t.Parallel()
	task, _ := Lookup("clone", nil)
	task.Spec.Steps[0].Env[0].Value = "changed"
	task.Labels["changed"] = "yes"
	entry, _ := Find("clone")
	entry.Tools[0] = "changed"
	again, _ := Lookup("clone", nil)
	if again.Spec.Steps[0].Env[0].Value == "changed" || again.Labels["changed"] != "" {
		t.Error("a change to a task changed the library")
	}
	if entry, _ := Find("clone"); entry.Tools[0] != "git" {
		t.Error("a change to an entry changed the library")
	}
	if _, ok := Lookup("cloen", nil); ok {
		t.Error("Lookup knows a task that does not exist")
	}
}
