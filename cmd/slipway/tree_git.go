package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strconv"
	"strings"
	"testing/fstest"

	"slipway.dev/compiler"
	"slipway.dev/compiler/plan"
)

// againstHelp is what --against means to the commands that have it.
const againstHelp = "compare with what is committed where this branch left another, such as origin/main"

// committedAt is the output folder of the fleet in the commit where the branch that is checked
// out left another one, a branch or commit. It is read from Git, so that nothing is checked out
// and no attribute changes a byte. A commit without an output folder has no files.
func committedAt(ctx context.Context, f *fleet, other string) (plan.Tree, error) {
	git := func(in io.Reader, args ...string) ([]byte, error) {
		c := exec.CommandContext(ctx, "git", args...)
		c.Dir, c.Stdin = f.dir, in
		out, err := c.Output()
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("git %s: %s", args[0], printable(strings.TrimSpace(string(failed.Stderr))))
		}
		return out, err
	}
	commit, err := git(nil, "rev-parse", "--verify", "--quiet", "--end-of-options", other+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("the repository of %s has no commit %q; `git fetch` may bring it", f.dir, other)
	}
	at, err := git(nil, "merge-base", "HEAD", strings.TrimSpace(string(commit)))
	if err != nil {
		return nil, fmt.Errorf("%q has nothing in common with what is checked out in %s, or the clone is shallow", other, f.dir)
	}
	base := strings.TrimSpace(string(at))
	prefix, err := git(nil, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	dir := strings.TrimSpace(string(prefix)) + compiler.OutputDir + "/"
	list, err := git(nil, "ls-tree", "-r", "-z", "--full-tree", base, "--", dir)
	if err != nil {
		return nil, err
	}
	tree := fstest.MapFS{}
	var paths []string
	var wanted bytes.Buffer
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		about, name, _ := strings.Cut(entry, "\t") // MODE TYPE OBJECT
		what := strings.Fields(about)
		switch {
		case len(what) != 3:
		case what[0] == "120000":
			tree[strings.TrimPrefix(name, dir)] = &fstest.MapFile{Mode: fs.ModeSymlink}
		case what[1] == "blob":
			paths = append(paths, strings.TrimPrefix(name, dir))
			fmt.Fprintln(&wanted, what[2])
		}
	}
	contents, err := git(&wanted, "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	in := bufio.NewReader(bytes.NewReader(contents))
	for _, p := range paths {
		head, err := in.ReadString('\n') // OBJECT blob SIZE
		if err != nil {
			return nil, fmt.Errorf("git cat-file: %w", err)
		}
		size, err := strconv.Atoi(strings.TrimSpace(head[strings.LastIndexByte(head, ' ')+1:]))
		if err != nil {
			return nil, fmt.Errorf("git cat-file has no %s", p)
		}
		content := make([]byte, size+1) // and the line's end after it
		if _, err := io.ReadFull(in, content); err != nil {
			return nil, fmt.Errorf("git cat-file: %w", err)
		}
		tree[p] = &fstest.MapFile{Data: content[:size], Mode: 0o644}
	}
	return plan.FromFS(tree), nil
}
