package main

import (
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// maxPush bounds what one request may bring.
const maxPush = 512 << 20

// backend is git http-backend (git-http-backend(1)) behind a check of who pushes.
type backend struct {
	program string
	root    string
	token   string
}

func newBackend(root, token string) (*backend, error) {
	if token == "" {
		return nil, fmt.Errorf("the token is empty: anyone could push")
	}
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("git --exec-path: %w", err)
	}
	return &backend{
		program: filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"),
		root:    root,
		token:   token,
	}, nil
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/-/ready" {
		return
	}
	_, password, _ := r.BasicAuth()
	known := subtle.ConstantTimeCompare([]byte(password), []byte(b.token)) == 1
	if pushes(r) && !known {
		w.Header().Set("WWW-Authenticate", `Basic realm="slipway"`)
		http.Error(w, "pushing needs the token", http.StatusUnauthorized)
		return
	}
	body, err := whole(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer body.Close()
	r.Body = body
	// Both names of a repository are good, as with the hosts that people use.
	r.URL.Path = strings.Replace(r.URL.Path, ".git/", "/", 1)
	env := []string{"GIT_PROJECT_ROOT=" + b.root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1"}
	if v := r.Header.Get("Git-Protocol"); v != "" {
		env = append(env, "GIT_PROTOCOL="+v)
	}
	if known {
		env = append(env, "REMOTE_USER=slipway") // without one, http-backend refuses pushes
	}
	(&cgi.Handler{
		Path:       b.program,
		Dir:        b.root,
		Env:        env,
		InheritEnv: []string{"HOME", "PATH", "TMPDIR", "SLIPWAY_CLUSTER"},
	}).ServeHTTP(w, r)
}

func pushes(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/git-receive-pack") || r.URL.Query().Get("service") == "git-receive-pack"
}

// whole returns the body of a request, read to its end when its length is not known before:
// CGI has to say it, and git sends large packs in chunks.
func whole(w http.ResponseWriter, r *http.Request) (io.ReadCloser, error) {
	limited := http.MaxBytesReader(w, r.Body, maxPush)
	if len(r.TransferEncoding) == 0 && r.ContentLength >= 0 {
		return limited, nil
	}
	f, err := os.CreateTemp("", "push-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name()) // the open file stays until it is closed
	if r.ContentLength, err = io.Copy(f, limited); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	r.TransferEncoding = nil
	return f, nil
}
