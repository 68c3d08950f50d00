package diag

import (
	_ "embed" // codes.go is also the text of Help
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// Info is what is known about a code without a mistake at hand.
type Info struct {
	Code     Code
	Severity Severity // with which it is usually reported
	Summary  string   // one line, written like a message
}

// Codes lists every code that the compiler reports, sorted by code.
var Codes = []Info{
	{BadManifest, Error, "what is to be imported is no manifest"},
	{BadName, Error, "a name does not fit Kubernetes' rules for names"},
	{BadRecord, Error, "a release record is malformed"},
	{BlockedDrain, Error, "a disruption budget blocks every node drain"},
	{CompilerVersion, Error, "platform.cue pins another version of the compiler"},
	{ConflictingValues, Error, "one field has several values that exclude each other"},
	{CyclicConsumes, Error, "services consume each other in a circle"},
	{DuplicateEnv, Error, "a container gets one environment variable twice"},
	{DuplicateEnvironment, Error, "two environments have one name"},
	{DuplicateGitHost, Error, "two names stand for one Git host"},
	{DuplicateMount, Error, "two volumes are mounted at one path"},
	{DuplicateName, Error, "two generated objects have one name in a namespace"},
	{DuplicatePort, Error, "two ports have one number"},
	{DuplicateRoute, Error, "two services claim one host and path"},
	{DuplicateService, Error, "two files define one service"},
	{EndlessSpec, Error, "evaluating a spec takes too much time or memory"},
	{EnvironmentOrder, Error, "an environment promotes from a later one"},
	{FixedAndAutoscaled, Error, "a fixed number of replicas stands beside an autoscaler"},
	{ForbiddenKind, Error, "a service may not make objects of this kind"},
	{ForeignFile, Error, "a file that Slipway did not write stands where output belongs"},
	{HeldRelease, Error, "a release that does not run well is promoted"},
	{IdentityChanged, Error, "a name or selector is another than the one that was released"},
	{ImmutableJob, Warning, "a job can neither change nor be replaced"},
	{LimitBelowRequest, Error, "a limit is below what is asked for"},
	{LiteralSecret, Error, "a value in a spec looks like a credential"},
	{LongTask, Error, "a task of a pipeline may take too long"},
	{MassChange, Error, "the run would change an unexpected share of an environment"},
	{MissingField, Error, "a field that must be given is not given by any layer"},
	{MissingImage, Error, "a release is promoted to where its image is not"},
	{MissingSpec, Error, "a release record lacks its copy of the spec"},
	{NameMismatch, Error, "a service is not called what its file is called"},
	{NameTooLong, Error, "a generated name is longer than Kubernetes allows"},
	{NoAddress, Error, "tests of what is deployed cannot reach it, or have no commit"},
	{NoBuilder, Error, "a Dockerfile is to be built, but no BuildKit daemon is named"},
	{NoChoice, Error, "none of the keys that decide a field's meaning is present"},
	{NoHealthcheck, Warning, "nothing says how to ask whether the program is well"},
	{NoImage, Error, "a service has neither build nor image"},
	{NoPactBroker, Error, "contracts are tested, but no Pact Broker is named"},
	{NoReadiness, Warning, "a container gets requests before it is ready"},
	{NoRequests, Warning, "a container asks for neither CPU nor memory"},
	{NoRoutes, Error, "an environment cannot route host names"},
	{NoStart, Error, "nobody may start tests of what is deployed"},
	{NotAValue, Error, "a constraint stands where a value is needed"},
	{NotBuilt, Error, "a release record exists for an image that the fleet does not build"},
	{NotRestricted, Error, `a pod needs more than Pod Security "restricted" and does not say why`},
	{OutputDiffers, Error, "a committed file is not what the specs mean"},
	{OutsideOutput, Error, "an output path leads out of the output folder"},
	{PolicyViolation, Error, "a resolved service breaks a rule of the platform"},
	{RemovedAPI, Error, "a manifest names a version of an API that Kubernetes no longer serves"},
	{RootImage, Warning, "an image runs as root, or as a user of which nobody can tell"},
	{SaidTwice, Error, "a field is said in the spec's word and in Kubernetes' too"},
	{SameProbe, Warning, "liveness and readiness ask the same"},
	{SeveralChoices, Error, "keys that exclude each other are both present"},
	{SharedBuilder, Error, "pull requests are built by the daemon that builds releases"},
	{SharedNamespace, Error, "a namespace holds what must be apart"},
	{SharedRegistry, Error, "reports of tests would be pushed where images are"},
	{SpecChanged, Error, "the released copy of a spec is not the one that was released"},
	{StageOrder, Error, "stages wait for each other in a circle"},
	{SyntaxError, Error, "a file is not CUE"},
	{TakenVersion, Error, "a version that is to be an image's tag is that of another image"},
	{TaskVariable, Error, "a variable of Tekton stands where its value would be code"},
	{UnknownChartRepository, Error, "platform.cue permits no charts from this repository"},
	{UnknownCluster, Error, "platform.cue has no such cluster"},
	{UnknownConfig, Error, "the service has no such config or key"},
	{UnknownEnvironment, Error, "platform.cue has no such environment"},
	{UnknownField, Error, "there is no field of this name here"},
	{UnknownGitHost, Error, "a repository is on no Git host of the platform"},
	{UnknownImport, Error, "a spec imports a package that it cannot see"},
	{UnknownKind, Error, "a manifest is of a kind that services may not have"},
	{UnknownNotification, Error, "a team names somebody to be told who is not in notify"},
	{UnknownObject, Error, "a patch, a strategy or a statefulset names an object that the service does not make"},
	{UnknownOwner, Error, "platform.cue has no such owner"},
	{UnknownPort, Error, "the process has no such port"},
	{UnknownProcess, Error, "the service has no such process group"},
	{UnknownRegistry, Error, "platform.cue has no such registry"},
	{UnknownService, Error, "the fleet has no such service"},
	{UnknownStage, Error, "there is no such stage to come before or after"},
	{UnknownTask, Error, "the catalog has no such task"},
	{UnknownTool, Error, "platform.cue has no image for this tool"},
	{UnknownVolume, Error, "the service has no such volume"},
	{UnpinnedImage, Error, "an image is not pinned to a version"},
	{UnreadableFile, Error, "a file cannot be read as a spec"},
	{UnsafeTask, Error, "a Task of a stage asks for what the team's code does not get"},
	{UnsignedImage, Error, "an image is released that nobody vouches for"},
	{UnusedAllow, Warning, "an exception allows something that nothing does"},
	{UnusedVolume, Warning, "no container mounts this volume"},
	{UnverifiedContract, Error, "a release does not fit what runs in its environment, or nobody knows"},
	{WrongType, Error, "a value is of another kind than its field"},
	{WrongValue, Error, "a value is not one that its field allows"},
}

// Lookup returns what is known about a code, and whether there is such a code.
func Lookup(code Code) (Info, bool) {
	i, ok := slices.BinarySearchFunc(Codes, code, func(in Info, c Code) int {
		return strings.Compare(string(in.Code), string(c))
	})
	if !ok {
		return Info{}, false
	}
	return Codes[i], true
}

//go:embed codes.go
var codesSource string

// Help returns one to three sentences for each code: what the mistake is, why it matters, how to mend it. They are the
// comments of the constants themselves, so that the documentation, the published rules and the source cannot differ.
// Reading them takes about a millisecond: ask once.
func Help() map[Code]string {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", codesSource, parser.ParseComments)
	if err != nil {
		panic("diag: embedded codes.go does not parse: " + err.Error()) // it was compiled
	}
	help := map[Code]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			code := Code(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
			_, text, _ := strings.Cut(spec.Doc.Text(), ": ") // after "Name: "
			help[code] = strings.Join(strings.Fields(text), " ")
		}
		return true
	})
	return help
}
