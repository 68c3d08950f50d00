package machine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Package is a program that comes from the distribution, and the Debian package that has it.
type Package struct {
	Name  string
	Files []string // programs looked up in PATH, or paths
	Node  bool     // only a node needs it
}

// Packages lists what is not built from Go modules.
var Packages = []Package{
	{Name: "etcd-server", Files: []string{"etcd"}},
	{Name: "redis-server", Files: []string{"redis-server"}},
	{Name: "git", Files: []string{"git", "/usr/lib/git-core/git-http-backend"}},
	{Name: "containerd", Files: []string{"containerd", "ctr"}, Node: true},
	{Name: "runc", Files: []string{"runc"}, Node: true},
	{Name: "containernetworking-plugins", Files: []string{"/usr/lib/cni/bridge", "/usr/lib/cni/host-local"}, Node: true},
	{Name: "busybox-static", Files: []string{"/bin/busybox"}, Node: true},
	{Name: "iptables", Files: []string{"iptables"}, Node: true},
}

// MissingPackages returns the names of Debian packages to install.
func MissingPackages(node bool) []string {
	var missing []string
	for _, p := range Packages {
		if p.Node && !node {
			continue
		}
		for _, f := range p.Files {
			if !there(f) {
				missing = append(missing, p.Name)
				break
			}
		}
	}
	return missing
}

// there looks up a program. Programs for administrators are not in every user's PATH.
func there(file string) bool {
	if filepath.IsAbs(file) {
		return isFile(file)
	}
	_, err := exec.LookPath(file)
	return err == nil || isFile("/usr/sbin/"+file)
}

// Missing says which programs have to be built or installed, and how; nil when none.
func Missing(bin string, node bool) error {
	var errs []error
	if names := MissingPackages(node); len(names) > 0 {
		errs = append(errs, fmt.Errorf("missing from this machine: run\n  apt-get install --no-install-recommends -y %s", strings.Join(names, " ")))
	}
	var unbuilt []string
	for _, p := range Programs {
		if _, err := os.Stat(filepath.Join(bin, p.Name)); err != nil {
			unbuilt = append(unbuilt, p.Name)
		}
	}
	if len(unbuilt) > 0 {
		errs = append(errs, fmt.Errorf("not built yet: run `cluster build` for %s", strings.Join(unbuilt, ", ")))
	}
	return errors.Join(errs...)
}
