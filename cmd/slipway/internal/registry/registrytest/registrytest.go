// Package registrytest is an image registry for tests, in memory.
package registrytest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Shelf is a registry of the few calls that pushing and pulling takes, without the one for
// referrers: clients then keep them under tags, which older registries need.
type Shelf struct {
	Password string // asked for when it is not empty

	mu        sync.Mutex
	blobs     map[string][]byte // by digest
	manifests map[string][]byte // by REPOSITORY/REFERENCE
	types     map[string]string
	uploads   map[string][]byte // what has arrived of blobs, by path
}

// New makes an empty one.
func New(password string) *Shelf {
	return &Shelf{Password: password, blobs: map[string][]byte{}, manifests: map[string][]byte{}, types: map[string]string{}, uploads: map[string][]byte{}}
}

// Start serves a new one until the test ends, and says at which address and to which client.
func Start(t testing.TB, password string) (s *Shelf, address string, client *http.Client) {
	t.Helper()
	s = New(password)
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	return s, strings.TrimPrefix(server.URL, "https://"), server.Client()
}

// Reach serves the shelf as all hosts of example.com but those of others, to programs that run
// with the variables that it returns: a proxy and the certificate of what it leads to.
func (s *Shelf) Reach(dir string, others map[string]http.Handler) (env []string, stop func(), err error) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := others[r.Host]; ok {
			h.ServeHTTP(w, r)
			return
		}
		s.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of those who hang up
	server.StartTLS()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil || r.Method != http.MethodConnect {
			http.Error(w, "no way", http.StatusBadGateway)
			return
		}
		defer to.Close()
		from, read, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer from.Close()
		io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(to, read) // which may have read ahead
		io.Copy(from, to)
	}))
	file := filepath.Join(dir, ".registry.crt")
	err = os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o644)
	return []string{"HTTPS_PROXY=" + proxy.URL, "SSL_CERT_FILE=" + file}, func() {
		proxy.CloseClientConnections()
		proxy.Close()
		server.Close()
	}, err
}

// What Stock brings, signed by cosign v2.6.1: Cart as it does by itself, with an SBOM and
// provenance attested; Stock by an artifact that refers to it.
const (
	Cart  = "cart@sha256:d2e83cbbbc7c9993e7d63e3b938249be75047c6ef0a5fd6f628eeda78199b78a"
	Stock = "stock@sha256:ac7020fe8038f58d23cb698d7d97bb4ecb2afb1ddd5afc115b495f9c0cb0c7d9"
)

// layout is an OCI image layout; cosign.pub is the key that its signatures are of.
//
//go:embed cosign
var layout embed.FS

// PublicKey is the key that the images of Stock are signed with, as PEM.
func PublicKey() []byte { return read("cosign.pub") }

// Stock puts images into repositories below a path.
func (s *Shelf) Stock(path string) {
	var index struct {
		Manifests []struct {
			MediaType, Digest string
			Annotations       map[string]string
		}
	}
	if err := json.Unmarshal(read("index.json"), &index); err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range index.Manifests {
		repo, reference, _ := strings.Cut(m.Annotations["org.opencontainers.image.ref.name"], ":")
		for _, name := range []string{reference, m.Digest} {
			key := path + "/" + repo + "/" + name
			s.manifests[key], s.types[key] = read("blobs/sha256/"+strings.TrimPrefix(m.Digest, "sha256:")), m.MediaType
		}
	}
	blobs, err := layout.ReadDir("cosign/blobs/sha256")
	if err != nil {
		panic(err)
	}
	for _, b := range blobs {
		s.blobs["sha256:"+b.Name()] = read("blobs/sha256/" + b.Name())
	}
}

func read(name string) []byte {
	content, err := layout.ReadFile("cosign/" + name)
	if err != nil {
		panic(err)
	}
	return content
}

// Holds reports whether there is a blob of this content.
func (s *Shelf) Holds(blob []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blobs[Sum(blob)] != nil
}

// Sum is the digest of a content.
func Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (s *Shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, password, _ := r.BasicAuth(); s.Password != "" && password != s.Password {
		w.Header().Set("WWW-Authenticate", `Basic realm="shelf"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/v2/")
	body, _ := io.ReadAll(r.Body)
	show := func(content []byte, kind string, ok bool) {
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Docker-Content-Digest", Sum(content))
		w.Header().Set("Content-Type", kind)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
	if path == "" {
		w.WriteHeader(http.StatusOK)
		return
	}
	switch repo, reference, _ := strings.Cut(path, "/manifests/"); {
	case reference != "" && r.Method == http.MethodPut:
		for _, name := range []string{reference, Sum(body)} {
			s.manifests[repo+"/"+name], s.types[repo+"/"+name] = body, r.Header.Get("Content-Type")
		}
		w.Header().Set("Docker-Content-Digest", Sum(body))
		w.WriteHeader(http.StatusCreated)
	case reference != "":
		content, ok := s.manifests[repo+"/"+reference]
		show(content, s.types[repo+"/"+reference], ok)
	case strings.HasSuffix(path, "/blobs/uploads/") && r.Method == http.MethodPost:
		session := fmt.Sprint(path, "session-", len(s.uploads))
		s.uploads[session] = nil
		w.Header().Set("Location", "/v2/"+session)
		w.WriteHeader(http.StatusAccepted)
	case strings.Contains(path, "/blobs/uploads/") && r.Method == http.MethodPatch:
		s.uploads[path] = append(s.uploads[path], body...)
		w.Header().Set("Location", "/v2/"+path)
		w.WriteHeader(http.StatusAccepted)
	case strings.Contains(path, "/blobs/uploads/") && r.Method == http.MethodPut:
		body = append(s.uploads[path], body...)
		if Sum(body) != r.URL.Query().Get("digest") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.blobs[Sum(body)] = body
		w.WriteHeader(http.StatusCreated)
	case strings.Contains(path, "/blobs/"):
		content, ok := s.blobs[path[strings.LastIndex(path, "/")+1:]]
		show(content, "application/octet-stream", ok)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
