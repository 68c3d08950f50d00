package node

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
)

// network holds the networks that a bridge may take, one of 24 bits each. It is private
// (RFC 1918), and far from where routers and container tools begin.
var network = netip.MustParsePrefix("10.231.0.0/16")

// identity is short, and another for each folder: names of network devices have at most 15
// letters.
func identity(dir string) string {
	clean, err := filepath.Abs(dir)
	if err != nil {
		clean = dir
	}
	sum := sha256.Sum256([]byte(clean))
	return hex.EncodeToString(sum[:4])
}

// Bridge makes the bridge that pods of the cluster with its data in dir will hang on, if it
// is not there, and returns the machine's address on it. It has no way out of the machine.
//
// It comes before the cluster: the Git server and the registry listen on this address.
func Bridge(dir string) (string, error) {
	if err := Supported(dir); err != nil {
		return "", err
	}
	n := newNode(dir)
	if address, ok := n.address(); ok {
		return address, nil
	}
	address, err := n.free()
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"link", "add", n.bridge(), "type", "bridge"},
		{"address", "add", address + "/24", "dev", n.bridge()},
		{"link", "set", n.bridge(), "up"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("make the bridge: ip %v: %w: %s", args, err, out)
		}
	}
	return address, nil
}

func (n node) bridge() string { return "slipway" + n.id }

// address is the machine's on the bridge; not ok without a bridge, or half of one.
func (n node) address() (address string, ok bool) {
	device, err := net.InterfaceByName(n.bridge())
	if err != nil || device.Flags&net.FlagUp == 0 {
		return "", false
	}
	addresses, err := device.Addrs()
	if err != nil {
		return "", false
	}
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && network.Contains(p.Addr()) {
			return p.Addr().String(), true
		}
	}
	return "", false
}

// free is the first address of a network that no device of this machine has a part in.
// Where to begin follows from the folder, so that a cluster mostly keeps its address.
func (n node) free() (string, error) {
	taken, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	begin := sha256.Sum256([]byte(n.id))[0]
	for i := range 256 {
		base := network.Addr().As4()
		base[2] = begin + byte(i)
		candidate := netip.PrefixFrom(netip.AddrFrom4(base), 24)
		clash := false
		for _, t := range taken {
			p, err := netip.ParsePrefix(t.String())
			clash = clash || err == nil && p.Overlaps(candidate)
		}
		if !clash {
			return candidate.Addr().Next().String(), nil
		}
	}
	return "", fmt.Errorf("make the bridge: all networks of %s are taken", network)
}

// removeBridge takes the pods' ends of it along, whose other ends went with their pods.
func (n node) removeBridge() error {
	if _, err := net.InterfaceByName(n.bridge()); err != nil {
		return nil
	}
	if out, err := exec.Command("ip", "link", "delete", n.bridge()).CombinedOutput(); err != nil {
		return fmt.Errorf("remove the bridge %s: %w: %s", n.bridge(), err, out)
	}
	return nil
}
