package parsers_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"sync"
	"testing"

	"slipway.dev/golden/cluster/parsers"
)

// program is what runs a process here, or why nothing does.
type program struct {
	parsers.Process
	path    string
	missing error
}

var programs = sync.OnceValue(func() []program {
	var out []program
	for _, p := range parsers.Processes {
		path, err := p.Find(context.Background())
		out = append(out, program{p, path, err})
	}
	return out
})

// Where the parsers of npm or PyYAML are not installed, the others judge alone; CI asks for
// all of them.
func TestEveryParserIsInstalled(t *testing.T) {
	t.Parallel()
	for _, p := range programs() {
		t.Run(p.Name, func(t *testing.T) {
			switch {
			case p.missing == nil:
			case os.Getenv("SLIPWAY_ALL_PARSERS") == "1":
				t.Errorf("not installed, but SLIPWAY_ALL_PARSERS=1 asks for it: run `%s`\n%v", p.Install, p.missing)
			default:
				t.Skipf("not installed, so its parsers judge nothing here: run `%s`", p.Install)
			}
		})
	}
}

// read reads files with every parser that there is.
func read(t *testing.T, files ...[]byte) parsers.Readings {
	t.Helper()
	all := make([]parsers.Readings, len(programs()))
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, p := range programs() {
		if p.missing != nil {
			continue
		}
		wg.Go(func() {
			if all[i], errs[i] = p.Read(t.Context(), p.path, files...); errs[i] != nil {
				errs[i] = fmt.Errorf("read %d files: %w", len(files), errs[i])
			}
		})
	}
	out := parsers.InProcess(files...)
	wg.Wait()
	for i := range all {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		maps.Copy(out, all[i])
	}
	return out
}
