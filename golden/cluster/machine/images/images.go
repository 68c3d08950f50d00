// Package images makes the container images that pods of the cluster run, from the programs
// of this machine and of Build, and pushes them to the cluster's registry. Nothing is
// pulled.
//
// Two kinds: Tekton's own and the pause image, which are named in flags and configuration
// (machine.Image), and the tools of the task library, which a fleet names by digest.
package images

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"slipway.dev/golden/cluster/machine"
)

// User is who tools run as unless a pod says otherwise: that of the task library.
const User = "65532"

// Images are the tools, by name, each by digest as pods pull it. Beside the names that
// platform.cue knows under `tools` there are "golang", Go's toolchain with a shell, and of Cloud
// Native Buildpacks "builder" and "run".
type Images map[string]string

//go:embed trivy.sh
var trivy []byte

//go:embed buildpack
var buildpack embed.FS

// Push makes all images and pushes them. slipway is the path of the program under test.
func Push(ctx context.Context, c *machine.Cluster, slipway string) (Images, error) {
	p := &pusher{c: c, transport: c.RegistryTransport(), layers: map[string]v1.Layer{}}
	bin := func(program string) string { return filepath.Join(c.Bin, program) }
	p.add("base", func(f files) error { return base(f, c.CA()) })
	p.add("shell", shell)
	p.add("git", git)
	p.add("go", toolchain)
	p.add("ko", func(f files) error { f.program("/usr/local/bin/ko", bin("ko")); return nil })
	p.add("slipway", func(f files) error { f.program("/usr/local/bin/slipway", slipway); return nil })
	p.add("cosign", func(f files) error {
		f.program("/usr/local/bin/cosign", bin("cosign"))
		f["/busybox/sh"] = file{link: "/bin/busybox"} // where the image that it comes in has its shell
		return nil
	})
	p.add("buildkit", func(f files) error { return buildkit(f, bin) })
	p.add("buildpacks", func(f files) error { return buildpacks(f, bin) })
	p.add("trivy", func(f files) error { f["/usr/local/bin/trivy"] = file{text: trivy, mode: 0o755}; return nil })

	p.push("slipway.test/shell", nil, "base", "shell")
	// The first process of a pod, which holds its namespaces and does nothing.
	p.push("slipway.test/pause", []string{"/bin/sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done"}, "base", "shell")
	for _, program := range []string{"entrypoint", "nop", "workingdirinit", "sidecarlogresults"} {
		at := "/ko-app/" + program // where the controller looks for them
		p.add(program, func(f files) error { f.program(at, bin("tekton-"+program)); return nil })
		p.push("slipway.test/tekton-"+program, []string{at}, "base", program)
	}
	tools := Images{
		"buildctl": p.push("tools/buildkit", nil, "base", "shell", "buildkit"),
		"builder":  p.push("tools/builder", nil, "base", "shell", "buildpacks"),
		"cosign":   p.push("tools/cosign", nil, "base", "shell", "cosign"),
		"git":      p.push("tools/git", nil, "base", "shell", "git"),
		"golang":   p.push("tools/golang", nil, "base", "shell", "go"),
		"ko":       p.push("tools/ko", nil, "base", "shell", "git", "go", "ko"),
		"ko-base":  p.push("tools/ko-base", nil, "base"),
		"run":      p.push("tools/run", nil, "base", "shell"),
		"slipway":  p.push("tools/slipway", nil, "base", "shell", "git", "slipway"),
		"trivy":    p.push("tools/trivy", nil, "base", "shell", "trivy"),
	}
	if p.err != nil {
		return nil, fmt.Errorf("make the images: %w", p.err)
	}
	return tools, nil
}

// pusher remembers the first error, and does nothing after it.
type pusher struct {
	c         *machine.Cluster
	transport http.RoundTripper
	layers    map[string]v1.Layer
	err       error
}

func (p *pusher) add(name string, fill func(files) error) {
	if p.err != nil {
		return
	}
	f := files{}
	if p.err = fill(f); p.err != nil {
		return
	}
	p.layers[name], p.err = f.layer()
}

// push pushes an image of layers, the lowest first, and returns its name with the digest.
// An image whose name begins with the registry of machine.Image gets that tag: containerd
// looks for it in the cluster's registry.
func (p *pusher) push(image string, entrypoint []string, layers ...string) string {
	if p.err != nil {
		return ""
	}
	repository, tag := image, "local"
	if rest, ok := strings.CutPrefix(image, "slipway.test/"); ok {
		repository = rest
	}
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{
		Architecture: runtime.GOARCH, OS: "linux",
		Config: v1.Config{
			User: User, Entrypoint: entrypoint, WorkingDir: "/",
			Env: []string{"PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"},
		},
	})
	for _, l := range layers {
		if err == nil {
			img, err = mutate.AppendLayers(img, p.layers[l])
		}
	}
	if err != nil {
		p.err = err
		return ""
	}
	to, err := name.NewTag(p.c.RegistryAddr()+"/"+repository+":"+tag, name.StrictValidation)
	if err == nil {
		err = remote.Write(to, img, remote.WithTransport(p.transport))
	}
	digest, derr := img.Digest()
	if p.err = errors.Join(err, derr); p.err != nil {
		return ""
	}
	return p.c.PodRegistryAddr() + "/" + repository + "@" + digest.String()
}

// base is what every image has: names for the users of tasks, whom to trust, and /tmp.
func base(f files, ca string) error {
	f["/etc/passwd"] = file{text: []byte("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\nslipway:x:65532:65532::/tmp:/bin/sh\n")}
	f["/etc/group"] = file{text: []byte("root:x:0:\nuser:x:1000:\nslipway:x:65532:\n")}
	f["/etc/nsswitch.conf"] = file{text: []byte("hosts: files dns\n")}
	f["/etc/ssl/certs/ca-certificates.crt"] = file{from: ca, mode: 0o644}
	f["/tmp"] = file{mode: fs.ModeDir | fs.ModeSticky | 0o777}
	return nil
}

// shell is busybox under all its names.
func shell(f files) error {
	const busybox = "/bin/busybox"
	f.program(busybox, busybox)
	out, err := exec.Command(busybox, "--list-full").Output()
	if err != nil {
		return fmt.Errorf("busybox --list-full: %w", err)
	}
	for _, applet := range strings.Fields(string(out)) {
		if at := "/" + applet; at != busybox {
			f[at] = file{link: busybox}
		}
	}
	return nil
}

// git is this machine's, for https and files.
func git(f files) error {
	program, err := exec.LookPath("git")
	if err != nil {
		return err
	}
	out, err := exec.Command(program, "--exec-path").Output()
	if err != nil {
		return fmt.Errorf("git --exec-path: %w", err)
	}
	folder := strings.TrimSpace(string(out))
	if err := f.linked("/usr/bin/git", program); err != nil {
		return err
	}
	f[path.Join(folder, "git")] = file{link: "/usr/bin/git"}
	for _, helper := range []string{"git-remote-http", "git-remote-https"} {
		real, err := filepath.EvalSymlinks(filepath.Join(folder, helper))
		if err != nil {
			return err
		}
		if err := f.linked(path.Join(folder, helper), real); err != nil {
			return err
		}
	}
	for _, builtin := range []string{"git-upload-pack", "git-receive-pack"} {
		f[path.Join(folder, builtin)] = file{link: "/usr/bin/git"}
	}
	f["/usr/share/git-core/templates"] = file{mode: fs.ModeDir | 0o755}
	return nil
}

// toolchain is the Go that this program was built with, without what builds need not.
func toolchain(f files) error {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	root, err := filepath.EvalSymlinks(strings.TrimSpace(string(out)))
	if err != nil {
		return err
	}
	return f.tree("/usr/local/go", root, "test", "api", "doc", "misc", "src/cmd")
}

// buildkit is client and daemon in one image, as theirs is, with this machine's runc.
func buildkit(f files, bin func(string) string) error {
	for _, program := range []string{"buildctl", "buildkitd"} {
		f.program("/usr/bin/"+program, bin(program))
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	return f.linked("/usr/bin/buildkit-runc", runc)
}

// buildpacks is a builder: a lifecycle, and a buildpack that knows one kind of source.
func buildpacks(f files, bin func(string) string) error {
	const at = "/cnb/lifecycle/"
	f.program(at+"lifecycle", bin("cnb-lifecycle"))
	f.program(at+"launcher", bin("cnb-launcher"))
	for _, phase := range []string{"analyzer", "detector", "restorer", "builder", "exporter"} {
		f[at+phase] = file{link: at + "lifecycle"}
	}
	return fs.WalkDir(buildpack, "buildpack", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := buildpack.ReadFile(name)
		to := "/cnb/buildpacks/slipway.test_pages/0.1/" + strings.TrimPrefix(name, "buildpack/")
		if path.Base(name) == "order.toml" {
			to = "/cnb/order.toml"
		}
		f[to] = file{text: text, mode: 0o755}
		return err
	})
}
