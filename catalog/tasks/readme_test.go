package tasks

import (
	"os"
	"strings"
	"testing"
)

func TestTheReadmeListsEveryTaskWithItsTrust(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range All() {
		found, trust := false, string(e.Trust)
		if e.Tried() != e.Trust {
			trust += "; " + string(e.Tried()) + " [without push](#builds-that-push-nothing)"
		}
		for line := range strings.Lines(string(text)) {
			cells := strings.Split(line, "|")
			if len(cells) > 3 && strings.TrimSpace(cells[1]) == "`"+e.Name+"`" && strings.TrimSpace(cells[3]) == trust {
				found = true
			}
		}
		if !found {
			t.Errorf("no row for %s (%s)", e.Name, trust)
		}
	}
}
