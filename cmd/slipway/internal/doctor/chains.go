package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/ir"
)

const (
	chainsNamespace = "tekton-chains"
	chainsConfig    = "chains-config"
	chainsSecret    = "signing-secrets"

	chainsController = "tekton-chains-controller"
)

// chains asks for Tekton Chains where it is who signs images, and whether it signs as `slipway
// verify` looks for: with a key, beside the image. What a setting is when it is not given, Chains
// says (pkg/config of its source).
func (e *examination) chains() error {
	if !e.runs() || e.Platform.Pipelines.Signing != ir.ByChains || !slices.ContainsFunc(e.Services, func(s *ir.Service) bool { return s.Build != nil }) {
		return nil
	}
	const why = "platform.cue says that Chains signs images (signing: \"chains\"), and an image without its signature is not released"
	data, ok, err := e.config(chainsNamespace, chainsConfig)
	if err != nil {
		return err
	}
	if !ok {
		e.add("Tekton Chains is not installed: there is no ConfigMap "+chainsNamespace+"/"+chainsConfig, why,
			e.kubectl()+"apply -f https://storage.googleapis.com/tekton-releases/chains/latest/release.yaml")
		return nil
	}
	set := func(key, value string) string {
		return e.kubectl() + fmt.Sprintf(`-n %s patch configmap %s --type merge -p '{"data":{"%s":%s}}'`, chainsNamespace, chainsConfig, key, value)
	}
	wrong := func(key, because, value string) {
		is := "not set"
		if v, ok := data[key]; ok {
			is = strconv.Quote(v)
		}
		e.add(fmt.Sprintf("ConfigMap %s/%s: %s is %s", chainsNamespace, chainsConfig, key, is), because+"; "+why, set(key, value))
	}
	given := func(key, usual string) string {
		if v, ok := data[key]; ok {
			return v
		}
		return usual
	}
	beside := func(key, usual string) bool {
		return slices.ContainsFunc(strings.Split(given(key, usual), ","), func(s string) bool { return strings.TrimSpace(s) == "oci" })
	}
	if !beside("artifacts.oci.storage", "oci") {
		wrong("artifacts.oci.storage", "signatures are looked for beside the image, in its registry", `"oci"`)
	}
	const provenance = "what Chains attests of a run says which commit its image was built from, and is looked for beside the image"
	if !beside("artifacts.pipelinerun.storage", "tekton") {
		wrong("artifacts.pipelinerun.storage", provenance, `"oci"`)
	}
	if on, _ := strconv.ParseBool(data["artifacts.pipelinerun.enable-deep-inspection"]); !on {
		wrong("artifacts.pipelinerun.enable-deep-inspection", "a run's source and image are results of its tasks, and Chains looks only at the run's own; "+provenance, `"true"`)
	}
	signer := given("artifacts.oci.signer", "x509")
	if given("artifacts.pipelinerun.signer", "x509") != signer {
		wrong("artifacts.pipelinerun.signer", "images and what is attested of them are held against one key", strconv.Quote(signer))
	}
	if v := data["storage.oci.repository"]; v != "" {
		wrong("storage.oci.repository", "signatures are looked for beside the image, and are in another repository", "null")
	}
	if on, err := strconv.ParseBool(data["signers.x509.fulcio.enabled"]); err == nil && on {
		wrong("signers.x509.fulcio.enabled", "signatures are held against the key in signing-key-public, and Fulcio's have a key for each", `"false"`)
	}
	if err := e.chainsLogin(); err != nil {
		return err
	}
	switch signer {
	case "kms":
		return nil // its key is elsewhere
	case "x509":
		return e.chainsKey(why)
	}
	wrong("artifacts.oci.signer", "images are signed with the key in "+chainsSecret+" by x509, or with one of a KMS", `"x509"`)
	return nil
}

// chainsKey asks for the key that Chains signs with, by the names of keys alone.
func (e *examination) chainsKey(why string) error {
	keys, err := e.api.Keys(e.ctx, "/api/v1/namespaces/"+chainsNamespace+"/secrets")
	if err != nil {
		return err
	}
	secret := "Secret " + chainsNamespace + "/" + chainsSecret
	mend := "cosign generate-key-pair    # asks for a password; then\n" +
		e.kubectl() + "-n " + chainsNamespace + " create secret generic " + chainsSecret + ` --from-file=cosign.key --from-literal=cosign.password="$PASSWORD" --dry-run=client -o yaml | ` + e.kubectl() + "apply -f -\n" +
		e.kubectl() + "-n " + ir.PromoterNamespace + " create secret generic signing-key-public --from-file=cosign.pub"
	has, ok := keys[chainsSecret]
	switch {
	case !ok:
		e.add(secret+" is missing", "it has the key that Chains signs with; "+why, mend)
	case has == nil: // nobody says what it holds
	case has["cosign.key"] && !has["cosign.password"]:
		e.add(secret+" has a cosign.key and no cosign.password", "Chains cannot read the key without; "+why, mend)
	case !has["cosign.key"] && !has["x509.pem"]:
		e.add(secret+" has no key: neither cosign.key nor x509.pem", "Chains brings it empty, and signs nothing until it has one; "+why, mend)
	}
	return nil
}

// chainsLogin asks for what Chains pushes signatures with. It would take the logins of the account
// of each run; no account of a team's has one, since pods with the team's code run as some of them.
func (e *examination) chainsLogin() error {
	type named struct {
		Name      string `json:"name"`
		MountPath string `json:"mountPath"`
	}
	var controller struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Env          []named `json:"env"`
						VolumeMounts []named `json:"volumeMounts"`
					} `json:"containers"`
				} `json:"spec"`
			} `json:"template"`
		} `json:"spec"`
	}
	ok, err := e.get("/apis/apps/v1/namespaces/"+chainsNamespace+"/deployments/"+chainsController, &controller)
	if err != nil || !ok {
		return err
	}
	for _, c := range controller.Spec.Template.Spec.Containers {
		if slices.ContainsFunc(c.Env, func(v named) bool { return v.Name == "DOCKER_CONFIG" }) ||
			slices.ContainsFunc(c.VolumeMounts, func(m named) bool { return strings.HasSuffix(m.MountPath, "/.docker") }) {
			return nil
		}
	}
	e.advise("Deployment "+chainsNamespace+"/"+chainsController+" has no login for registries: no DOCKER_CONFIG",
		"Chains pushes signatures beside images, and no account of a team's holds a login; fine where the registry knows its nodes, or everybody may push",
		"docs/promotion.md, Signatures: a Secret registry-sign in "+chainsNamespace+", and DOCKER_CONFIG")
	return nil
}
