#!/usr/bin/env bash
# SIGTERM and Ctrl-C at many moments of a run, here and with another host, at either side: it drains and reports, always with 20
# unless all was done, and what is left is good for the same command again. each.c does it.
# modes: release
# takes: 60
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# signalled --SIGNAL SIDE OPERAND... - at every so many-th call; nearly always it comes before all is done.
signalled()
{
	local points signal=$1 side=$2 command
	shift 2
	FAULT_FROM=$FAULT_IN/small
	command=("$XFER" sync -aH --delete --json -e env --xfer-path "$XFER" "$@")
	read -ra points < <(fault_points 31)
	: >"$TEST_TMP/statuses"
	(fault_each "$signal" "$side" --status 20,0 --look "$TEST_TMP/reported >why" "${points[@]}" "${command[@]}" \
		--then "${command[@]}") && [ "$(grep -c 20 "$TEST_TMP/statuses")" -ge "$(grep -c '^0' "$TEST_TMP/statuses")" ]
}

fault_place 'signals to either side'
fault_tree small 2 280000
fault_reported
for side in client server; do
	for signal in --term --int; do
		check "$signal at calls of the $side, here" signalled "$signal" "$side" src/ dst
		check "$signal at calls of the $side, pushing" signalled "$signal" "$side" src/ env:dst
		check "$signal at calls of the $side, pulling" signalled "$signal" "$side" env:src/ dst
	done
done
finish
