package systems

import (
	"io/fs"
	"path"
	"testing/fstest"

	"slipway.dev/compiler/intake"
)

// Cases are the systems of others that have several environments, in a folder that need not be
// there: each is rendered as a whole, in SYSTEM/reference/ENV.yaml.
func Cases(folder fs.FS) (out []System) {
	for _, name := range []string{"artsy", "bank-of-anthos", "online-boutique"} {
		s := System{Name: name, Files: fstest.MapFS{}}
		for _, env := range []string{"development", "staging", "production", "base"} {
			content, err := fs.ReadFile(folder, path.Join(name, "reference", env+".yaml"))
			if err != nil {
				continue
			}
			s.Files[env+".yaml"] = &fstest.MapFile{Data: content}
			s.Sources = append(s.Sources, intake.Source{Env: env, Path: env + ".yaml"})
		}
		if len(s.Sources) > 0 {
			out = append(out, s)
		}
	}
	return out
}
