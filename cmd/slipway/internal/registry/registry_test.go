package registry

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	good = "sha256:" + strings.Repeat("a", 64)
	bad  = "sha256:" + strings.Repeat("b", 64)
)

// server is a registry that wants a token, which it gives to ada.
func server(t *testing.T) (*httptest.Server, string) {
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch user, password, _ := r.BasicAuth(); {
		case r.URL.Path == "/token" && user == "ada" && password == "secret" && r.URL.Query().Get("scope") == "repository:shop/cart:pull":
			w.Write([]byte(`{"token": "t"}`))
		case r.URL.Path == "/token":
			w.WriteHeader(http.StatusUnauthorized)
		case r.Header.Get("Authorization") != "Bearer t":
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+s.URL+`/token",service="r",scope="repository:shop/cart:pull"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodHead && r.URL.Path == "/v2/shop/cart/manifests/"+good:
			w.Header().Set("Docker-Content-Digest", good)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	host := strings.TrimPrefix(s.URL, "https://")
	dir := t.TempDir()
	err := os.WriteFile(filepath.Join(dir, ".dockerconfigjson"), []byte(`{"auths":{"`+host+`":{"auth":"YWRhOnNlY3JldA=="}}}`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func TestItSaysWhetherAnImageIsThere(t *testing.T) {
	t.Parallel()
	s, dir := server(t)
	host := strings.TrimPrefix(s.URL, "https://")
	c := Client{Credentials: dir, HTTP: s.Client()}
	for image, want := range map[string]bool{
		host + "/shop/cart@" + good:     true,
		host + "/shop/cart:1.0@" + good: true,
		host + "/shop/cart@" + bad:      false,
		host + "/shop/order@" + good:    false,
	} {
		if got, err := c.Has(t.Context(), image); err != nil || got != want {
			t.Errorf("%s: %v, %v", image, got, err)
		}
	}
}

func TestARefusalIsNoAnswer(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	host := strings.TrimPrefix(s.URL, "https://")
	if _, err := (Client{HTTP: s.Client()}).Has(t.Context(), host+"/shop/cart@"+good); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Errorf("%v", err)
	}
	if _, err := (Client{}).Has(t.Context(), "cart:1.0"); err == nil {
		t.Error("a name without a registry is asked for")
	}
}
