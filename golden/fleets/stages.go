package fleets

import (
	"fmt"
	"slices"
	"strings"
)

// ranks are the pipelines' stages in an order in which none waits for a later one.
var ranks = []string{"clone", "secrets", "dependencies", "lint", "unit", "integration", "contract", "build", "push", "scan", "request"}

// stageNames are those of stages of a service's own.
var stageNames = []string{"docs", "structure", "generated-code", "sbom", "performance", "migrations"}

// ownStages are up to three, each with a place among the pipelines' and after some of what comes
// before that place: so nothing waits for itself.
func (m *maker) ownStages() {
	if !m.percent(14) {
		return
	}
	place := 0
	for _, k := range m.shuffled(len(stageNames))[:m.few(3)] {
		name := stageNames[k]
		place += m.below(len(ranks) - place)
		at := func(more string) []string { return []string{"stages", name, more} }
		if place > 0 {
			earlier := append(append([]string{}, ranks[:place]...), m.stages...)
			if ranks[place] == "push" { // which says what the image is, of some builds
				earlier = slices.DeleteFunc(earlier, func(s string) bool { return s == "build" })
			}
			m.sometimes(60, list(some(&m.random, 20, earlier)...), at("after")...)
		} else if len(m.stages) > 0 {
			m.sometimes(60, list(some(&m.random, 50, m.stages)...), at("after")...)
		}
		if place > 0 {
			m.sometimes(40, list(some(&m.random, 20, ranks[place:])...), at("before")...)
		}
		if m.percent(20) {
			when := []string{"commit", "release"}
			if m.org.nights {
				when = append(when, "nightly")
			}
			m.set(quoted(pick(&m.random, when)), at("on")...)
		}
		if m.percent(35) {
			m.ownTask(at("task")...)
			m.sometimes(50, "1000", at("user")...)
		} else {
			m.commands([]string{"make " + name}, 10, "stages", name)
			m.sometimes(10, fmt.Sprintf(`{report: "%s.txt", minimum: 70}`, name), at("coverage")...)
		}
		m.stages = append(m.stages, name)
	}
}

// ownTasks are Tasks in Tekton's own words; IMAGE is somebody's image.
var ownTasks = []string{`{
	params: [{name: "denied", default: "AGPL-3.0-only,GPL-3.0-only"}]
	results: [{name: "packages", description: "How many there are."}]
	volumes: [{name: "work", emptyDir: {}}]
	stepTemplate: {image: "IMAGE", volumeMounts: [{name: "work", mountPath: "/scratch"}]}
	steps: [{
		name: "list"
		script: "#!/bin/sh\nnpm sbom --package-lock-only > /scratch/sbom.json\n"
	}, {
		name: "check"
		env: [{name: "DENIED", value: "$(params.denied)"}, {name: "PACKAGES", value: "$(results.packages.path)"}]
		script: "#!/bin/sh\nnode tools/licences.js --deny \"$DENIED\" --count \"$PACKAGES\" /scratch/sbom.json\n"
	}]
}`, `{
	description: "Holds the migrations against a database."
	sidecars: [{
		name: "postgres"
		image: "IMAGE"
		env: [{name: "POSTGRES_HOST_AUTH_METHOD", value: "trust"}]
		readinessProbe: {exec: command: ["pg_isready"], periodSeconds: 2}
		securityContext: {runAsUser: 70, readOnlyRootFilesystem: false}
	}]
	steps: [{
		name: "migrate"
		image: "IMAGE"
		workingDir: "$(workspaces.source.path)/db"
		command: ["./migrate", "--dir", "$(workspaces.source.path)/db", "up"]
		computeResources: {requests: {cpu: "200m", memory: "256Mi"}, limits: memory: "1Gi"}
		timeout: "10m"
	}]
}`, `{
	workspaces: [{name: "source", readOnly: true}]
	params: [{name: "where", type: "object", properties: {host: type: "string", path: type: "string"}, default: {host: "localhost", path: "/"}}]
	steps: [{
		name: "one"
		image: "IMAGE"
		results: [{name: "size"}]
		env: [{name: "WHERE", value: "$(params.where.host)"}, {name: "OUT", value: "$(step.results.size.path)"}, {name: "NODE", valueFrom: fieldRef: fieldPath: "spec.nodeName"}]
		script: "wc -c < README.md > \"$OUT\"; echo \"$WHERE\""
	}, {
		name: "two"
		image: "IMAGE"
		onError: "stopAndFail"
		args: ["--report", "$(workspaces.source.path)/out"]
		securityContext: {runAsUser: 1234, capabilities: drop: ["ALL"]}
	}]
}`}

func (m *maker) ownTask(at ...string) {
	text := pick(&m.random, ownTasks)
	for strings.Contains(text, "IMAGE\"") {
		text = strings.Replace(text, "IMAGE\"", m.someImage()+"\"", 1)
	}
	m.set(text, at...)
}
