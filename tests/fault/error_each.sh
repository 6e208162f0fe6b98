#!/usr/bin/env bash
# The destination's disk is full from some moment on, or a call that writes fails, at many moments: the run ends with 11 (23
# where it concerns single items), reports, and harms nothing; with room, or without the error, the same command again completes.
# each.c does it.
# modes: release
# takes: 90
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

FAULT_IN=$TEST_TMP/here
in_memory 300m "$FAULT_IN"
cd "$FAULT_IN" || exit 1
export XFER_STATE_DIR=$PWD/state HOME=$PWD

# full STEP "OPTION..." OPERAND... - at every STEPth call of the server.
full()
{
	local options points command
	read -ra options <<<"$2"
	read -ra points < <(fault_points "$1")
	shift 2
	command=("$XFER" sync -aH --delete --json "${options[@]}" -e env --xfer-path "$XFER" "$@")
	FAULT_FROM=$FAULT_IN/filled
	# shellcheck disable=SC2016
	(FAULT_IN=$TEST_TMP/disk fault_each --fill server --status 11,23,0 \
		--look "$TEST_TMP/reported >$TEST_TMP/why" "${points[@]}" "${command[@]}" \
		--then sh -c 'rm -f ballast*; exec "$@"' sh "${command[@]}")
	local status=$?
	rm -rf "$TEST_TMP"/disk/points.*
	return "$status"
}

full_disks()
{
	mount_loop 16M ext4 "$TEST_TMP/disk" -m 0 || {
		skip 'a disk that is full' 'no loop mounts'
		return
	}
	cp -a small filled
	# what the two say goes elsewhere
	ln -s "$TEST_TMP/said" filled/out
	ln -s "$TEST_TMP/told" filled/err
	cat >filled/fill <<-'END'
		#!/bin/sh
		exec >/dev/null 2>&1
		dd if=/dev/zero of=ballast bs=64k
		dd if=/dev/zero of=ballast.rest bs=1k
		exit 0
	END
	chmod 755 filled/fill
	check 'a disk that is full from many moments on' full 17 '' src/ dst
	check '... with --fsync' full 17 --fsync src/ dst
	check '... of the other host' full 31 '' src/ env:dst
}

# fails ERROR CALL MOST "OPTION..." - that error at up to MOST of these calls, the first, the second, ...
fails()
{
	local options command=("$XFER" sync -aH --delete --json)
	read -ra options <<<"$4"
	command+=("${options[@]}" src/ dst)
	FAULT_FROM=$FAULT_IN/small
	(fault_each --status 11,23,0 --points "1:$3:1" --look "grep -q INJECTED trace || exit 77; $TEST_TMP/reported >why" \
		strace -f -qq -o trace -e "trace=$2" -e "inject=$2:error=$1:when=%d" "${command[@]}" \
		--then "${command[@]}")
}

errors()
{
	local call error options most=3
	[ "${FAULT_STEP:-}" != 1 ] || most=1000
	for call in pwrite64 renameat renameat2 mkdirat linkat symlinkat mknodat utimensat fchmod unlinkat fdatasync syncfs; do
		options=--io=plain
		[ "$call" != syncfs ] || options+=' --fsync'
		for error in EIO ENOSPC EDQUOT; do
			check "$error at $call" fails "$error" "$call" "$most" "$options"
		done
	done
	check 'most of these runs ended with 11 or 23' test "$(grep -cE '11|23' "$TEST_TMP/statuses")" -gt "$(grep -c '^0' "$TEST_TMP/statuses")"
}

fault_tree small 2 280000
fault_reported
if ! strace -f -qq -o trace -e trace=close -e inject=close:error=EIO:when=1 true 2>/dev/null && ! grep -q INJECTED trace; then
	skip 'errors and full disks' 'nothing can be traced here'
	finish
fi
full_disks
errors
finish
