package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Logs returns what the containers of a pod wrote, of the last try of each, with a line in
// front that names the container. Steps of a task are in the order of their names.
func Logs(dir, namespace, pod string) (string, error) {
	// NAMESPACE_POD_UID/CONTAINER/TRY.log, as kubelets lay it out.
	containers, err := filepath.Glob(newNode(dir).path("logs", namespace+"_"+pod+"_*", "*"))
	if err != nil {
		return "", fmt.Errorf("find the logs of %s/%s: %w", namespace, pod, err)
	}
	var all strings.Builder
	for _, c := range containers {
		tries, err := filepath.Glob(filepath.Join(c, "*.log"))
		if err != nil || len(tries) == 0 {
			continue
		}
		text, err := os.ReadFile(tries[len(tries)-1])
		if err != nil {
			return "", fmt.Errorf("read the logs of %s/%s: %w", namespace, pod, err)
		}
		fmt.Fprintf(&all, "--- %s\n", filepath.Base(c))
		for line := range strings.Lines(string(text)) {
			// TIME STREAM F|P MESSAGE, of the container runtime interface. P is a part of a line.
			if f := strings.SplitN(line, " ", 4); len(f) == 4 {
				if f[2] == "P" {
					f[3] = strings.TrimSuffix(f[3], "\n")
				}
				all.WriteString(f[3])
			}
		}
	}
	return all.String(), nil
}
