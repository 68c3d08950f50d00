# make demo     compile the examples, and show what was made from what
# make test     all that must hold: go vet, then every test; the judges too, which are a
#               module of their own, golden/cluster, with 100 generated fleets; .ci/run has 1,500
# make golden   rewrite golden/, what docs/ has of generated pages, the outputs in documents and
#               test scripts; read the diff before you commit it
# make bench    measure; docs/performance.md says how to read it
# make roundtrip CASES=DIR  import systems that exist, and see whether they come back; docs/import.md
# make lint     gofmt, go vet, staticcheck
#
# make cluster       build and start a real cluster on this machine; docs/testing.md
# make cluster-down  stop it, whatever became of who started it
# make conformance   run the example fleets in it; CONFORMANCE="-fleet shop", and other flags

GO          ?= go
TOOLS       := $(CURDIR)/.cache/bin
TESTS       := $(CURDIR)/.cache/test
# Packages with tests: programs of others would be kept too, under names that there are twice.
TESTED      := $$($(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
# Every Go file of ours, for the command that follows: a cluster that runs has some of its own in .cache.
SOURCES     := find . -name .cache -prune -o -name '*.go' -print0 | xargs -0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: demo build test golden bench roundtrip lint fmt clean cluster cluster-programs cluster-down conformance

demo: build
	@examples/demo.sh

build:
	$(GO) build -o bin/slipway ./cmd/slipway

# Programs of tests are kept, and linked again only when they change: that is a third of the
# time. Garbage is collected late: all is short.
test: export GOGC = 400
test: export GOMEMLIMIT = 1GiB
test:
	$(GO) vet ./...
	$(GO) test -ldflags='-s -w' -o $(TESTS)/ ./...
	cd golden/cluster && $(GO) vet ./... && $(GO) test -ldflags='-s -w' -o $(TESTS)/cluster/ -short -timeout 20m $(TESTED)

# compiler/api/enums.go is Kubernetes' words; golden/errors is written by the second line and read by the third.
golden:
	$(GO) test ./compiler/api -update
	$(GO) test ./cmd/slipway -update
	$(GO) test ./golden ./golden/reference -update

cluster: cluster-programs
	cd golden/cluster && $(GO) run ./cmd/cluster up

cluster-programs: build
	cd golden/cluster && $(GO) run ./cmd/cluster build

cluster-down:
	cd golden/cluster && $(GO) run ./cmd/cluster down

conformance: cluster-programs
	cd golden/cluster && $(GO) run ./cmd/conformance $(CONFORMANCE)

bench:
	$(GO) run ./golden/bench

roundtrip:
	$(GO) run ./golden/roundtrip $(CASES)

lint:
	@echo gofmt -l
	@unformatted="$$($(SOURCES) gofmt -l)"; test -z "$$unformatted" || { echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	GOBIN=$(TOOLS) $(GO) install $(STATICCHECK)
	$(TOOLS)/staticcheck ./...
	cd golden/cluster && $(TOOLS)/staticcheck ./...

fmt:
	$(SOURCES) gofmt -w

clean:
	rm -rf bin .cache examples/*/deploy
