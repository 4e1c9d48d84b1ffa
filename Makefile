# The short way in. The building itself is meson's (meson.build), the checking tools/check's.
BUILD ?= build
REPEAT ?= 20
FUZZ_SECONDS ?= 60
PREFIX ?= /usr
slowpath := $(BUILD)/slowpath
demo := $(BUILD)/src/demo/slowpath-demo
as_root := $(if $(filter 0,$(shell id -u)),,sudo)

all: $(BUILD)/build.ninja ## build (what make alone does); as root it installs what is missing
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@tools/packages need build
	@meson setup $(BUILD) --prefix $(PREFIX)

setup: ## install the packages that building, testing and measuring need (through sudo)
	@tools/packages install build test bench

run: ## install what is missing, build, and show slowpath on a command that is slow; ARGS="-p 1234" for your own case
	@tools/packages install build
	@$(MAKE) --no-print-directory all
	@$(as_root) $(slowpath) $(if $(ARGS),$(ARGS),-- $(demo))

check: ## everything that must hold before a change goes in; the last line counts it
	@tools/packages need build test
	@tools/check

check-vm: ## only the tests that run on the stock kernel of Debian 12, in a virtual machine; what that needs is fetched once
	@tools/packages need build test
	@tools/check --only vm

check-backports: all ## those of check-vm on the newest kernel that is built for Debian 12 (of bookworm-backports)
	@tools/packages need build test
	@python3 tests/vm/run.py --slowpath $(slowpath) --culprits $(BUILD)/tests/culprit --backports

check-zfs: all ## the tests on ZFS, in the virtual machine; the first time its modules are built, which takes minutes
	@tools/packages need build test
	@python3 tests/vm/run.py --slowpath $(slowpath) --culprits $(BUILD)/tests/culprit --zfs

check-kvm: all ## the tests on guests of KVM, in the virtual machine: those of check-vm, and one of QEMU within it
	@tools/packages need build test
	@python3 tests/vm/run.py --slowpath $(slowpath) --culprits $(BUILD)/tests/culprit --kvm

bench: all ## what watching costs here, beside the tools that are installed for it (as root)
	@ninja -C $(BUILD) tests/bench/bench-loads tests/bench/bench-floor tests/bench/bench-wander
	@$(as_root) tests/bench/run.py $(BUILD)

judge: all ## what fio judges by its own clocks, on a quiet machine (as root)
	@for file in files kvm workload; do $(as_root) env SLOWPATH_JUDGE=1 python3 tests/system/$$file.py $(slowpath) || exit; done

culprits: all ## run every culprit REPEAT times and count the verdicts (as root)
	@$(as_root) tests/culprit/run.py --slowpath $(slowpath) --build $(BUILD)/tests/culprit --repeat $(REPEAT)

fuzz: ## throw broken bytes at the readers of files for FUZZ_SECONDS in all
	@tools/check --only fuzz --fuzz-seconds $(FUZZ_SECONDS)

format: ## lay out every C file as .clang-format says
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

install: all ## DESTDIR= as usual; PREFIX= counts when the build folder is made
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

deb: ## build the Debian package in build-deb, and ask lintian (as root it installs what is missing)
	@tools/packages need build deb
	@tools/deb

clean: ## remove all that was built
	@rm -rf $(BUILD) build-check build-deb

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST)

.PHONY: all setup run check check-vm check-backports check-zfs check-kvm bench culprits judge fuzz format install deb clean help
