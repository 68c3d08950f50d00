package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// listener answers as an EventListener does, after some failures.
func listener(t *testing.T, failures int32, status int) (url string, asked *atomic.Int32) {
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := hmac.New(sha256.New, []byte("0123456789abcdef"))
		sum.Write(body)
		switch {
		case asked.Add(1) <= failures:
			w.WriteHeader(status)
		case r.Header.Get("X-Hub-Signature-256") != "sha256="+hex.EncodeToString(sum.Sum(nil)), r.Header.Get("X-GitHub-Event") != "slipway-request":
			t.Errorf("not signed: %v", r.Header)
		case string(body) != `{"owner":"shop","service":"cart","to":"dev","image":"i@sha256:1","commit":"c","message":"say \"hello\"","version":"","run":"a/b"}`:
			t.Errorf("the event is %s", body)
		default:
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, `{"eventListener":"promoter","eventID":"e-1"}`)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

var request = ask{Owner: "shop", Service: "cart", To: "dev", Image: "i@sha256:1", Commit: "c", Message: `say "hello"`, Run: "a/b"}

func TestARequestIsSignedAndTriedAgain(t *testing.T) {
	t.Parallel()
	url, asked := listener(t, 2, http.StatusServiceUnavailable)
	id, err := sending{url, []byte("0123456789abcdef\n"), 5, time.Millisecond}.send(t.Context(), world{err: t.Output()}, requestEvent, request)
	if err != nil || id != "e-1" || asked.Load() != 3 {
		t.Errorf("%q after %d tries: %v", id, asked.Load(), err)
	}
}

func TestARefusedRequestIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	url, asked := listener(t, 9, http.StatusForbidden)
	_, err := sending{url, []byte("0123456789abcdef"), 5, time.Millisecond}.send(t.Context(), world{err: t.Output()}, requestEvent, request)
	if err == nil || !strings.Contains(err.Error(), "403") || asked.Load() != 1 {
		t.Errorf("after %d tries: %v", asked.Load(), err)
	}
	if _, err := (sending{url, []byte("short"), 5, time.Millisecond}).send(t.Context(), world{err: t.Output()}, requestEvent, request); err == nil {
		t.Error("a key that can be guessed is taken")
	}
}
