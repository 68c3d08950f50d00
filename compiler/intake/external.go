package intake

import (
	"path"
	"regexp"
	"strings"

	"slipway.dev/compiler/layer"
)

// byDigest is an image that a release record can name without another word in its pods: a
// record's tag is dropped, and a pod whose image is written otherwise is another pod.
var byDigest = regexp.MustCompile(`^([a-z0-9][a-zA-Z0-9._/-]*(?::[0-9]+/[a-zA-Z0-9._/-]+)?)@sha256:[0-9a-f]{64}$`)

// release takes the image out of a spec whose service plainly has one of its own: the same
// repository in all environments, called like the service, in somebody's registry, and by
// digest. What built it until now goes on and promotes it; records say which image runs.
func (s *spec) release() {
	images, repository := map[string]string{}, ""
	for _, env := range s.envs {
		image := s.byEnv[env].Get("image")
		if !isText(image) {
			return
		}
		m := byDigest.FindStringSubmatch(image.Text)
		if m == nil || repository != "" && m[1] != repository {
			return
		}
		repository, images[env] = m[1], image.Text
	}
	if path.Base(repository) != s.service.Name || !private(repository) {
		return
	}
	for _, env := range s.envs {
		take(s.byEnv[env], "image")
		put(s.byEnv[env], str("external"), "ci")
		sortStruct(s.byEnv[env], fields...)
	}
	s.images = images
}

// private reports whether a repository names a registry, and more in it than what Docker Hub
// has for everybody.
func private(repository string) bool {
	host, rest, _ := strings.Cut(repository, "/")
	return strings.ContainsAny(host, ".:") && !strings.HasPrefix(rest, "library/")
}

// pinning is what a person is asked to decide of an image that stands in the spec.
func pinning(image *layer.Node) string {
	if !isText(image) || strings.Contains(image.Text, "@") {
		return ""
	}
	return "DECIDE: pin it by its digest; or let the fleet build it (source, build), or its CI release it (ci: \"external\")."
}
