# Weft.  make help says what there is; setup.sh installs what this needs.
#
#   MODE=release|debug        how to compile (default release)
#   SAN=address,undefined     with sanitizers; SAN=thread for the other one
#   V=1                       show the commands
#   CFLAGS=, LDFLAGS=         yours come last

MODE ?= release
SAN  ?=
PREFIX ?= /usr/local
DESTDIR ?=
comma := ,
O := build/$(MODE)$(if $(SAN),-$(firstword $(subst $(comma), ,$(SAN))))

VERSION := $(shell git describe --tags --match "v*" 2>/dev/null || \
	echo 0.1.0$$(git log -1 --format=+%h 2>/dev/null))
PKGS := hiredis libcrypto libcurl >= 7.85 libxml-2.0 >= 2.9 libuv >= 1.40 \
	libcares >= 1.16 libpsl libarchive >= 3.3 libpcre2-8 libxxhash >= 0.8 \
	libdeflate libisal zlib libbrotlidec libzstd libmicrohttpd inih jansson libidn2 \
	uchardet
PKG_NAMES := $(filter-out >= 0.% 1.% 2.% 3.% 7.%,$(PKGS))

ifeq ($(filter help clean fmt layers lint uninstall,$(MAKECMDGOALS)),)
PKG_CHECK := $(shell pkg-config --print-errors --exists '$(PKGS) cmocka' 2>&1)
ifneq ($(PKG_CHECK),)
$(error libraries are missing, ./setup.sh deps installs them: $(PKG_CHECK))
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PKG_NAMES))
PKG_LIBS := $(shell pkg-config --libs $(PKG_NAMES))
endif

MODE_CFLAGS_release := -O2 -g
MODE_CFLAGS_debug := -O0 -g3
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wvla -Wwrite-strings $(WERROR)
CPPFLAGS += -I. -I$(O) -D_GNU_SOURCE
# System headers of the libraries are not ours to warn about.
ALL_CFLAGS = -std=c11 $(MODE_CFLAGS_$(MODE)) $(WARNINGS) -pthread \
	-fstack-protector-strong -fno-strict-aliasing \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) \
	$(patsubst -I%,-isystem %,$(PKG_CFLAGS)) $(CFLAGS)
ALL_LDFLAGS = -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
LIBS = $(PKG_LIBS) -lm

ifneq ($(V),1)
Q := @
say = @printf '  %-5s %s\n' '$(1)' '$(2)'
endif

objects = $(patsubst %.c,$(O)/obj/%.o,$(1))
COMMON := $(call objects,$(wildcard common/*.c)) $(O)/obj/common/lua_scripts.o
WORKER := $(call objects,$(filter-out worker/main.c,$(wildcard worker/*.c)))
MASTER := $(call objects,$(filter-out master/main.c,$(wildcard master/*.c))) \
	$(O)/obj/master/web_files.o
WEB := $(call objects,$(wildcard tests/web/*.c))
TESTS := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(wildcard tests/unit/test_*.c))
PRELOAD := $(patsubst tests/%.c,$(O)/tests/%.so,$(wildcard tests/preload/*.c))
BENCH := $(patsubst tests/bench/%.c,$(O)/tests/bench/%,$(wildcard tests/bench/*.c))
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY := $(FUZZ:%=$(O)/tests/fuzz/replay_%)
FUZZERS := $(FUZZ:%=$(O)/tests/fuzz/fuzz_%)
FUZZ_SECONDS ?= 3
# Any other number than 0: the same inputs each time.
FUZZ_SEED ?= 0
FUZZ_CC ?= clang
PROGRAMS := $(O)/master $(O)/worker $(O)/testweb

all: $(PROGRAMS) ## build master, worker and the test web

$(O)/master: $(O)/obj/master/main.o $(O)/libmaster.a $(O)/libcommon.a
$(O)/worker: $(O)/obj/worker/main.o $(O)/libworker.a $(O)/libcommon.a
$(O)/testweb: $(WEB) $(O)/libcommon.a
$(O)/libcommon.a: $(COMMON)
$(O)/libworker.a: $(WORKER)
$(O)/libmaster.a: $(MASTER)
$(TESTS): $(O)/tests/unit/%: $(O)/obj/tests/unit/%.o $(O)/libworker.a \
	$(O)/libmaster.a $(O)/libcommon.a
$(BENCH): $(O)/tests/bench/%: $(O)/obj/tests/bench/%.o $(O)/libcommon.a
$(TESTS): LIBS += -lcmocka
$(FUZZERS) $(REPLAY): $(O)/libworker.a $(O)/libmaster.a $(O)/libcommon.a
$(FUZZERS): $(O)/tests/fuzz/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o
$(FUZZERS): ALL_LDFLAGS += -fsanitize=fuzzer
$(O)/tests/fuzz/fuzz_reply $(O)/tests/fuzz/replay_reply: $(O)/obj/tests/fuzz/reply.o
$(REPLAY): $(O)/tests/fuzz/replay_%: $(O)/obj/tests/fuzz/fuzz_%.o \
	$(O)/obj/tests/fuzz/replay.o

$(O)/master $(O)/worker $(O)/testweb $(TESTS) $(BENCH) $(FUZZERS) $(REPLAY):
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)

# For tests only, without sanitizers: the program that loads it has them.
$(PRELOAD): $(O)/tests/%.so: tests/%.c
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -fsanitize=%,$(ALL_CFLAGS)) -fPIC \
		-shared -o $@ $<

%.a:
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

$(O)/obj/common/lua_scripts.c: common/lua/embed.sh $(wildcard common/lua/*.lua)
	$(call say,LUA,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sh common/lua/embed.sh common/lua/*.lua > $@.tmp && mv $@.tmp $@

WEB_FILES := $(wildcard $(addprefix master/web/*.,html css js svg))
$(O)/obj/master/web_files.c: master/web/embed.sh $(WEB_FILES)
	$(call say,WEB,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sh master/web/embed.sh $(WEB_FILES) > $@.tmp && mv $@.tmp $@

$(O)/obj/%.o: $(O)/obj/%.c $(O)/flags
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(O)/obj/%.o: %.c $(O)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/flags: FORCE    # rewritten, so newer, only when the flags differ
	$(Q)mkdir -p $(@D) && echo '$(CC) $(CPPFLAGS) $(ALL_CFLAGS)' | \
	cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(ALL_CFLAGS)' > $@

$(O)/weft_version.h: FORCE    # a header of its own: a commit rebuilds one file
	$(Q)mkdir -p $(@D) && echo '#define WEFT_VERSION "$(VERSION)"' | \
	cmp -s - $@ || echo '#define WEFT_VERSION "$(VERSION)"' > $@
$(O)/obj/common/version.o: $(O)/weft_version.h

-include $(shell find $(O) -name '*.d' 2>/dev/null)

tests: $(TESTS) $(REPLAY)

check: all tests $(PRELOAD) ## everything: unit tests, then end-to-end tests
	$(Q)sh tests/run.sh $(O) unit e2e

check-unit: tests all ## the cmocka unit tests
	$(Q)sh tests/run.sh $(O) unit

check-e2e: all $(PRELOAD) $(REPLAY) ## the end-to-end tests (ONLY='b*' for some)
	$(Q)sh tests/run.sh $(O) e2e

# With clang, in a folder of its own: everything is built to be watched.
fuzz: ## each fuzz target for FUZZ_SECONDS, a minute in all (ONLY='url' for some)
	$(Q)$(MAKE) CC='$(FUZZ_CC)' O=build/fuzz SAN=address,undefined \
		CFLAGS='$(CFLAGS) -O1 -fsanitize=fuzzer-no-link' fuzzers
	$(Q)sh tests/fuzz/run.sh build/fuzz $(FUZZ_SECONDS) $(FUZZ_SEED)
fuzzers: $(FUZZERS) $(REPLAY)

soak: all $(PRELOAD) ## what takes minutes: long cuts, long crawls (ONLY='n*' for some)
	$(Q)sh tests/run.sh $(O) soak

compose-check: all ## docker-compose.yml, with a base made here (root, minutes)
	$(Q)WEFT_COMPOSE=1 WEFT_BUILD=$(O) sh tests/compose.sh

demo: all ## crawl 500 sites of the local test web, 8 x 5
	$(Q)sh tests/demo.sh $(O)

bench: all $(BENCH) ## measure speed on this machine
	$(Q)sh tests/bench/run.sh $(O)

man: all ## the manuals' options and config/weft.conf, from the table
	$(Q)sh docs/options.sh $(O)
conf: man

SOURCES := $(wildcard $(foreach d,common master worker tests/*,$(d)/*.[ch]))
lint: layers ## banned calls, ASCII, blanks, format, cppcheck
	$(Q)sh tests/lint.sh $(SOURCES)

fmt: ## format the sources with clang-format
	$(Q)clang-format -i $(filter-out %/charref_table.h,$(SOURCES))

layers: ## worker/ and master/ include common/ only, common/ neither
	$(Q)! grep -nE '#include "(worker|master|tests)/' common/*.[ch]
	$(Q)! grep -nE '#include "(master|tests)/' worker/*.[ch]
	$(Q)! grep -nE '#include "(worker|tests)/' master/*.[ch]

BINDIR := $(DESTDIR)$(PREFIX)/bin
MANDIR := $(DESTDIR)$(PREFIX)/share/man
SHAREDIR := $(DESTDIR)$(PREFIX)/share/weft
BASHDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISHDIR := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
install: all ## put master, worker and the man pages under DESTDIR PREFIX
	install -d $(BINDIR) $(MANDIR)/man8 $(MANDIR)/man5 $(SHAREDIR)
	install -m 755 $(O)/master $(O)/worker $(BINDIR)
	install -m 644 docs/master.8 docs/worker.8 $(MANDIR)/man8
	install -m 644 docs/weft.conf.5 $(MANDIR)/man5
	install -m 644 config/weft.conf config/redis.conf config/top-sites.csv \
		config/prometheus.yml config/prometheus-alerts.yml \
		config/grafana-dashboard.json config/weft-master@.service \
		config/weft-worker@.service $(SHAREDIR)
	install -d $(SHAREDIR)/examples
	install -m 755 examples/exec_titles.py examples/exec_links.sh \
		$(SHAREDIR)/examples
	install -d $(BASHDIR) $(ZSHDIR) $(FISHDIR)
	for p in master worker; do \
		$(O)/$$p completion bash >$(BASHDIR)/$$p && \
		$(O)/$$p completion zsh >$(ZSHDIR)/_$$p && \
		$(O)/$$p completion fish >$(FISHDIR)/$$p.fish || exit 1; done

uninstall: ## take away what install put there
	rm -f $(BINDIR)/master $(BINDIR)/worker $(MANDIR)/man8/master.8 \
		$(MANDIR)/man8/worker.8 $(MANDIR)/man5/weft.conf.5 \
		$(foreach p,master worker,$(BASHDIR)/$(p) $(ZSHDIR)/_$(p) $(FISHDIR)/$(p).fish)
	rm -rf $(SHAREDIR)

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
	awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

.PHONY: all tests check check-unit check-e2e fuzz fuzzers soak compose-check \
	demo bench man conf lint fmt layers \
	install uninstall clean help FORCE
.DELETE_ON_ERROR:
