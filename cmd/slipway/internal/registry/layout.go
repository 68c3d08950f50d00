package registry

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
)

// largestIndex is more than the index of one image takes, in bytes.
const largestIndex = 1 << 20

// tagPattern is what registries take as a tag.
var tagPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// Push brings the image of an OCI image layout, a folder or a tar file, into a repository
// under its digest, and gives it tags. A layout may come from anybody: what it holds is what
// its digests say, and its links lead nowhere outside it.
func Push(ctx context.Context, to Client, layout, repository string, tags []string) (image string, err error) {
	for _, tag := range tags {
		if err := CheckTag(tag); err != nil {
			return "", err
		}
	}
	target, err := to.repository(repository)
	if err != nil {
		return "", err
	}
	if target.Reference.Reference != "" {
		return "", fmt.Errorf("%q is not a repository: it has a tag or a digest", repository)
	}
	source, root, stop, err := openLayout(ctx, layout)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", layout, err)
	}
	defer stop()
	if err := oras.CopyGraph(ctx, source, target, root, oras.DefaultCopyGraphOptions); err != nil {
		return "", fmt.Errorf("push to %s: %w", repository, err)
	}
	for _, tag := range tags {
		if err := target.Tag(ctx, root, tag); err != nil {
			return "", fmt.Errorf("tag %s:%s: %w", repository, tag, err)
		}
	}
	return repository + "@" + root.Digest.String(), nil
}

// openLayout opens a layout, and says which image it holds; a path that is itself a link is
// refused.
func openLayout(ctx context.Context, layout string) (source content.ReadOnlyStorage, image ocispec.Descriptor, stop func(), err error) {
	info, err := os.Lstat(layout)
	switch {
	case err != nil:
		return nil, image, nil, err
	case info.IsDir():
		root, err := os.OpenRoot(layout)
		if err != nil {
			return nil, image, nil, err
		}
		file, err := root.Open(ocispec.ImageIndexFile)
		if err == nil {
			image, err = only(file)
			file.Close()
		}
		if err != nil {
			root.Close()
			return nil, image, nil, err
		}
		source, err = oci.NewFromFS(ctx, root.FS())
		return source, image, func() { root.Close() }, err
	case info.Mode().IsRegular():
		if image, err = onlyOfTar(layout); err != nil {
			return nil, image, nil, err
		}
		source, err = oci.NewFromTar(ctx, layout)
		return source, image, func() {}, err
	}
	return nil, image, nil, errors.New("it is neither a folder nor a file")
}

// onlyOfTar is what only reads from the index of a tar.
func onlyOfTar(name string) (image ocispec.Descriptor, err error) {
	file, err := os.Open(name)
	if err != nil {
		return image, err
	}
	defer file.Close()
	for entries := tar.NewReader(file); ; {
		header, err := entries.Next()
		switch {
		case errors.Is(err, io.EOF):
			return image, errors.New("it is a tar without index.json, so no OCI image layout")
		case err != nil:
			return image, fmt.Errorf("it is no tar: %w", err)
		case header.Name == ocispec.ImageIndexFile:
			return only(entries)
		}
	}
}

// only is the one image, or index of an image's platforms, that the index of a layout names.
func only(text io.Reader) (image ocispec.Descriptor, err error) {
	var index ocispec.Index
	if err := json.NewDecoder(io.LimitReader(text, largestIndex)).Decode(&index); err != nil {
		return image, fmt.Errorf("index.json: %w", err)
	}
	if len(index.Manifests) != 1 {
		return image, fmt.Errorf("it holds %d images, not one", len(index.Manifests))
	}
	image = index.Manifests[0]
	switch image.MediaType {
	case ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageIndex, dockerManifest, dockerIndex:
		return image, image.Digest.Validate()
	}
	return image, fmt.Errorf("%q is not an image", image.MediaType)
}

// Pull fetches an image, NAME[:TAG]@DIGEST, for this machine's kind of processor into a new
// OCI image layout, and says what it is there.
func Pull(ctx context.Context, from Client, image, folder string) (digest string, err error) {
	name, wanted, err := Split(fromHub(image))
	if err != nil {
		return "", err
	}
	source, err := from.repository(name)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	target, err := oci.New(folder)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", folder, err)
	}
	o := oras.DefaultCopyOptions
	o.WithTargetPlatform(&ocispec.Platform{OS: "linux", Architecture: runtime.GOARCH})
	got, err := oras.Copy(ctx, source, wanted, target, "image", o)
	if err != nil {
		return "", fmt.Errorf("pull %s: %w", image, err)
	}
	return got.Digest.String(), nil
}

// imageName is an image with its registry, and perhaps a tag and a digest.
var imageName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$`)

// longestName is more than registries take, in bytes.
const longestName = 512

// FullName is an image's name with its registry, which is Docker Hub when it names none, and with
// the tag that is meant where it has neither tag nor digest; ok is false for what is no image's name.
func FullName(image string) (name string, ok bool) {
	if image == "" || len(image) > longestName {
		return "", false
	}
	name = fromHub(image)
	if !strings.Contains(name[strings.LastIndex(name, "/"):], ":") {
		name += ":latest"
	}
	return name, imageName.MatchString(name)
}

// fromHub is an image's name with its registry: without one, it is of Docker Hub.
func fromHub(image string) string {
	first, rest, ok := strings.Cut(image, "/")
	switch {
	case !ok:
		return "docker.io/library/" + image
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		return "docker.io/" + image
	case first == "docker.io" && !strings.Contains(rest, "/"):
		return "docker.io/library/" + rest
	}
	return image
}
