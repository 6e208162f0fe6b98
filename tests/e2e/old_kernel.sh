#!/usr/bin/env bash
# Where the kernel has nothing that came after 3.10, or a container forbids io_uring, at the source, at the destination or
# at both: the same trees, the same report, the same end on Ctrl-C.
# modes: release
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1

# A tree with something of everything, and what it was before: staged directories, directories where files were and the
# reverse, changes, deletions.
trees()
{
	mkdir -p src/new/er/est src/was-file src/kept/empty old/kept old/was-dir/in old/gone/deep
	head -c 3000000 /dev/urandom >src/kept/large
	head -c 2000000 src/kept/large >old/kept/large
	seq 300 | split -l 1 -a 3 - src/new/er/small.
	echo now >src/was-dir
	echo inside >src/was-file/inside
	echo before | tee old/was-file old/was-dir/in/file old/gone/deep/file old/kept/changed >old/kept/same
	cp -p old/kept/same src/kept/same
	echo after >src/kept/changed
	ln src/kept/large src/new/er/est/hard
	ln -s ../kept/large src/new/link
	mkfifo src/new/fifo
	truncate -s 50M src/kept/holes
	echo data >>src/kept/holes
	setfattr -n user.mark -v 1 src/kept/same src/new/er
	setfacl -m u:daemon:r src/kept/changed
	chmod 6750 src/new/er/small.aaa
	touch -h -d '2001-02-03 04:05:06.789' src/new/link src/new/er src/kept/changed
}

printf '#!/bin/sh\nshift\nexec "$@"\n' >there
chmod 755 there

# at KIND PROGRAM - writes the program that runs xfer under that kernel.
at()
{
	printf '#!/bin/sh\nexec %s %s "$@"\n' "${1:+$BIN_TEST/old_kernel $1}" "$XFER" >"$2"
	chmod 755 "$2"
}

# run PROGRAM-NEAR PROGRAM-FAR ARGUMENT... - a push, or a pull when the source begins with "there:".
run()
{
	./"$1" sync -e "$PWD/there" --xfer-path="$PWD/$2" "${@:3}"
}

# The figures of a report that do not depend on the way.
figures()
{
	tail -n 1 "$1" | jq -S '[.ok, .exit, .items, .bytes.total, .bytes.read, .bytes.written, .digest, .peer_digest, .proof]'
}

same_figures()
{
	diff <(figures "$1") <(figures "$2")
}

# copies SENTENCE NEAR FAR IO SRC DST - first copy, and one over what was there before, as without any filter.
copies()
{
	local how
	for how in first update; do
		rm -rf dst
		[ $how = first ] || cp -a old dst
		run "$2" "$3" -aHAX --delete --json "$5" "$6" >events 2>err
		check "$1, $how: it says nothing" test ! -s err
		check "$1, $how: the report is the same" same_figures "events.$how" events
		check "$1, $how: the trees are the same" same_trees src dst
		check "$1, $how: the attributes are the same" same_attrs src dst
		check "$1, $how: the source is read with ${4}" jq -es "last.io.source == \"$4\"" events
		check "$1, $how: no debris" no_debris dst
	done
}

# The same without a connection: one kernel for both ends. --fsync and --verify have calls of their own.
alone()
{
	rm -rf dst
	cp -a old dst
	check "$1: both ends in one, synced and verified" ./"$2" sync -aHAX --delete --fsync --verify src/ dst
	check "$1: the trees are the same" same_trees src dst
	check "$1: nothing to do afterwards" test -z "$(./"$2" sync -aHAXiq --delete src/ dst 2>&1)"
}

# Ctrl-C in the middle of a large file.
interrupted()
{
	local pid status=0
	rm -rf dst
	set -m
	# (slowly enough to be met in it)
	run "$2" "$3" -a --bwlimit=8m big/ there:"$PWD/dst" >out.big 2>&1 </dev/null &
	pid=$!
	set +m
	until [ -n "$(find dst -path '*/.xfer-*' -type f -size +4M 2>/dev/null)" ] || ! kill -0 "$pid" 2>/dev/null; do :; done
	kill -INT -- "-$pid"
	wait "$pid" || status=$?
	check "$1: Ctrl-C ends it with 20" test "$status" = 20
	check "$1, interrupted: the same again completes" run "$2" "$3" -a big/ there:"$PWD/dst"
	check "$1, interrupted: the trees are the same" same_trees big dst
	check "$1, interrupted: no debris" no_debris dst
}

umask 022
trees
at '' new
at 3.10 old-kernel
at container container
for how in first update; do
	rm -rf dst
	[ $how = first ] || cp -a old dst
	check "without a filter, $how" run new new -aHAX --delete --json src/ there:"$PWD/dst"
	mv out events.$how
done
check "it is io_uring that is missed" jq -es 'last.io.source == "uring"' events.first

# what a client starts has the client's kernel
copies "3.10 at the source" new old-kernel plain "there:$PWD/src/" dst
copies "3.10 at the destination" new old-kernel uring src/ "there:$PWD/dst"
copies "3.10 at both" old-kernel old-kernel plain src/ "there:$PWD/dst"
copies "a container at both, pulled" container container plain "there:$PWD/src/" dst
alone "3.10" old-kernel
alone "a container" container
mkdir big
head -c 60000000 /dev/urandom >big/large
interrupted "3.10 at the destination" new old-kernel
interrupted "3.10 at both" old-kernel old-kernel
finish
