# Everything is done by scripts/do.sh, which sets up what is missing first.
.DEFAULT_GOAL := help
.PHONY: demo test install run bench check fmt messages lock docs help

demo: ## Try it: set up, seed and start everything, print the addresses (RESET=1 begins anew)
	@RESET="$(RESET)" scripts/do.sh demo

test: ## Check everything: lint, types, layers, translations, tests on SQLite, PostgreSQL and in a browser (FAST=1: SQLite only)
	@FAST="$(FAST)" scripts/do.sh test

install: ## Make or renew .venv for running, and compile the translations
	@scripts/do.sh install

run: ## Serve with production settings from the environment; the worker is `.venv/bin/sublet worker`
	@scripts/do.sh run

bench: ## Measure against the peer and the floor, in one run (ONLY=name: one benchmark)
	@ONLY="$(ONLY)" scripts/do.sh bench

check: ## Lint, types, layers and translations, without the tests
	@scripts/do.sh check

fmt: ## Put the code in order
	@scripts/do.sh fmt

messages: ## Collect the texts to translate into the .po files and compile them
	@scripts/do.sh messages

lock: ## Resolve the dependencies anew into requirements/*.txt
	@scripts/do.sh lock

docs: ## Write the generated pages of docs/reference
	@scripts/do.sh docs

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
