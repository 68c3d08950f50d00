package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// keyFile writes a key, and reads it.
func keyFile(t *testing.T, text []byte) *PublicKey {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cosign.pub")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	key, err := ReadPublicKey(file)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicPEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestSignaturesOfCosignAreRead(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	shelf, host, client := registrytest.Start(t, "")
	shelf.Stock("acme")
	c := Client{HTTP: client}
	key := keyFile(t, registrytest.PublicKey())
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{registrytest.Cart, registrytest.Stock} { // under a tag; as a referrer
		image = host + "/acme/" + image
		if why, err := c.Signed(ctx, image, key); why != "" || err != nil {
			t.Errorf("%s: %q, %v", image, why, err)
		}
		if why, err := c.Signed(ctx, image, &PublicKey{&other.PublicKey}); !strings.Contains(why, "is of the key, 1 found") || err != nil {
			t.Errorf("another key: %q, %v", why, err)
		}
		copied, err := Copy(ctx, c, c, image, host+"/live/copy")
		if err != nil {
			t.Fatal(err)
		}
		if why, err := c.Signed(ctx, copied.Image, key); why != "" || err != nil {
			t.Errorf("the copy of %s: %q, %v", image, why, err)
		}
	}
	if why, err := c.Signed(ctx, host+"/acme/cart@"+registrytest.Sum(nil), key); !strings.Contains(why, "there is no image") || err != nil {
		t.Errorf("an image that is not there: %q, %v", why, err)
	}
}

func TestSignaturesThatSayOtherwiseAreNone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := keyFile(t, publicPEM(t, &private.PublicKey))
	sign := func(payload string) string {
		sum := sha256.Sum256([]byte(payload))
		raw, err := ecdsa.SignASN1(rand.Reader, private, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(raw)
	}
	says := func(digest string) string {
		return fmt.Sprintf(`{"critical":{"identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":%q},"type":"cosign container image signature"},"optional":null}`, digest)
	}
	cases := []struct {
		name string
		make func(digest string) (payload, signature, mediaType string)
		why  string
	}{
		{"good", func(d string) (string, string, string) { return says(d), sign(says(d)), simpleSigning }, ""},
		{"another image", func(d string) (string, string, string) {
			p := says(registrytest.Sum(nil))
			return p, sign(p), simpleSigning
		}, "1 found"},
		{"another text", func(d string) (string, string, string) {
			return says(d), sign(says(registrytest.Sum(nil))), simpleSigning
		}, "1 found"},
		{"no digest", func(string) (string, string, string) { return "{}", sign("{}"), simpleSigning }, "1 found"},
		{"no JSON", func(string) (string, string, string) { return "x", sign("x"), simpleSigning }, "1 found"},
		{"no signature", func(d string) (string, string, string) { return says(d), "", simpleSigning }, "1 found"},
		{"no base64", func(d string) (string, string, string) { return says(d), "!", simpleSigning }, "1 found"},
		{"a large text", func(d string) (string, string, string) {
			p := says(d) + strings.Repeat(" ", largestPayload)
			return p, sign(p), simpleSigning
		}, "1 found"},
		{"another kind", func(d string) (string, string, string) { return says(d), sign(says(d)), "text/plain" }, "nobody signed"},
	}
	for _, c := range cases {
		_, host, client := registrytest.Start(t, "")
		cl := Client{HTTP: client}
		digest := image(t, cl, host+"/cart")
		payload, signature, kind := c.make(digest)
		repo, err := cl.repository(host + "/cart")
		if err != nil {
			t.Fatal(err)
		}
		layer, err := oras.PushBytes(ctx, repo, kind, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		layer.Annotations = map[string]string{signatureAnnotation: signature}
		text, err := json.Marshal(ocispec.Manifest{MediaType: ocispec.MediaTypeImageManifest, Config: layer, Layers: []ocispec.Descriptor{layer}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := oras.TagBytes(ctx, repo, ocispec.MediaTypeImageManifest, text, strings.Replace(digest, ":", "-", 1)+".sig"); err != nil {
			t.Fatal(err)
		}
		why, err := cl.Signed(ctx, host+"/cart@"+digest, key)
		if err != nil || (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q, %v", c.name, why, err)
		}
	}
}

func TestOnlyKeysOfCosignsKindAreRead(t *testing.T) {
	t.Parallel()
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := registrytest.PublicKey()
	for name, text := range map[string][]byte{
		"no PEM": []byte("x"), "nothing": nil, "another curve": publicPEM(t, &large.PublicKey), "two keys": append(good, good...),
		"a private key": pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: []byte("x")}),
		"no key":        pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}),
	} {
		file := filepath.Join(t.TempDir(), "cosign.pub")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPublicKey(file); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}
