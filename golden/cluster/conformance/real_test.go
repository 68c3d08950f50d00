package conformance

import (
	"strings"
	"testing"

	"slipway.dev/compiler"
	"slipway.dev/golden/cluster/machine/images"
	"slipway.dev/targets"
)

func TestTheFleetThatReallyRunsCompiles(t *testing.T) {
	t.Parallel()
	digest := "@sha256:" + strings.Repeat("5b3a712a", 8)
	tools := images.Images{}
	for _, name := range []string{"git", "golang", "ko", "ko-base", "slipway", "trivy"} {
		tools[name] = "10.231.0.1:27523/tools/" + name + digest
	}
	fleet, err := realFleet("10.231.0.1:27523", "https://10.231.0.1:27522/greeter", tools)
	if err != nil {
		t.Fatal(err)
	}
	r, err := compiler.Compile(fleet, targets.Options())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diags.All() {
		t.Errorf("%v", d)
	}
}
