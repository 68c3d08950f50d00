package judge

import (
	"testing"

	"slipway.dev/catalog/tasks"
)

// tektonPart is all of one service's pipelines, the Tasks that they use, and their runs.
func tektonPart(t *testing.T) map[string][]byte {
	t.Helper()
	return part(golden(t, "bank-of-anthos"), "platform/build", "pipelines/fleet", "pipelines/ledgerwriter", "runs/ledgerwriter")
}

// contentName is what a Task of the catalog is called, which its content decides.
func contentName(task string) string {
	t, ok := tasks.Read(task, nil)
	if !ok {
		panic("no task " + task)
	}
	return t.Name
}

func TestTektonJudgeCatchesWhatTektonRefuses(t *testing.T) {
	t.Parallel()
	const release, pullRequest, run = "ledgerwriter/release.yaml", "ledgerwriter/pull-request.yaml", "runs/ledgerwriter-release.yaml"
	catches(t, Tekton(), tektonPart(t), []broken{
		{"a flag that Tekton does not know", "tekton.yaml", "set-security-context:", "set-security-contexts:", "no such feature flag"},
		{"a flag with a wrong value", "tekton.yaml", `disable-creds-init: "true"`, `disable-creds-init: "yes please"`, `parsing "yes please"`},
		{"credentials in every pod", "tekton.yaml", `disable-creds-init: "true"`, `disable-creds-init: "false"`, "Secrets into every pod"},
		{"a field that does not exist", release, "runAfter:", "runsAfter:", `unknown field "spec.tasks[1].runsAfter"`},
		{"a task that is not there", release, "- unit\n    - scan", "- unit\n    - scans", "scans"},
		{"a circle", release, "    runAfter:\n    - clone", "    runAfter:\n    - clone\n    - request", "cycle"},
		{"a resolver that does not exist", release, "resolver: cluster", "resolver: clusters", "the tree does not hold"},
		{"a kind that cannot be resolved", release, "value: task", "value: tasks", "kind 'tasks'"},
		{"a Task that is not there", release, "value: " + contentName("clone"), "value: clone-000000", "not found"},
		{"another namespace", release, "value: slipway-tasks", "value: default", "not found"},
		{"a parameter that the Task does not have", release, "- name: severity", "- name: severities", "no parameter severities"},
		{"a parameter that is missing", release, "    - name: revision\n      value: $(params.revision)\n", "", "missing values"},
		{"a parameter of another type", release, "value: src/ledger/ledgerwriter/Dockerfile", "value: [src/ledger/ledgerwriter/Dockerfile]", "dockerfile"},
		{"a pipeline parameter that is not there", release, "value: $(params.revision)", "value: $(params.revisions)", "revisions"},
		{"a result that the Task does not have", release, "$(tasks.clone.results.epoch)", "$(tasks.clone.results.epochs)", "epochs"},
		{"a workspace that the Task does not have", release, "    - name: buildkit-certs\n      workspace", "    - name: buildkit-cert\n      workspace", "buildkit-cert"},
		{"a workspace that the Task needs", release, "    workspaces:\n    - name: request-key\n      workspace: request-key\n", "", "request-key"},
		{"a workspace that the pipeline does not have", release, "workspace: pull-credentials", "workspace: pull-credential", "pull-credential"},
		{"a needed workspace that may be missing", release, "  - name: request-key\n    description", "  - name: request-key\n    optional: true\n    description", "marked optional"},
		{"a step without an image", contentName("clone") + ".yaml", "image: docker.io/alpine/git", "images: docker.io/alpine/git", "images"},
		{"a step with two names for one thing", contentName("scan") + ".yaml", "    script: |", "    command: [trivy]\n    script: |", "script"},
		{"a run of a pipeline that is not there", run, "name: ledgerwriter-release\n  params", "name: ledgerwriter-releases\n  params", "no Pipeline ledgerwriter-releases"},
		{"a run without what the pipeline needs", run, "- name: revision", "- name: revisions", "missing parameters"},
		{"a run without a workspace", run, "- name: request-key", "- name: request-ke", "request-key"},
		{"a run that says something of no task", run, "pipelineTaskName: clone", "pipelineTaskName: clones", "clones"},
		{"a run without an end", run, "pipeline: 1h45m0s", "pipeline: 0s", "hang forever"},
		{"a run that ends before its tasks", run, "pipeline: 1h45m0s", "pipeline: 1h0m0s", "scan may take"},
		{"a task that may take all day", release, "    timeout: 5m0s\n    retries: 1\n", "    retries: 1\n", "the time of the whole run"},
		{"two volumes in one pod", run, "  - name: buildkit-certs\n    secret:\n      secretName: buildkit-client\n", "  - name: buildkit-certs\n    persistentVolumeClaim:\n      claimName: certs\n", "more than one PersistentVolumeClaim"},
		{"a kind that is not judged", pullRequest, "kind: Pipeline", "kind: StepAction", "a kind that Slipway does not emit"},
	})
}

func TestTektonJudgeCatchesReleasesThatDoNotWait(t *testing.T) {
	t.Parallel()
	const release, pullRequest = "ledgerwriter/release.yaml", "ledgerwriter/pull-request.yaml"
	catches(t, Tekton(), tektonPart(t), []broken{
		{"not for the unit tests", release, "    - unit\n    - scan\n", "    - scan\n", "does not wait for unit"},
		{"not for the scan", release, "    - unit\n    - scan\n", "    - unit\n", "does not wait for scan"},
		{"if the scan is skipped", release, "      value: high\n", "      value: high\n    when:\n    - {input: $(params.revision), operator: in, values: [a]}\n", "when this check is skipped"},
		{"whatever the tests say", release, "    timeout: 20m0s", "    timeout: 20m0s\n    onError: continue", "does not learn of a failure"},
		{"whatever a step says", contentName("scan") + ".yaml", "  - name: scan\n", "  - name: scan\n    onError: continue\n", "ignores its failure"},
		{"twice", release, "workspace: request-key\n    timeout: 5m0s", "workspace: request-key\n    retries: 2\n    timeout: 5m0s", "never retried"},
		{"after a failure", release, "  finally:\n", "  finally:\n  - name: again\n    taskRef:\n      name: request\n    workspaces:\n    - name: request-key\n      workspace: request-key\n", "a release in finally"},
		{"of another image than was scanned", release, "value: $(tasks.build.results.IMAGE_URL)@$(tasks.build.results.IMAGE_DIGEST)\n    - name: severity", "value: $(tasks.build.results.IMAGE_URL)\n    - name: severity", "is scanned and"},
		{"with other tests than before the merge", pullRequest, "ledgerwriter test\"", "ledgerwriter verify\"", "does not run as"},
	})
}

func TestTektonJudgeCatchesValuesInShells(t *testing.T) {
	t.Parallel()
	clone, release := contentName("clone")+".yaml", "ledgerwriter/release.yaml"
	script := "    script: |\n      #!/bin/sh\n      set -eu\n"
	catches(t, Tekton(), tektonPart(t), []broken{
		{"a parameter in a script", clone, script, script + "      echo $(params.revision)\n", "writes values into the script"},
		{"a parameter in brackets", clone, script, script + "      echo $(params['revision'])\n", "writes values into the script"},
		{"an array in a script", contentName("scan") + ".yaml", script, script + "      echo $(params.accept[0])\n", "writes values into the script"},
		{"a context in a script", clone, script, script + "      echo $(context.taskRun.name)\n", "writes values into the script"},
		{"a workspace in a script", clone, script, script + "      cd $(workspaces.source.path)\n", "writes values into the script"},
		{"a result in a script", clone, script, script + "      echo > $(results.commit.path)\n", "writes values into the script"},
		{"a task's result in a script", clone, script, script + "      echo $(tasks.build.results.IMAGE_URL)\n", "script"},
		{"a parameter as a program", clone, "  - name: clone\n", "  - name: before\n    image: docker.io/alpine/git@sha256:c0280cf9572316299b08544065d3bf35db65043d5e3963982ec50647d2746e26\n    command: [sh]\n    args: [-ec, \"git fetch $(params.revision)\"]\n  - name: clone\n", "a value becomes a program"},
		{"a parameter as an option", clone, "  - name: clone\n", "  - name: before\n    image: docker.io/alpine/git@sha256:c0280cf9572316299b08544065d3bf35db65043d5e3963982ec50647d2746e26\n    command: [git, fetch]\n    args: [$(params.revision)]\n  - name: clone\n", "a value becomes an option"},
		{"a parameter in a team's command", release, "- \"./mvnw --projects", "- \"echo $(params.revision); ./mvnw --projects", "a value from outside becomes a command"},
		{"a result in a team's command", release, "- \"./mvnw --projects", "- \"echo $(tasks.clone.results.message); ./mvnw --projects", "a value from outside becomes a command"},
	})
}
