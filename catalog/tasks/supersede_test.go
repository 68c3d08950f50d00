package tasks

import (
	"slices"
	"testing"
)

// supersede returns a pod that cancels the older runs of a pull request.
func supersede(t testing.TB) *pod {
	t.Helper()
	p := newPod(t, "supersede")
	p.params = map[string]string{"run": "ci-shop-pr/cart-pull-request-x7k2p", "service": "cart", "number": "12"}
	return p
}

func TestOlderRunsOfAPullRequestAreCancelled(t *testing.T) {
	t.Parallel()
	p := supersede(t)
	p.run(t).wantSuccess(t)
	want := []string{"supersede", "--run=ci-shop-pr/cart-pull-request-x7k2p", "--service=cart", "--number=12"}
	if got := p.recorded(t, "slipway.args"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestARunForNoPullRequestCancelsNothing(t *testing.T) {
	t.Parallel()
	p := supersede(t)
	p.params["number"] = ""
	p.path = t.TempDir()
	p.run(t).wantSuccess(t)
}

func TestSupersedeRefusesWhatIsNoName(t *testing.T) {
	t.Parallel()
	for param, values := range map[string][]string{
		"run":     {"", "cart", "ci-shop-pr/cart x", "a/$(id)"},
		"service": {"", "-cart", "cart,app=other"},
		"number":  {"-1", "12a", "1 2"},
	} {
		for _, v := range values {
			p := supersede(t)
			p.params[param] = v
			p.run(t).wantRefusal(t, "supersede: ")
		}
	}
}
