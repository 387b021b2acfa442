# The tasks of this project. Everything that can fail a change is in `make check`, which is what CI runs too.

FUZZTIME ?= 200000x
BENCH    ?= .
COUNT    ?= 1
ROUNDS   ?= 500

.DEFAULT_GOAL := help
.PHONY: help check fmt fmt-check vet lint test race spec fuzz soak power power-long power-uml projections-long torture torture-long bench cover docs tidy vuln

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: ## everything that CI runs: tests, specs, format, vet, lint, races, fuzzing, crashes, kills and power cuts
	@.ci/run

fmt: bin/golangci-lint ## format all Go files
	bin/golangci-lint fmt

fmt-check: ## fail if a Go file is not formatted
	@.ci/run fmt-check

vet: ## vet for linux, windows and darwin
	GOOS=linux go vet ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...

lint: ## run golangci-lint; the first time builds it, about three minutes
	@.ci/run lint

test: ## run all tests
	go test ./...

race: ## run all tests under the race detector, in random order
	go test -race -shuffle=on -timeout 20m ./...

spec: ## run the specs in random order, in parallel
	go tool ginkgo -r -p --randomize-all --fail-on-pending specs

fuzz: ## fuzz each target, FUZZTIME=200000x (inputs) or 10m
	@FUZZTIME=$(FUZZTIME) .ci/run fuzz

soak: ## crash and race harnesses for some hours, ROUNDS=500
	OPOSSUM_ROUNDS=$(ROUNDS) go test -count=1 -timeout 24h -v ./adapters/filesystem/... ./internal/history ./internal/modeltest
	GOGC=800 OPOSSUM_ROUNDS=4093 go test -count=1 -timeout 24h -run IsReadOrBuried ./adapters/filesystem
	OPOSSUM_ROUNDS=480 go test -count=1 -timeout 6h -v ./internal/porcupinetest

power: ## cut the power below real stores; needs Linux and root
	.ci/power

power-long: ## the same for some hours
	.ci/power long

power-uml: ## kill whole kernels below real stores, N=20; needs Linux, root and user-mode-linux
	.ci/power uml $(N)

projections-long: ## kill some 10,000 processes that run projections
	OPOSSUM_ROUNDS=7000 go test -count=1 -timeout 24h -v -run TestNothingIsDoubledOrSkippedWhenAProcessIsKilled ./internal/projectiontorture

torture-long: ## 10,000 rounds in which processes race and are killed, on this disk; some hours
	go run ./cmd/opossum torture --rounds 10000 --round-length 250ms --store-events 3000 --writers 4 --readers 2

torture: ## race and kill processes on this disk for five minutes
	go run ./cmd/opossum torture --for 5m

bench: ## run the benchmarks, BENCH=regexp COUNT=1
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./...

cover: ## measure test coverage across packages, into coverage.out
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -func=coverage.out | tail -n 1

docs: ## print the titles of the specs into specs/SPECS.md; CI checks that it is up to date
	go run ./specs/internal/printspecs

tidy: ## tidy both modules
	go mod tidy
	go mod -C tools tidy

vuln: bin/govulncheck ## look for known vulnerabilities that the code can reach; needs the network
	bin/govulncheck ./...

bin/golangci-lint: tools/go.mod
	go build -C tools -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bin/govulncheck: tools/go.mod
	go build -C tools -o ../$@ golang.org/x/vuln/cmd/govulncheck
