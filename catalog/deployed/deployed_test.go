package deployed

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

const (
	before  = "1111111111111111111111111111111111111111"
	release = "2222222222222222222222222222222222222222"
	after   = "3333333333333333333333333333333333333333"
	image   = "registry.example.com/cart@sha256:aa"
)

// good is an Application that has deployed the release.
const good = `{"status": {
	"sync": {"status": "Synced", "revision": "` + release + `"},
	"health": {"status": "Healthy", "lastTransitionTime": "2026-03-01T10:05:00Z"},
	"operationState": {"phase": "Succeeded", "finishedAt": "2026-03-01T10:00:00Z", "syncResult": {"revision": "` + release + `"}},
	"summary": {"images": ["registry.example.com/other@sha256:bb", "registry.example.com/cart@sha256:aa"]}
}}`

func judge(t *testing.T, text string) Verdict {
	t.Helper()
	a := &Application{}
	if err := json.Unmarshal([]byte(text), a); err != nil {
		t.Fatal(err)
	}
	v, err := a.Judge(image, func(r string) (bool, error) { return r == release || r == after, nil })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOnlyTheReleaseItselfIsDeployed(t *testing.T) {
	t.Parallel()
	if v := judge(t, good); v.State != Deployed || !v.Since.Equal(time.Date(2026, 3, 1, 10, 5, 0, 0, time.UTC)) {
		t.Errorf("%+v", v)
	}
	for name, c := range map[string]struct {
		old, new string
		want     State
		why      string
	}{
		"a later commit":                    {`"revision": "` + release, `"revision": "` + after, Deployed, "synced"},
		"the release before":                {`"Synced", "revision": "` + release, `"Synced", "revision": "` + before, Waiting, "before the release"},
		"not compared":                      {`"Synced", "revision": "` + release, `"Synced", "revision": "`, Waiting, "not compared"},
		"another image runs":                {"cart@sha256:aa", "cart@sha256:ab", Waiting, "nothing runs sha256:aa"},
		"not applied yet":                   {`"Synced"`, `"OutOfSync"`, Waiting, "OutOfSync"},
		"being applied":                     {`"Succeeded"`, `"Running"`, Waiting, "syncing"},
		"asked for":                         {`{"status"`, `{"operation": {"sync": {}}, "status"`, Waiting, "syncing"},
		"starting":                          {`"Healthy"`, `"Progressing"`, Waiting, "Progressing"},
		"not well":                          {`"Healthy",`, `"Degraded", "message": "cart exceeded\nits deadline",`, Degraded, "Degraded: cart exceeded its deadline"},
		"the sync failed":                   {`"Succeeded", `, `"Failed", "message": "no such kind", `, Degraded, "the sync failed: no such kind"},
		"the sync of the one before failed": {`"Succeeded", "finishedAt": "2026-03-01T10:00:00Z", "syncResult": {"revision": "` + release, `"Failed", "syncResult": {"revision": "` + before, Waiting, "has not tried"},
		"unknown":                           {`"Healthy"`, `"Unknown"`, Waiting, "Unknown"},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		if text == good {
			t.Fatalf("%s changes nothing", name)
		}
		if v := judge(t, text); v.State != c.want || !strings.Contains(v.Why, c.why) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestLongMessagesFitIntoARecord(t *testing.T) {
	t.Parallel()
	text := strings.Replace(good, `"Healthy",`, `"Degraded", "message": "`+strings.Repeat("ä", 500)+`",`, 1)
	if v := judge(t, text); len([]rune(v.Why)) != 200 {
		t.Errorf("%d characters", len([]rune(v.Why)))
	}
}
