package main

import (
	"bytes"
	"context"
	"os/exec"
	"strconv"
	"strings"

	"slipway.dev/catalog/versions"
)

// mostChanges is how far back a released spec is looked for.
const mostChanges = 50

// changes are the commits that changed a spec since it was as released, newest first; nil
// when Git does not know, for a fleet that is no repository or a shallow clone.
func changes(ctx context.Context, f *fleet, file, sum string) []string {
	git := func(args ...string) ([]byte, error) {
		c := exec.CommandContext(ctx, "git", args...)
		c.Dir = f.dir
		return c.Output()
	}
	log, err := git("log", "-n", strconv.Itoa(mostChanges), "--format=%H %h %s", "--", file)
	if err != nil {
		return nil
	}
	var out []string
	if spec, err := f.root.ReadFile(file); err == nil {
		if head, err := git("show", "HEAD:./"+file); err == nil && !bytes.Equal(head, spec) {
			out = append(out, "what is not committed yet")
		}
	}
	for line := range strings.Lines(string(log)) {
		commit, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		spec, err := git("show", commit+":./"+file)
		if err != nil {
			return nil
		}
		if versions.SpecSum(spec) == sum {
			return out
		}
		out = append(out, printable(what))
	}
	return nil // the released one was not among them
}
