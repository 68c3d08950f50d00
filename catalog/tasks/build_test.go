package tasks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// build returns a pod of a build task, with its credential mounted beside the source.
func build(t testing.TB, task string, files map[string]string) *pod {
	t.Helper()
	p := newPod(t, task)
	p.params["image"] = "registry.example.com:5000/acme/checkout"
	p.params["tags"] = "0123abc,v1.2"
	p.workspaces["source"] = folder(t, files)
	p.workspaces["registry-credentials"] = folder(t, map[string]string{".dockerconfigjson": `{"auths":{}}`})
	if task == "build-dockerfile" {
		p.params["buildkit"] = "tcp://buildkitd.slipway-build:1234"
		p.workspaces["buildkit-certs"] = t.TempDir()
	}
	return p
}

// try returns a pod of a build of a pull request, which pushes nothing and has no credential
// but the certificate by which it reaches the daemon.
func try(t testing.TB, task string, files map[string]string) *pod {
	t.Helper()
	p := build(t, task, files)
	p.params["push"] = "false"
	delete(p.params, "tags")
	delete(p.workspaces, "registry-credentials")
	return p
}

// wantAsked wants a tool to have been called once, with these arguments.
func wantAsked(t testing.TB, p *pod, tool string, want []string) {
	t.Helper()
	if got := p.recorded(t, tool+".args"); !slices.Equal(got, want) {
		t.Errorf("%s got\n%q, want\n%q", tool, got, want)
	}
}

// wantTried wants a build that left nothing behind, and whose tool was anonymous at registries.
func wantTried(t testing.TB, p *pod) {
	t.Helper()
	for _, name := range []string{"IMAGE_URL", "IMAGE_DIGEST"} {
		if text := p.result(t, name); text != "" {
			t.Errorf("%s is %q although nothing was pushed", name, text)
		}
	}
	if _, err := os.Lstat(filepath.Join(p.home, ".docker", "config.json")); err == nil {
		t.Error("it has a credential")
	}
}

func wantPushed(t testing.TB, p *pod) {
	t.Helper()
	if url := p.result(t, "IMAGE_URL"); url != "registry.example.com:5000/acme/checkout" {
		t.Errorf("IMAGE_URL is %q", url)
	}
	if digest := p.result(t, "IMAGE_DIGEST"); digest != fmt.Sprintf("sha256:%064d", 42) {
		t.Errorf("IMAGE_DIGEST is %q", digest)
	}
}

func TestADockerfileIsBuiltAndPushed(t *testing.T) {
	t.Parallel()
	p := build(t, "build-dockerfile", map[string]string{"web/docker/Dockerfile.prod": "FROM scratch\n"})
	p.params["context"] = "web"
	p.params["dockerfile"] = "web/docker/Dockerfile.prod"
	p.params["target"] = "final"
	p.params["platform"] = "linux/amd64,linux/arm64"
	p.params["epoch"] = "1767315845"
	p.params["cache"] = "buildcache"
	p.params["caches"] = "shop"
	p.lists["build-args"] = []string{"A=1", "B=two words, and a comma", "C=", "D=$HOME `id`", "BUILDKIT_CACHE_MOUNT_NS=of-others"}
	p.run(t).wantSuccess(t)
	wantPushed(t, p)

	source, err := filepath.EvalSymlinks(p.workspaces["source"])
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"--addr", "tcp://buildkitd.slipway-build:1234", "--tlsdir", p.workspaces["buildkit-certs"],
		"build", "--progress", "plain", "--frontend", "dockerfile.v0",
		"--local", "context=" + source + "/web",
		"--local", "dockerfile=" + source + "/web/docker",
		"--opt", "filename=Dockerfile.prod",
		"--output", `type=image,"name=registry.example.com:5000/acme/checkout:0123abc,registry.example.com:5000/acme/checkout:v1.2",push=true,rewrite-timestamp=true`,
		"--metadata-file", p.home + "/metadata.json",
		"--opt", "build-arg:A=1", "--opt", "build-arg:B=two words, and a comma", "--opt", "build-arg:C=", "--opt", "build-arg:D=$HOME `id`",
		// The last one counts: a team's own words do not lead to another team's caches.
		"--opt", "build-arg:BUILDKIT_CACHE_MOUNT_NS=of-others", "--opt", "build-arg:BUILDKIT_CACHE_MOUNT_NS=shop",
		"--opt", "build-arg:SOURCE_DATE_EPOCH=1767315845", "--opt", "target=final", "--opt", "platform=linux/amd64,linux/arm64",
		"--import-cache", "type=registry,ref=registry.example.com:5000/acme/checkout:buildcache",
		"--export-cache", "type=registry,ref=registry.example.com:5000/acme/checkout:buildcache,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true",
	}
	wantAsked(t, p, "buildctl", want)
	// The credential is used where it is mounted, not copied.
	if got := p.recorded(t, "buildctl.docker-config")[0]; got != p.workspaces["registry-credentials"]+"/.dockerconfigjson" {
		t.Errorf("the registry credential is at %q", got)
	}
}

func TestADockerfileIsTriedAndNothingIsPushed(t *testing.T) {
	t.Parallel()
	p := try(t, "build-dockerfile", map[string]string{"Dockerfile": "FROM scratch\n"})
	p.params["platform"], p.params["epoch"], p.params["cache"] = "linux/amd64,linux/arm64", "1767315845", "buildcache"
	p.lists["build-args"] = []string{"A=1"}
	p.run(t).wantSuccess(t)
	wantTried(t, p)
	source, err := filepath.EvalSymlinks(p.workspaces["source"])
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"--addr", "tcp://buildkitd.slipway-build:1234", "--tlsdir", p.workspaces["buildkit-certs"],
		"build", "--progress", "plain", "--frontend", "dockerfile.v0",
		"--local", "context=" + source, "--local", "dockerfile=" + source, "--opt", "filename=Dockerfile",
		"--opt", "build-arg:A=1", "--opt", "build-arg:BUILDKIT_CACHE_MOUNT_NS=", "--opt", "build-arg:SOURCE_DATE_EPOCH=1767315845", "--opt", "platform=linux/amd64,linux/arm64",
		"--import-cache", "type=registry,ref=registry.example.com:5000/acme/checkout:buildcache",
	}
	wantAsked(t, p, "buildctl", want)

	// Who may pull what the image lies on is used where it is mounted.
	p = try(t, "build-dockerfile", map[string]string{"Dockerfile": "FROM scratch\n"})
	p.workspaces["registry-credentials"] = folder(t, map[string]string{"config.json": `{"auths":{}}`})
	p.run(t).wantSuccess(t)
	if got := p.recorded(t, "buildctl.docker-config")[0]; got != p.workspaces["registry-credentials"]+"/config.json" {
		t.Errorf("the credential is at %q", got)
	}
}

func TestKoTriesAndPushesNothing(t *testing.T) {
	t.Parallel()
	p := try(t, "build-ko", map[string]string{"go.mod": "module x\n", "main.go": "package main\n"})
	// It has no use for one; should there be one all the same, what is built goes without.
	p.workspaces["registry-credentials"] = folder(t, map[string]string{"config.json": `{"auths":{}}`})
	p.params["platform"] = "linux/amd64,linux/arm64"
	p.run(t).wantSuccess(t)
	wantTried(t, p)
	want := []string{"build", "--bare", "--platform=linux/amd64,linux/arm64", "--push=false", "./."}
	wantAsked(t, p, "ko", want)
}

func TestATriedBuildFailsWhereTheBuildDoes(t *testing.T) {
	t.Parallel()
	for task, tool := range map[string]string{"build-dockerfile": "buildctl", "build-ko": "ko"} {
		p := try(t, task, map[string]string{"Dockerfile": "FROM scratch\n"})
		p.path = folder(t, map[string]string{tool: "#!/bin/sh\necho broken\nexit 3\n"})
		if err := os.Chmod(filepath.Join(p.path, tool), 0o755); err != nil {
			t.Fatal(err)
		}
		p.run(t).wantRefusal(t, "")
		wantTried(t, p)
	}
}

func TestAnImageSaysWhatItLiesOn(t *testing.T) {
	t.Parallel()
	pinned := "docker.io/library/node:22@sha256:" + strings.Repeat("a", 64)
	for says, want := range map[string][]string{
		"":                            nil, // scratch, or nobody knows
		"docker.io/library/node:22\n": {"--opt", "label:org.opencontainers.image.base.name=docker.io/library/node:22", "--opt", "label:org.opencontainers.image.base.digest="},
		pinned + "\n":                 {"--opt", "label:org.opencontainers.image.base.name=" + pinned, "--opt", "label:org.opencontainers.image.base.digest=sha256:" + strings.Repeat("a", 64)},
		"a,push=false\n":              nil,
		"-a\n":                        nil,
		"two\nlines\n":                nil,
	} {
		p := build(t, "build-dockerfile", map[string]string{"web/Dockerfile": "FROM node:22\n"})
		p.params["dockerfile"], p.params["target"] = "web/Dockerfile", "final"
		p.lists["build-args"] = []string{"A=1", "B=two words"}
		if err := os.WriteFile(filepath.Join(p.home, "slipway.says"), []byte(says), 0o644); err != nil {
			t.Fatal(err)
		}
		p.run(t).wantSuccess(t)
		wantArgs(t, p, "dockerfile", p.workspaces["source"]+"/web/Dockerfile", "--base", "--target=final", "--build-arg=A=1", "--build-arg=B=two words")
		var got []string
		args := p.recorded(t, "buildctl.args")
		for i, a := range args {
			if strings.HasPrefix(a, "label:") {
				got = append(got, args[i-1], a)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: buildctl got %q, want %q", says, got, want)
		}
	}
	p := build(t, "build-dockerfile", map[string]string{"Dockerfile": "FROM node:22\n"})
	if err := os.WriteFile(filepath.Join(p.home, "slipway.fails"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p.run(t).wantSuccess(t)
	wantPushed(t, p)
}

func TestADockerfileNeedsNothingButAnImageAndTags(t *testing.T) {
	t.Parallel()
	p := build(t, "build-dockerfile", map[string]string{"Dockerfile": "FROM scratch\n"})
	p.run(t).wantSuccess(t)
	wantPushed(t, p)
}

func TestKoBuildsAndPushes(t *testing.T) {
	t.Parallel()
	p := build(t, "build-ko", map[string]string{"go/go.mod": "module x\n", "go/cmd/api/main.go": "package main\n", "go/.ko.yaml": "defaultFlags: [-toolexec=evil]\n"})
	p.params["directory"] = "go"
	p.params["main"] = "cmd/api"
	p.run(t).wantSuccess(t)
	wantPushed(t, p)
	want := []string{"build", "--bare", "--platform=linux/amd64", "--tags=0123abc,v1.2", "./cmd/api"}
	wantAsked(t, p, "ko", want)
	env := p.recorded(t, "ko.env")
	base, _ := DefaultImage("ko-base")
	if !strings.HasSuffix(env[0], "/go") || env[1] != p.home+"/ko.yaml" || env[2] != base {
		t.Errorf("ko ran with %q", env)
	}
}

func TestBuildsRefuseFoldersThatLeadToCredentials(t *testing.T) {
	t.Parallel()
	cases := []struct{ task, param, value string }{
		{"build-dockerfile", "context", "link"},
		{"build-dockerfile", "context", ".."},
		{"build-dockerfile", "context", "sub/../../"},
		{"build-dockerfile", "dockerfile", "link/Dockerfile"},
		{"build-dockerfile", "dockerfile", "../Dockerfile"},
		{"build-ko", "directory", "link"},
		{"build-ko", "directory", ".."},
		{"build-ko", "main", "link"},
		{"build-ko", "main", "../.."},
	}
	for _, c := range cases {
		p := build(t, c.task, map[string]string{"Dockerfile": "FROM scratch\n", "sub/x": ""})
		if err := os.Symlink(p.workspaces["registry-credentials"], filepath.Join(p.workspaces["source"], "link")); err != nil {
			t.Fatal(err)
		}
		p.params[c.param] = c.value
		p.run(t).wantRefusal(t, "leads out of the source")
		for _, file := range []string{"buildctl.args", "ko.args"} {
			if _, err := os.Stat(filepath.Join(p.home, file)); err == nil {
				t.Errorf("%+v: the build ran", c)
			}
		}
	}
}

// ko follows the links in kodata and puts what they lead to into the image.
func TestKoPutsNothingIntoTheImageThatIsNotOfTheSource(t *testing.T) {
	t.Parallel()
	const secret = "registry-credentials"
	for _, c := range []struct {
		links map[string]string // by their path in the source; secret stands for the credential's folder
		why   string            // none where it is built
	}{
		{map[string]string{"cmd/kodata/a": secret + "/config.json"}, "leads out of the source"},
		{map[string]string{"cmd/kodata/a": secret}, "leads out of the source"},
		{map[string]string{"cmd/kodata/sub/a": "/proc/self/environ"}, "leads out of the source"},
		{map[string]string{"cmd/kodata/a": "../../../../nowhere/x"}, "leads out of the source"},
		{map[string]string{"cmd/kodata/a": "../../out", "out": secret + "/config.json"}, "leads out of the source"},
		{map[string]string{"cmd/kodata/a": "../../out/config.json", "out": secret}, "leads out of the source"},
		{map[string]string{"cmd/kodata/a": "../../lib", "lib/deep/b": secret + "/config.json"}, "leads to a folder with links"},
		{map[string]string{"cmd/kodata/a": ".."}, "leads to a folder with links"},
		{map[string]string{"cmd/kodata/a\nb": secret + "/config.json"}, "name of several lines"},
		{map[string]string{"cmd/kodata": secret}, "leads out of the source"},
		{map[string]string{"cmd/kodata/a": "../../docs/page.html", "cmd/kodata/b": "../../docs"}, ""},
		{map[string]string{"elsewhere/a": secret + "/config.json"}, ""}, // nobody follows it
	} {
		for _, p := range []*pod{build(t, "build-ko", nil), try(t, "build-ko", nil)} {
			p.params["main"] = "cmd"
			p.workspaces["source"] = folder(t, map[string]string{"go.mod": "module x\n", "cmd/main.go": "package main\n", "docs/page.html": "", "lib/x": ""})
			credential := folder(t, map[string]string{"config.json": `{"auths":{}}`})
			if p.workspaces[secret] != "" {
				p.workspaces[secret] = credential
			}
			for name, to := range c.links {
				at := filepath.Join(p.workspaces["source"], name)
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if rest, ok := strings.CutPrefix(to, secret); ok {
					to = credential + rest
				}
				if err := os.Symlink(to, at); err != nil {
					t.Fatal(err)
				}
			}
			if out := p.run(t); c.why == "" {
				out.wantSuccess(t)
			} else {
				out.wantRefusal(t, c.why)
				if _, err := os.Stat(filepath.Join(p.home, "ko.args")); err == nil {
					t.Errorf("%q: ko ran", c.links)
				}
			}
		}
	}
}

func TestBuildsRefuseNamesThatAreOptions(t *testing.T) {
	t.Parallel()
	cases := []struct{ task, param, value, why string }{
		{"build-dockerfile", "image", "a,push=false", "not a name"},
		{"build-dockerfile", "image", `a"`, "not a name"},
		{"build-dockerfile", "image", "-a", "not a name"},
		{"build-dockerfile", "image", "", "not a name"},
		{"build-dockerfile", "tags", "", "tags"},
		{"build-dockerfile", "tags", "a b", "tags"},
		{"build-dockerfile", "tags", "*", "tags"},
		{"build-dockerfile", "push", "", "neither true nor false"},
		{"build-dockerfile", "push", "False", "neither true nor false"},
		{"build-dockerfile", "push", "false,push=true", "neither true nor false"},
		{"build-ko", "push", "no", "neither true nor false"},
		{"build-ko", "push", "true false", "neither true nor false"},
		{"build-dockerfile", "epoch", "now", "epoch"},
		{"build-dockerfile", "cache", "x,mode=min", "cache"},
		{"build-dockerfile", "cache", "-x", "cache"},
		{"build-dockerfile", "caches", "a/b", "caches"},
		{"build-dockerfile", "caches", "a,b", "caches"},
		{"build-dockerfile", "buildkit", "unix:///run/x", "tcp://"},
		{"build-dockerfile", "context", "nowhere", "no folder"},
		{"build-dockerfile", "dockerfile", "nowhere", "no Dockerfile"},
		{"build-ko", "image", "a b", "not a name"},
		{"build-ko", "tags", "", "tags"},
		{"build-ko", "directory", "nowhere", "no folder"},
		{"build-ko", "main", "nowhere", "no folder"},
	}
	for _, c := range cases {
		p := build(t, c.task, map[string]string{"Dockerfile": "FROM scratch\n"})
		p.params[c.param] = c.value
		p.run(t).wantRefusal(t, c.why)
	}
	p := build(t, "build-dockerfile", map[string]string{"Dockerfile": "FROM scratch\n"})
	p.lists["build-args"] = []string{"A=1", "--opt"}
	p.run(t).wantRefusal(t, "not of the form")
}
