package tasks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// inside returns a pod of a build that runs what the source says, and so holds nothing.
func inside(t testing.TB, task string, files map[string]string) *pod {
	t.Helper()
	p := newPod(t, task)
	p.params["image"] = someImage
	p.workspaces["source"] = folder(t, files)
	p.workspaces["image"] = t.TempDir()
	if task == "build-jib" {
		p.params["tool"] = "maven"
	} else {
		p.params["run-image"] = someImage
	}
	return p
}

// push returns a pod that pushes what such a build left behind.
func push(t testing.TB) *pod {
	t.Helper()
	p := newPod(t, "push")
	p.params["image"] = "registry.example.com:5000/acme/checkout"
	p.params["tags"] = "0123abc,v1.2"
	p.workspaces["image"] = folder(t, map[string]string{"image": "an image"})
	p.workspaces["registry-credentials"] = folder(t, map[string]string{".dockerconfigjson": `{"auths":{}}`})
	return p
}

// wantMade wants an image to be left behind, and the source to be as it was.
func wantMade(t testing.TB, p *pod, file string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(p.workspaces["image"], file)); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(p.workspaces["source"])
	if err != nil || len(entries) != 1 {
		t.Errorf("the source holds %v, %v", entries, err)
	}
}

func TestMavenMakesAnImageOfAModule(t *testing.T) {
	t.Parallel()
	p := inside(t, "build-jib", map[string]string{"java/pom.xml": "<project/>\n"})
	p.params["directory"] = "java"
	p.params["module"] = "services/cart"
	p.params["platform"] = "linux/arm64"
	p.params["created"] = "2026-01-02T03:04:05Z"
	p.lists["args"] = []string{"-Pprod", "-Dtitle=two words $HOME `id`", "-Djib.container.format=Docker"}
	p.run(t).wantSuccess(t)
	wantMade(t, p, "image")
	want := []string{
		"--batch-mode", "--no-transfer-progress", "-DskipTests",
		"-Pprod", "-Dtitle=two words $HOME `id`", "-Djib.container.format=Docker",
		"-Djib.outputPaths.tar=" + p.workspaces["image"] + "/image", "-Djib.container.format=OCI", "-Djib.console=plain",
		"-Djib.container.creationTime=2026-01-02T03:04:05Z", "-Djib.from.platforms=linux/arm64",
		"--projects", "services/cart", "--also-make", "-Djib.containerize=services/cart",
		"package", "jib:buildTar",
	}
	if got := p.recorded(t, "build.args"); !slices.Equal(got, want) {
		t.Errorf("maven got\n%q, want\n%q", got, want)
	}
	if got := p.recorded(t, "build.folder")[0]; !strings.HasSuffix(got, "/home/source/java") {
		t.Errorf("it ran in %s, which is not a copy", got)
	}
}

func TestGradleMakesAnImage(t *testing.T) {
	t.Parallel()
	for module, task := range map[string]string{"": "jibBuildTar", ":services:cart": ":services:cart:jibBuildTar", "cart": ":cart:jibBuildTar"} {
		p := inside(t, "build-jib", map[string]string{"build.gradle": ""})
		p.params["tool"], p.params["module"] = "gradle", module
		p.run(t).wantSuccess(t)
		wantMade(t, p, "image")
		want := []string{"gradle", "--no-daemon", "--console=plain", "-Djib.outputPaths.tar=" + p.workspaces["image"] + "/image", "-Djib.container.format=OCI", "-Djib.console=plain", task}
		if got := p.recorded(t, "build.args"); !slices.Equal(got, want) {
			t.Errorf("gradle got\n%q, want\n%q", got, want)
		}
	}
}

func TestTheSourcesOwnWrapperBuilds(t *testing.T) {
	t.Parallel()
	for tool, wrapper := range map[string]string{"maven": "mvnw", "gradle": "gradlew"} {
		p := inside(t, "build-jib", map[string]string{wrapper: "#!/bin/sh\nset -eu\ntouch \"$HOME/wrapped\"\nexec mvn \"$@\"\n"})
		p.params["tool"] = tool
		if err := os.Chmod(filepath.Join(p.workspaces["source"], wrapper), 0o755); err != nil {
			t.Fatal(err)
		}
		p.run(t).wantSuccess(t)
		if _, err := os.Stat(filepath.Join(p.home, "wrapped")); err != nil {
			t.Errorf("%s: %v", wrapper, err)
		}
	}
}

func TestBuildpacksMakeAnImage(t *testing.T) {
	t.Parallel()
	p := inside(t, "build-buildpacks", map[string]string{"app/go.mod": "module x\n"})
	p.params["directory"] = "app"
	p.params["epoch"] = "1767315845"
	p.lists["env"] = []string{"BP_GO_TARGETS=./cmd/a:./cmd/b", "BP_TITLE=two words $HOME `id`"}
	p.run(t).wantSuccess(t)
	wantMade(t, p, "image/index.json")

	if got := p.recorded(t, "slipway.args"); !slices.Equal(got, []string{"pull", someImage, p.home + "/layout/slipway.invalid/run/run"}) {
		t.Errorf("slipway got %q", got)
	}
	// The builder's user is another one than that of the step before.
	if info, err := os.Stat(filepath.Join(p.home, "layout", "slipway.invalid")); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("beside the run image nobody else can write: %v, %v", info, err)
	}
	layout := []string{"-layout", "-layout-dir", p.home + "/layout", "-uid", fmt.Sprint(os.Getuid()), "-gid", fmt.Sprint(os.Getgid())}
	home, err := filepath.EvalSymlinks(p.home)
	if err != nil {
		t.Fatal(err)
	}
	app, layers := []string{"-app", home + "/source/app"}, []string{"-layers", p.home + "/layers"}
	run := slices.Concat(app, layers, []string{"-platform", p.home + "/platform"})
	want := slices.Concat(
		[]string{"analyzer"}, layout, layers, []string{"-run-image", "slipway.invalid/run:run", "slipway.invalid/image:built"},
		[]string{"detector"}, run, []string{"builder"}, run,
		[]string{"exporter"}, layout, app, layers, []string{"slipway.invalid/image:built"},
	)
	if got := p.recorded(t, "lifecycle.args"); !slices.Equal(got, want) {
		t.Errorf("the lifecycle got\n%q, want\n%q", got, want)
	}
	for name, want := range map[string]string{"BP_GO_TARGETS": "./cmd/a:./cmd/b", "BP_TITLE": "two words $HOME `id`"} {
		if got, err := os.ReadFile(filepath.Join(p.home, "platform", "env", name)); string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	env := p.recorded(t, "build.env")
	for _, want := range []string{"SOURCE_DATE_EPOCH=1767315845", "CNB_PLATFORM_API=0.12", "CNB_EXPERIMENTAL_MODE=warn"} {
		if !slices.Contains(env, want) {
			t.Errorf("the lifecycle ran without %s", want)
		}
	}
}

func TestWhatABuildLeavesBehindIsPushed(t *testing.T) {
	t.Parallel()
	p := push(t)
	p.run(t).wantSuccess(t)
	wantPushed(t, p)
	want := []string{"push", p.workspaces["image"] + "/image", p.params["image"], "--tags", "0123abc,v1.2", "--registry-credentials", p.workspaces["registry-credentials"]}
	if got := p.recorded(t, "slipway.args"); !slices.Equal(got, want) {
		t.Errorf("slipway got %q, want %q", got, want)
	}
	p = push(t)
	if err := os.WriteFile(filepath.Join(p.home, "slipway.fails"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p.run(t).wantRefusal(t, "no")
	if digest := p.result(t, "IMAGE_DIGEST"); digest != "" {
		t.Errorf("IMAGE_DIGEST is %q although nothing was pushed", digest)
	}
}

// What runs the team's code reaches no credential: there is none that its pod could be given.
func TestABuildThatRunsTheSourceHasNoPlaceForACredential(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"build-jib", "build-buildpacks"} {
		e, _ := Find(name)
		task, _ := Lookup(name, nil)
		var places []string
		for _, w := range task.Spec.Workspaces {
			places = append(places, w.Name)
		}
		if e.Trust != Untrusted || e.Token || !slices.Equal(places, []string{"source", "image"}) {
			t.Errorf("%s is %q and has %q", name, e.Trust, places)
		}
		if len(task.Spec.Results) != 0 {
			t.Errorf("%s says something that others would believe: %v", name, task.Spec.Results)
		}
	}
	task, _ := Lookup("push", nil)
	if len(task.Spec.Steps) != 1 || slices.ContainsFunc(task.Spec.Workspaces, func(w v1.WorkspaceDeclaration) bool { return w.Name == "source" || !w.ReadOnly }) {
		t.Error("push has more than what it pushes and the credential, or changes it")
	}
}

func TestBuildsOfTheSourceStopWhereSomethingIsWrong(t *testing.T) {
	t.Parallel()
	cases := []struct{ task, param, value, why string }{
		{"build-jib", "tool", "ant", "neither maven nor gradle"},
		{"build-jib", "tool", "", "neither maven nor gradle"},
		{"build-jib", "module", "-Dx", "the module"},
		{"build-jib", "module", "a/../../b", "the module"},
		{"build-jib", "module", "a b", "the module"},
		{"build-jib", "platform", "linux/amd64,linux/arm64", "the platform"},
		{"build-jib", "created", "now", "the time"},
		{"build-jib", "directory", "nowhere", "no folder"},
		{"build-jib", "directory", "..", "leads out"},
		{"build-jib", "directory", "link", "leads out"},
		{"build-buildpacks", "run-image", "paketo/run:latest", "no digest"},
		{"build-buildpacks", "run-image", "--help@sha256:1", "not a name"},
		{"build-buildpacks", "epoch", "now", "the epoch"},
		{"build-buildpacks", "directory", "nowhere", "no folder"},
		{"build-buildpacks", "directory", "..", "leads out"},
		{"build-buildpacks", "directory", "link", "leads out"},
	}
	for _, c := range cases {
		p := inside(t, c.task, map[string]string{"pom.xml": ""})
		if err := os.Symlink(t.TempDir(), filepath.Join(p.workspaces["source"], "link")); err != nil {
			t.Fatal(err)
		}
		p.params[c.param] = c.value
		p.run(t).wantRefusal(t, c.why)
		if _, err := os.Stat(filepath.Join(p.home, "build.env")); err == nil {
			t.Errorf("%+v: the build ran", c)
		}
	}
	p := inside(t, "build-buildpacks", map[string]string{"go.mod": ""})
	p.lists["env"] = []string{"../../x=1"}
	p.run(t).wantRefusal(t, "not a variable's name")
	for _, phase := range []string{"analyzer", "detector", "builder", "exporter"} {
		p := inside(t, "build-buildpacks", map[string]string{"go.mod": ""})
		if err := os.WriteFile(filepath.Join(p.home, phase+".fails"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		p.run(t).wantRefusal(t, "")
	}
	for task, why := range map[string]string{"build-jib": "wrote no image", "build-buildpacks": "wrote no image"} {
		p := inside(t, task, map[string]string{"pom.xml": ""})
		// What an earlier try left is not what this one made.
		if err := os.WriteFile(filepath.Join(p.workspaces["image"], "image"), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.home, "build.skips"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		p.run(t).wantRefusal(t, why)
	}
	for param, values := range map[string][]string{"image": {"", "-a", "a b", `a"`}, "tags": {"", "a b", "*", "-x"}} {
		for _, value := range values {
			p := push(t)
			p.params[param] = value
			p.run(t).wantRefusal(t, "push: ")
			if _, err := os.Stat(filepath.Join(p.home, "slipway.args")); err == nil {
				t.Errorf("%s=%q was pushed", param, value)
			}
		}
	}
}
