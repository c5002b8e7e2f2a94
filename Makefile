# Everything one does with this checkout. `make` lists the targets. Needs Go >= 1.26, and Node >= 20.19 for the parts of the
# binary that are built from web sources.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT    ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
LDFLAGS   := -s -w -buildid= -X main.version=$(VERSION) -X main.commit=$(COMMIT)
TIMEOUT   ?= 15m
FUZZTIME  ?= 30000x
BENCHTIME ?= 1s
BENCHFLAGS ?=
CRASH_SEEDS ?= 1000
KILL_ROUNDS ?= 20
SOAK_CALLS ?= 1000000

GOLANGCI_VERSION := v2.15.0
GOLANGCI := .cache/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint

# Folders that build their own part of the binary (web client, API reference) with `make build`.
WEB_PARTS := $(dir $(wildcard web/Makefile api/docs/Makefile docs/reference/Makefile))
# Modules of their own beside the main one.
MODULES := $(dir $(wildcard pluginsdk/go.mod plugins/go.mod bench/go.mod))

.PHONY: help
help: ## list the targets
	@echo 'Beep. Targets of make:'
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'

.PHONY: run
run: build ## build and run a node on http://localhost:8080
	@echo '==> running: http://localhost:8080 (Ctrl-C ends it)'
	@./bin/beep serve

.PHONY: dev
dev: check-tools ## run, and run again whenever a source file changes
	@echo '==> watching for changes (Ctrl-C ends it)'
	@$(GO) run ./internal/tools/watch -ext .go,.yaml,.html,.css,.ts,.svelte -- sh -c '$(MAKE) --no-print-directory build && exec ./bin/beep serve'

.PHONY: dev-web
dev-web: check-tools ## the client by Vite, live, over a node that runs already (BEEP_URL=http://localhost:8080)
	@echo '==> client: http://localhost:5173, node: $(or $(BEEP_URL),http://localhost:8080) (Ctrl-C ends it)'
	@$(MAKE) --no-print-directory -C web dev

.PHONY: demo
demo: build ## run a node filled with example servers, people and messages
	@echo '==> demo'
	@./bin/beep demo --live

.PHONY: stack-up
stack-up: ## start Cassandra and Redis on loopback, fetching what is missing (STACK=ring: three nodes; STACK_DURABLE=1)
	@./deploy/stack/stack up

.PHONY: stack-down
stack-down: ## end what stack-up started; its data stays (deploy/stack/stack down --wipe)
	@./deploy/stack/stack down

.PHONY: stack-status
stack-status: ## what of the stack runs
	@./deploy/stack/stack status

.PHONY: run-cluster
run-cluster: build ## run two nodes over the stack: http://localhost:8080 and http://localhost:8081
	@./deploy/stack/run-cluster

.PHONY: build
build: check-tools parts ## build the static binary bin/beep
	@echo '==> building bin/beep $(VERSION)'
	@CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/beep ./cmd/beep

.PHONY: parts
parts: web-parts guests

# Plugins that are in the binary. Made only when one of their sources changed; the first time takes a minute, since Go compiles its
# library for WebAssembly.
GUESTS := moderation markdown
.PHONY: guests
guests: check-tools ## build the built-in plugins to WebAssembly: plugins/builtin/dist
	@$(GO) run ./pluginhost/guest/build -out plugins/builtin/dist $(addprefix ./plugins/,$(GUESTS))

.PHONY: web-parts
web-parts:
	@set -e; for part in $(WEB_PARTS); do echo "==> building $$part"; $(MAKE) --no-print-directory -C "$$part" build; done

.PHONY: web
web: check-tools ## build the web client, if its sources changed
	@$(MAKE) --no-print-directory -C web build

.PHONY: check-tools
check-tools:
	@./.ci/check-tools $(if $(WEB_PARTS),go node,go)

.PHONY: test
test: test-go test-web ## run the tests, those of Go with the race detector; no service, no network
	@echo '==> tests passed. Longer suites: make e2e, make crash, make kill, make fuzz; all of them: .ci/run'

.PHONY: test-go
test-go: check-tools parts
	@echo '==> go test -race ./...'
	@$(GO) test -race -timeout $(TIMEOUT) ./...
	@set -e; for module in $(MODULES); do echo "==> go test -race in $$module"; (cd "$$module" && $(GO) test -race -timeout $(TIMEOUT) ./...); done

# Suites that need servers: not one test may be skipped for want of them, and no result comes from the cache. WITH_CQL uses
# the Cassandra or ScyllaDB of BEEP_CQL_HOSTS=a,b, else it starts the stack.
WITH_CQL = set -e; \
	if [ -z "$$BEEP_CQL_HOSTS" ]; then ./deploy/stack/stack up; settings=$$(./deploy/stack/stack env); eval "$$settings"; fi; \
	unset BEEP_REDIS_ADDRS; export BEEP_REQUIRE_SERVICES=1;

.PHONY: test-plugins
test-plugins: check-tools guests ## run the long suites of plugins: SOAK_CALLS=1000000 calls that must leave no trace
	@echo '==> plugins: soak of $(SOAK_CALLS) calls'
	@BEEP_SOAK_CALLS=$(SOAK_CALLS) $(GO) test -count=1 -v -timeout $(TIMEOUT) -run '^TestSoak$$' ./pluginhost

.PHONY: test-cql
test-cql: check-tools ## run the suite of the store on Cassandra: BEEP_CQL_HOSTS=a,b, else the stack, which it starts
	@$(WITH_CQL) echo "==> go test -race ./storage/cql/... against $$BEEP_CQL_HOSTS"; \
	$(GO) test -race -count=1 -timeout $(TIMEOUT) ./storage/cql/...; \
	echo "==> test-cql ran against $$BEEP_CQL_HOSTS"

.PHONY: test-cluster
test-cluster: check-tools ## run the front door, the law and what several nodes share, on nodes over Cassandra and Redis
	@$(WITH_CQL) echo "==> go test: nodes over $$BEEP_CQL_HOSTS"; \
	$(GO) test -count=1 -v -timeout $(TIMEOUT) -run '^TestCluster' ./httpapi/... ./cmd/beep/node/...

.PHONY: faults
faults: check-tools parts ## hurt nodes, Redis and Cassandra under load, each fault once (FAULT_SEEDS=1, FAULT_ROUNDS)
	@$(WITH_CQL) ./deploy/stack/stack fetch; echo "==> fault suite"; \
	$(GO) test -count=1 -v -timeout 60m -run '^TestFault' ./cmd/beep/faults

.PHONY: reliability
reliability: check-tools parts ## every suite of RELIABILITY.md at its full length: more seeds, more rounds; takes an hour
	@$(MAKE) --no-print-directory crash kill
	@REDIS_LOG_SEEDS=50 $(MAKE) --no-print-directory test-redis
	@$(WITH_CQL) ./deploy/stack/stack fetch; \
	FAULT_SEEDS=$${FAULT_SEEDS:-3} FAULT_ROUNDS=$${FAULT_ROUNDS:-20} $(GO) test -count=1 -v -timeout 3h -run '^TestFault' ./cmd/beep/faults

.PHONY: test-redis
test-redis: check-tools ## run the suites of log, limits and claims on Redis; each test starts servers of its own
	@./deploy/stack/stack fetch redis
	@echo '==> go test -race: the packages over Redis'
	@BEEP_REQUIRE_SERVICES=1 $(GO) test -race -count=1 -timeout $(TIMEOUT) ./realtime/redis/... ./ratelimit/redis/... ./storage/redis/... ./internal/redisdb/...
	@BEEP_REQUIRE_SERVICES=1 $(GO) test -race -count=1 -timeout $(TIMEOUT) -run '^TestDoctorSeesRedis$$' ./cmd/beep
	@echo '==> test-redis ran against Redis servers of its own'

.PHONY: test-stack
test-stack: check-tools ## test the stack itself: its scripts, and Cassandra rings that are killed and come back
	@./deploy/stack/stack fetch
	@echo '==> go test -race ./deploy/stack/...'
	@BEEP_REQUIRE_SERVICES=1 $(GO) test -race -count=1 -timeout $(TIMEOUT) ./deploy/stack/...
	@echo '==> test-stack ran'

.PHONY: test-web
test-web: check-tools ## check the client's types, rules and format, and run its tests that need no browser
	@$(MAKE) --no-print-directory -C web check test size

.PHONY: e2e
e2e: build ## run the tests in Chromium against the binary (E2E=talk for one file, ROUNDS=20)
	@$(MAKE) --no-print-directory -C web e2e

.PHONY: e2e-cluster
e2e-cluster: build ## run the tests of two people at two nodes, in Chromium: BEEP_CQL_HOSTS, else the stack, which it starts
	@$(WITH_CQL) ./deploy/stack/stack fetch redis; $(MAKE) --no-print-directory -C web e2e-cluster

.PHONY: screens
screens: build ## take pictures of every screen, in both themes at three widths: web/screens
	@$(MAKE) --no-print-directory -C web screens

.PHONY: bench-web
bench-web: build ## measure the client in Chromium: a table, and JSON in web/bench/results
	@$(MAKE) --no-print-directory -C web bench

.PHONY: generate
generate: check-tools ## make the generated files again from their sources
	@echo '==> go generate ./...'
	@$(GO) generate ./...

.PHONY: lint
lint: $(GOLANGCI) ## run golangci-lint (see .golangci.yml)
	@echo '==> golangci-lint'
	@$(GOLANGCI) run ./...

$(GOLANGCI):
	@echo '==> installing golangci-lint $(GOLANGCI_VERSION) into .cache (once)'
	@GOBIN="$(CURDIR)/$(@D)" $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

.PHONY: bench
bench: check-tools parts ## measure a running Beep on this machine: a table, and JSON in bench/results (BENCHFLAGS='-parts sends')
	@echo '==> benchmarks; beep-bench -help tells the parts and their options'
	@cd bench && $(GO) run ./cmd/beep-bench -json results/$$(date -u +%Y%m%dT%H%M%SZ).json $(BENCHFLAGS)

.PHONY: microbench
microbench: check-tools ## run the Go benchmarks of the packages (BENCHTIME=1s)
	@echo '==> benchmarks of the packages, $(BENCHTIME) each'
	@$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

.PHONY: fuzz
fuzz: check-tools ## run every fuzz target over FUZZTIME=30000x inputs
	@FUZZTIME='$(FUZZTIME)' ./.ci/fuzz

.PHONY: crash
crash: check-tools ## cut the power CRASH_SEEDS=1000 times under a node (simulated disk)
	@echo '==> crash suite, $(CRASH_SEEDS) seeds'
	@BEEP_CRASH_SEEDS=$(CRASH_SEEDS) $(GO) test -count=1 -v -timeout $(TIMEOUT) -run '^TestCrash$$' ./cmd/beep/node

.PHONY: kill
kill: check-tools parts ## kill -9 a running node KILL_ROUNDS=20 times under load
	@echo '==> kill suite, $(KILL_ROUNDS) rounds'
	@BEEP_KILL_ROUNDS=$(KILL_ROUNDS) $(GO) test -count=1 -v -timeout $(TIMEOUT) -run '^TestKill' ./cmd/beep

.PHONY: clean
clean: ## remove what was built here; beep-data stays
	@[ ! -d .cache/stack/run ] || ./deploy/stack/stack down
	@echo '==> removing bin, .cache and what web built'
	@rm -rf bin .cache
	@$(MAKE) --no-print-directory -C web clean
