package registry

import (
	"context"
	"errors"
	"fmt"

	"oras.land/oras-go/v2/errdef"
)

// CheckTag says what is wrong with a tag: what registries do not take, and "latest".
func CheckTag(tag string) error {
	switch {
	case !tagPattern.MatchString(tag):
		return fmt.Errorf("%q is not a tag", tag)
	case tag == "latest":
		return errors.New(`the tag "latest" says nothing of an image: name it by its commit`)
	}
	return nil
}

// Tagged is the digest that a tag beside an image, NAME[:TAG]@DIGEST, names; "" when there is
// no such tag.
func (c Client) Tagged(ctx context.Context, image, tag string) (digest string, err error) {
	repo, _, err := c.repositoryOf(image)
	if err != nil {
		return "", err
	}
	d, err := repo.Resolve(ctx, tag)
	if errors.Is(err, errdef.ErrNotFound) {
		return "", nil
	}
	return d.Digest.String(), err
}

// Tag gives an image, NAME[:TAG]@DIGEST, one more tag, unless there is one of that name: a tag
// never moves. It returns the digest that the tag names then. Registries cannot be told to refuse
// the second of two that tag at once; only the promoter does.
func (c Client) Tag(ctx context.Context, image, tag string) (digest string, err error) {
	if err := CheckTag(tag); err != nil {
		return "", err
	}
	if digest, err = c.Tagged(ctx, image, tag); err != nil || digest != "" {
		return digest, err
	}
	repo, digest, err := c.repositoryOf(image)
	if err != nil {
		return "", err
	}
	root, err := repo.Resolve(ctx, digest)
	if err != nil {
		return "", err
	}
	return digest, repo.Tag(ctx, root, tag)
}
