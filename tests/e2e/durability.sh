#!/usr/bin/env bash
# --fsync: a name at the destination is only ever given to what is on disk already, in batches; what cannot be written to
# disk ends the run and gets no name.
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1

# traced ARGUMENT... - xfer sync; `calls` has in its order what concerns names and durability.
traced()
{
	strace -f -qq -o trace -e trace=syncfs,renameat,renameat2,linkat "$XFER" sync "$@" >/dev/null || return 1
	# (the journal's own, outside of the tree, ends in .new)
	grep -E '^[0-9]+ +(syncfs|rename|link)' trace | grep -v '\.new"' | sed 's/^[0-9]* *//; s/(.*//' >calls
}

# batches FILES MOST - of so many names each was given after a sync, at most MOST after one, and the last call is a sync.
batches()
{
	awk -v wanted="$1" -v most="$2" '
		$1 == "syncfs" { run = 0; next }
		{ names++; run++ }
		NR == 1 || run > most { bad = bad " " NR }
		END {
			print names + 0 " names; wrong at" bad ", ends with " $1
			exit bad != "" || names != wanted || $1 != "syncfs"
		}' calls
}

mkdir -p src dst
for i in {1..1500}; do
	echo "$i" >"src/$i"
done
cp -a src/. dst
find dst -type f -exec touch -d @1600000000 {} +
check "1500 files are replaced" traced -a --fsync src/ dst
check "in batches of a thousand, each on disk before its names are given, and at the end the names too" \
	batches 1500 1024
check "and not one by one" test "$(grep -c syncfs calls)" -lt 100
check "what they became is right" same_trees src dst
check "nothing is left" no_debris dst
check "without --fsync" traced -a --ignore-times src/ dst
check "nothing is synced" test "$(grep -c syncfs calls)/$(grep -c rename calls)" = 0/1500
check "a run that has nothing to write" traced -a --fsync src/ dst
check "syncs what earlier ones may have left unwritten" test "$(cat calls)" = syncfs

# What was written half a minute ago is brought to disk while the run goes on; that it was so long is written into the journal.
younger()
{
	[ "$("$BIN_TEST/age_journal" "$1" 0)" -lt "$2" ]
}
check "a run without --fsync leaves a journal" traced -a --ignore-times src/ dst
journal=$(find "$XFER_STATE_DIR" -name '*.journal')
check "after which 1000 s seem to have gone" "$BIN_TEST/age_journal" "$journal" 1000
check "the next one, without --fsync" traced -a --ignore-times src/ dst
check "syncs behind what it writes, once" test "$(grep -c syncfs calls)" = 1
check "gives names before that is done or asked for" test "$(head -n 1 calls)" != syncfs
check "and the journal knows what is on disk now" younger "$journal" 1000

# a batch holds 64 MB: of three files of 40 the second closes one
rm -rf src dst
mkdir -p src dst
for i in 1 2 3; do
	head -c 40M /dev/urandom >"src/$i"
	echo old >"dst/$i"
done
check "three large files" traced -a --fsync src/ dst
check "come two and one at most" batches 3 2
check "whole" same_trees src dst

# new directories are staged, names with several links follow the first of them
rm -rf src dst
mkdir -p src/a src/c
for i in {1..40}; do
	echo "$i" >"src/a/$i"
	ln "src/a/$i" "src/c/$i"
done
check "a new tree with hard links" traced -aH --fsync src/ dst
check "has no name before the first sync" batches 42 100 # the links and two directories
check "and is right" same_trees src dst
check "nothing is left of it" no_debris dst

# many file systems below the destination, each with something of its own to bring to disk
rm -rf src dst
many=80
for ((i = 1; i <= many; i++)); do
	mkdir -p "src/$i" "dst/$i"
	echo "$i" >"src/$i/file"
done
mount_many()
{
	for ((i = 1; i <= many; i++)); do
		mount -t tmpfs -o size=64k none "dst/$i" || return 1
	done
}
if mount_many 2>mount.errors; then
	check "a destination with many file systems in it" traced -rt --fsync src/ dst
	check "each of them is synced before the first name, and at the end" \
		test "$(grep -c syncfs calls)" -eq $((2 * (many + 1)))
	check "and all is there" diff -r src dst
	umount dst/*
else
	skip "many file systems below the destination" "$(head -n 1 mount.errors)"
fi

# broken - a run in which syncfs fails
broken()
{
	strace -f -qq -o trace -e trace=syncfs -e inject=syncfs:error=EIO "$XFER" sync -a --fsync src/ dst
}

rm -rf src dst
mkdir -p src old
for i in {1..1100}; do
	echo "new $i" >"src/$i"
	echo "older $i" >"old/$i"
done
find old -type f -exec touch -d @1600000000 {} +
if strace -f -qq -o trace -e trace=close -e inject=close:error=EIO:when=1 true 2>/dev/null || grep -q INJECTED trace; then
	cp -a old dst
	check_exit 11 "an error of syncfs ends the run" broken
	check "says why" says 'write the destination to disk: .*(Input/output|I/O) error'
	check "and no name changed" diff -r old dst
	check "nothing is left behind" no_debris dst
	check "the same command again completes" "$XFER" sync -a --fsync src/ dst
	check "the tree" same_trees src dst
	rm -rf dst
	check_exit 11 "a new directory" broken
	check "has no files" test -z "$(find . -path './dst/*' -type f)"
	cp -a src/. dst
	check_exit 11 "where nothing was written an error of syncfs is one too" broken
else
	skip "errors of syncfs" "strace cannot inject them"
fi
finish
