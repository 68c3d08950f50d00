package registry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
)

// Reports are kept as one archive, so that a client such as oras gets one file, and whoever
// unpacks it does so knowing that tests wrote it.
const (
	reportsType = "application/vnd.slipway.reports"
	reportsFile = "reports.tar.gz"
)

// What is kept of a folder: more is no report.
const (
	mostKept    = 5000
	largestKept = 64 << 20 // bytes, of all files
)

// Kept says what was kept of a folder.
type Kept struct {
	Image string   // REPOSITORY:TAG@DIGEST; empty when there was nothing
	Files int      // in the archive
	Left  []string // what was left out: no plain file, or too much
}

// Keep pushes the plain files of a folder as an artifact that holds them in an archive, under
// a tag. What is in the folder may come from anybody: links are not followed, and the same files
// give the same bytes. about is said of them.
func Keep(ctx context.Context, to Client, folder, repository, tag string, about map[string]string) (Kept, error) {
	if err := CheckTag(tag); err != nil {
		return Kept{}, err
	}
	target, err := to.repository(repository)
	if err != nil {
		return Kept{}, err
	}
	if target.Reference.Reference != "" {
		return Kept{}, fmt.Errorf("%q is not a repository: it has a tag or a digest", repository)
	}
	archive, out, err := pack(folder)
	if err != nil {
		return out, fmt.Errorf("read %s: %w", folder, err)
	}
	if out.Files == 0 {
		return out, nil
	}
	layer := content.NewDescriptorFromBytes(ocispec.MediaTypeImageLayerGzip, archive)
	layer.Annotations = map[string]string{ocispec.AnnotationTitle: reportsFile}
	manifest, err := json.Marshal(ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest, ArtifactType: reportsType,
		Config: ocispec.DescriptorEmptyJSON, Layers: []ocispec.Descriptor{layer}, Annotations: about,
	})
	if err != nil {
		return out, err
	}
	for _, blob := range []struct {
		is   ocispec.Descriptor
		text []byte
	}{{ocispec.DescriptorEmptyJSON, ocispec.DescriptorEmptyJSON.Data}, {layer, archive}} {
		if err := target.Push(ctx, blob.is, bytes.NewReader(blob.text)); err != nil && !errors.Is(err, errdef.ErrAlreadyExists) {
			return out, fmt.Errorf("push to %s: %w", repository, err)
		}
	}
	is, err := oras.TagBytes(ctx, target, ocispec.MediaTypeImageManifest, manifest, tag)
	if err != nil {
		return out, fmt.Errorf("push to %s: %w", repository, err)
	}
	out.Image = repository + ":" + tag + "@" + is.Digest.String()
	return out, nil
}

// pack makes an archive of the plain files of a folder, sorted by name, without times and owners.
func pack(folder string) (archive []byte, out Kept, err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, out, err
	}
	defer root.Close()
	var text bytes.Buffer
	packed := gzip.NewWriter(&text)
	entries := tar.NewWriter(packed)
	room := int64(largestKept)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && d != nil && d.IsDir():
			out.Left = append(out.Left, name)
			return fs.SkipDir
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !d.Type().IsRegular() || out.Files == mostKept:
			out.Left = append(out.Left, name)
			return nil
		}
		file, err := root.Open(name)
		if err != nil {
			out.Left = append(out.Left, name)
			return nil
		}
		defer file.Close()
		body, err := io.ReadAll(io.LimitReader(file, room+1))
		if err != nil || int64(len(body)) > room {
			out.Left = append(out.Left, name)
			return nil
		}
		room -= int64(len(body))
		out.Files++
		if err := entries.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(body))}); err != nil {
			return err
		}
		_, err = entries.Write(body)
		return err
	})
	if err != nil {
		return nil, out, err
	}
	if err := errors.Join(entries.Close(), packed.Close()); err != nil {
		return nil, out, err
	}
	return text.Bytes(), out, nil
}
