#!/usr/bin/env bash
# kill -9 of either side at every fourth system call of a small run, the others in other runs; FAULT_STEP=1 takes all: nothing is lost, the other side
# ends by itself, the same command
# again completes, writes only what is missing, and leaves no debris. each.c does it.
# modes: release
# takes: 45
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# Half of them beside the other half: two processors.
every()
{
	local step=${FAULT_STEP:-4} half status=0
	local first=$((1 + FAULT_SEED % step))
	(fault_killed small "--io=$2 src/ dst" "$1" --points "$first:1000000:$((2 * step))") &
	half=$!
	(fault_killed small "--io=$2 src/ dst" "$1" --points "$((first + step)):1000000:$((2 * step))") || status=1
	wait "$half" && return "$status"
}

fault_place 'kill -9 of either side'
fault_tree small 2 280000
for io in plain uring; do
	for side in client server; do
		check "the $side killed at its system calls (FAULT_SEED=$FAULT_SEED), --io=$io" every "$side" "$io"
	done
done
finish
