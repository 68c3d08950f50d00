package machine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Build makes Programs in bin, two at a time, with a line on log for each. What was built
// before from the same versions stays as it is. It shares Go's build cache with ordinary
// builds and tests, so it may be interrupted and goes on where it was.
func Build(ctx context.Context, module, bin string, log io.Writer) error {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(bin, ".built"), 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(filepath.Join(bin, ".lock"))
	if err != nil {
		return fmt.Errorf("build: another command is building in %s: %w", bin, err)
	}
	defer unlock()
	tmp := filepath.Join(bin, ".building")
	if err := os.RemoveAll(tmp); err != nil { // of a build that was killed
		return err
	}
	defer os.RemoveAll(tmp)
	b := &build{module: module, bin: bin, tmp: tmp, log: log, modfile: map[string]string{}}
	for m := range edits {
		b.modfile[m], err = withEdits(ctx, module, m, filepath.Join(tmp, "module-"+m))
		if err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	todo := make(chan Program)
	var workers sync.WaitGroup
	errs := make([]error, 2)
	for k := range errs {
		workers.Go(func() {
			for p := range todo {
				if err := b.program(ctx, p); err != nil {
					errs[k] = fmt.Errorf("build %s: %w", p.Name, err)
					cancel()
					return
				}
			}
		})
	}
feed:
	for _, p := range Programs {
		select {
		case todo <- p:
		case <-ctx.Done():
			break feed
		}
	}
	close(todo)
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return ctx.Err()
}

type build struct {
	module, bin, tmp string
	modfile          map[string]string // by module folder: what go build -modfile takes
	mu               sync.Mutex        // of log and done
	log              io.Writer
	done             int
}

// program builds one program beside its place and moves it there.
func (b *build) program(ctx context.Context, p Program) error {
	began := time.Now()
	stamp, err := b.stamp(p)
	if err != nil {
		return err
	}
	file := filepath.Join(b.bin, p.Name)
	stampFile := filepath.Join(b.bin, ".built", p.Name)
	if was, err := os.ReadFile(stampFile); err == nil && string(was) == stamp && isFile(file) && !p.Own {
		b.say(p, "is there")
		return nil
	}
	built := filepath.Join(b.tmp, p.Name)
	if err := b.run(ctx, p, built); err != nil {
		return err
	}
	if err := os.Rename(built, file); err != nil {
		return err
	}
	if err := os.WriteFile(stampFile, []byte(stamp), 0o644); err != nil {
		return err
	}
	b.say(p, fmt.Sprintf("built in %s", time.Since(began).Round(time.Second)))
	return nil
}

func (b *build) say(p Program, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	fmt.Fprintf(b.log, "  %2d/%d %-28s %s\n", b.done, len(Programs), p.Name, what)
}

// run calls go build, or go install for a program at a version of its own.
func (b *build) run(ctx context.Context, p Program, to string) error {
	flags := p.LDFlags
	if flags == "" {
		flags = "-s -w"
	}
	args := []string{"build", "-ldflags", flags, "-o", to, p.Package}
	if file := b.modfile[p.Module]; file != "" {
		args = slices.Insert(args, 1, "-modfile", file)
	}
	env := os.Environ()
	if p.Static {
		env = append(env, "CGO_ENABLED=0")
	}
	if p.Version != "" {
		// go install names the file after the package: it gets a folder of its own.
		args = []string{"install", "-ldflags", flags, p.Package + "@" + p.Version}
		env = append(env, "GOBIN="+to+".d")
	}
	cmd := exec.CommandContext(ctx, "nice", slices.Concat([]string{"-n", "5", "go"}, args)...)
	cmd.Dir = filepath.Join(b.module, p.Module)
	cmd.Env = env
	inGroup(cmd)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("go %s: %w\n%s", args[0], err, out)
	}
	if p.Version == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(to+".d", "*"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("go install made %d files", len(files))
	}
	return os.Rename(files[0], to)
}

// stamp says what a program is built from: its row of the table, the edits, the compiler
// and the versions of all dependencies. A module's own version stands for the last.
func (b *build) stamp(p Program) (string, error) {
	h := sha256.New()
	row, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	h.Write(row)
	fmt.Fprint(h, edits[p.Module], runtime.Version())
	if p.Version == "" {
		for _, f := range []string{"go.mod", "go.sum"} {
			data, err := os.ReadFile(filepath.Join(b.module, p.Module, f))
			if err != nil {
				return "", err
			}
			h.Write(data)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
