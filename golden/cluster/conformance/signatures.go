package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// signingPassword protects the key that the promoter signs with.
const signingPassword = "conformance-8899aabbccddeeff"

// signingKey is the file with a half of the signing key, "key" or "pub".
func (f *Fleet) signingKey(half string) string { return filepath.Join(f.Env.Work, "cosign."+half) }

// newSigningKey makes the key once.
func (f *Fleet) newSigningKey(ctx context.Context) error {
	if _, err := os.Stat(f.signingKey("pub")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err := f.cosign(ctx, "generate-key-pair")
	return err
}

// cosign runs this machine's, and returns its output without what it says to people.
func (f *Fleet) cosign(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(f.Env.Cluster.Bin, "cosign"), args...)
	cmd.Dir = f.Env.Work
	cmd.Env = []string{"HOME=" + f.Env.Work, "COSIGN_PASSWORD=" + signingPassword, "SSL_CERT_FILE=" + f.Env.Cluster.CA()}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cosign %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out, nil
}

// isSigned asks cosign what anybody with the public key may ask: whether an image is signed, has
// an SBOM, and is of a commit.
func (f *Fleet) isSigned(ctx context.Context, image, commit string) error {
	with := []string{"--key", f.signingKey("pub"), "--insecure-ignore-tlog=true"}
	if _, err := f.cosign(ctx, append(append([]string{"verify"}, with...), image)...); err != nil {
		return err
	}
	for kind, want := range map[string]string{"cyclonedx": "CycloneDX", "https://slsa.dev/provenance/v1": commit} {
		out, err := f.cosign(ctx, append(append([]string{"verify-attestation", "--type", kind}, with...), image)...)
		if err != nil {
			return err
		}
		var envelope struct{ Payload string }
		if err := json.NewDecoder(bytes.NewReader(out)).Decode(&envelope); err != nil {
			return fmt.Errorf("the attestation %s: %w", kind, err)
		}
		statement, err := base64.StdEncoding.DecodeString(envelope.Payload)
		if err != nil {
			return fmt.Errorf("the attestation %s: %w", kind, err)
		}
		if !strings.Contains(string(statement), want) {
			return fmt.Errorf("the attestation %s does not hold %q:\n%s", kind, want, statement)
		}
	}
	return nil
}

// attested: Tekton Chains signs what runs have built, with a key of its own, and attests which commit
// it was built from. The promoter's question is answered so for that commit, and for no other.
func attested(ctx context.Context, f *Fleet) (string, error) {
	image, commit, err := f.running(ctx, "dev")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(f.Env.Work, "chains")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if _, err := f.cosign(ctx, "generate-key-pair", "--output-key-prefix", filepath.Join(dir, "cosign")); err != nil {
		return "", err
	}
	key, err := os.ReadFile(filepath.Join(dir, "cosign.key"))
	if err != nil {
		return "", err
	}
	if err := f.Env.Cluster.StartChains(ctx, key, signingPassword); err != nil {
		return "", err
	}
	defer f.Env.Cluster.Stop(context.WithoutCancel(ctx), "chains")
	ask := func(commit, wait string) (string, error) {
		return f.slipway(ctx, "verify", "greeter", "--image", image, "--commit", commit, "--public-key", filepath.Join(dir, "cosign.pub"), "--provenance", "--signature-wait", wait)
	}
	if out, err := ask(commit, "4m"); err != nil {
		return "", fmt.Errorf("%w\n%s\nthe end of what Chains says:\n%s", err, out, f.Env.Cluster.LogEnd("chains"))
	}
	older, err := f.inSource(ctx, "rev-parse", commit+"~1")
	if err != nil {
		return "", err
	}
	older = strings.TrimSpace(older)
	if out, err := ask(older, "0s"); err == nil || !strings.Contains(out, "but of git+") {
		return "", fmt.Errorf("Chains attests commit %s, and %s is believed: %w\n%s", commit, older, err, out)
	}
	return "Chains attests " + commit[:12] + ", and not " + older[:12], nil
}
