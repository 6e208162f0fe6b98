# make            the programs, in build/release/bin/
# make static     build/static/bin/xfer, which needs no library and no kernel newer than 3.10; install takes it along
# make deps       installs the Debian packages that building and testing need; silent when all are there
# make check      lint, unit tests, sanitizers, end to end; ONLY=pattern runs the matching items alone, LANES=1 one after the other
# make fuzz       every fuzz target for FUZZ_SECONDS (300) with clang's libFuzzer; ONLY=name one; see tests/fuzz/README.md
# make demo       copies a real tree over a private sshd, and databases between private servers, and prints the reports
# make lint | bench | install (PREFIX, DESTDIR) | clean
# MODE=release|asan|tsan|static|fuzz builds in build/MODE/; WERROR=1 (or CI=true) makes warnings errors.

MODE   ?= release
PREFIX ?= /usr/local
CC     := $(if $(filter default,$(origin CC)),$(if $(filter fuzz,$(MODE)),clang-14,gcc),$(CC))

ifeq ($(filter $(MODE),release asan tsan static fuzz),)
$(error MODE=$(MODE): it is one of release, asan, tsan, static, fuzz)
endif
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc) --output-sync=target
endif
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:

# Flags. What the caller gives in CFLAGS, CPPFLAGS and LDFLAGS is added at the end.

flags_release := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
flags_asan    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
flags_tsan    := -O1 -fno-omit-frame-pointer -fsanitize=thread
flags_static  := $(flags_release)
flags_fuzz    := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

warnings := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2
ifneq ($(filter asan tsan,$(MODE)),)
# the sanitizers' extra branches mislead gcc's flow analysis; the release build is where these two count
warnings += -Wno-format-truncation -Wno-maybe-uninitialized
endif
ifeq ($(MODE),fuzz)
warnings := -w # they are gcc's business
endif
ifneq ($(filter-out 0,$(WERROR))$(filter true 1,$(CI)),)
warnings += -Werror
endif

cppflags := -I. $(addprefix -isystem /usr/,include/mariadb include/postgresql include/glib-2.0 lib/$(shell uname -m)-linux-gnu/glib-2.0/include) -D_GNU_SOURCE -DXFER_VERSION='"0.1"' $(if $(filter static,$(MODE)),-DXFER_STATIC) $(CPPFLAGS)
cflags   := -std=gnu17 -g $(warnings) -fPIE -pthread -fstack-protector-strong -fstack-clash-protection \
	$(flags_$(MODE)) $(CFLAGS)
# gold links what the sanitizers are in, two hundred programs, in half of ld's time; "-s": it is sent to other hosts
ldflags  := $(if $(filter static,$(MODE)),-static-pie -s,-pie) -pthread -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(filter -fsanitize=%,$(cflags)) \
	$(if $(filter asan tsan,$(MODE)),$(if $(shell command -v ld.gold),-fuse-ld=gold)) $(LDFLAGS)
libs     := -luring -lzstd -lxxhash $(LDLIBS)
libs_my    := -lmariadb
libs_pg    := -lpq
libs_dbcli := $(libs_my) $(libs_pg)
libs_model := -lglib-2.0 -lm
libs_store := -lsqlite3 $(libs_model)
libs_site := $(libs_model)
libs_desk := $(libs_store)
libs_dns := -lcares -lidn2
libs_run := -ljansson $(libs_desk)
libs_schedcli := $(libs_run) $(libs_dns)

# Layers. A layer links itself and what is below it, and codec and io do not see each other:
# an include or a call that goes upwards does not link in that layer's unit tests.

layers      := base front codec io wire tree cli db my pg archive agent dbcli model store site desk dns run schedcli
below_base  := base
below_front := front io base
below_codec := codec base
below_io    := io base
below_wire  := wire io codec base
below_tree  := tree $(below_wire)
below_cli   := cli front $(below_tree)
below_db    := db $(below_wire)
below_my    := my $(below_db)
below_pg    := pg $(below_db)
below_archive := archive $(below_db)
below_agent := agent archive front $(below_db)
below_dbcli := dbcli my pg $(below_agent)
below_model := model base
below_store := store model base
below_site := site model base
below_dns := dns base
below_desk := desk site store model base
below_run := run $(below_desk)
below_schedcli := schedcli run desk site store model dns front io base

folder_db    := dbdump
folder_my    := dbdump/my
folder_pg    := dbdump/pg
folder_archive := dbdump/archive
folder_agent := dbdump/agent
folder_dbcli := dbdump/cli
folder_model := scheduler/model
folder_store := scheduler/store
folder_site := scheduler/site
folder_dns := scheduler/dns
folder_desk := scheduler/desk
folder_run := scheduler/run
folder_schedcli := scheduler/cli
folder        = $(or $(folder_$(1)),xfer/$(1))

out  := build/$(MODE)
main := xfer/cli/xfer_main.c dbdump/cli/dbdump_main.c scheduler/cli/scheduler_main.c

objects   = $(patsubst %.c,$(out)/obj/%.o,$(1))
archives  = $(foreach l,$(below_$(1)),$(out)/lib/lib$(l).a)
sources   = $(sort $(filter-out $(main),$(wildcard $(call folder,$(1))/*.c)))
programs := $(out)/bin/xfer $(if $(filter static,$(MODE)),,$(out)/bin/dbdump $(out)/bin/scheduler)

comma := ,

# Test programs: a unit test stands on its own layer, the others on tree.
unit_of     = $(sort $(wildcard tests/unit/$(1)/*.c))
archive_test := tests/hostile/rogue_archive.c
upper_tests := $(sort $(filter-out $(archive_test),$(wildcard tests/e2e/*.c tests/hostile/*.c tests/fault/*.c)))
test_sources := $(foreach l,$(layers),$(call unit_of,$(l))) $(upper_tests)
test_program = $(patsubst %.c,$(out)/test/%,$(notdir $(1)))
# Fuzz targets stand on all of it. In MODE=fuzz libFuzzer drives them, else a main of ours that replays their corpora.
fuzz_sources := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzz_driver  := $(addprefix $(out)/obj/tests/fuzz/,blocks.o turns.o) $(if $(filter-out fuzz,$(MODE)),$(out)/obj/tests/fuzz/replay.o)
fuzz_link    := $(addprefix -Wl$(comma)--wrap=,malloc calloc free chan_wait) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer)
test_sources += $(fuzz_sources) tests/fuzz/record.c tests/fuzz/record_archive.c tests/fuzz/record_agent.c $(archive_test)
tests       := $(call test_program,$(test_sources))
bench_programs := $(patsubst %.c,$(out)/%,$(wildcard bench/*.c))
ifneq ($(words $(tests)),$(words $(sort $(tests))))
$(error two test programs have the same name: $(foreach t,$(sort $(tests)),$(if $(word 2,$(filter $(t),$(tests))),$(notdir $(t)))))
endif

.PHONY: all static deps build-deps test-programs fuzz-programs fuzz check lint unit sanitize e2e demo bench install clean force
all: $(programs)
test-programs: $(tests) $(bench_programs)
fuzz-programs: $(call test_program,$(fuzz_sources))
static:
	+@$(MAKE) --no-print-directory MODE=static all

deps:
	@tests/deps.sh all
build-deps:
	@tests/deps.sh build

# A change of flags, or of the list of files of an archive, rebuilds what it concerns.
remember = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' >$@

$(out)/flags: force
	$(call remember,$(CC) $(cppflags) $(cflags) $(ldflags) $(libs))
$(out)/lib/%.list: force
	$(call remember,$(call sources,$*))

$(out)/obj/%.o: %.c $(out)/flags | build-deps
	@mkdir -p $(@D)
	@echo "CC    $@"
	@$(CC) $(cppflags) $(cflags) -MMD -MP -c -o $@ $<

# $(1) layer
define layer_rules
$(out)/lib/lib$(1).a: $(call objects,$(call sources,$(1))) $(out)/lib/$(1).list
	@mkdir -p $$(@D)
	@echo "AR    $$@"
	@rm -f $$@ && ar rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(layers),$(eval $(call layer_rules,$(l))))

link = @mkdir -p $(@D); echo "LINK  $@"; $(CC) $(cflags) $(ldflags) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(1) $(libs)

$(out)/bin/xfer: $(call objects,xfer/cli/xfer_main.c) $(call archives,cli) $(out)/flags
	$(call link)
$(out)/bin/dbdump: $(call objects,dbdump/cli/dbdump_main.c) $(call archives,dbcli) $(out)/flags
	$(call link,$(libs_dbcli))
$(out)/bin/scheduler: $(call objects,scheduler/cli/scheduler_main.c) $(call archives,schedcli) $(out)/flags
	$(call link,$(libs_schedcli))

# $(1) source, $(2) the layer it stands on
define test_rules
$(call test_program,$(1)): $(call objects,$(1)) $(call archives,$(2)) $(out)/flags
	$$(call link,-lcmocka $(libs_$(2)))
endef
$(foreach l,$(layers),$(foreach s,$(call unit_of,$(l)),$(eval $(call test_rules,$(s),$(l)))))
$(foreach s,$(upper_tests),$(eval $(call test_rules,$(s),tree)))
$(eval $(call test_rules,$(archive_test),archive))
fuzz_db := $(addprefix $(out)/test/fuzz_,archive agent carry)
$(filter-out $(fuzz_db),$(call test_program,$(fuzz_sources))): $(out)/test/%: $(out)/obj/tests/fuzz/%.o $(fuzz_driver) $(call archives,cli) $(out)/flags
	$(call link,$(fuzz_link))
$(fuzz_db): $(out)/test/%: $(out)/obj/tests/fuzz/%.o $(fuzz_driver) $(call archives,dbcli) $(out)/flags
	$(call link,$(fuzz_link) $(libs_dbcli))
# Plays both ends of sessions, and writes down what they say as seeds; makes them of an archive.
$(out)/test/record: $(out)/obj/tests/fuzz/record.o $(call archives,cli) $(out)/flags
	$(call link)
$(out)/test/record_archive: $(out)/obj/tests/fuzz/record_archive.o $(call archives,archive) $(out)/flags
	$(call link)
$(out)/test/record_agent: $(out)/obj/tests/fuzz/record_agent.o $(call archives,agent) $(out)/flags
	$(call link)

# What measures stands on nothing of ours.
$(bench_programs): $(out)/bench/%: $(out)/obj/bench/%.o $(out)/flags
	$(call link)

-include $(patsubst %.o,%.d,$(call objects,$(foreach l,$(layers),$(call sources,$(l))) $(main) $(test_sources) $(wildcard bench/*.c) \
	tests/fuzz/replay.c tests/fuzz/blocks.c tests/fuzz/turns.c))

# The runner builds what it needs by calling make again ("+": it shares our jobs).

check: deps
	+@STAGES= tests/run.sh
lint: deps
	@tests/lint.sh
unit sanitize e2e: deps
	+@STAGES=$@ tests/run.sh
fuzz:
	@tests/deps.sh fuzz
	+@$(MAKE) --no-print-directory MODE=fuzz fuzz-programs
	@tests/fuzz/run.sh
demo: deps all $(out)/test/list_tree
	+@XFER=$(CURDIR)/$(out)/bin/xfer DBDUMP=$(CURDIR)/$(out)/bin/dbdump tests/demo.sh
bench: deps all $(bench_programs)
	@tests/deps.sh bench
	+@XFER=$(CURDIR)/$(out)/bin/xfer DBDUMP=$(CURDIR)/$(out)/bin/dbdump bench/run.sh

pages := $(wildcard $(addsuffix /cli/*.[1-8],xfer dbdump scheduler))
completions := $(wildcard $(addsuffix /cli/*.bash-completion,xfer dbdump scheduler))
install: all
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/bash-completion/completions'
	$(if $(programs),install -m 755 $(programs) '$(DESTDIR)$(PREFIX)/bin/')
	$(if $(wildcard build/static/bin/xfer),install -D -m 755 build/static/bin/xfer '$(DESTDIR)$(PREFIX)/lib/xfer/xfer-static')
	$(foreach c,$(completions),install -m 644 $(c) '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/$(basename $(notdir $(c)))';)
	install -d '$(DESTDIR)$(PREFIX)/share/scheduler/hooks' && cp -r scheduler/hooks/. '$(DESTDIR)$(PREFIX)/share/scheduler/hooks/'
	$(foreach p,$(pages),install -D -m 644 $(p) '$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(p)))/$(notdir $(p))';)

clean:
	rm -rf build
