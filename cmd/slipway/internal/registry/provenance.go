package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Provenance is where an image comes from, as an attestation of cosign's or of Tekton Chains' has
// it: a statement (in-toto) with a predicate of SLSA, in an envelope that is signed (DSSE), in a
// layer of a manifest that lies beside the image as signatures do.
// https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
// https://slsa.dev/spec/v1.0/provenance, https://slsa.dev/spec/v0.2/provenance
const (
	envelopeType    = "application/vnd.dsse.envelope.v1+json"
	statementType   = "application/vnd.in-toto+json"
	largestEnvelope = 8 << 20 // that of a run with many tasks has megabytes
)

// Origin is where an image should come from.
type Origin struct {
	Repository string // by its clone address
	Commit     string
	Pipeline   string // of Tekton's, whose runs build it
}

// BuiltFrom tells whether somebody with the key attests where an image was built from; if nobody
// does, why. err is for registries that do not answer.
func (c Client) BuiltFrom(ctx context.Context, image string, o Origin, key *PublicKey) (why string, err error) {
	built, others := false, ""
	_, err = c.beside(ctx, image, anAttestation, func(_ ocispec.Descriptor, envelope []byte, digest string) bool {
		commits := map[string]bool{} // of the repository: from several, it would be of any
		for _, s := range key.provenance(envelope, digest, o.Pipeline) {
			if s.of(o.Repository) {
				commits[s.commit()] = true
			}
			if s.commit() != "" {
				others = fmt.Sprintf(", but of %s at %s", s.URI, s.commit())
			}
		}
		built = commits[o.Commit] && len(commits) == 1
		return built
	})
	switch {
	case errors.Is(err, errNoImage):
		return err.Error(), nil
	case err != nil || built:
		return "", err
	}
	return fmt.Sprintf("no attestation of the key says that %s was built from commit %s of %s by a run of %s%s", image, o.Commit, o.Repository, o.Pipeline, others), nil
}

// source is one of the things that a build took, as both versions of SLSA's provenance have it.
type source struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

// commit is the source's; Chains calls it by its hash.
func (s source) commit() string {
	if c := s.Digest["gitCommit"]; c != "" {
		return c
	}
	return s.Digest["sha1"]
}

// of reports whether the source is one of a repository: git+ADDRESS, with or without .git. Chains adds
// that to whatever address the run has cloned.
func (s source) of(repository string) bool {
	plain := func(address string) string {
		for _, end := range []string{".git", "/", ".git"} {
			address = strings.TrimSuffix(address, end)
		}
		return strings.TrimPrefix(address, "git+")
	}
	return s.commit() != "" && plain(s.URI) == plain(repository)
}

// predicate is what is read of both versions.
type predicate struct {
	BuildType  string // v0.2, as is all that follows but the last
	Invocation struct {
		Environment struct{ Labels map[string]string }
	}
	BuildConfig struct {
		Tasks []struct {
			Name    string
			Results []result
		}
	}
	Materials       []source
	BuildDefinition struct { // v1
		BuildType          string
		ExternalParameters struct {
			RunSpec struct{ PipelineRef struct{ Name string } }
		}
		ResolvedDependencies []source
	}
}

// result is what a task of a run says; a value may be a list, too.
type result struct {
	Name  string
	Value any
}

// pushed reports whether the image is one that the run's task "push" says, or where there is none, its
// task "build". Any other runs what the team wrote, and may say anything.
func (p *predicate) pushed(digest string) bool {
	said := map[string]bool{} // by task; whether that is what it says
	for _, t := range p.BuildConfig.Tasks {
		said[t.Name] = slices.Contains(t.Results, result{"IMAGE_DIGEST", digest})
	}
	if is, ok := said["push"]; ok {
		return is
	}
	return said["build"]
}

// ownBuild is the type of what the promoter's task "sign" attests.
const ownBuild = "https://slipway.dev/release/v1"

// sources are those that the run of a pipeline had; none when it is no run of it. What Chains attests
// of a single task is only what that task says of itself, and the team's code can have any task that it
// runs in say that it has made an image from a commit: Tekton takes results that a Task does not declare,
// from a file that every process of a step may write. In a whole run, what was cloned is beside that,
// and v0.2 also tells which task said what.
func (p *predicate) sources(kind, digest, pipeline string) []source {
	switch d := &p.BuildDefinition; {
	case kind == "https://slsa.dev/provenance/v0.2" && strings.HasPrefix(p.BuildType, "tekton.dev/") && strings.HasSuffix(p.BuildType, "/PipelineRun") &&
		p.Invocation.Environment.Labels["tekton.dev/pipeline"] == pipeline && p.pushed(digest):
		return p.Materials
	case kind == "https://slsa.dev/provenance/v1" && (d.BuildType == ownBuild || d.ExternalParameters.RunSpec.PipelineRef.Name == pipeline):
		return d.ResolvedDependencies
	}
	return nil
}

// provenance are the sources in an envelope that is signed with the key, about an image of the
// digest and a run of a pipeline; none of anything else.
func (k *PublicKey) provenance(envelope []byte, digest, pipeline string) []source {
	var e struct {
		PayloadType, Payload string
		Signatures           []struct{ Sig string }
	}
	if json.Unmarshal(envelope, &e) != nil || e.PayloadType != statementType {
		return nil
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil {
		return nil
	}
	sum, signed := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(payload), payload)), false
	for _, s := range e.Signatures {
		raw, err := base64.StdEncoding.DecodeString(s.Sig)
		signed = signed || err == nil && ecdsa.VerifyASN1(k.key, sum[:], raw)
	}
	var statement struct {
		PredicateType string
		Subject       []struct{ Digest map[string]string }
		Predicate     predicate
	}
	if !signed || json.Unmarshal(payload, &statement) != nil {
		return nil
	}
	about := false
	for _, s := range statement.Subject {
		about = about || "sha256:"+s.Digest["sha256"] == digest
	}
	if !about {
		return nil
	}
	return statement.Predicate.sources(statement.PredicateType, digest, pipeline)
}
