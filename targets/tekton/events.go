package tekton

import (
	"strings"

	"slipway.dev/compiler/ir"
)

// An event of any Git host is read once, into words that do not depend on the host. A
// Trigger asks for them by these names, under extensions.slipway:
//
//	git         the host's name in platform.cue
//	event       push, pull-request
//	repository  what the host calls the repository, in small letters
//	branch      the branch that was pushed, or that is to be changed
//	revision    the commit, as a full SHA
//	number      of the pull request
//	paths       the files that changed; none when it is not known that they are all
//	own         whether all commits are Slipway's
//
// What a word says is never more than was verified: the event as a whole is, by its host's
// secret, before it is read.
type word struct{ name, expression string }

// reading says how the events of one kind are read: which type the host calls them by,
// which of them count, and the words.
type reading struct {
	types  []string // none for a generic host: its interceptor knows
	filter string
	words  []word
}

// and and or join conditions in CEL, one a line.
func and(conditions ...string) string { return strings.Join(conditions, "\n&& ") }
func or(conditions ...string) string  { return "(" + strings.Join(conditions, "\n|| ") + ")" }

// isSHA: one of SHA-1 or SHA-256, and not the one that stands for nothing.
func isSHA(value string) string {
	return value + `.matches('^([0-9a-f]{40}|[0-9a-f]{64})$') && !` + value + `.matches('^0+$')`
}

// isTrue is for what not all versions of a host say.
func isTrue(value string) string { return `has(` + value + `) && ` + value }

// pushedPaths are the files of all commits of a push. Hosts cut the list of commits short
// (GitHub at 2048; GitLab at 20, and says how many there were), leave files out of very large
// commits, and say nothing of what a forced push takes away: in doubt there are none.
var pushedPaths = and(
	`has(body.commits) && type(body.commits) == list && size(body.commits) > 0 && size(body.commits) < 2048`,
	`!(`+isTrue(`body.forced`)+`) && !(`+isTrue(`body.created`)+`) && !body.before.matches('^0+$')`,
	`(!has(body.total_commits_count) || int(body.total_commits_count) == size(body.commits))`,
	`body.commits.all(c, has(c.added) && has(c.removed) && has(c.modified)`,
	`type(c.added) == list && type(c.removed) == list && type(c.modified) == list`,
	`size(c.added) + size(c.removed) + size(c.modified) > 0 && size(c.added) + size(c.removed) + size(c.modified) < 3000)`,
) + "\n" + `? body.commits.map(c, c.added + c.removed + c.modified).flatten() : []`

// own: the commits that Slipway makes carry a trailer such as "Slipway-Release: dev/cart".
const own = `has(body.commits) && type(body.commits) == list && size(body.commits) > 0` + "\n" +
	`&& body.commits.all(c, has(c.message) && c.message.matches('(?m)^Slipway-[A-Z][a-z]+: '))`

// readingOf is how the events of a kind of a host are read.
func readingOf(h *ir.GitHost, kind Kind) reading {
	head := []word{{"git", quoted(h.Name)}, {"event", quoted(eventName(kind))}}
	r := readings[h.Kind][kind](h)
	r.words = append(head, r.words...)
	return r
}

// eventName is what starts pipelines of a kind.
func eventName(kind Kind) string {
	if kind == Release {
		return string(Push)
	}
	return string(kind)
}

// readings are of each kind of host and event.
var readings = map[ir.GitKind]map[Kind]func(*ir.GitHost) reading{
	ir.GitHub:  {Release: gitHubPush, PullRequest: gitHubPullRequest},
	ir.GitLab:  {Release: gitLabPush, PullRequest: gitLabMergeRequest},
	ir.Generic: {Release: genericEvent(Release), PullRequest: genericEvent(PullRequest)},
}

// push is what both hosts call alike. Tags are no branches; the removal of a branch has a
// revision of nothing but zeros.
func push(eventType, repository string) reading {
	return reading{
		types:  []string{eventType},
		filter: and(`body.ref.startsWith('refs/heads/')`, isSHA(`body.after`)),
		words: []word{
			{"repository", repository},
			{"branch", `body.ref.substring(11)`},
			{"revision", `body.after`},
			{"paths", pushedPaths},
			{"own", own},
		},
	}
}

func gitHubPush(*ir.GitHost) reading {
	return push("push", `body.repository.full_name.lowerAscii()`)
}

func gitLabPush(*ir.GitHost) reading {
	return push("Push Hook", `body.project.path_with_namespace.lowerAscii()`)
}

// gitHubPullRequest takes what brings commits to be checked: an opened one, pushed ones,
// another branch to be merged into, one that is ready now, and a fork's approval.
func gitHubPullRequest(h *ir.GitHost) reading {
	const (
		pr = `body.pull_request`
		// A fork that is gone has no repository.
		home = `has(body.pull_request.head.repo) && body.pull_request.head.repo != null && body.pull_request.head.repo.full_name == body.repository.full_name`
	)
	approval := quoted(h.Approval)
	r := reading{
		types: []string{"pull_request"},
		filter: and(
			or(`body.action in ['opened', 'reopened', 'synchronize', 'ready_for_review']`,
				`body.action == 'edited' && has(body.changes) && has(body.changes.base)`,
				`body.action == 'labeled' && !(`+home+`) && has(body.label) && body.label.name == `+approval),
			`!(`+isTrue(pr+`.draft`)+`)`,
			or(home, pr+`.labels.exists(l, l.name == `+approval+`)`),
			isSHA(pr+`.head.sha`)),
		words: []word{
			{"repository", `body.repository.full_name.lowerAscii()`},
			{"branch", pr + `.base.ref`},
			{"revision", pr + `.head.sha`},
			{"number", `string(int(body.number))`},
			{"paths", `[]`},
			{"own", `false`},
		},
	}
	if h.ChangedFiles {
		// Triggers' interceptor joins what it was told by commas: where that is not as many
		// as the pull request has, a name holds a comma or the list was cut short.
		r.words[4].expression = and(`has(extensions.changed_files) && extensions.changed_files != ''`,
			`size(extensions.changed_files.split(',')) == int(`+pr+`.changed_files)`) +
			"\n" + `? extensions.changed_files.split(',') : []`
	}
	return r
}

// gitLabMergeRequest: an update without oldrev brought no commits.
func gitLabMergeRequest(h *ir.GitHost) reading {
	const (
		mr   = `body.object_attributes`
		home = mr + `.source_project_id == ` + mr + `.target_project_id`
	)
	labelled := func(list string) string { return list + `.exists(l, l.title == ` + quoted(h.Approval) + `)` }
	return reading{
		types: []string{"Merge Request Hook"},
		filter: and(
			or(mr+`.action in ['open', 'reopen']`,
				mr+`.action == 'update' && has(`+mr+`.oldrev)`,
				mr+`.action == 'update' && has(body.changes) && has(body.changes.target_branch)`,
				mr+`.action == 'update' && has(body.changes) && has(body.changes.draft) && body.changes.draft.current == false`,
				mr+`.action == 'update' && has(body.changes) && has(body.changes.labels) && `+mr+`.source_project_id != `+mr+`.target_project_id`+
					` && `+labelled(`body.changes.labels.current`)+` && !`+labelled(`body.changes.labels.previous`)),
			`!(`+isTrue(mr+`.draft`)+`) && !(`+isTrue(mr+`.work_in_progress`)+`)`,
			or(home, `has(body.labels) && type(body.labels) == list && `+labelled(`body.labels`)),
			isSHA(mr+`.last_commit.id`)),
		words: []word{
			{"repository", `body.project.path_with_namespace.lowerAscii()`},
			{"branch", mr + `.target_branch`},
			{"revision", mr + `.last_commit.id`},
			{"number", `string(int(` + mr + `.iid))`},
			{"paths", `[]`},
			{"own", `false`},
		},
	}
}

// genericEvent takes the words from an interceptor of the platform, which read the event
// and verified it. A revision that is none stops it here all the same.
func genericEvent(kind Kind) func(*ir.GitHost) reading {
	return func(*ir.GitHost) reading {
		optional := func(name, none string) word {
			return word{name, `has(` + said + name + `) ? ` + said + name + ` : ` + none}
		}
		r := reading{
			filter: and(`has(`+said+`event) && `+said+`event == `+quoted(eventName(kind)), isSHA(said+`revision`)),
			words: []word{
				{"repository", said + `repository.lowerAscii()`},
				{"branch", said + `branch`},
				{"revision", said + `revision`},
			},
		}
		if kind == PullRequest {
			r.filter = and(r.filter, said+`number.matches('^[0-9]+$')`)
			r.words = append(r.words, word{"number", said + `number`})
		}
		r.words = append(r.words, optional("paths", "[]"), optional("own", "false"))
		return r
	}
}

// selects is the allow-list of one service: its host, its event, its repository, its branch,
// and where it is a part of the repository only, that something of it changed. What is not
// known to be unrelated is taken.
func selects(p *ir.Platform, svc *ir.Service, kind Kind) string {
	s := svc.Source
	out := of(s.Git, s.Project, s.Branch, kind)
	test := within(svc.Watched())
	if s.Repo == p.Repo && kind == Release {
		// The fleet holds the code too: its own releases and output are no reason for another.
		out = append(out, `!`+said+`own`)
		outside := `!p.startsWith(` + quoted(p.Dir+"/") + `) && !p.startsWith(` + quoted(releases(p)+"/") + `)`
		if test == "" {
			test = outside
		} else {
			test = `(` + test + `) && ` + outside
		}
	}
	return and(append(out, touching(test)...)...)
}

// said is where the words of an event are.
const said = `extensions.slipway.`

// of are the conditions that an event is of a repository and branch.
func of(host *ir.GitHost, project, branch string, kind Kind) []string {
	return []string{
		said + `git == ` + quoted(host.Name),
		said + `event == ` + quoted(eventName(kind)),
		said + `repository == ` + quoted(strings.ToLower(project)),
		said + `branch == ` + quoted(branch),
	}
}

// within is the condition that p is one of some files, or in one of some folders; empty for
// all files.
func within(watched []string) string {
	var paths []string
	for _, w := range watched {
		paths = append(paths, `p == `+quoted(w)+` || p.startsWith(`+quoted(w+"/")+`)`)
	}
	return strings.Join(paths, " || ")
}

// touching is the condition that some changed file passes a test; none when there is no test.
func touching(test string) []string {
	if test == "" {
		return nil
	}
	return []string{or(`size(`+said+`paths) == 0`, said+`paths.exists(p, `+test+`)`)}
}

// quoted is a text in CEL.
func quoted(text string) string {
	return `'` + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + `'`
}
