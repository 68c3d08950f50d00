package main

import (
	"fmt"
	"regexp"

	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/compiler"
)

var pin = regexp.MustCompile(`(?m)^(\s*slipway:\s*)"v[0-9.]+"`)

// upgrade moves platform.cue's pin to this compiler.
func upgrade(f *fleet, check bool) error {
	src, err := f.root.ReadFile(compiler.PlatformFile)
	if err != nil {
		return err
	}
	moved := pin.ReplaceAll(src, []byte(`${1}"`+compiler.Version+`"`))
	switch {
	case !pin.Match(src):
		return fmt.Errorf("%s has no line slipway: \"v…\" to move; write slipway: %q", compiler.PlatformFile, compiler.Version)
	case check:
		return fmt.Errorf("--upgrade writes, so it does not go with --check")
	case string(moved) == string(src):
		return nil
	}
	return disk.WriteFile(f.root, compiler.PlatformFile, moved)
}
