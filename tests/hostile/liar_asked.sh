#!/usr/bin/env bash
# takes: 25
# shellcheck disable=SC2317 # check calls the functions
# A lying sender gets in only what the user's own options and arguments ask for, and deletes only where they let it.
# modes: release asan
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hostile/liar_place.bash
. "$(dirname "$0")/liar_place.bash"

# pull LIE STATUSES SOURCE OPTION... - dst has the file "mine"; the run ends so, and nothing outside is touched.
pull()
{
	local lie=$1 statuses=$2 source=$3
	shift 3
	place
	echo mine >dst/mine
	dst_before=$(stat -c '%a %u %g' dst)
	ends_in "$statuses" "$XFER" sync --json --timeout=25 "$@" -e "$BIN_TEST/liar_uninvited $lie" "$source" dst && untouched
}

unchanged()
{
	[ "$(ls -A dst)" = mine ] && [ "$(stat -c '%a %u %g' dst)" = "$dst_before" ]
}

refused()
{
	pull "$@" && unchanged
}

check "without -l no symlink is made" refused ask_link 2 host:x/ -rptgoD
check "without -D no device is made" refused ask_device 2 host:x/ -rlptgo
check "without -D no fifo is made" refused ask_fifo 2 host:x/ -rlptgo
check "with --specials alone no device is made" refused ask_device 2 host:x/ -rlptgo --specials
check "without -r no directory is made" refused ask_directory 2 host:x/file -lptgoD
check "with -D a fifo is made, as a control" pull ask_fifo 0 host:x/ -rlptgoD
check "with -r a directory is made, as a control" pull ask_directory 0 host:x/ -a

# Only what the sender sends of regular files and directories may arrive: with the options' owners, modes and attributes.
check "a sender of all kinds is ended at the first that was not asked for" refused ask_uninvited 2 host:x/ -r
plain()
{
	pull ask_uninvited '0 23 40' host:x/ -rlD && [ -e dst/setuid ] &&
		[ "$(stat -c '%u %g %h' dst/setuid)" = "$(id -u) $(id -g) 1" ] &&
		[ "$((0$(stat -c %a dst/setuid) & 07000))" -eq 0 ] &&
		[ -z "$(getfattr -h -d -m - --absolute-names dst/setuid)" ] &&
		[ "$(stat -c '%a %u %g' dst)" = "$dst_before" ]
}
check "without -p -o -g -X -H there is no setuid, no owner, no attribute, no hard link" plain

# What was asked for by name.
check "a name that was not asked for is refused" refused ask_fifo 2 host:x/other -a
check "a name that was asked for is taken, as a control" pull ask_fifo 0 host:x/fifo -a
check "the root's own mode and owner are refused where a name was asked for" refused ask_root 2 host:x/file -a
check "nothing is deleted beside a name that was asked for" refused ask_all_gone '0 23' host:x/file -a --delete
relative()
{
	refused ask_fifo 2 host:/x/./other/fifo -aR && pull ask_fifo 0 host:/x/./fifo -aR
}
check "with -R the first component that was asked for is all that is taken" relative
files_from()
{
	echo other/fifo >src/list
	refused ask_fifo 2 host:/x -a --files-from=src/d/b && pull ask_fifo '0 23' host:/x -a --files-from=<(echo ./fifo)
}
check "with --files-from only the names in it are taken" files_from

# Where the content of a directory was asked for its names are the sender's to say, and so are deletions, in there.
check "--max-delete bounds what a sender may have deleted" pull ask_all_gone 25 host:x/ -a --delete --max-delete=0
check "and what it protects is still there" unchanged
renamed()
{
	place
	echo mine >dst/mine
	ends_in '0 2 23' "$XFER" sync -a --delete --json --timeout=25 -e "$BIN_TEST/liar_uninvited ask_all_gone" host:x/file dst/new &&
		[ -e dst/mine ]
}
check "nothing is deleted beside the new name of a single file" renamed
finish
