package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
)

// Signatures are those that cosign and Tekton Chains make: a text that names the image's
// digest ("simple signing"), in a layer of a manifest whose annotation is the signature of that
// text. The manifest has a tag made of the digest, or refers to the image (OCI 1.1).
// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
const (
	simpleSigning       = "application/vnd.dev.cosign.simplesigning.v1+json"
	signatureAnnotation = "dev.cosignproject.cosign/signature"
)

// What is read of a registry that may hold anything.
const (
	largestManifest = 4 << 20
	largestPayload  = 64 << 10
	mostSignatures  = 256
)

// PublicKey is what signatures are checked with.
type PublicKey struct{ key *ecdsa.PublicKey }

// ReadPublicKey reads a key as `cosign generate-key-pair` writes it: ECDSA on the curve P-256.
func ReadPublicKey(file string) (*PublicKey, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no key to hold signatures against, %s: the promoter's is in the Secret signing-key-public (docs/promotion.md), and slipway doctor says what else is missing", file)
	}
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" || len(strings.TrimSpace(string(rest))) > 0 {
		return nil, fmt.Errorf("%s is not one public key as PEM", file)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	k, ok := key.(*ecdsa.PublicKey)
	if !ok || k.Curve != elliptic.P256() {
		return nil, fmt.Errorf("the key in %s is not of ECDSA on the curve P-256, which cosign makes", file)
	}
	return &PublicKey{k}, nil
}

// Signed tells whether an image, NAME[:TAG]@DIGEST, is signed with a key; if it is not, why.
// err is for registries that do not answer.
func (c Client) Signed(ctx context.Context, image string, key *PublicKey) (why string, err error) {
	signed := false
	found, err := c.beside(ctx, image, aSignature, func(layer ocispec.Descriptor, payload []byte, digest string) bool {
		signed = key.signed(payload, layer.Annotations[signatureAnnotation], digest)
		return signed
	})
	switch {
	case errors.Is(err, errNoImage):
		return err.Error(), nil
	case err != nil || signed:
		return "", err
	case found == 0:
		return "nobody signed " + image, nil
	}
	return fmt.Sprintf("none of the signatures of %s is of the key, %d found", image, found), nil
}

// attachment is a kind of what lies beside an image: layers of manifests that have a tag made of the
// image's digest, or refer to it.
type attachment struct {
	what, suffix, mediaType string
	largest                 int64 // in bytes; anybody may have put it there
}

var (
	aSignature    = attachment{"signature", ".sig", simpleSigning, largestPayload}
	anAttestation = attachment{"attestation", ".att", envelopeType, largestEnvelope}
)

var errNoImage = errors.New("there is no image")

// beside reads what lies beside an image, until enough says so, and returns how many there were of
// that kind. errNoImage is for an image that is not there.
func (c Client) beside(ctx context.Context, image string, kind attachment, enough func(layer ocispec.Descriptor, text []byte, digest string) bool) (found int, err error) {
	repo, digest, err := c.repositoryOf(image)
	if err != nil {
		return 0, err
	}
	root, err := repo.Resolve(ctx, digest)
	if errors.Is(err, errdef.ErrNotFound) {
		return 0, fmt.Errorf("%w %s", errNoImage, image)
	}
	if err != nil {
		return 0, err
	}
	manifests, err := attached(ctx, repo, root, kind.suffix)
	if err != nil {
		return 0, fmt.Errorf("look for %ss of %s: %w", kind.what, image, err)
	}
	for _, m := range manifests {
		for _, layer := range m.Layers {
			if layer.MediaType != kind.mediaType || found == mostSignatures {
				continue
			}
			found++
			if layer.Size > kind.largest {
				continue
			}
			text, err := content.FetchAll(ctx, repo, layer) // which compares the digest
			if errors.Is(err, errdef.ErrNotFound) {
				continue
			}
			if err != nil {
				return found, fmt.Errorf("read the %s of %s: %w", kind.what, image, err)
			}
			if enough(layer, text, digest) {
				return found, nil
			}
		}
	}
	return found, nil
}

// signed reports whether a text says that an image of the digest is signed, and is itself
// signed with the key.
func (k *PublicKey) signed(payload []byte, signature, digest string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(payload)
	if !ecdsa.VerifyASN1(k.key, sum[:], raw) {
		return false
	}
	// Where the image was when it was signed, which the text says too, does not count: it is copied.
	var said struct {
		Critical struct {
			Image struct {
				Digest string `json:"docker-manifest-digest"`
			} `json:"image"`
		} `json:"critical"`
	}
	return json.Unmarshal(payload, &said) == nil && said.Critical.Image.Digest == digest
}

// attached are the manifests that may hold what lies beside an image, under a tag with the suffix or as its referrers.
func attached(ctx context.Context, repo *remote.Repository, root ocispec.Descriptor, suffix string) (out []ocispec.Manifest, err error) {
	read := func(reference string) error {
		o := oras.DefaultFetchBytesOptions
		o.MaxBytes = largestManifest
		_, text, err := oras.FetchBytes(ctx, repo, reference, o)
		if errors.Is(err, errdef.ErrNotFound) || errors.Is(err, errdef.ErrSizeExceedsLimit) {
			return nil
		}
		var m ocispec.Manifest
		if err == nil && json.Unmarshal(text, &m) == nil { // what is no manifest holds none
			out = append(out, m)
		}
		return err
	}
	if err := read(strings.Replace(root.Digest.String(), ":", "-", 1) + suffix); err != nil {
		return nil, err
	}
	var digests []string
	err = repo.Referrers(ctx, root, "", func(list []ocispec.Descriptor) error {
		for _, d := range list {
			if d.MediaType == ocispec.MediaTypeImageManifest && len(digests) < mostSignatures {
				digests = append(digests, d.Digest.String())
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, d := range digests {
		if err := read(d); err != nil {
			return nil, err
		}
	}
	return out, nil
}
