package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/targets"
)

// mistake is a piece of a spec that is wrong in one way.
type mistake struct {
	code diag.Code
	at   string // what stands where the diagnostic points
	text string // replaces the line of the sound spec that begins alike, or is added to it
}

func (m mistake) String() string { return string(m.code) + " at " + m.at }

// sound are the lines of a spec without mistakes.
var sound = []string{
	`name: "cart"`,
	`owner: "shop"`,
	`source: repo: "https://git.example.com/acme/cart"`,
	`run: main: ports: http: 8080`,
	`run: main: mounts: tmp: "/tmp"`,
	`volumes: tmp: scratch: {}`,
}

var mistakes = map[string]mistake{
	"unknown field":            {diag.UnknownField, `replcas`, `run: main: replcas: 3`},
	"unknown field at the top": {diag.UnknownField, `enviroments`, `enviroments: prod: env: A: "b"`},
	"no owner":                 {diag.MissingField, `name:`, `owner: -`},
	"no name in a list":        {diag.MissingField, `{args`, `run: main: init: [{args: ["migrate"]}]`},
	"number for text":          {diag.WrongType, `30`, `run: main: stopAfter: 30`},
	"text for a list":          {diag.WrongType, `"--verbose"`, `run: main: args: "--verbose"`},
	"list for a map":           {diag.WrongType, `["shop"]`, `annotations: ["shop"]`},
	"null for a value":         {diag.WrongType, `null`, `identity: token: null`},
	"not on the list":          {diag.WrongValue, `"deploymnet"`, `run: main: kind: "deploymnet"`},
	"out of range":             {diag.WrongValue, `80800`, `run: worker: {ports: http: 80800, ready: tcp: "http"}`},
	"wrong in an environment":  {diag.WrongValue, `"soon"`, `environments: prod: run: main: stopAfter: "soon"`},
	"bad name":                 {diag.BadName, `"App Config"`, `config: "App Config": CURRENCY: "EUR"`},
	"a word without quotes":    {diag.NotAValue, `statefulset`, `run: store: kind: statefulset`},
	"a rule":                   {diag.NotAValue, `>=2`, `run: main: scale: max: >=2`},
	"two values":               {diag.ConflictingValues, `"6s"`, "run: main: ready: {tcp: {}, every: \"5s\"}\n\trun: main: ready: every: \"6s\""},
	"two choices":              {diag.SeveralChoices, `recreate`, `release: {rolling: {}, recreate: {}}`},
	"fixed and autoscaled":     {diag.FixedAndAutoscaled, `scale`, `run: worker: {replicas: 2, scale: max: 3}`},

	"no choice":          {diag.NoChoice, `data`, `volumes: data: {}`},
	"no maximum":         {diag.MissingField, `scale`, `run: mailer: scale: min: 2`},
	"no key of a secret": {diag.MissingField, `secret`, `env: TOKEN: secret: name: "cart"`},

	"unknown owner":       {diag.UnknownOwner, `"shpo"`, `owner: "shpo"`},
	"unknown environment": {diag.UnknownEnvironment, `production`, `environments: production: env: A: "b"`},
	"unknown volume":      {diag.UnknownVolume, `work`, `run: main: mounts: work: "/work"`},
	"unknown port":        {diag.UnknownPort, `"grpc"`, `run: main: live: tcp: "grpc"`},
	"unknown process":     {diag.UnknownProcess, `"web"`, `expose: web: {http: host: "cart.example.com", process: "web"}`},
	"unknown key":         {diag.UnknownConfig, `"curency"`, "config: shop: currency: \"EUR\"\n\tenv: CURRENCY: config: {name: \"shop\", key: \"curency\"}"},
	"unknown service":     {diag.UnknownService, `stock`, `consumes: stock: {}`},
	"unknown task":        {diag.UnknownTask, `biuld`, `tasks: biuld: timeout: "45m"`},
	"build and image":     {diag.SeveralChoices, `build`, "build: ko: {}\n\timage: \"registry.example.com/acme/cart@sha256:" + strings.Repeat("0", 64) + `"`},
	"replicas of a job":   {diag.WrongValue, `replicas`, `run: report: {kind: "job", replicas: 2}`},
	"one port twice":      {diag.DuplicatePort, `second`, `run: worker: ports: {first: 9000, second: 9000}`},
	"one path twice":      {diag.DuplicateMount, `uploads`, "run: main: mounts: uploads: \"/tmp\"\n\tvolumes: uploads: scratch: {}"},
	"blocked drain":       {diag.BlockedDrain, `disruption`, `run: main: disruption: maxUnavailable: 0`},
	"limit too low":       {diag.LimitBelowRequest, `"1Mi"`, `run: main: resources: memoryLimit: "1Mi"`},
	"credential":          {diag.LiteralSecret, `"hunter2-hunter2"`, `env: DB_PASSWORD: "hunter2-hunter2"`},
	"root":                {diag.NotRestricted, `security`, `run: main: security: user: 0`},
	"unpinned image":      {diag.UnpinnedImage, `"golang:1.26"`, `test: unit: {image: "golang:1.26", run: ["go test ./..."]}`},
}

// TestNoMistakeHidesAnother puts every two mistakes into one spec and wants both.
func TestNoMistakeHidesAnother(t *testing.T) {
	t.Parallel()
	platform, err := os.ReadFile(filepath.Join(errorCases, "platform.cue"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range mistakes {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, a := range names {
		t.Run(a, func(t *testing.T) {
			t.Parallel()
			for _, b := range names[i:] {
				if a != b && replacesOwner(a) && replacesOwner(b) {
					continue // one line cannot be wrong in both ways
				}
				spec := specWith(mistakes[a], mistakes[b])
				got := found(t, platform, spec)
				want := []string{mistakes[a].String(), mistakes[b].String()}
				slices.Sort(want)
				if want = slices.Compact(want); !slices.Equal(got, want) {
					t.Errorf("%s and %s:\n got %q\nwant %q\n%s", a, b, got, want, spec)
				}
			}
		})
	}
}

func replacesOwner(name string) bool { return strings.HasPrefix(mistakes[name].text, "owner:") }

// specWith is the sound spec with mistakes put in.
func specWith(ms ...mistake) string {
	lines := slices.Clone(sound)
	for _, m := range ms {
		key, _, _ := strings.Cut(m.text, ":")
		switch i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+": ") }); {
		case strings.HasSuffix(m.text, ": -"):
			lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+": ") })
		case key == "owner" && i >= 0:
			lines[i] = m.text
		case key == "owner" || slices.Contains(lines, m.text):
		default:
			lines = append(lines, m.text)
		}
	}
	return "import \"slipway.dev/schema\"\n\nschema.#Service & {\n\t" + strings.Join(lines, "\n\t") + "\n}\n"
}

// found compiles a fleet of one service and returns the code of every error, with what
// stands at its place.
func found(t *testing.T, platform []byte, spec string) (out []string) {
	t.Helper()
	fleet := fstest.MapFS{"platform.cue": {Data: platform}, "services/cart.cue": {Data: []byte(spec)}}
	o := targets.Options()
	o.Targets = nil
	r, err := compiler.Compile(fleet, o)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(spec, "\n")
	for _, d := range r.Diags.All() {
		if d.Severity == diag.Warning {
			continue
		}
		at := d.At.String()
		if d.At.File == "services/cart.cue" && d.At.Col > 0 {
			at = lines[d.At.Line-1][d.At.Col-1:]
			for _, m := range mistakes {
				if m.code == d.Code && strings.HasPrefix(at, m.at) {
					at = m.at
					break
				}
			}
		}
		out = append(out, string(d.Code)+" at "+at)
	}
	slices.Sort(out)
	return slices.Compact(out) // some are told for every environment
}
