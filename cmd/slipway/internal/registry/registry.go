// Package registry asks image registries whether they have an image, by the API that all of
// them speak (OCI distribution 1.1). It pulls nothing.
package registry

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Client asks.
type Client struct {
	// Credentials is a folder with .dockerconfigjson or config.json, as a Secret is mounted;
	// "" asks as nobody.
	Credentials string
	HTTP        *http.Client // nil: one that gives up after half a minute
}

// accept names every form in which an image may come.
const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, " +
	"application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"

// Has reports whether there is an image, NAME[:TAG]@DIGEST, under its digest.
func (c Client) Has(ctx context.Context, image string) (bool, error) {
	name, digest, ok := strings.Cut(image, "@")
	host, path, slash := strings.Cut(name, "/")
	if !ok || !slash {
		return false, fmt.Errorf("%q is not an image by digest with its registry", image)
	}
	if i := strings.LastIndex(path, ":"); i >= 0 {
		path = path[:i]
	}
	at := host
	if host == "docker.io" {
		at = "registry-1.docker.io"
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	address := "https://" + at + "/v2/" + path + "/manifests/" + digest
	user, password, err := c.login(host)
	if err != nil {
		return false, err
	}
	try := func(authorization string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", accept)
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		res, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		return res, res.Body.Close()
	}
	res, err := try("")
	if err != nil {
		return false, err
	}
	if res.StatusCode == http.StatusUnauthorized {
		authorization := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
		if scheme, rest, _ := strings.Cut(res.Header.Get("WWW-Authenticate"), " "); strings.EqualFold(scheme, "Bearer") {
			if authorization, err = token(ctx, client, rest, user, password); err != nil {
				return false, err
			}
		}
		if res, err = try(authorization); err != nil {
			return false, err
		}
	}
	switch res.StatusCode {
	case http.StatusOK:
		if got := res.Header.Get("Docker-Content-Digest"); got != "" && got != digest {
			return false, fmt.Errorf("%s answers with another digest, %s", host, got)
		}
		return true, nil
	case http.StatusNotFound:
		return false, nil
	}
	return false, fmt.Errorf("%s answers %s", host, res.Status)
}

var challenge = regexp.MustCompile(`([a-z]+)="([^"]*)"`)

// token gets a token that may pull, from where the registry says.
func token(ctx context.Context, client *http.Client, params, user, password string) (string, error) {
	query, realm := url.Values{}, ""
	for _, m := range challenge.FindAllStringSubmatch(params, -1) {
		if m[1] == "realm" {
			realm = m[2]
		} else {
			query.Set(m[1], m[2])
		}
	}
	if !strings.HasPrefix(realm, "https://") {
		return "", fmt.Errorf("the registry sends us to %q for a token", realm)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, realm+"?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s gives no token: %s", req.URL.Host, res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&answer); err != nil {
		return "", fmt.Errorf("%s gives no token: %w", req.URL.Host, err)
	}
	if answer.Token == "" {
		answer.Token = answer.AccessToken
	}
	return "Bearer " + answer.Token, nil
}

// login is who we are to a registry; nobody when the file does not say.
func (c Client) login(host string) (user, password string, err error) {
	if c.Credentials == "" {
		return "", "", nil
	}
	var text []byte
	for _, name := range []string{".dockerconfigjson", "config.json"} {
		text, err = os.ReadFile(filepath.Join(c.Credentials, name))
		if !errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	if errors.Is(err, os.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	var config struct {
		Auths map[string]struct{ Username, Password, Auth string } `json:"auths"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return "", "", errors.New("the registry's credentials are not a Docker configuration") // whose text we do not repeat
	}
	for _, key := range []string{host, "https://" + host, "https://" + host + "/", "https://" + host + "/v1/"} {
		a, ok := config.Auths[key]
		if !ok {
			continue
		}
		if a.Auth != "" {
			plain, err := base64.StdEncoding.DecodeString(a.Auth)
			if err != nil {
				return "", "", errors.New("the registry's credentials are not base64")
			}
			user, password, _ = strings.Cut(string(plain), ":")
			return user, password, nil
		}
		return a.Username, a.Password, nil
	}
	return "", "", nil
}
