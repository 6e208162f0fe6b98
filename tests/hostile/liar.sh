#!/usr/bin/env bash
# takes: 60
# shellcheck disable=SC2317 # check calls the functions
# Whatever a lying sender or receiver at the other end of ssh says, xfer ends with the right status, claims no success, and
# touches nothing outside.
# modes: release asan
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hostile/liar_place.bash
. "$(dirname "$0")/liar_place.bash"

pulled()
{
	place
	ends_in "$3" "$XFER" sync -aHAX --json --delete --timeout="$(patience "$3")" -e "$BIN_TEST/$1 $2" host:x/ dst && untouched
}

for program in liar_listing liar_content liar_frames liar_uninvited; do
	while read -r lie statuses; do
		check "a sender that tells ${program#liar_}/$lie is found out" pulled "$program" "$lie" "$statuses"
	done < <(lies "$program")
done

left_over()
{
	pulled liar_listing "$@" && [ -z "$(ls -A dst)" ] && [ "$(grep -c 'interrupted run: not copied' report)" -ge 3 ]
}

check "what an earlier sender lists of interrupted runs is passed over" left_over name_temporary 0
check "and if it is sent, nothing is written" left_over name_temporary_sent 2

# dirty is what a terminal must not get, in the report for people too
pushed()
{
	place
	ends_in "$2" "$XFER" sync -aHAX --json --timeout="$(patience "$2")" -e "$BIN_TEST/liar_receiver $1" src/ host:x && untouched
}

said_clean()
{
	place
	ends_in "$2" "$XFER" sync -avi --timeout=25 --log-file=log -e "$BIN_TEST/liar_receiver $1" src/ host:x &&
		! grep -aP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' report err log &&
		! grep -a '^OK' report err
}

while read -r lie statuses; do
	check "a receiver that tells $lie is found out" pushed "$lie" "$statuses"
done < <(lies liar_receiver '^(want|leave|final|ready|frame|abort|note|stall)' | grep -v note_to_server)
check "an abort full of escape sequences reaches no terminal raw" said_clean abort_dirty 2
check "notes full of escape sequences reach no terminal raw" said_clean notes_dirty 23

finish
