package tasks

import (
	"slices"
	"strings"
)

// toolPrefix marks an image in a task file that is named by its tool: "tool:git".
const toolPrefix = "tool:"

// A tool is a program that tasks bring along, in the image it comes in.
type tool struct {
	name  string
	image string
}

// tools is the one place where images of tools are named, sorted by name. The tag is for
// people, the digest decides; platform.cue's `tools` replaces them one by one. Each digest
// was seen beside its tag in public repositories.
var tools = []tool{
	// buildctl, beside the daemon that the task does not start; has a shell.
	// Seen pinned so in HasonoCell/OrbitOps, among others.
	{"buildctl", "docker.io/moby/buildkit:v0.33.0-rootless@sha256:80b15f0735e87bab7bf59ec4d695dfb4a7cfb25521cf56dc75d6f256285b63ef"},
	// cosign on distroless with busybox, so that there is a shell, /busybox/sh. Seen pinned so in
	// a public repository's GitLab pipeline; no newer one with a shell was.
	{"cosign", "ghcr.io/sigstore/cosign/cosign:v2.2.3-dev@sha256:0d795fa145b03026b7bc2a35e33068cdb75e1c1f974e604c17408bf7bd174967"},
	// git, ssh and a shell; user 1000 has a name in it.
	// Seen pinned so in HasonoCell/OrbitOps, among others.
	{"git", "docker.io/alpine/git:v2.49.1@sha256:c0280cf9572316299b08544065d3bf35db65043d5e3963982ec50647d2746e26"},
	// ko, Go, git and a shell: ko's own release is built on the official golang image.
	// No public repository was seen to pin this release by digest.
	{"ko", "ghcr.io/ko-build/ko:v0.19.1"},
	// What ko puts programs on: certificates, time zones and a user that is not root.
	// Seen pinned so in several Dockerfiles. No task runs it.
	{"ko-base", "gcr.io/distroless/static-debian12:nonroot@sha256:d093aa3e30dbadd3efe1310db061a14da60299baff8450a17fe0ccc514a16639"},
	// slipway itself, with git, ssh, a shell and a user 65532 that has a name. Until a
	// release of it is published, a platform names its own build.
	{"slipway", "registry.slipway.dev/slipway:v0.1"},
	// trivy on Alpine, with a shell. Seen pinned so under this name and under Docker Hub's
	// docker.io/aquasec/trivy. Never by tag alone: tags have been replaced by attackers
	// (GHSA-69fq-xp46-6x23).
	{"trivy", "ghcr.io/aquasecurity/trivy:0.75.0@sha256:af6acf9a6b85dfe389a1941505c0ce9efef52a4719635e1a962f022a3d855daa"},
}

// ToolNames returns the names that platform.cue may use under `tools`, sorted.
func ToolNames() []string {
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.name
	}
	return names
}

// DefaultImage returns the image that a tool comes in unless the platform names another;
// ok is false for a name that no tool has.
func DefaultImage(name string) (image string, ok bool) {
	i, ok := slices.BinarySearchFunc(tools, name, func(t tool, name string) int {
		return strings.Compare(t.name, name)
	})
	if !ok {
		return "", false
	}
	return tools[i].image, true
}

// toolOf returns the tool that an image in a task file names.
func toolOf(image string) (name string, ok bool) {
	return strings.CutPrefix(image, toolPrefix)
}

// imageOf turns "tool:NAME" into an image, and leaves everything else as it is.
func imageOf(image string, images map[string]string) string {
	name, ok := toolOf(image)
	if !ok {
		return image
	}
	if own := images[name]; own != "" {
		return own
	}
	def, ok := DefaultImage(name)
	if !ok {
		panic("tasks: a task file uses the tool " + name + ", which the table lacks")
	}
	return def
}
