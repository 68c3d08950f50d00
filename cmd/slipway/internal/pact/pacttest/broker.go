// Package pacttest is a Pact Broker for tests, in memory. It is written from the broker's
// documentation and the schemas and resources of its source (pact-foundation/pact_broker), for
// the few requests that package pact makes: it shows that we ask as documented, not that a real
// broker agrees.
package pacttest

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Broker is one.
type Broker struct {
	Token        string   // asked for when it is not empty
	Base         string   // what it calls itself; the address that it is asked at when empty
	Environments []string // those that it knows
	Asked        []string // METHOD PATH of each request, in order

	mu       sync.Mutex
	versions map[version]string          // the branch
	pacts    map[pair]map[version]string // the content of what a consumer's version expects of a provider
	kept     map[kept]bool               // what verifications came to
	deployed map[place]string            // the commit
}

type (
	version struct{ service, commit string }
	pair    struct{ consumer, provider string }
	kept    struct{ content, provider, commit string }
	place   struct{ service, environment string }
)

// New makes one that knows some environments.
func New(environments ...string) *Broker {
	return &Broker{
		Environments: environments, versions: map[version]string{}, pacts: map[pair]map[version]string{},
		kept: map[kept]bool{}, deployed: map[place]string{},
	}
}

// Expect is what a version of a consumer on a branch published of a provider.
func (b *Broker) Expect(consumer, commit, branch, provider, content string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.versions[version{consumer, commit}] = branch
	at := pair{consumer, provider}
	if b.pacts[at] == nil {
		b.pacts[at] = map[version]string{}
	}
	b.pacts[at][version{consumer, commit}] = content
}

// Deploy is a version that runs in an environment.
func (b *Broker) Deploy(service, commit, environment string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deployed[place{service, environment}] = commit
}

// Deployed is the version that runs in an environment; "" when none does.
func (b *Broker) Deployed(service, environment string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.deployed[place{service, environment}]
}

// Verify is what the verification of a pact came to.
func (b *Broker) Verify(content, provider, commit string, success bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept[kept{sum(content), provider, commit}] = success
	if b.versions[version{provider, commit}] == "" {
		b.versions[version{provider, commit}] = "main"
	}
}

func sum(content string) string {
	var tight bytes.Buffer
	if json.Compact(&tight, []byte(content)) != nil {
		tight.WriteString(content)
	}
	s := sha1.Sum(tight.Bytes())
	return hex.EncodeToString(s[:])
}

type object map[string]any

func (b *Broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Asked = append(b.Asked, r.Method+" "+r.URL.EscapedPath())
	answer := func(code int, body any) {
		w.Header().Set("Content-Type", "application/hal+json;charset=utf-8")
		w.WriteHeader(code)
		if body != nil {
			json.NewEncoder(w).Encode(body)
		}
	}
	if b.Token != "" && r.Header.Get("Authorization") != "Bearer "+b.Token {
		answer(http.StatusUnauthorized, nil)
		return
	}
	if r.Method != http.MethodGet && r.Header.Get("Content-Type") != "application/json" {
		answer(http.StatusUnsupportedMediaType, nil)
		return
	}
	base := b.Base
	if base == "" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		base = scheme + "://" + r.Host
	}
	var at []string
	for _, name := range strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
		name, err := url.PathUnescape(name)
		if err != nil {
			answer(http.StatusBadRequest, nil)
			return
		}
		at = append(at, name)
	}
	body, _ := io.ReadAll(r.Body)
	switch route := r.Method + " " + shape(at); route {
	case "PUT pacticipants/?/branches/?/versions/?":
		b.versions[version{at[1], at[5]}] = at[3]
		answer(http.StatusCreated, object{})
	case "POST contracts/publish":
		b.publish(body, answer)
	case "POST pacts/provider/?/for-verification":
		b.forVerification(at[2], body, base, answer)
	case "GET pacts/provider/?/consumer/?/pact-version/?/metadata/?":
		content, ok := b.content(pair{at[4], at[2]}, at[6])
		if !ok {
			answer(http.StatusNotFound, object{"error": object{"message": "The requested document was not found on this server."}})
			return
		}
		var pact object
		json.Unmarshal([]byte(content), &pact)
		pact["_links"] = object{
			"self": object{"href": base + r.URL.EscapedPath()},
			"pb:publish-verification-results": object{
				"title": "Publish verification results", "href": base + r.URL.EscapedPath() + "/verification-results",
			},
		}
		answer(http.StatusOK, pact)
	case "POST pacts/provider/?/consumer/?/pact-version/?/metadata/?/verification-results":
		var said struct {
			Success *bool  `json:"success"`
			Version string `json:"providerApplicationVersion"`
		}
		if json.Unmarshal(body, &said) != nil || said.Success == nil || said.Version == "" {
			answer(http.StatusBadRequest, object{"errors": object{"success": []string{"is missing"}}})
			return
		}
		b.kept[kept{at[6], at[2], said.Version}] = *said.Success
		answer(http.StatusCreated, object{})
	case "GET can-i-deploy":
		q := r.URL.Query()
		b.canIDeploy(version{q.Get("pacticipant"), q.Get("version")}, q.Get("environment"), answer)
	case "GET pacticipants/?/versions/?":
		if _, ok := b.versions[version{at[1], at[3]}]; !ok {
			answer(http.StatusNotFound, object{"error": object{"message": "The requested document was not found on this server."}})
			return
		}
		list := []object{}
		for _, e := range b.Environments {
			list = append(list, object{"title": "Record deployment to " + e, "name": e, "href": base + r.URL.EscapedPath() + "/deployed-versions/environment/uuid-" + e})
		}
		answer(http.StatusOK, object{"number": at[3], "_links": object{"pb:record-deployment": list}})
	case "POST pacticipants/?/versions/?/deployed-versions/environment/?":
		b.deployed[place{at[1], strings.TrimPrefix(at[6], "uuid-")}] = at[3]
		answer(http.StatusCreated, object{"currentlyDeployed": true})
	default:
		answer(http.StatusNotFound, nil)
	}
}

// words are the fixed parts of paths.
var words = []string{
	"pacticipants", "branches", "versions", "contracts", "publish", "pacts", "provider", "for-verification", "consumer",
	"pact-version", "metadata", "verification-results", "can-i-deploy", "deployed-versions", "environment",
}

// shape is a path with its names left out: every other part of it is one, after the first word
// or the first two.
func shape(at []string) string {
	out := slices.Clone(at)
	last := false // the one before is a word that a name follows
	for i, name := range at {
		if last || !slices.Contains(words, name) {
			out[i], last = "?", false
			continue
		}
		last = slices.Contains([]string{"pacticipants", "branches", "versions", "provider", "consumer", "pact-version", "metadata", "environment"}, name)
	}
	return strings.Join(out, "/")
}

func (b *Broker) content(p pair, hash string) (string, bool) {
	for _, content := range b.pacts[p] {
		if sum(content) == hash {
			return content, true
		}
	}
	return "", false
}

func (b *Broker) publish(body []byte, answer func(int, any)) {
	var said struct {
		Service   string `json:"pacticipantName"`
		Commit    string `json:"pacticipantVersionNumber"`
		Branch    string `json:"branch"`
		Contracts []struct {
			Consumer      string `json:"consumerName"`
			Provider      string `json:"providerName"`
			Specification string `json:"specification"`
			ContentType   string `json:"contentType"`
			Content       []byte `json:"content"`
		} `json:"contracts"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Service == "" || said.Commit == "" {
		answer(http.StatusBadRequest, object{"errors": object{"pacticipantVersionNumber": []string{"is missing"}}})
		return
	}
	notices := []object{}
	for _, c := range said.Contracts {
		var names struct {
			Consumer struct{ Name string }
			Provider struct{ Name string }
		}
		switch err := json.Unmarshal(c.Content, &names); {
		case err != nil || c.Specification != "pact" || c.ContentType != "application/json":
			answer(http.StatusBadRequest, object{"errors": object{"contracts": []string{"The content could not be parsed as application/json (at index 0)"}}})
			return
		case c.Consumer != said.Service || names.Consumer.Name != c.Consumer || names.Provider.Name != c.Provider:
			answer(http.StatusBadRequest, object{"errors": object{"contracts": []string{"consumer name in contract does not match"}}})
			return
		}
		at := version{said.Service, said.Commit}
		if old, ok := b.pacts[pair{c.Consumer, c.Provider}][at]; ok && sum(old) != sum(string(c.Content)) {
			text := fmt.Sprintf("Cannot change the content of the pact for %s version %s and provider %s, as race conditions will cause unreliable results for can-i-deploy.", c.Consumer, said.Commit, c.Provider)
			answer(http.StatusConflict, object{"notices": []object{{"type": "error", "text": text}}, "errors": object{"contracts": []string{text}}})
			return
		}
		if b.pacts[pair{c.Consumer, c.Provider}] == nil {
			b.pacts[pair{c.Consumer, c.Provider}] = map[version]string{}
		}
		b.pacts[pair{c.Consumer, c.Provider}][at] = string(c.Content)
		notices = append(notices, object{"type": "success", "text": fmt.Sprintf("Pact successfully published for %s version %s and provider %s.", c.Consumer, said.Commit, c.Provider)})
	}
	b.versions[version{said.Service, said.Commit}] = said.Branch
	answer(http.StatusOK, object{"notices": notices})
}

// forVerification lists pacts of consumers' main branches, which are called main here, and of
// deployed versions; each content once.
func (b *Broker) forVerification(provider string, body []byte, base string, answer func(int, any)) {
	var said struct {
		Selectors []struct {
			MainBranch         bool `json:"mainBranch"`
			DeployedOrReleased bool `json:"deployedOrReleased"`
		} `json:"consumerVersionSelectors"`
		Branch  string `json:"providerVersionBranch"`
		Pending bool   `json:"includePendingStatus"`
	}
	json.Unmarshal(body, &said)
	list, known := []object{}, false
	for v := range b.versions {
		known = known || v.service == provider
	}
	for _, p := range slices.SortedFunc(maps.Keys(b.pacts), func(x, y pair) int { return strings.Compare(x.consumer, y.consumer) }) {
		if p.provider != provider {
			continue
		}
		known = true
		seen := map[string]bool{}
		for _, v := range slices.SortedFunc(maps.Keys(b.pacts[p]), func(x, y version) int { return strings.Compare(x.commit, y.commit) }) {
			chosen := ""
			for _, s := range said.Selectors {
				if s.MainBranch && b.versions[v] == "main" {
					chosen = cmp.Or(chosen, "latest from main branch")
				}
				for at, commit := range b.deployed {
					if s.DeployedOrReleased && at.service == p.consumer && commit == v.commit {
						chosen = cmp.Or(chosen, "currently deployed")
					}
				}
			}
			hash := sum(b.pacts[p][v])
			if chosen == "" || seen[hash] {
				continue
			}
			seen[hash] = true
			properties := object{"notices": []object{{"when": "before_verification", "text": "The pact is being verified because it is " + chosen}}}
			if said.Pending {
				pending := true // until a version of the branch keeps it
				for k, ok := range b.kept {
					pending = pending && !(ok && k.content == hash && k.provider == provider && b.versions[version{provider, k.commit}] == said.Branch)
				}
				properties["pending"] = pending
			}
			list = append(list, object{
				"shortDescription":       chosen,
				"verificationProperties": properties,
				"_links": object{"self": object{
					"href": fmt.Sprintf("%s/pacts/provider/%s/consumer/%s/pact-version/%s/metadata/m", base, url.PathEscape(p.provider), url.PathEscape(p.consumer), hash),
					"name": fmt.Sprintf("Pact between %s (%s) and %s", p.consumer, v.commit, p.provider),
				}},
			})
		}
	}
	if !known {
		answer(http.StatusNotFound, object{"error": object{"message": fmt.Sprintf("No provider with name '%s' found", provider)}})
		return
	}
	answer(http.StatusOK, object{"_embedded": object{"pacts": list}})
}

func (b *Broker) canIDeploy(v version, environment string, answer func(int, any)) {
	wrong := object{}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(b.versions)), func(o version) bool { return o.service == v.service }) {
		wrong["pacticipant"] = []string{"does not match an existing pacticipant"}
	}
	if !slices.Contains(b.Environments, environment) {
		wrong["environment"] = []string{"with name '" + environment + "' does not exist"}
	}
	if len(wrong) > 0 {
		answer(http.StatusBadRequest, object{"errors": wrong})
		return
	}
	var reasons []string
	success, failed, unknown := 0, 0, 0
	if _, ok := b.versions[v]; !ok {
		unknown++
		reasons = append(reasons, "No pacts or verifications have been published for version "+v.commit+" of "+v.service)
	}
	judge := func(content, consumer, consumerCommit, provider, providerCommit, missing string) {
		ok, known := b.kept[kept{sum(content), provider, providerCommit}]
		switch {
		case missing != "":
			unknown++
			reasons = append(reasons, fmt.Sprintf("There is no verified pact between version %s of %s and a version of %s currently in %s (no version is currently recorded as deployed/released in this environment)", v.commit, v.service, missing, environment))
		case !known:
			unknown++
			reasons = append(reasons, fmt.Sprintf("There is no verified pact between version %s of %s and version %s of %s", consumerCommit, consumer, providerCommit, provider))
		case !ok:
			failed++
			reasons = append(reasons, fmt.Sprintf("The verification for the pact between version %s of %s and version %s of %s failed", consumerCommit, consumer, providerCommit, provider))
		default:
			success++
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(b.pacts), func(x, y pair) int {
		return strings.Compare(x.consumer+" "+x.provider, y.consumer+" "+y.provider)
	}) {
		if content, ok := b.pacts[p][v]; ok && p.consumer == v.service {
			runs := b.deployed[place{p.provider, environment}]
			missing := ""
			if runs == "" {
				missing = p.provider
			}
			judge(content, p.consumer, v.commit, p.provider, runs, missing)
		}
		if runs := b.deployed[place{p.consumer, environment}]; p.provider == v.service && runs != "" {
			if content, ok := b.pacts[p][version{p.consumer, runs}]; ok {
				judge(content, p.consumer, runs, p.provider, v.commit, "")
			}
		}
	}
	var deployable any
	switch {
	case failed > 0:
		deployable = false
	case unknown == 0:
		deployable = true
		reasons = append(reasons, "All required verification results are published and successful")
	}
	answer(http.StatusOK, object{"summary": object{"deployable": deployable, "reason": strings.Join(reasons, "\n"), "success": success, "failed": failed, "unknown": unknown}, "matrix": []object{}})
}
