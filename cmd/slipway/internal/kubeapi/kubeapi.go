// Package kubeapi reads from a cluster's API, as JSON and without a typed client: what
// `slipway status` and `slipway doctor` look at is of many kinds, in many versions. It gets and
// lists, never a Secret's content, and changes one thing: it cancels runs.
package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Config is where clusters are found.
type Config struct {
	Kubeconfig string // a file; empty: as kubectl finds it
	Context    string // of that file, for every cluster; empty: the one called as the cluster, else the current one
}

// Client reads from one cluster.
type Client struct {
	Context string // its name in the kubeconfig
	server  string
	http    *http.Client
}

// most is how much of an answer is read; a list of a fleet's runs is far below it.
const most = 256 << 20

// Open makes a client for a cluster. It asks nothing yet.
func (conf Config) Open(cluster string) (*Client, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = conf.Kubeconfig
	raw, err := rules.Load()
	if err != nil {
		return nil, err
	}
	name := conf.Context
	if name == "" {
		if name = cluster; raw.Contexts[cluster] == nil {
			name = raw.CurrentContext
		}
	}
	if len(raw.Contexts) == 0 && name == "" {
		return nil, errors.New("there is no kubeconfig that says how it is reached: name one by --kubeconfig or $KUBECONFIG")
	}
	if name == "" {
		return nil, fmt.Errorf("the kubeconfig has no context %q and no current one; --context names one, known: %s", cluster, strings.Join(slices.Sorted(maps.Keys(raw.Contexts)), ", "))
	}
	if raw.Contexts[name] == nil {
		return nil, fmt.Errorf("the kubeconfig has no context %q", name)
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*raw, name, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if err != nil {
		return nil, err
	}
	c, err := For(config)
	if err != nil {
		return nil, err
	}
	c.Context = name
	return c, nil
}

// InCluster is the client of the pod that asks, by its account.
func InCluster() (*Client, error) {
	config, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return nil, errors.New("this is no pod of a cluster")
	}
	if err != nil {
		return nil, err
	}
	return For(config)
}

// At is the client of an account, by its token; ca is a file with the authorities that the
// server's certificate may be of, empty for those of the machine.
func At(server, token, ca string) (*Client, error) {
	return For(&rest.Config{Host: server, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{CAFile: ca}})
}

// For makes a client for what a configuration names. It asks nothing yet.
func For(config *rest.Config) (*Client, error) {
	config.Timeout = 15 * time.Second
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	server, _, err := rest.DefaultServerURL(config.Host, "", schema.GroupVersion{}, rest.IsConfigTransportTLS(*config))
	if err != nil {
		return nil, err
	}
	return &Client{server: strings.TrimRight(server.String(), "/"), http: client}, nil
}

// Problem is an answer that is none.
type Problem struct {
	Code int // HTTP's
	Path string
	Text string
}

func (p *Problem) Error() string { return fmt.Sprintf("%s: %s", p.Path, p.Text) }

// NotFound reports whether what was asked for is not there.
func NotFound(err error) bool { return is(err, http.StatusNotFound) }

// Forbidden reports whether the asker may not know.
func Forbidden(err error) bool {
	return is(err, http.StatusForbidden) || is(err, http.StatusUnauthorized)
}

func is(err error, code int) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}

// Get reads what lies at a path, such as /api/v1/namespaces/shop.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.get(ctx, path, "application/json", into)
}

// Names lists the names of objects, of which nothing but their metadata leaves the cluster.
func (c *Client) Names(ctx context.Context, path string) (map[string]bool, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"items"`
	}
	err := c.get(ctx, path, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", &list)
	out := map[string]bool{}
	for _, item := range list.Items {
		out[item.Metadata.Name] = true
	}
	return out, err
}

// Keys are the Secrets of a list, and the names of the keys that each has, as those who wrote it
// have it noted in metadata: what is in them stays in the cluster. They are nil where nobody noted any writing.
func (c *Client) Keys(ctx context.Context, path string) (map[string]map[string]bool, error) {
	type fields map[string]json.RawMessage
	var list struct {
		Items []struct {
			Metadata struct {
				Name          string `json:"name"`
				ManagedFields []struct {
					FieldsV1 struct {
						Data       fields `json:"f:data"`
						StringData fields `json:"f:stringData"`
					} `json:"fieldsV1"`
				} `json:"managedFields"`
			} `json:"metadata"`
		} `json:"items"`
	}
	if err := c.get(ctx, path, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", &list); err != nil {
		return nil, err
	}
	out := map[string]map[string]bool{}
	for _, item := range list.Items {
		out[item.Metadata.Name] = nil
		for _, m := range item.Metadata.ManagedFields {
			if out[item.Metadata.Name] == nil {
				out[item.Metadata.Name] = map[string]bool{}
			}
			for _, f := range []fields{m.FieldsV1.Data, m.FieldsV1.StringData} {
				for key := range f {
					if name, ok := strings.CutPrefix(key, "f:"); ok {
						out[item.Metadata.Name][name] = true
					}
				}
			}
		}
	}
	return out, nil
}

func (c *Client) get(ctx context.Context, path, accept string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", accept)
	return c.do(req, path, into)
}

func (c *Client) do(req *http.Request, path string, into any) error {
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		var status struct {
			Message string `json:"message"`
		}
		text := resp.Status
		if json.Unmarshal(body, &status) == nil && status.Message != "" {
			text = status.Message
		}
		return &Problem{resp.StatusCode, path, text}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}
