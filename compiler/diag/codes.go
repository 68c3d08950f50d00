package diag

// The comment of each code is what Help shows to the user: what the mistake is, why it matters, how to mend it.
// Codes (info.go) has a summary of each; a test holds the two together.

// Files and CUE.
const (
	// SyntaxError: The file is not CUE from this place on, so nothing after it can be judged. The place is where
	// reading stopped; the cause, often a missing brace, quote or comma, may stand a little before it.
	SyntaxError Code = "syntax-error"
	// UnreadableFile: The file cannot be a spec: it is not UTF-8, holds a NUL byte or an absurd number, is too large, or
	// cannot be opened. Save it as plain UTF-8 text of ordinary size, or remove it from the folder.
	UnreadableFile Code = "unreadable-file"
	// BadManifest: What is to be imported is no manifest: it is not YAML, or a template that was not rendered, an object
	// lacks its kind or name or is there twice, or a kustomization names something that is elsewhere. Mend it at its place,
	// or build it first and import the result.
	BadManifest Code = "bad-manifest"
	// UnknownImport: A spec sees CUE's own packages and "slipway.dev/schema", nothing else, so that it means the same on
	// every machine without a network. Remove the import and write its values into the file.
	UnknownImport Code = "unknown-import"
	// ConflictingValues: One field is given several values that cannot hold together; in CUE a later line does not
	// override an earlier one. Keep one of them, or move the difference to `environments`, where layers do override.
	ConflictingValues Code = "conflicting-values"
	// NotAValue: A constraint or a type, such as `>=2` or `string`, stands where the compiler needs a value to write.
	// Give the value itself; constraints belong in the platform's `policy`.
	NotAValue Code = "not-a-value"
	// EndlessSpec: Evaluating the spec took more time or memory than a spec may, usually because fields refer to each
	// other in a circle or a comprehension multiplies. Write the values out, or cut the circle.
	EndlessSpec Code = "endless-spec"
)

// Fields and values.
const (
	// UnknownField: There is no field of this name here, and what stands under it would silently do nothing. Correct the
	// spelling, or move the field to where it belongs.
	UnknownField Code = "unknown-field"
	// MissingField: Neither the service nor any default of the platform gives this field, and there is no sensible value
	// to assume. Add it to the service, or under `environments` if only the named environments lack it.
	MissingField Code = "missing-field"
	// WrongType: The value is of another kind than the field holds, such as a quoted number where a number belongs.
	// Write the kind of value that the message names.
	WrongType Code = "wrong-type"
	// WrongValue: The value is of the right kind, but not one that the field allows: out of range, badly formed, or not
	// on the list of choices. Write one that the message allows.
	WrongValue Code = "wrong-value"
	// BadName: Names become names of Kubernetes objects, labels and hosts, which allow only lower-case letters, digits
	// and dashes, with a letter first and no dash last. Choose such a name.
	BadName Code = "bad-name"
	// SaidTwice: One field is said in the spec's own word and in Kubernetes' words too, and the compiler does not guess
	// which one counts. Keep one of them; the spec's own word where there is one.
	SaidTwice Code = "said-twice"
	// SeveralChoices: These keys exclude each other, and the compiler does not guess which one was meant. Keep one and
	// remove the others.
	SeveralChoices Code = "several-choices"
	// NoChoice: The field says what it is by which key is present, and none of the keys is. Add exactly one of those
	// that the message lists.
	NoChoice Code = "no-choice"
)

// The fleet as a whole.
const (
	// CompilerVersion: The fleet's platform.cue pins another version of Slipway, and a different one might write different files.
	// Install the pinned version, or move pin and output together with `slipway compile --upgrade`.
	CompilerVersion Code = "compiler-version"
	// NameMismatch: A service is called what its file is called (services/NAME.cue or services/NAME/service.cue), so that
	// people and records find it. Rename the file or change `name`.
	NameMismatch Code = "name-mismatch"
	// DuplicateService: Two files define a service of one name, and records and output could belong to either. Rename
	// one, or remove the file that is left over.
	DuplicateService Code = "duplicate-service"
	// DuplicateName: Two generated objects of one kind have one name in a namespace, and the cluster would keep only
	// one. Rename one of the two things that the message names, or give their environments different namespaces.
	DuplicateName Code = "duplicate-name"
	// SharedNamespace: A namespace is where services or other teams run, and where pipelines, the promoter or Argo CD keep
	// their keys as well, so that each is within reach of the other. Give one of the two another name.
	SharedNamespace Code = "shared-namespace"
	// EnvironmentOrder: Environments are listed in promotion order, and a release only moves down the list, so that it
	// never skips what should have tested it. Reorder `environments`, or promote from an earlier one.
	EnvironmentOrder Code = "environment-order"
	// HeldRelease: A release that does not run well where it is goes no further, so that one environment's trouble does
	// not become the next one's. Release what mends it there first, or promote it with a `--reason`.
	HeldRelease Code = "held-release"
	// MissingImage: The environment takes its images from a registry that does not have this one, so that its pods could
	// not start. Copy it there, with its signatures: `slipway promote --copy`, or `slipway copy`.
	MissingImage Code = "missing-image"
	// UnsignedImage: The image has no signature of the key that releases are checked with, so that nobody vouches for it. Let
	// the pipeline build and sign it; where it was signed with another key, check with that one.
	UnsignedImage Code = "unsigned-image"
	// TakenVersion: The version that an image shall be tagged with names another image in the registry of the environment, and
	// versions do not move: what people know as v1.4.0 stays what it was. Release under another version.
	TakenVersion Code = "taken-version"
	// UnverifiedContract: The Pact Broker does not say that the service fits what runs in the environment: a contract is broken, or
	// nobody has verified it yet. Release the other side first, or mend the contract; the hint says where to look.
	UnverifiedContract Code = "unverified-contract"
	// DuplicateEnvironment: Two environments have one name, and services could not say which they mean. Rename or remove
	// one of them.
	DuplicateEnvironment Code = "duplicate-environment"
	// CyclicConsumes: Services consume each other in a circle, so none of them can be deployed or promoted first. Mark
	// one of the dependencies `optional`, if its service can start without it, or remove it.
	CyclicConsumes Code = "cyclic-consumes"
	// DuplicateRoute: Two services claim the same host and path in one environment, and it would be chance which one
	// answers. Change the host or the path of one of them.
	DuplicateRoute Code = "duplicate-route"
)

// Names of things that are not there.
const (
	// UnknownOwner: The owner is not listed under `owners` in platform.cue, so nobody could be told about this service.
	// Correct the name, or add the team to platform.cue.
	UnknownOwner Code = "unknown-owner"
	// UnknownEnvironment: There is no environment of this name in platform.cue, so what is said about it would reach
	// nothing. Correct the name, or add the environment to platform.cue.
	UnknownEnvironment Code = "unknown-environment"
	// UnknownNotification: A team wants somebody to be told who is not in `notify`, so nobody would be. Correct the name, or
	// add it to `notify` in platform.cue.
	UnknownNotification Code = "unknown-notification"
	// UnknownGitHost: The platform names Git hosts, and this repository is on none of them, or events arrive from none:
	// commits would start nothing, without a word. Add the host to `git` in platform.cue, or correct the address.
	UnknownGitHost Code = "unknown-git-host"
	// DuplicateGitHost: Two names in `git` stand for one host, so that each event would be taken twice. Keep one of them.
	DuplicateGitHost Code = "duplicate-git-host"
	// UnknownCluster: There is no cluster of this name in platform.cue, so nothing says where to deploy. Correct the name,
	// or add the cluster to `clusters`.
	UnknownCluster Code = "unknown-cluster"
	// UnknownRegistry: There is no registry of this name in platform.cue, so nothing says where images are pushed to and
	// pulled from. Correct the name, or add the registry to `registries`.
	UnknownRegistry Code = "unknown-registry"
	// UnknownService: The fleet has no service of this name, so there is nothing to connect to. Correct the name, or add
	// the other service first; what lies outside the fleet is not listed under `consumes`.
	UnknownService Code = "unknown-service"
	// UnknownStage: A stage of the service's own wants to come before or after a stage that there is not, or that runs
	// beside all others. Correct the name; `slipway graph SERVICE` draws those that there are.
	UnknownStage Code = "unknown-stage"
	// StageOrder: Stages wait for each other in a circle, so that none of them could begin. Take one out of `after` or
	// `before`; what the pipelines wait for by themselves, `slipway graph SERVICE` draws.
	StageOrder Code = "stage-order"
	// UnsafeTask: A Task in a stage of the service's own asks for what a stage does not get. It runs the team's code, in pull
	// requests too, so its pod is like that of a test: the source, which it may only read, and no Secret, token, disk or folder
	// of the node; a user other than root; nothing that is fetched when it runs. What a Task does not say is filled in.
	UnsafeTask Code = "unsafe-task"
	// TaskVariable: A variable of Tekton stands where its value would be taken for code, or where there is none. Tekton
	// replaces `$(…)` as text, without quoting, before any shell begins: a value with a blank or a semicolon becomes a command.
	// Give the value to the step in `env`, and let the script read the variable.
	TaskVariable Code = "task-variable"
	// LongTask: A task of a pipeline may take more than six hours, all its retries counted, or is never stopped at all. A
	// run has the time of its tasks, and what waits for it would wait as long. Give it a shorter timeout or fewer retries.
	LongTask Code = "long-task"
	// UnknownTask: The pipeline names a task that the catalog does not have. Correct the name, or add the task to the
	// catalog first.
	UnknownTask Code = "unknown-task"
	// UnknownTool: A step asks for a tool that has no image under `tools` in platform.cue. Correct the name, or have the
	// platform team add the tool with a pinned image.
	UnknownTool Code = "unknown-tool"
	// UnknownKind: The manifest is of a kind that Slipway does not know, and that platform.cue does not list under `kinds`
	// either, so that Argo CD would not be permitted to make it. Correct the name, or have the platform list it.
	UnknownKind Code = "unknown-kind"
	// UnknownObject: The patch names an object that the service does not make, so that it would change nothing; or a
	// rollout's strategy a Service, so that nothing would be released; or a statefulset the Service that names its pods,
	// which then have no names. Correct kind or name; `slipway render` shows the objects.
	UnknownObject Code = "unknown-object"
	// UnknownPort: A probe, route, consumer or network policy names a port that the process does not have, so no traffic
	// would arrive. Correct the name, or add the port under `ports`; a policy can say the number of one without a name.
	UnknownPort Code = "unknown-port"
	// UnknownVolume: A mount names a volume that the service does not have, and its pods would not start. Correct the
	// name, or add the volume under `volumes`.
	UnknownVolume Code = "unknown-volume"
	// UnknownConfig: A variable or volume refers to a config, or a key in one, that the service does not have, and its
	// pods would not start. Correct the name, or add it under `config`.
	UnknownConfig Code = "unknown-config"
)

// What Kubernetes would refuse, or accept and not do well.
const (
	// DuplicatePort: Two ports of one pod have the same number and protocol, and only one of them can be listened on.
	// Give one of them another number.
	DuplicatePort Code = "duplicate-port"
	// DuplicateEnv: One container gets an environment variable from two places, and the container would silently see
	// only the last. Remove one of them.
	DuplicateEnv Code = "duplicate-env"
	// NameTooLong: A name made from the service's and other names is longer than Kubernetes allows for such an object or
	// label. Shorten one of its parts, which the message lists; cutting it for you could make two names one.
	NameTooLong Code = "name-too-long"
	// FixedAndAutoscaled: A fixed number of replicas stands beside an autoscaler, and every sync would undo what the
	// autoscaler decided. Remove the fixed number, or set the autoscaler's `min` and `max` instead.
	FixedAndAutoscaled Code = "fixed-and-autoscaled"
	// BlockedDrain: The disruption budget allows no pod to be evicted, so a node with one of these pods can never be
	// drained or upgraded. Run one replica more than must stay available, or let the budget give one up.
	BlockedDrain Code = "blocked-drain"
	// NoRequests: The container asks for no CPU and memory, so that the scheduler puts it anywhere, and a node that runs short
	// stops it first. An autoscaler has nothing to count shares of. Say what it needs under `resources`.
	NoRequests Code = "no-requests"
	// NoReadiness: A Kubernetes Service sends requests to this container as soon as it runs, whether it can take them or
	// not: every release loses some. Say how to ask it under `ready`.
	NoReadiness Code = "no-readiness"
	// NoHealthcheck: The Dockerfile has no HEALTHCHECK and the spec does not say how to ask the program either, so that
	// nobody notices when it hangs. Give `ready` and `live` in the spec; Kubernetes does not look at a HEALTHCHECK, others do.
	NoHealthcheck Code = "no-healthcheck"
	// ImmutableJob: Kubernetes changes no Job that is there, so that Argo CD's sync fails as soon as its pods are other
	// ones: a new image is enough. With `hardening: "asWritten"` nothing is added to it, so say how it is replaced: by
	// the annotation in the hint, by a `hook`, or by a name that changes.
	ImmutableJob Code = "immutable-job"
	// SameProbe: Liveness and readiness ask the same, so that a program that is only busy, or waits for its database, is
	// restarted, which makes things worse. Have `live` ask for less, or leave it out.
	SameProbe Code = "same-probe"
	// RemovedAPI: The manifest names a version of an API that Kubernetes no longer serves, so that a cluster refuses it.
	// Write it in the version that the hint names.
	RemovedAPI Code = "removed-api"
	// UnusedVolume: No container mounts this volume, so a mount is missing or the volume is left over. Mount it, or remove
	// it.
	UnusedVolume Code = "unused-volume"
)

// Security and policy.
const (
	// UnpinnedImage: The image has no digest, and a tag can be moved, so that the same spec would run something else
	// tomorrow. Add the digest: `name:tag@sha256:…`.
	UnpinnedImage Code = "unpinned-image"
	// RootImage: Pods run no image as root, and Kubernetes has only the image's USER to tell by: without one, or with a name
	// in place of a number, a pod does not start. End the Dockerfile with USER and a number, or give `user` in the spec.
	RootImage Code = "root-image"
	// LiteralSecret: A value looks like a credential, and everything in a spec is readable by everybody who can read the
	// repository, for ever. Revoke it, put the new one into the secret store, and refer to it with `secret`.
	LiteralSecret Code = "literal-secret"
	// NotRestricted: The pod needs more than the Pod Security Standard "restricted" grants, and namespaces enforce that
	// standard. Change the setting, or say under `allow` why this service needs it.
	NotRestricted Code = "not-restricted"
	// ForbiddenKind: Objects of this kind reach beyond the service's namespace, or decide what others deploy, so that no
	// service may make them. Have the platform make them, apart from services.
	ForbiddenKind Code = "forbidden-kind"
	// UnusedAllow: The spec allows something that nothing in it does any more, and a leftover exception hides the next
	// mistake. Remove the entry from `allow`.
	UnusedAllow Code = "unused-allow"
	// PolicyViolation: The resolved service breaks a rule that platform.cue sets for this environment. Change the value at
	// the service's line, or ask the platform team about the rule at the other line.
	PolicyViolation Code = "policy-violation"
)

// Images and releases.
const (
	// NoAddress: A test of what is deployed cannot run: there is no commit to take it from, or no address at which its pods
	// reach the service. Give the service a port or a host name, or leave the environment out of the test's `in`.
	NoAddress Code = "no-address"
	// NoStart: A test of what is deployed is started by the promoter, and platform.cue does not let it start runs. Say
	// `pipelines: starts: true`, and make the key that it needs.
	NoStart Code = "no-start"
	// NoBuilder: Building a Dockerfile needs more rights than a pipeline pod has, so a BuildKit daemon does it, and
	// platform.cue names none. Name one under `pipelines`, or build with what needs none: ko, Jib or buildpacks.
	NoBuilder Code = "no-builder"
	// SharedBuilder: Pull requests and releases have one BuildKit daemon. Its builds share what they keep (RUN
	// --mount=type=cache), so a pull request that nobody has reviewed could decide what is in the next release. Give pull
	// requests a daemon of their own, or none.
	SharedBuilder Code = "shared-builder"
	// SharedRegistry: Reports of tests would be kept where images are. Runs of pull requests hold the credential that
	// pushes reports, so what nobody has reviewed would stand beside what is deployed. Name a place of its own, and a
	// credential for it alone.
	SharedRegistry Code = "shared-registry"
	// NoPactBroker: Contracts between services are kept by a Pact Broker, from which the other side gets them, and platform.cue
	// names none. Name one under `pipelines`, or test without contracts.
	NoPactBroker Code = "no-pact-broker"
	// NoRoutes: The service wants to be reached by a host name in an environment that has neither an Ingress controller
	// nor a Gateway. Give the environment `routes` in platform.cue, or expose the service by a load balancer.
	NoRoutes Code = "no-routes"
	// UnknownProcess: There is no process group of this name in `run`. Correct the name.
	UnknownProcess Code = "unknown-process"
	// LimitBelowRequest: A container may take less than it asks for, which Kubernetes refuses. Lower the request or raise
	// the limit; a request that nobody wrote comes from a default, which `slipway explain` shows.
	LimitBelowRequest Code = "limit-below-request"
	// DuplicateMount: Two volumes are mounted at one path of a container, which Kubernetes refuses. Move one of them.
	DuplicateMount Code = "duplicate-mount"
	// NoImage: The service has neither `build` nor `image`, so there is nothing to run. Add `build` if this fleet builds
	// the image, `image` if others do, or `ci: "external"` if another CI builds and promotes it.
	NoImage Code = "no-image"
	// IdentityChanged: A name or selector in the spec is another than the one that an environment was released with. Nothing
	// in Kubernetes is renamed: with the next promotion a new object would come beside the old one, or the sync would fail.
	// Keep it in `identity`; where the old object is to go, accept it in `allow` with a reason.
	IdentityChanged Code = "identity-changed"
	// UnknownChartRepository: The service is a chart of a repository that platform.cue does not name. Whoever makes a chart
	// decides what runs, so the platform says whose charts there are, and Argo CD is permitted no others. Add the repository
	// to `charts` in platform.cue.
	UnknownChartRepository Code = "unknown-chart-repository"
	// NotBuilt: There is a release record with an image for a service that fixes its own by `image`, or is a chart and has
	// none. Remove the record, or replace `image` by `build` or `ci: "external"`.
	NotBuilt Code = "not-built"
	// BadRecord: A file under releases/ is not a release record: a field is missing, unknown or malformed, or it names
	// another service or environment than its path. Restore it from Git; only `slipway promote` and CI write it.
	BadRecord Code = "bad-record"
	// SpecChanged: The released copy of the spec is not the one that its release record was made for, so that what was
	// tested is not what would run. Restore the copy from Git; change services/NAME.cue and promote it instead.
	SpecChanged Code = "spec-changed"
	// MissingSpec: A release record lacks the copy of the spec that it was made with, although its environment compiles
	// from that copy. Restore releases/ENV/NAME.cue from Git, or promote again.
	MissingSpec Code = "missing-spec"
)

// Writing.
const (
	// OutputDiffers: What is committed is not what the specs mean: a file is stale, missing, edited by hand or nobody's.
	// Run `slipway compile` and commit what it writes; the message names what is to be done first, if anything is.
	OutputDiffers Code = "output-differs"
	// ForeignFile: A file that Slipway did not write stands where an output file belongs, and it is not overwritten.
	// Move or remove it.
	ForeignFile Code = "foreign-file"
	// OutsideOutput: An output path leads out of the output folder, by `..` or through a symbolic link, and nothing is
	// ever written there. Remove the link, or correct the name that leads outside.
	OutsideOutput Code = "outside-output"
	// MassChange: The run would restart, replace or delete an unexpected share of an environment, as happens when a
	// default or a name changes by mistake. Look at `slipway diff`, and repeat the run
	// with the flag that the hint names if that is what you want.
	MassChange Code = "mass-change"
)
