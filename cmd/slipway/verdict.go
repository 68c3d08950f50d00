package main

import (
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"
)

// The verdicts.
const (
	passed = "passed"
	failed = "failed"
)

// verdict is what tests of what is deployed came to: its fields are those of the event.
type verdict struct {
	Owner       string `json:"owner"`
	Service     string `json:"service"`
	Application string `json:"application"`
	Verdict     string `json:"verdict"`
	Test        string `json:"test"` // that failed; empty when all passed
	Release     string `json:"release"`
	Asked       string `json:"asked"` // when the run was asked for
	Run         string `json:"run"`
}

func newVerdict(w world) *cobra.Command {
	var v verdict
	var s sending
	var key string
	c := &cobra.Command{
		Use:   "verdict APPLICATION passed|failed --release SUM --url URL --key FILE",
		Short: "Tell the promoter what tests of a deployed release came to",
		Long: `Verdict sends the promoter a signed event: what the pipeline SERVICE-verify ends with. A
release whose tests passed goes on, one whose tests failed is held. The promoter believes
it for the release that it asked about, which --release names, and for no other.

The signature is an HMAC of the event with the key in a file, as GitHub signs its own.`,
		Example: "  slipway verdict checkout-dev passed --owner payments --service checkout --release 5b3a712ab85ccb8f --asked 2026-01-31T02:17:00Z --run ci-payments/checkout-verify-5b3a712ab8 --url http://el-promoter.slipway-promoter.svc:8080 --key key",
		Args:    arguments("APPLICATION", "VERDICT"),
		RunE: func(c *cobra.Command, args []string) error {
			v.Application, v.Verdict = args[0], args[1]
			if v.Verdict != passed && v.Verdict != failed {
				return fmt.Errorf("%q is no verdict: passed or failed", v.Verdict)
			}
			var err error
			if s.key, err = os.ReadFile(key); err != nil {
				return err
			}
			id, err := s.send(c.Context(), w, verdictEvent, v)
			if err != nil {
				return fmt.Errorf("tell the promoter: %w", err)
			}
			_, err = fmt.Fprintf(w.out, "told that %s %s: event %s\n", v.Application, v.Verdict, id)
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&v.Owner, "owner", "", "the team, whose key it is")
	f.StringVar(&v.Service, "service", "", "the service")
	f.StringVar(&v.Test, "test", "", "the test that failed")
	f.StringVar(&v.Release, "release", "", "the sum of what was tested, as the run was given it")
	f.StringVar(&v.Asked, "asked", "", "when the run was asked for, as the run was given it")
	f.StringVar(&v.Run, "run", "", "the pipeline run that tested, NAMESPACE/NAME")
	f.StringVar(&s.url, "url", "", "the address of the promoter")
	f.StringVar(&key, "key", "", "the file with the team's key")
	f.IntVar(&s.attempts, "attempts", 8, "how often to try")
	f.DurationVar(&s.pause, "pause", time.Second, "the longest first pause between tries; it doubles with each, up to 64 times")
	required(c, "owner", "service", "release", "asked", "run", "url", "key")
	return c
}

// said is the verdict that settle was told, on the one Application that it is asked for.
type said struct{ verdict, release, run, asked, test string }

// sum is how a release is named in a verdict; testName keeps a test from forging a trailer.
var (
	sum      = regexp.MustCompile(`^[0-9a-f]{16}$`)
	testName = regexp.MustCompile(`^[a-z0-9-]*$`)
)

// why is the hold of a release that failed; failedIn reads it.
func (s *said) why() string {
	test := s.test
	if test == "" {
		test = "a test"
	}
	return test + " failed in run " + s.run + " (" + s.release + ")"
}

// began is a time before which the run that tested did not begin; otherwise where nobody said it.
func (s *said) began(otherwise time.Time) time.Time {
	if at, err := time.Parse(time.RFC3339, s.asked); err == nil {
		return at
	}
	return otherwise
}

// check refuses what no verdict says.
func (s *said) check() error {
	switch {
	case s.verdict == "":
		return nil
	case s.verdict != passed && s.verdict != failed:
		return fmt.Errorf("%q is no verdict: passed or failed", s.verdict)
	case !sum.MatchString(s.release):
		return fmt.Errorf("%q is not the sum of a release", s.release)
	case !runName.MatchString(s.run):
		return fmt.Errorf("%q is not a pipeline run, NAMESPACE/NAME", s.run)
	case s.asked != "" && s.began(time.Time{}).IsZero():
		return fmt.Errorf("%q is not a time, such as 2026-01-31T02:17:00Z", s.asked)
	case !testName.MatchString(s.test):
		return fmt.Errorf("%q is not the name of a test", s.test)
	}
	return nil
}
