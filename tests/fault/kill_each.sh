#!/usr/bin/env bash
# kill -9 of either side at every system call of a small run: nothing is lost, the other side ends by itself, the same command
# again completes, writes only what is missing, and leaves no debris. each.c does it.
# modes: release
# takes: 140
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# The even calls beside the odd ones: two processors.
every()
{
	local odd status=0
	(fault_killed small "--io=$2 src/ dst" "$1" --points 1:1000000:2) &
	odd=$!
	(fault_killed small "--io=$2 src/ dst" "$1" --points 2:1000000:2) || status=1
	wait "$odd" && return "$status"
}

fault_place 'kill -9 of either side'
fault_tree small 2 280000
for io in plain uring; do
	for side in client server; do
		check "the $side killed at each of its system calls, --io=$io" every "$side" "$io"
	done
done
finish
