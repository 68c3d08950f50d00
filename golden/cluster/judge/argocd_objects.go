package judge

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/argoproj/gitops-engine/pkg/sync/common"
)

// objectOptions are what Argo CD reads in annotations of objects; everything else it takes
// without a word and does nothing.
var objectOptions = map[string][]string{
	common.AnnotationSyncOptions: {
		common.SyncOptionSkipDryRunOnMissingResource, common.SyncOptionDisablePrune, common.SyncOptionPruneLast,
		common.SyncOptionReplace, common.SyncOptionForce, common.SyncOptionServerSideApply, common.SyncOptionDisableDeletion,
	},
	"argocd.argoproj.io/compare-options": {"IgnoreExtraneous", "ServerSideDiff=true", "IncludeMutationWebhook=true"},
	common.AnnotationKeyHook: {
		string(common.HookTypePreSync), string(common.HookTypeSync), string(common.HookTypePostSync), string(common.HookTypeSyncFail), string(common.HookTypeSkip),
	},
	common.AnnotationKeyHookDeletePolicy: {
		string(common.HookDeletePolicyHookSucceeded), string(common.HookDeletePolicyHookFailed), string(common.HookDeletePolicyBeforeHookCreation),
	},
}

// otherAnnotations of Argo CD hold no list of options.
var otherAnnotations = []string{common.AnnotationSyncWave, "argocd.argoproj.io/manifest-generate-paths"}

// needed are the options without which Argo CD would do harm to an object: what takes others
// along when it goes, or is still read by something that is not in Git any more, is kept;
// what is not Slipway's alone is changed key by key; what cannot be changed is made anew.
func needed(o Object) []string {
	const prune, deletion = common.SyncOptionDisablePrune, common.SyncOptionDisableDeletion
	switch o.Kind() {
	case "v1 Namespace":
		return []string{prune, deletion}
	case kindTask:
		return []string{prune}
	case "batch/v1 Job":
		if removedFirst(o) {
			return nil
		}
		return []string{common.SyncOptionReplace, common.SyncOptionForce}
	case "v1 ConfigMap":
		if o.GetNamespace() == "tekton-pipelines" || o.GetName() == "argocd-notifications-cm" {
			return []string{prune, deletion, common.SyncOptionServerSideApply}
		}
		return []string{prune}
	}
	return nil
}

// removedFirst reports whether an object is a hook that Argo CD removes before it makes it anew,
// which it also does where no policy is said.
func removedFirst(o Object) bool {
	policy, said := o.GetAnnotations()[common.AnnotationKeyHookDeletePolicy]
	return o.GetAnnotations()[common.AnnotationKeyHook] != "" && (!said || strings.Contains(policy, string(common.HookDeletePolicyBeforeHookCreation)))
}

// annotations judges what an object tells Argo CD.
func (j *argoJudge) annotations(o Object) {
	annotations := o.GetAnnotations()
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		at := "metadata.annotations[" + key + "]"
		known, ours := objectOptions[key]
		if !ours {
			if strings.HasPrefix(key, "argocd.argoproj.io/") && !slices.Contains(otherAnnotations, key) {
				j.add(o.place(), at, "Argo CD reads no such annotation")
			}
			continue
		}
		for _, option := range strings.Split(annotations[key], ",") {
			if !slices.Contains(known, strings.TrimSpace(option)) {
				j.add(o.place(), at, "%q is nothing to Argo CD", option)
			}
		}
	}
	if wave, ok := annotations[common.AnnotationSyncWave]; ok {
		if _, err := strconv.Atoi(wave); err != nil {
			j.add(o.place(), "metadata.annotations["+common.AnnotationSyncWave+"]", "%v", err)
		}
	}
	for _, option := range needed(o) {
		if !slices.Contains(strings.Split(annotations[common.AnnotationSyncOptions], ","), option) {
			j.add(o.place(), "metadata.annotations["+common.AnnotationSyncOptions+"]", "%s is missing", option)
		}
	}
}
