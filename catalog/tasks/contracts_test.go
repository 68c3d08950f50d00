package tasks

import "testing"

// contracts returns a pod of a task that speaks to a Pact Broker.
func contracts(t testing.TB, task string) *pod {
	t.Helper()
	p := newPod(t, task)
	p.params = map[string]string{"broker": "https://pacts.example.com", "service": "cart", "branch": "release/1.x", "commit": someSource}
	p.workspaces = map[string]string{"pacts": "/pacts", "contracts": "/contracts", "pact-credentials": "/broker"}
	return p
}

func TestPactsAreFetchedByWhoRunsNoCodeOfTheTeam(t *testing.T) {
	t.Parallel()
	p := contracts(t, "contracts-fetch")
	p.run(t).wantSuccess(t)
	wantArgs(t, p, "contracts", "fetch", "cart", "--broker=https://pacts.example.com", "--branch=release/1.x", "--to=/pacts", "--credentials=/broker")

	p = contracts(t, "contracts-fetch")
	delete(p.workspaces, "pact-credentials")
	p.run(t).wantSuccess(t)
	wantArgs(t, p, "contracts", "fetch", "cart", "--broker=https://pacts.example.com", "--branch=release/1.x", "--to=/pacts")
}

func TestWhatPassedIsPublishedOfAConsumerOfAProviderAndOfBoth(t *testing.T) {
	t.Parallel()
	for _, consumer := range []string{"true", "false"} {
		for _, pacts := range []string{"", "/pacts"} {
			p := contracts(t, "contracts-publish")
			p.params["consumer"] = consumer
			want := []string{"contracts", "publish", "cart", "--broker=https://pacts.example.com", "--branch=release/1.x", "--commit=" + someSource,
				"--credentials=/broker", "--wrote=/contracts", "--consumer=" + consumer}
			if pacts == "" {
				delete(p.workspaces, "pacts")
			} else {
				want = append(want, "--verified="+pacts)
			}
			p.run(t).wantSuccess(t)
			wantArgs(t, p, want...)
		}
	}
}

func TestTasksOfContractsRefuseWhatTheyCannotTrust(t *testing.T) {
	t.Parallel()
	values := map[string][]string{
		"broker":   {"", "file:///x", "http://x/$(id)", "-x", "http://a@b", "https://x?y"},
		"service":  {"-x", "", "Cart", "../x", "a\nb"},
		"branch":   {"-x", "", "a b", "a:b", "$(id)", "a\nb"},
		"commit":   {"", "main", "--x"},
		"consumer": {"", "yes", "true false"},
	}
	for _, name := range []string{"contracts-fetch", "contracts-publish"} {
		task, _ := Lookup(name, nil)
		for _, param := range task.Spec.Params {
			for _, value := range values[param.Name] {
				p := contracts(t, name)
				p.params[param.Name] = value
				p.run(t).wantRefusal(t, name+": ")
			}
		}
	}
}
