#!/usr/bin/env bash
# kill -9 of either side at every system call of a small run: nothing is lost, the other side ends by itself, the same command
# again completes, writes only what is missing, and leaves no debris. each.c does it.
# modes: release
# takes: 140
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

FAULT_IN=$TEST_TMP/here
in_memory 300m "$FAULT_IN"
cd "$FAULT_IN" || exit 1
export XFER_STATE_DIR=$PWD/state HOME=$PWD

# killed FOLDER "OPTION..." SIDE HOW... - both runs with the options.
killed()
{
	local options side=$3
	FAULT_FROM=$FAULT_IN/$1
	read -ra options <<<"$2"
	shift 3
	options+=(-aH --delete --xfer-path "$XFER")
	fault_each --kill "$side" "$@" "$XFER" sync "${options[@]}" --then "$XFER" sync --json "${options[@]}"
}

# The even calls beside the odd ones: two processors.
every()
{
	local odd status=0
	(killed small "--io=$2 src/ dst" "$1" --points 1:1000000:2) &
	odd=$!
	(killed small "--io=$2 src/ dst" "$1" --points 2:1000000:2) || status=1
	wait "$odd" && return "$status"
}

if ! strace -f -qq -o trace true 2>/dev/null; then
	skip 'kill -9 of either side' 'nothing can be traced here'
	finish
fi
fault_tree small 2 280000
for io in plain uring; do
	for side in client server; do
		check "the $side killed at each of its system calls, --io=$io" every "$side" "$io"
	done
done
finish
