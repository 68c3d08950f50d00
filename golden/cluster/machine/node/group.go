package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// groupsRoot is where control groups are mounted: one tree (version 2), or one for each
// controller (version 1).
const groupsRoot = "/sys/fs/cgroup"

// needed are the controllers that a kubelet does not start without.
var needed = []string{"cpu", "cpuacct", "cpuset", "memory", "pids"}

// group is the node's branch of the control groups: the two daemons in one leaf, the pods
// in another.
type group struct {
	name  string
	trees []string // the mounted trees that it is a branch of
}

func newGroup(name string) group { return group{name: name, trees: trees()} }

// unified says whether this machine has version 2 of control groups.
func unified() bool {
	_, err := os.Stat(filepath.Join(groupsRoot, "cgroup.controllers"))
	return err == nil
}

func trees() []string {
	if unified() {
		return []string{groupsRoot}
	}
	entries, err := os.ReadDir(groupsRoot)
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		// cpu and cpuacct are links where they are mounted together.
		if tree := filepath.Join(groupsRoot, e.Name()); e.IsDir() && e.Name() != "unified" {
			found = append(found, tree)
		}
	}
	return found
}

func groupsSupported() error {
	if unified() {
		controllers, err := os.ReadFile(filepath.Join(groupsRoot, "cgroup.controllers"))
		if err != nil {
			return err
		}
		for _, c := range needed {
			// cpu counts and limits there.
			if c != "cpuacct" && !slices.Contains(strings.Fields(string(controllers)), c) {
				return fmt.Errorf("the control groups have no controller %s", c)
			}
		}
		return nil
	}
	for _, c := range needed {
		if _, err := os.Stat(filepath.Join(groupsRoot, c, "cgroup.procs")); err != nil {
			return fmt.Errorf("the control groups have no controller %s in %s", c, groupsRoot)
		}
	}
	return nil
}

// pods is the branch that the kubelet makes its groups in, as it names groups.
func (g group) pods() string { return "/" + g.name + "/pods" }

// daemons is the folder of the leaf that the daemons' processes are written to; one tree is
// enough to find them again.
func (g group) daemons() string {
	tree := groupsRoot
	if !unified() {
		tree = filepath.Join(groupsRoot, "pids")
	}
	return filepath.Join(tree, g.name, "daemons")
}

// create makes the branch in every tree.
func (g group) create() error {
	for _, tree := range g.trees {
		for _, dir := range []string{tree, filepath.Join(tree, g.name)} {
			if err := g.handDown(tree, dir); err != nil {
				return err
			}
		}
		for _, leaf := range []string{"daemons", "pods"} {
			if err := g.handDown(tree, filepath.Join(tree, g.name, leaf)); err != nil {
				return err
			}
		}
	}
	return nil
}

// handDown makes a group and lets what is made below it use all that it has.
func (g group) handDown(tree, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	switch {
	case unified() && filepath.Base(dir) != "daemons":
		return os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+cpu +cpuset +memory +pids"), 0)
	case filepath.Base(tree) == "cpuset" && dir != tree:
		// A new group of version 1 has neither processors nor memory, and takes no process.
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			has, err := os.ReadFile(filepath.Join(filepath.Dir(dir), file))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, file), has, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove kills every process in the branch, and the branch with it. It looks again until
// nobody is left: what is dying may still have made a child.
func (g group) remove() error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		left, err := g.processes()
		if err != nil {
			return err
		}
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v do not end", left)
		}
		for _, pid := range left {
			if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("kill process %d: %w", pid, err)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, tree := range g.trees {
		if err := removeGroup(filepath.Join(tree, g.name)); err != nil {
			return err
		}
	}
	return nil
}

// processes are all in the branch, by number.
func (g group) processes() ([]int, error) {
	var found []int
	for _, tree := range g.trees {
		err := filepath.WalkDir(filepath.Join(tree, g.name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() != "cgroup.procs" {
				return ignoreGone(err)
			}
			list, err := os.ReadFile(path)
			for _, field := range strings.Fields(string(list)) {
				pid, err := strconv.Atoi(field)
				// 0 is a process of another process namespace, which is not ours to end.
				if err == nil && pid > 0 {
					found = append(found, pid)
				}
			}
			return ignoreGone(err)
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// removeGroup removes a group with those below it: the files in it go by themselves. The
// kernel is busy with a group for a moment after its last process.
func removeGroup(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ignoreGone(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeGroup(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	for range 100 {
		err = unix.Rmdir(dir)
		if !errors.Is(err, unix.EBUSY) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("remove the control group %s: %w", dir, err)
	}
	return nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}
