#!/usr/bin/env bash
# takes: 30
# shellcheck disable=SC2317 # check calls the functions
# A sender that never ends its lists is ended, or spilled to disk, before xfer's memory grows beyond 256 MiB.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hostile/liar_place.bash
. "$(dirname "$0")/liar_place.bash"

export LIAR_PEAK=$TEST_TMP/peak

# bounded STATUSES LIE OPTION... - ends so, within 256 MiB
bounded()
{
	local statuses=$1 lie=$2
	shift 2
	place
	rm -f peak
	ends_in "$statuses" prlimit --as=$((1 << 30)) "$XFER" sync -aHAX --json --timeout=8 "$@" \
		-e "$BIN_TEST/liar_uninvited $lie" host:x/ dst || return 1
	echo "peak: $(cat peak) KiB"
	[ "$(cat peak)" -lt $((256 * 1024)) ]
}

check "owners without end" bounded 2 many_owners
check "files without end" bounded 2 many_files
check "directories by the million that are never listed" bounded 2 many_dirs --existing
check "the same, to be deleted from" bounded 2 many_dirs --existing --delete
check "attributes of more than any memory" bounded "2 5 10 30" many_attrs --existing
check "depth without end" bounded "2 5" many_depths --existing
finish
