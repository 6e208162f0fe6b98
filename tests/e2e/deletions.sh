#!/usr/bin/env bash
# Deletions: exactly what the source does not have goes, and is counted; nothing goes where the source could not be
# read, where a filter protects, beyond the limit, or because a source is empty or not mounted.
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1

fresh()
{
	rm -rf src dst
	mkdir -p src/keep dst
	printf 'x\n' | tee src/a src/b >src/keep/c
	cp -a src/. dst
}

sync()
{
	"$XFER" sync -a "$@"
}

only()
{
	[ "$(ls -A "$1")" = "${2:-}" ] || {
		ls -lA "$1"
		return 1
	}
}

# deleted N ARGUMENT... - a run that says in its report that it deleted N, and itemises as many.
deleted()
{
	local wanted=$1 status=0
	shift
	"$XFER" sync -a -i --json "$@" >json || status=$?
	jq -r 'select(.event == "report") | "\(.items.deleted) deleted"
		' json
	jq -r 'select(.event == "item" and (.change | startswith("*deleting"))) | .item' json >names
	[ "$(jq 'select(.event == "report") | .items.deleted' json)" = "$wanted" ] &&
		[ "$(wc -l <names)" = "$wanted" ] || return 99
	return "$status"
}

exactly()
{
	fresh
	mkdir -p dst/old/{x,y/z}
	touch dst/old/{1,2,3} dst/old/x/{1,2} dst/old/y/z/{1,2,3,4} dst/keep/extra
	ln -s nowhere dst/old/y/dangling
	mkfifo dst/old/y/fifo
	check 'without --delete nothing is deleted' deleted 0 src/ dst
	check '... and all extra names stay' test -e dst/old/y/z/4 -a -e dst/keep/extra
	check 'a dry run counts what would be deleted' deleted 16 -n --delete src/ dst
	check '... and deletes nothing' test -e dst/old/y/z/4 -a -e dst/keep/extra
	check 'nested deletions are counted exactly' deleted 16 --delete src/ dst
	check '... and named, a directory after what is in it' bash -c 'tail -n 1 names | grep -qx old/ || tail -n 2 names | grep -qx old/'
	check '... and gone' same_trees src dst
	check 'a second run deletes nothing' deleted 0 --delete src/ dst
	touch dst/outside dst/keep/extra
	check 'only directories that are synced are tidied' deleted 1 --delete src/keep dst
	check '... and what is beside them stays' test -e dst/outside
	check 'several sources: what none has is deleted' deleted 1 --delete src/ src/keep/ dst
}

protected()
{
	fresh
	mkdir -p dst/old/inner dst/gone
	touch dst/extra.log dst/old/inner/deep.log dst/old/inner/other dst/gone/1 src/source.log
	check 'excluded names are not deleted' deleted 3 --delete --exclude='*.log' src/ dst
	check '... nor the directories that hold them' test -e dst/extra.log -a -e dst/old/inner/deep.log
	check '... but all else is' test ! -e dst/old/inner/other -a ! -e dst/gone
	touch dst/precious
	check 'protected names are not deleted' deleted 0 --delete --filter='P precious' --filter='P *.log' --filter='P old/' \
		--exclude=source.log src/ dst
	check '... and stay' test -e dst/precious
	check 'a rule for the sender alone does not protect' deleted 1 --delete --filter='H source.log' --filter='P *.log' src/ dst
	check '... the name at the receiver' test ! -e dst/precious
	check '--delete-excluded deletes excluded names too' deleted 4 --delete-excluded --exclude='*.log' src/ dst
	check '... all of them' test -z "$(find dst -name '*.log')"
	touch dst/precious
	check 'but not what is protected' deleted 0 --delete-excluded --filter='P precious' --exclude=source.log src/ dst
	check '--delete-excluded implies --delete' deleted 1 --delete-excluded --exclude=source.log src/ dst
	touch dst/precious
	check '--existing and --ignore-existing do not change what is deleted' deleted 1 --delete --existing src/ dst
	touch dst/young
	check 'a file that is skipped for its size is not deleted' deleted 1 --delete --max-size=1 src/ dst
	check '... but stays' test -e dst/a
}

limited()
{
	fresh
	touch dst/{1..20}
	check_exit 25 '--max-delete=5 stops at 5' deleted 5 --delete --max-delete=5 src/ dst
	check '... and the rest stays' test "$(find dst -name '[0-9]*' | wc -l)" = 15
	printf 'new\n' >src/new
	check_exit 25 '--max-delete=0 deletes nothing' deleted 0 --delete --max-delete=0 src/ dst
	check '... and everything is copied all the same' cmp src/new dst/new
	check_exit 25 'a dry run foresees it' deleted 5 -n --delete --max-delete=5 src/ dst
	check 'a limit that is not reached is none' deleted 15 --delete --max-delete=15 src/ dst
	check '... and the trees are equal' same_trees src dst
	mkdir dst/many
	touch dst/many/{1..95}
	check_exit 25 '--max-delete=10% of 101 items stops at 10' deleted 10 --delete --max-delete=10% src/ dst
	check '... and says so' bash -c 'jq -r "select(.event == \"report\").meaning" json | grep -q max-delete'
	check '--max-delete=100% is no limit' deleted 86 --delete --max-delete=100% src/ dst
	mkdir dst/full
	touch dst/full/x
	check_exit 25 'a directory that the limit did not let empty stays' deleted 1 --delete --max-delete=1 src/ dst
	check '... and is empty' only dst/full ''
}

empty_source()
{
	fresh
	mkdir empty
	check_exit 25 'an empty source does not empty the destination' deleted 0 --delete empty/ dst
	check '... and everything stays' cmp src/keep/c dst/keep/c
	"$XFER" sync -a --delete empty/ dst >out.text 2>&1
	check '... and the option that would is named' grep -q 'source is empty.*--allow-empty-source' out.text
	check 'an empty source and an empty destination are no error' sync --delete empty/ nothing
	mkdir src/void dst/void
	touch dst/void/x
	check 'an empty directory inside the source is nothing special' deleted 1 --delete src/ dst
	check_exit 3 'a source that vanished deletes nothing' sync --delete nowhere/ dst
	check '... and everything stays' cmp src/keep/c dst/keep/c
	check '--allow-empty-source lets it' deleted 5 --delete --allow-empty-source empty/ dst
	check '... and nothing is left' only dst ''
	rmdir empty
}

not_mounted()
{
	fresh
	mkdir -p mounted
	mount -t tmpfs none mounted 2>/dev/null || {
		skip 'an empty mount point does not empty the destination' 'no mounts'
		return
	}
	at_exit unmount_loop "$PWD/mounted"
	check_exit 25 'a source that is an empty file system does not empty the destination' deleted 0 --delete mounted/ dst
	cp -a src/. mounted
	check 'with files in it there is nothing to delete' deleted 0 --delete mounted/ dst
	umount mounted
	check_exit 25 'a source that is not mounted does not empty the destination' deleted 0 --delete mounted/ dst
	check '... and everything stays' cmp src/keep/c dst/keep/c

	mkdir dst/mnt
	mount -t tmpfs none dst/mnt
	at_exit unmount_loop "$PWD/dst/mnt"
	touch dst/mnt/1 dst/mnt/2
	check_exit 23 'a mount point in the destination that is to go is a failure' sync --delete src/ dst
	check '... that is named' says 'mnt: .*busy'
	check '... and what was in it is deleted, as rsync does' only dst/mnt ''
	umount dst/mnt
	check 'once it is unmounted it goes' deleted 1 --delete src/ dst
}

# As a user who is not root.
unreadable()
{
	fresh
	mkdir bin
	cp "$XFER" bin/xfer
	mkdir src/locked src/open
	touch src/locked/1 src/open/1
	cp -a src/. dst
	touch dst/locked/extra dst/open/extra dst/extra
	chown -R 65534:65534 src dst
	chmod 000 src/locked
	local user=(setpriv --reuid=65534 --regid=65534 --clear-groups bin/xfer sync -a)
	check_exit 23 'a source directory that cannot be read is a failure' "${user[@]}" --delete src/ dst
	check '... that is named' says 'locked: .*Permission denied'
	chmod 755 dst/locked
	check '... and nothing is deleted in it' test -e dst/locked/extra -a -e dst/locked/1
	check '... but elsewhere' test ! -e dst/open/extra -a ! -e dst/extra
	check_exit 23 'with --ignore-errors' "${user[@]}" --delete --ignore-errors src/ dst
	chmod 755 dst/locked
	check '... what is there is deleted' only dst/locked ''
	chmod 755 src/locked

	mkdir dst/ro src/ro
	touch dst/ro/extra src/ro/new
	chown -R 65534:65534 dst src
	chmod 555 dst/ro src/ro
	check 'in a read-only directory of the user names are made and deleted' "${user[@]}" --delete src/ dst
	check '... and all is there, the mode too' same_trees src dst
	mkdir -p dst/old/ro
	touch dst/old/ro/file
	chown -R 65534:65534 dst/old
	chmod 555 dst/old/ro
	check 'a read-only directory of the user is deleted, as rsync does' "${user[@]}" --delete src/ dst
	check '... with what was in it' same_trees src dst
}

big()
{
	fresh
	mkdir dst/big
	(cd dst/big && seq -f '%g-with-a-name-of-some-length' 10000 | xargs touch)
	check 'a directory with 10,000 names is deleted' deleted 10001 --delete src/ dst
	check '... wholly' same_trees src dst
}

type_changes()
{
	fresh
	mkdir dst/d
	touch dst/d/1 dst/d/2
	printf 'now a file\n' >src/d
	check_exit 23 'a file does not replace a directory that holds something, without --delete' sync src/ dst
	check '... it is named' says '(^| )d: .*not empty'
	check '... and its content stays' test -e dst/d/1 -a -e dst/d/2
	check 'with --delete it does, and is not counted itself' deleted 2 --delete src/ dst
	check '... and is there' same_trees src dst
	rm src/d dst/d
	mkdir dst/d
	ln -s a src/d
	check 'a symlink replaces an empty directory without --delete' sync src/ dst
	check '... and is there' same_trees src dst
	rm src/d
	mkdir src/d
	touch src/d/1
	check 'a directory replaces a symlink without --delete' sync src/ dst
	check '... and is there' same_trees src dst
}

links_out()
{
	fresh
	mkdir outside
	touch outside/precious
	ln -s ../outside dst/to-directory
	ln -s ../outside/precious dst/keep/to-file
	ln outside/precious dst/hard
	check 'symlinks and hard links that lead outside are removed' deleted 3 --delete src/ dst
	check '... and only they' test -e outside/precious
	ln -s ../outside dst/dir
	mkdir src/dir
	touch src/dir/new
	check 'a symlink in the place of a directory is replaced' sync --delete src/ dst
	check '... and its target is neither emptied nor filled' only outside precious
	check '... and all is there' same_trees src dst
}

exactly
protected
limited
empty_source
big
type_changes
links_out
if [ "$(id -u)" = 0 ]; then
	not_mounted
	unreadable
else
	skip 'mount points and unreadable directories' 'not root'
fi
finish
