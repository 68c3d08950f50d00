package judge

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tektoncd/pipeline/pkg/apis/config"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/logging"
)

// The kinds that Tekton's webhook judges.
const (
	kindTask        = "tekton.dev/v1 Task"
	kindPipeline    = "tekton.dev/v1 Pipeline"
	kindPipelineRun = "tekton.dev/v1 PipelineRun"
	kindTaskRun     = "tekton.dev/v1 TaskRun"
)

// Tekton judges Tasks, Pipelines and runs as Tekton's webhook and controller do: defaults
// and validation at the flags that the tree itself sets, then what the controller finds only
// when a run starts, and then what no part of Tekton asks: values that become shell, and
// releases that do not wait for a check.
//
// Compile writes no runs. Whoever has some, of `slipway run` or of a trigger, adds them to
// the tree, and they are judged with the pipelines that they name; a pipeline that no run
// names is judged with one that binds all that it asks for.
func Tekton() Judge {
	said := newVerdicts()
	admitted, programs, tasks := new(recent[any]), new(recent[[]program]), new(recent[resolved])
	return Judge{
		Name:  "tekton",
		Reads: func(d Document) bool { return strings.HasPrefix(d.Kind(), "tekton.dev/") },
		Judge: func(t *Tree) []Finding {
			j := &tektonJudge{report: report{judge: "tekton"}, admitted: admitted, programs: programs, resolved: tasks}
			j.flags(t)
			j.read(t)
			for _, p := range j.pipelines {
				// Once for all that is read: trees differ in little.
				faults := said.once(j.about(t, p), func() []fault {
					one := *j
					one.found = nil
					one.runtime(p)
					one.injectionBy(p)
					one.order(p)
					one.targets(t, p)
					return packed(one.found)
				})
				j.found = append(j.found, unpacked(j.judge, faults)...)
			}
			for _, k := range j.tasks {
				j.found = append(j.found, said.of(j.judge, k.document, func() []fault {
					return append(j.injection(&k.Spec), j.shape(k.document)...)
				})...)
			}
			return j.found
		},
	}
}

// about is what is read when a pipeline is judged: flags, Tasks, its runs, the pipelines of
// the same service, and what its environments take.
func (j *tektonJudge) about(t *Tree, p *pipelineDoc) [sha256.Size]byte {
	parts := [][]byte{j.set, j.taskSum[:], []byte(p.file), p.json}
	if j.asked[p.Labels[labelService]] {
		parts = append(parts, []byte("asked"))
	}
	for _, r := range p.runs {
		parts = append(parts, []byte(r.file), r.json)
	}
	for _, other := range j.pipelines {
		if other.Labels[labelService] == p.Labels[labelService] {
			parts = append(parts, other.json)
		}
	}
	for _, d := range t.Deliveries {
		if strings.HasPrefix(d.Path, "services/"+p.Labels[labelService]+"/") {
			for _, o := range d.Objects {
				parts = append(parts, []byte(d.Path), o.sum[:])
			}
		}
	}
	return sum(parts...)
}

// packed and unpacked keep findings of several objects as faults.
func packed(found []Finding) (faults []fault) {
	for _, f := range found {
		faults = append(faults, fault{strings.Join([]string{f.File, f.Object, f.Path}, "\x00"), f.Message})
	}
	return faults
}

func unpacked(judge string, faults []fault) (found []Finding) {
	for _, f := range faults {
		at := strings.Split(f.path, "\x00")
		found = append(found, Finding{judge, at[0], at[1], at[2], f.message})
	}
	return found
}

// The documents of one kind, decoded, with where they stand.
type (
	task struct {
		document Object
		*v1.Task
	}
	pipelineDoc struct {
		place
		*v1.Pipeline
		json []byte
		runs []run
	}
	run struct {
		place
		*v1.PipelineRun
		json []byte
	}
)

// tektonJudge holds what was read of one tree.
type tektonJudge struct {
	report
	ctx       context.Context // with the flags of the tree
	tasks     []task
	pipelines []*pipelineDoc
	runs      []run
	resolved  *recent[resolved]
	admitted  *recent[any] // answers
	programs  *recent[[]program]
	asked     map[string]bool   // services whose requests the promoter takes; of others people release
	set       []byte            // the flags
	taskSum   [sha256.Size]byte // of all Tasks
}

// flags sets Tekton's feature flags as the tree's ConfigMap does. Tekton refuses a nonsense
// value for every flag that it knows, and skips flags that it does not know: so a flag for
// which it takes nonsense is one that sets nothing.
func (j *tektonJudge) flags(t *Tree) {
	set := &config.Config{
		Defaults:     config.DefaultConfig.DeepCopy(),
		FeatureFlags: config.DefaultFeatureFlags.DeepCopy(),
	}
	seen := false
	for _, d := range t.ofKind("v1 ConfigMap") {
		flags, err := typed[struct {
			metav1.TypeMeta   `json:",inline"`
			metav1.ObjectMeta `json:"metadata"`
			Data              map[string]string `json:"data"`
		}](d.Object)
		if err != nil || flags.Name != config.GetFeatureFlagsConfigName() || flags.Namespace != "tekton-pipelines" {
			continue
		}
		seen = true
		parsed, err := config.NewFeatureFlagsFromMap(flags.Data)
		if err != nil {
			j.add(d.place(), "data", "%v", err)
			continue
		}
		set.FeatureFlags = parsed
		for _, name := range slices.Sorted(maps.Keys(flags.Data)) {
			if _, err := config.NewFeatureFlagsFromMap(map[string]string{name: "no such value"}); err == nil {
				j.add(d.place(), "data."+name, "Tekton knows no such feature flag")
			}
		}
		// What other parts of the output rely on.
		if !parsed.SetSecurityContext {
			j.add(d.place(), "data.set-security-context", "Tekton's own containers are not \"restricted\" without it")
		}
		if !parsed.DisableCredsInit {
			j.add(d.place(), "data.disable-creds-init", "Tekton copies the account's Secrets into every pod of a run without it")
		}
	}
	if pipelines := t.ofKind(kindPipeline); len(pipelines) > 0 && !seen {
		j.add(pipelines[0].place(), "", "no ConfigMap sets Tekton's feature flags")
	}
	j.set = mustJSON(set.FeatureFlags)
	j.ctx = config.ToContext(logging.WithLogger(context.Background(), silent), set)
}

// read decodes all documents and has Tekton's webhook judge each.
func (j *tektonJudge) read(t *Tree) {
	j.asked = map[string]bool{}
	for _, d := range t.ofKind("triggers.tekton.dev/v1beta1 Trigger") {
		if service, ok := strings.CutPrefix(d.Name(), "Trigger "+promoterNamespace+"/request-"); ok {
			j.asked[service] = true
		}
	}
	byName := map[string]*pipelineDoc{}
	for _, d := range t.Documents {
		switch d.Kind() {
		case kindTask:
			if o, ok := admit[v1.Task](j, d); ok {
				j.tasks = append(j.tasks, task{newObject(d.File, &unstructured.Unstructured{Object: d.Object}), o})
			}
		case kindPipeline:
			if o, ok := admit[v1.Pipeline](j, d); ok {
				p := &pipelineDoc{place: d.place(), Pipeline: o, json: d.json}
				j.pipelines = append(j.pipelines, p)
				byName[o.Namespace+"/"+o.Name] = p
			}
		case kindPipelineRun:
			if o, ok := admit[v1.PipelineRun](j, d); ok {
				j.runs = append(j.runs, run{d.place(), o, d.json})
			}
		case kindTaskRun:
			admit[v1.TaskRun](j, d)
		default:
			if strings.HasPrefix(d.Kind(), "tekton.dev/") {
				j.add(d.place(), "", "a kind that Slipway does not emit and nobody judges")
			}
		}
	}
	for _, r := range j.runs {
		if r.Spec.PipelineRef == nil {
			continue // its pipeline is its own, and was judged with it
		}
		if p := byName[r.Namespace+"/"+r.Spec.PipelineRef.Name]; p != nil {
			p.runs = append(p.runs, r)
		} else {
			j.add(r.place, "spec.pipelineRef", "there is no Pipeline %s in namespace %s", r.Spec.PipelineRef.Name, r.Namespace)
		}
	}
	parts := [][]byte{j.set}
	for _, k := range j.tasks {
		parts = append(parts, k.document.sum[:])
	}
	j.taskSum = sum(parts...)
}

// webhookObject is what Tekton's webhook can default and validate.
type webhookObject[T any] interface {
	*T
	metav1.Object
	apis.Defaultable
	apis.Validatable
}

// answer is what became of a document.
type answer[P any] struct {
	object P
	ok     bool
	faults []string
}

// admit decodes a document strictly and judges it as Tekton's webhook does; ok says whether
// there is something to go on with, which nobody changes.
func admit[T any, P webhookObject[T]](j *tektonJudge, d Document) (_ P, ok bool) {
	a := j.admitted.get(sum(j.set, d.json), func() any { return newAnswer[T, P](j, d) }).(answer[P])
	for _, message := range a.faults {
		j.add(d.place(), "", "%s", message)
	}
	return a.object, a.ok
}

// newAnswer asks of what was not seen before. The API server makes a name of a prefix before
// any webhook sees the object.
func newAnswer[T any, P webhookObject[T]](j *tektonJudge, d Document) (a answer[P]) {
	o, err := typed[T](d.Object)
	if err != nil {
		a.faults = []string{err.Error()}
		return a
	}
	p := P(o)
	if p.GetName() == "" && p.GetGenerateName() != "" {
		p.SetName(p.GetGenerateName() + "x2345")
	}
	p.SetDefaults(j.ctx)
	for _, e := range fieldErrors(p.Validate(j.ctx)) {
		a.faults = append(a.faults, e.Error())
	}
	a.object, a.ok = p, true
	return a
}

// fieldErrors are the single errors of a validation.
func fieldErrors(err *apis.FieldError) []error {
	var errs []error
	if err == nil {
		return nil
	}
	for _, e := range strings.Split(err.Error(), "\n") {
		errs = append(errs, errors.New(e))
	}
	return errs
}
