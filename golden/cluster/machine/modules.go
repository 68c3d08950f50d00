package machine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// FindModule returns the folder of the Go module that this package belongs to, when the
// working directory is inside it.
func FindModule() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m: %w", explain(err))
	}
	path, dir, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if path != "slipway.dev/golden/cluster" {
		return "", fmt.Errorf("the working directory belongs to the module %s: run this in golden/cluster", path)
	}
	return dir, nil
}

// dependency returns the folder of a module in the module cache, in the version that the
// module in folder uses.
func dependency(ctx context.Context, folder, path string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", path)
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list -m %s in %s: %w", path, folder, explain(err))
	}
	dir := strings.TrimSpace(string(out))
	if dir == "" {
		return "", fmt.Errorf("module %s is not downloaded: run go mod download in %s", path, filepath.Clean(folder))
	}
	return dir, nil
}

// explain adds what a program wrote to its standard error.
func explain(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}
