package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// keys are two files with public keys: the one that signed the images of the shelf, and another.
func keys(t *testing.T) (right, wrong string) {
	t.Helper()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&other.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	right, wrong = filepath.Join(dir, "cosign.pub"), filepath.Join(dir, "other.pub")
	for file, text := range map[string][]byte{right: registrytest.PublicKey(), wrong: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})} {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return right, wrong
}

func TestVerifyBelievesTheFleetTheSourceAndTheKey(t *testing.T) {
	s := newStage(t)
	right, wrong := keys(t)
	s.git("cart-work", "checkout", "--quiet", "-b", "unmerged")
	s.git("cart-work", "commit", "--quiet", "--allow-empty", "-m", "not merged")
	s.git("cart-work", "push", "--quiet", "https://git.example.com/acme/cart", "HEAD:refs/heads/unmerged")
	unmerged := s.git("cart-work", "rev-parse", "HEAD")
	digest := cartImage[strings.Index(cartImage, "@"):]
	for _, c := range []struct {
		image, commit, key string
		code               int
		says               string
	}{
		{cartImage, s.source, "", 0, "is on main of https://git.example.com/acme/cart"},
		{cartImage, s.source, right, 0, "is on main of https://git.example.com/acme/cart"},
		{cartImage, s.source, wrong, exitFindings, "none of the signatures of " + cartImage + " is of the key, 1 found"},
		{cartImage, s.source, filepath.Join(s.dir, "nothing"), exitUsage, "ask for the signature: there is no key to hold signatures against"},
		{cartImage, unmerged, right, exitFindings, "has no commit " + unmerged + " on its branch main"},
		{"registry.example.com/acme/stock" + digest, s.source, right, exitFindings, `images of cart are called "registry.example.com/acme/cart"`},
		{"registry.example.com/acme/cart@sha256:" + strings.Repeat("1", 64), s.source, right, exitFindings, "there is no image"},
		{"registry.example.com/acme/cart:1.0", s.source, right, exitFindings, "is not an image by digest"},
	} {
		args := []string{"verify", "cart", "--image", c.image, "--commit", c.commit, "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--signature-wait", "1ms"}
		if c.key != "" {
			args = append(args, "--public-key", c.key)
		}
		wantSaid(t, s.slipway(c.code, args...), c.says)
	}
}

// What nobody attests may be signed all the same.
func TestVerifyWantsProvenanceWhereItIsAskedFor(t *testing.T) {
	s := newStage(t)
	right, _ := keys(t)
	args := []string{"verify", "cart", "--image", cartImage, "--commit", s.source, "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--provenance"}
	wantSaid(t, s.slipway(exitUsage, args...), "--provenance goes with --public-key")
	wantSaid(t, s.slipway(exitFindings, append(args, "--public-key", right)...),
		"no attestation of the key says that "+cartImage+" was built from commit "+s.source+" of https://git.example.com/acme/cart by a run of cart-release")
}

func TestSettlePromotesOnlyWhatIsSigned(t *testing.T) {
	s := newStage(t)
	right, wrong := keys(t)
	s.apps["cart-dev"] = appGood
	args := []string{"settle", "cart-dev", "--applications", filepath.Join(s.dir, "argo"), "--fleet", "https://git.example.com/acme/fleet", "--protocols", "https:file", "--public-key"}
	wantSaid(t, s.slipway(exitFindings, append(args, wrong)...), "[unsigned-image]")
	if s.record("test") != "" {
		t.Fatal("it was promoted all the same")
	}
	wantSaid(t, s.slipway(0, append(args, right)...), "released cart in test")
}
