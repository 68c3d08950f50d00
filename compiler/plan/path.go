package plan

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// TempPrefix begins the name of every file that is only there while a run
// writes. No planned file is called so, and no comparison sees one.
const TempPrefix = ".slipway-"

// portable is what every file system, Git and a Kubernetes ConfigMap key take
// alike: no case or normal form to fold but ASCII's, no drive, no stream.
var portable = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// checkPath panics on a path that our own code should never have built; users
// give names, which the schema keeps to DNS labels.
func checkPath(p string) {
	if !fs.ValidPath(p) || p == "." || !portable.MatchString(p) {
		panic("plan: path " + p)
	}
	for elem := range strings.SplitSeq(p, "/") {
		if strings.EqualFold(elem, ".git") || strings.HasSuffix(elem, ".") || strings.HasPrefix(elem, TempPrefix) {
			panic("plan: path " + p)
		}
	}
	if commentFor(p) == nil {
		panic("plan: no comment syntax for " + path.Base(p))
	}
}

// fold is equal for two paths that macOS and Windows take for one.
func fold(p string) string { return strings.ToLower(p) }
