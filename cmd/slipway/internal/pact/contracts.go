package pact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Pact is one that a provider is held against.
type Pact struct {
	Consumer string
	Content  []byte // JSON, without the broker's links
	Results  string // the address that takes the result of its verification
	Why      string // why the provider is held against it, as the broker says; may be empty
	// Pending is one that the provider's branch has never kept: that it does not yet must not stop
	// the provider, or whoever expects something new would.
	Pending bool
}

// ForVerification are the pacts that a provider keeps before it is released: those of its
// consumers' main branches, and of all that is deployed or released of them (page
// "provider-pacts-for-verification"). There may be none.
func (b Broker) ForVerification(ctx context.Context, provider, branch string) ([]Pact, error) {
	var list struct {
		Embedded struct {
			Pacts []struct {
				Properties struct {
					Notices []notice `json:"notices"`
					Pending bool     `json:"pending"`
				} `json:"verificationProperties"`
				Links links `json:"_links"`
			} `json:"pacts"`
		} `json:"_embedded"`
	}
	err := b.do(ctx, http.MethodPost, b.below("pacts", "provider", provider, "for-verification"), map[string]any{
		"consumerVersionSelectors": []map[string]bool{{"mainBranch": true}, {"deployedOrReleased": true}},
		"providerVersionBranch":    branch,
		"includePendingStatus":     true,
	}, &list)
	var refused *Refusal
	// Its own words, lest what is no broker at all holds a provider against nothing.
	if errors.As(err, &refused) && refused.Code == http.StatusNotFound && strings.HasPrefix(refused.Text, "No provider with name ") {
		return nil, nil // nobody has spoken of it yet
	}
	if err != nil {
		return nil, err
	}
	if len(list.Embedded.Pacts) > MostPacts {
		return nil, fmt.Errorf("the broker has %d pacts for %s; more than %d are not looked at", len(list.Embedded.Pacts), provider, MostPacts)
	}
	var out []Pact
	bytes := 0
	for _, listed := range list.Embedded.Pacts {
		self := listed.Links.all("self")
		if len(self) != 1 {
			return nil, errors.New("the broker lists a pact without saying where it is")
		}
		p, err := b.pact(ctx, self[0].Href, provider)
		if err != nil {
			return nil, err
		}
		if bytes += len(p.Content); bytes > MostBytes {
			return nil, fmt.Errorf("the pacts for %s have more than %d MB together", provider, MostBytes>>20)
		}
		p.Pending = listed.Properties.Pending
		if n := listed.Properties.Notices; len(n) > 0 {
			p.Why = n[0].Text
		}
		out = append(out, p)
	}
	return out, nil
}

// pact gets one pact by its link.
func (b Broker) pact(ctx context.Context, href, provider string) (p Pact, err error) {
	at, err := b.follow(href)
	if err != nil {
		return p, err
	}
	var fields map[string]json.RawMessage
	if err := b.do(ctx, http.MethodGet, at, nil, &fields); err != nil {
		return p, err
	}
	var l links
	if err := json.Unmarshal(fields["_links"], &l); err != nil {
		return p, errors.New("a pact of the broker has no links")
	}
	results := l.all("pb:publish-verification-results")
	if len(results) != 1 {
		return p, errors.New("a pact of the broker does not say where results of its verification go")
	}
	if p.Results, err = b.follow(results[0].Href); err != nil {
		return p, err
	}
	delete(fields, "_links")
	if p.Content, err = json.Marshal(fields); err != nil {
		return p, err
	}
	if len(p.Content) > MostPact {
		return p, fmt.Errorf("a pact has %d bytes; more than %d are not taken", len(p.Content), MostPact)
	}
	c, err := Read(p.Content)
	if err != nil {
		return p, err
	}
	if c.Provider != provider {
		return p, fmt.Errorf("the broker gives a pact with %q for one with %q", c.Provider, provider)
	}
	p.Consumer = c.Consumer
	return p, nil
}

// Contract is a pact that a consumer expects to be kept.
type Contract struct {
	Consumer, Provider string
	Content            []byte
}

// Read reads whose pact it is.
func Read(content []byte) (Contract, error) {
	type name struct {
		Name string `json:"name"`
	}
	var said struct {
		Consumer name `json:"consumer"`
		Provider name `json:"provider"`
	}
	if err := json.Unmarshal(content, &said); err != nil {
		return Contract{}, fmt.Errorf("it is not JSON: %w", err)
	}
	if said.Consumer.Name == "" || said.Provider.Name == "" {
		return Contract{}, errors.New("it is no pact: it names no consumer, or no provider")
	}
	return Contract{said.Consumer.Name, said.Provider.Name, content}, nil
}

// Version is a commit of a service.
type Version struct{ Service, Commit, Branch string }

// Publish says what a version expects as a consumer, and returns what the broker has to say to
// people (page "publish-contracts"). What was published of a version does not change: other
// content is refused.
func (b Broker) Publish(ctx context.Context, v Version, list []Contract) (notices []string, err error) {
	type contract struct {
		Consumer      string `json:"consumerName"`
		Provider      string `json:"providerName"`
		Specification string `json:"specification"`
		ContentType   string `json:"contentType"`
		Content       []byte `json:"content"` // in Base64
	}
	body := struct {
		Service   string     `json:"pacticipantName"`
		Commit    string     `json:"pacticipantVersionNumber"`
		Branch    string     `json:"branch"`
		Contracts []contract `json:"contracts"`
	}{v.Service, v.Commit, v.Branch, nil}
	for _, c := range list {
		body.Contracts = append(body.Contracts, contract{c.Consumer, c.Provider, "pact", "application/json", c.Content})
	}
	var said struct {
		Notices []notice `json:"notices"`
	}
	if err := b.do(ctx, http.MethodPost, b.below("contracts", "publish"), body, &said); err != nil {
		return nil, err
	}
	for _, n := range said.Notices {
		notices = append(notices, n.Text)
	}
	return notices, nil
}

// OnBranch makes the version known as one of its branch (page "pacticipant-branch-version"), so
// that a provider without consumers may be asked about too.
func (b Broker) OnBranch(ctx context.Context, v Version) error {
	return b.do(ctx, http.MethodPut, b.below("pacticipants", v.Service, "branches", v.Branch, "versions", v.Commit), struct{}{}, nil)
}

// Verified says that a version keeps a pact, by the address that came with it (page
// "publish-verification-results").
func (b Broker) Verified(ctx context.Context, results, commit string) error {
	at, err := b.follow(results)
	if err != nil {
		return err
	}
	return b.do(ctx, http.MethodPost, at, map[string]any{"success": true, "providerApplicationVersion": commit}, nil)
}

// Verdict is whether a version may be deployed.
type Verdict struct {
	Yes    bool
	Why    string // in the broker's words
	Link   string // where people see more
	Broken bool   // a verification failed; otherwise nobody verified it, or the broker does not know what is asked
	// The broker knows no environment, or no pacticipant, of this name.
	NoEnvironment, NoService bool
}

// CanIDeploy asks whether a version of a service fits all that is deployed in an environment
// (page "can-i-deploy").
func (b Broker) CanIDeploy(ctx context.Context, service, commit, environment string) (v Verdict, err error) {
	query := url.Values{"pacticipant": {service}, "version": {commit}, "environment": {environment}}
	v.Link = b.below("matrix") + "?" + url.Values{
		"q[][pacticipant]": {service}, "q[][version]": {commit}, "environment": {environment}, "latestby": {"cvpv"},
	}.Encode()
	var said struct {
		Summary *struct {
			Deployable *bool  `json:"deployable"`
			Reason     string `json:"reason"`
			Failed     int    `json:"failed"`
		} `json:"summary"`
	}
	err = b.do(ctx, http.MethodGet, b.below("can-i-deploy")+"?"+query.Encode(), nil, &said)
	var refused *Refusal
	if errors.As(err, &refused) && refused.Code == http.StatusBadRequest {
		v.NoEnvironment, v.NoService = len(refused.Errors["environment"]) > 0, len(refused.Errors["pacticipant"]) > 0
		if v.NoEnvironment || v.NoService {
			v.Why = refused.Text
			return v, nil
		}
	}
	if err != nil {
		return v, err
	}
	if said.Summary == nil {
		return v, errors.New("the broker does not say whether it may be deployed")
	}
	// null is what it answers where something was not verified.
	v.Yes = said.Summary.Deployable != nil && *said.Summary.Deployable
	v.Broken = said.Summary.Failed > 0
	v.Why = strings.TrimSpace(said.Summary.Reason)
	return v, nil
}

// ErrUnknown says that the broker knows no such version, or no such environment.
var ErrUnknown = errors.New("the broker does not know it")

// Deployed says that a version runs in an environment, in place of the one that did: by the
// link pb:record-deployment of the version, as `pact-broker record-deployment` does. Said again,
// nothing changes.
func (b Broker) Deployed(ctx context.Context, service, commit, environment string) error {
	var version struct {
		Links links `json:"_links"`
	}
	err := b.do(ctx, http.MethodGet, b.below("pacticipants", service, "versions", commit), nil, &version)
	var refused *Refusal
	if errors.As(err, &refused) && refused.Code == http.StatusNotFound {
		return fmt.Errorf("%w: version %s of %s, of which nothing was published", ErrUnknown, commit, service)
	}
	if err != nil {
		return err
	}
	for _, l := range version.Links.all("pb:record-deployment") {
		if l.Name != environment {
			continue
		}
		at, err := b.follow(l.Href)
		if err != nil {
			return err
		}
		return b.do(ctx, http.MethodPost, at, struct{}{}, nil)
	}
	return fmt.Errorf("%w: an environment called %s; make it with pact-broker create-environment", ErrUnknown, environment)
}
