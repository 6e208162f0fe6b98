#!/usr/bin/env bash
# takes: 60
# shellcheck disable=SC2317 # check calls the functions
# `xfer serve` stands a client that lies, in both roles and in its configuration.
# modes: release
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hostile/liar_place.bash
. "$(dirname "$0")/liar_place.bash"

options=(--recursive --links --perms --times --owner --group --devices --specials --hard-links --acls --xattrs
	--delete)

received()
{
	place
	ends_in "$3" "$BIN_TEST/$1" --client "$2" "$XFER" dst "${options[@]}" --timeout="$(patience "$3")" && untouched
}

sent()
{
	place
	ends_in "$2" "$BIN_TEST/liar_receiver" --client "$1" "$XFER" src/ "${options[@]}" --timeout="$(patience "$2")" && untouched
}

# Those whose lie is found only by who compares both accounts (40), or is a failure that is told (23), end a server in 0:
# it has done its part.
for program in liar_listing liar_content liar_frames liar_uninvited; do
	while read -r lie statuses; do
		case $statuses in
		*23* | *40*) statuses="$statuses 0" ;;
		esac
		check "a client that sends ${program#liar_}/$lie is found out" received "$program" "$lie" "$statuses"
	done < <(lies "$program" '^[^r]|^ro|^re')
done

while read -r lie statuses; do
	case $lie in
	# nothing that a server judges
	abort_* | note* | leave_all | final_other_digest) continue ;;
	esac
	check "a client that receives and tells $lie is found out" sent "$lie" "$statuses"
done < <(lies liar_receiver)
check "a server takes no notes" sent note_to_server 2
finish
