#!/usr/bin/env bash
# takes: 60
# shellcheck disable=SC2317 # check calls the functions
# Whatever the other side says of old versions and of what it takes of them: xfer ends with the right status, claims no
# success, and the old version stays whole.
# modes: asan
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hostile/liar_place.bash
. "$(dirname "$0")/liar_place.bash"

options=(--recursive --links --perms --times)

# large_place - as place, with the large files that the liars talk of.
large_place()
{
	place
	head -c 3145728 /dev/zero | tr '\0' o | tee dst/large >src/a
	touch -d @1 dst/large
}

whole()
{
	[ "$(find dst -name '.xfer-*')" = "" ] || {
		find dst
		return 1
	}
	[ "$(tr -d o <dst/large | wc -c)" = 0 ] && [ "$(stat -c %s dst/large)" = 3145728 ]
}

pulled()
{
	large_place
	ends_in "$2" "$XFER" sync -aHAX --json --timeout="$(patience "$2")" -e "$BIN_TEST/liar_base $1" host:x/ dst && untouched && whole
}

received()
{
	large_place
	ends_in "$2" "$BIN_TEST/liar_base" --client "$1" "$XFER" dst "${options[@]}" --timeout="$(patience "$2")" && untouched && whole
}

pushed()
{
	large_place
	ends_in "$2" "$XFER" sync -a --json --timeout="$(patience "$2")" -e "$BIN_TEST/liar_signature $1" src/ host:x && untouched
}

sent()
{
	large_place
	ends_in "$2" "$BIN_TEST/liar_signature" --client "$1" "$XFER" src/ "${options[@]}" --timeout="$(patience "$2")" && untouched
}

while read -r lie statuses; do
	check "a sender that tells $lie is found out" pulled "$lie" "$statuses"
	# the client of a server that has done its part compares the accounts
	check "... a client too" received "$lie" "${statuses/23/23 0}"
done < <(lies liar_base)

while read -r lie statuses; do
	check "a receiver that tells $lie is found out" pushed "$lie" "$statuses"
	check "... a client too" sent "$lie" "$statuses"
done < <(lies liar_signature)
finish
