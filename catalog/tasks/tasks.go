// Package tasks is the Tekton task library that pipelines are made of: one reviewed YAML
// file a task, the images of its tools named in one table, and how far each is trusted.
// It knows nothing of services; which task runs when, and with what, targets/tekton decides.
package tasks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// Trust says what a task's pod may hold, and so which ServiceAccount it runs as.
type Trust string

// The trust classes, from nothing to the most.
const (
	// Untrusted runs the team's code: no credential, no token of the cluster.
	Untrusted Trust = "untrusted"
	// Reads runs our tools only, and holds at most a credential that reads.
	Reads Trust = "reads"
	// Reports tells the Git host and people what becomes of runs.
	Reports Trust = "report"
	// Supersedes cancels runs for pull requests that nobody waits for: it holds a token for
	// the API of the cluster, and nothing else.
	Supersedes Trust = "supersede"
	// Keeps pushes what runs leave behind to where nothing is deployed from; also of pull requests.
	Keeps Trust = "keep"
	// Publishes pushes images, and says which contracts a commit keeps.
	Publishes Trust = "publish"
	// Requests signs what a team asks of the promoter.
	Requests Trust = "request"
	// Signs holds the key that says that an image is the platform's; it runs nothing that a team
	// wrote, where no team runs anything.
	Signs Trust = "sign"
	// Promotes writes the fleet repository; it runs nothing that a team wrote, where no team runs
	// anything.
	Promotes Trust = "promote"
)

// Entry is what is known about a task beside its YAML.
type Entry struct {
	Name  string   // also its folder's
	Trust Trust    // what its pod may hold
	Tools []string // names of the tools it uses, sorted
	Token bool     // its pod has the account's token for the API of the cluster
}

// entries is the library, sorted by name.
var entries = []Entry{
	{"announce", Reports, []string{"slipway"}, false},
	{"build-buildpacks", Untrusted, []string{"slipway"}, false},
	{"build-dockerfile", Publishes, []string{"buildctl", "slipway"}, false},
	{"build-jib", Untrusted, nil, false},
	{"build-ko", Publishes, []string{"ko", "ko-base"}, false},
	{"check", Reads, []string{"slipway"}, false},
	{"clone", Reads, []string{"git"}, false},
	{"contracts-fetch", Reads, []string{"slipway"}, false},
	{"contracts-publish", Publishes, []string{"slipway"}, false},
	{"dependencies", Reads, []string{"trivy"}, false},
	{"promote", Promotes, []string{"slipway"}, false},
	{"push", Publishes, []string{"slipway"}, false},
	{"report", Reports, []string{"slipway"}, true},
	{"reports", Keeps, []string{"slipway"}, false},
	{"request", Requests, []string{"slipway"}, false},
	{"scan", Reads, []string{"trivy"}, false},
	{"secrets", Reads, []string{"trivy"}, false},
	{"settle", Promotes, []string{"slipway"}, false},
	{"sign", Signs, []string{"cosign", "trivy"}, false},
	{"supersede", Supersedes, []string{"slipway"}, true},
	{"test", Untrusted, nil, false},
	{"verdict", Requests, []string{"slipway"}, false},
	{"verify", Reads, []string{"slipway"}, false},
}

// tried are the builds that can leave nothing behind (their parameter "push"), as pull requests
// want it, and what their pods may hold then: one that compiles nothing itself, what its daemon
// asks for, and one that does, nothing.
var tried = map[string]Trust{"build-dockerfile": Reads, "build-ko": Untrusted}

// Tried is the trust class of a task where it pushes nothing; its own where it never does.
func (e Entry) Tried() Trust {
	if trust, ok := tried[e.Name]; ok {
		return trust
	}
	return e.Trust
}

// User is the user and group of every task but clone and those that run the team's code, and the group that owns the
// source volume (the pod's fsGroup), so that users who differ can read each other's files.
const User = 65532

// All returns every task of the library, sorted by name. The caller owns the slice.
func All() []Entry {
	all := slices.Clone(entries)
	for i := range all {
		all[i].Tools = slices.Clone(all[i].Tools)
	}
	return all
}

// Names returns the names of all tasks, sorted.
func Names() []string {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}

// Find returns the entry of a task; ok is false for a name that no task has.
func Find(name string) (e Entry, ok bool) {
	i, ok := slices.BinarySearchFunc(entries, name, func(e Entry, name string) int {
		return strings.Compare(e.Name, name)
	})
	if !ok {
		return Entry{}, false
	}
	e = entries[i]
	e.Tools = slices.Clone(e.Tools)
	return e, true
}

// Lookup returns a task ready to be written, with images in place of its tools' names; ok is
// false for a name that no task has. images is what the platform says, by the tool's name;
// tools it does not name come in their DefaultImage. The task is called by its content,
// NAME-5f3c2a, so that replacing one in the cluster never changes a run under way. The
// caller owns the task.
func Lookup(name string, images map[string]string) (task *v1.Task, ok bool) {
	task, ok = Read(name, images)
	if !ok {
		return nil, false
	}
	return task.DeepCopy(), true
}

// Read returns a task as Lookup does, for those who only read it: all who ask share it.
func Read(name string, images map[string]string) (task *v1.Task, ok bool) {
	if _, ok := Find(name); !ok {
		return nil, false
	}
	return made(name, images), true
}

// making is what a task is made of beside its file; tools are few, so they fit a key.
type making struct{ name, images string }

// ready keeps tasks that were made, since every service of a fleet asks for the same ones
// and most of the work is their name. It holds no state that a caller could notice.
var ready sync.Map // making to *v1.Task

// made returns the task as Lookup promises it, shared by all who ask with the same images.
func made(name string, images map[string]string) *v1.Task {
	key := making{name: name}
	for _, t := range tools {
		key.images += images[t.name] + "\n"
	}
	if task, ok := ready.Load(key); ok {
		return task.(*v1.Task)
	}
	task := loaded()[name].DeepCopy()
	for i := range task.Spec.Steps {
		task.Spec.Steps[i].Image = imageOf(task.Spec.Steps[i].Image, images)
	}
	for i := range task.Spec.Params {
		if d := task.Spec.Params[i].Default; d != nil && d.Type == v1.ParamTypeString {
			d.StringVal = imageOf(d.StringVal, images)
		}
	}
	task.Name = contentName(name, &task.Spec)
	if task.Labels == nil {
		task.Labels = map[string]string{}
	}
	task.Labels["app.kubernetes.io/name"], task.Labels["app.kubernetes.io/part-of"] = name, "slipway"
	ready.Store(key, task)
	return task
}

// Literal returns a text as it must be written into a pipeline for a task to receive it
// unchanged: the kubelet replaces $(NAME) in variables and arguments by the value of a
// variable, and takes $$ for a plain dollar sign.
func Literal(text string) string {
	return strings.ReplaceAll(text, "$", "$$")
}

// contentName is the task's name and the beginning of its spec's hash. encoding/json sorts
// maps and keeps the order of fields, so the same spec has the same name everywhere.
func contentName(name string, spec *v1.TaskSpec) string {
	text, err := json.Marshal(spec)
	if err != nil {
		panic("tasks: " + err.Error()) // a decoded spec always encodes
	}
	sum := sha256.Sum256(text)
	return name + "-" + hex.EncodeToString(sum[:3])
}
