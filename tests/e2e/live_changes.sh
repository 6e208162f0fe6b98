#!/usr/bin/env bash
# The source and the destination change while the run goes on: what that concerns is named, the rest is copied, nothing
# outside is touched, and the next run finds everything right. relay (relay.c) stands between the two ends and acts at
# an exact frame of the stream, so that there is no race to win.
# takes: 60
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
here=$PWD

# at KIND:N SHELL - the relay's options for a change at that frame.
at()
{
	printf -- "--after %s --do '%s'" "$1" "$2"
}

fresh()
{
	rm -rf src dst canary
	mkdir -p src/d dst canary
	printf 'kept\n' | tee src/a src/d/b >src/z
	printf 'secret\n' >canary/secret
}

# for_both FUNCTION - a test in both roles: pushing, where the sender is the user's side, and pulling.
for_both()
{
	local function=$1
	fresh
	from=$here/src to=there:$here/dst way=pushing
	"$function"
	fresh
	from=there:$here/src to=$here/dst way=pulling
	"$function"
}

# settles - the same command again, without the relay's hand in it, ends well and makes the trees equal.
settles()
{
	check "... and the next run is clean ($way)" "$XFER" sync -a --delete src/ dst
	check "... and has everything ($way)" same_trees src dst
	check "... and leaves no debris ($way)" no_debris dst
}

# Between listing and reading: at the first WANT the names are listed and none is read yet.

vanishes()
{
	check_exit 24 "a file that vanishes before it is read has the status 24 ($way)" \
		relayed "$(at WANT:1 "rm $here/src/d/b")" -a "$from/" "$to"
	check '... and is named' says '(^|[ /])d/b: .*No such file'
	check '... and the rest is copied' cmp src/z dst/z
	check '... and it has no name at the destination' test ! -e dst/d/b
	settles
}

vanishes_and_is_kept()
{
	cp -a src/. dst
	printf 'newer than before\n' >src/d/b
	check_exit 24 "a file that vanishes while its old version is there ($way)" \
		relayed "$(at WANT:1 "rm $here/src/d/b")" -a --delete "$from/" "$to"
	check '... leaves that untouched' grep -qx kept dst/d/b
	settles
}

large_vanishes()
{
	head -c 1000000 /dev/urandom >src/large
	check_exit 24 "a large file that vanishes before it is read has the status 24 ($way)" \
		relayed "$(at WANT:1 "rm $here/src/large")" -a "$from/" "$to"
	check '... and is named' says '(^|[ /])large: .*No such file'
	check '... and has no name at the destination' test ! -e dst/large
	settles
}

becomes_unreadable_or_other()
{
	local kind
	for kind in "ln -s $here/canary/secret $here/src/d/b" "mkfifo $here/src/d/b" "mkdir $here/src/d/b"; do
		fresh
		check_exit 23 "a file that is replaced by another type: ${kind%% *} ($way)" \
			relayed "$(at WANT:1 "rm $here/src/d/b && $kind")" -a "$from/" "$to"
		check '... is named' says '(^|[ /])d/b: '
		check '... and is not followed' test ! -e dst/d/b
		check '... and the rest is copied' cmp src/z dst/z
		settles
	done
}

changes_before_it_is_read()
{
	head -c 1000000 /dev/zero >src/shrinks
	cp src/shrinks src/grows
	check "files that change between listing and reading ($way)" \
		relayed "$(at WANT:1 "echo more >>$here/src/grows; echo less >$here/src/shrinks; head -c 500000 /dev/zero >$here/src/d/b")" \
		-a "$from/" "$to"
	check '... are copied as they are then' same_trees src dst
}

appears()
{
	check "a file that appears after its directory was listed ($way)" \
		relayed "$(at WANT:1 "echo new >$here/src/d/new")" -a --delete "$from/" "$to"
	check '... is left to the next run' test ! -e dst/d/new
	settles
}

# While it is read: more than fits into all buffers on the way, so that at the first DATA the end is not read yet.

changes_while_it_is_read()
{
	local change
	for change in 'echo more >>' 'truncate -s 5000000' 'truncate -s 0' 'echo less >'; do
		fresh
		head -c 40000000 /dev/urandom >src/large
		printf 'old\n' >dst/large
		touch -d @1 dst/large
		check_exit 23 "a file that changes while it is read: $change ($way)" \
			relayed "$(at DATA:1 "$change $here/src/large")" -a "$from/" "$to"
		check '... is named' says '(^|[ /])large: .*while it was read.*run again'
		check '... and the rest is copied' cmp src/z dst/z
		settles
	done
}

vanishes_while_it_is_read()
{
	head -c 40000000 /dev/urandom >src/large
	cp src/large kept.large
	check "a file that is removed while it is read ($way)" \
		relayed "$(at DATA:1 "rm $here/src/large")" -a "$from/" "$to"
	check '... is whole' cmp kept.large dst/large
	settles
}

# Directories. The sender lists no further than its window ahead of the receiver's decisions; a first directory with more
# names than that keeps the last one from being listed until the first WANT has come.

prepare_directories()
{
	fresh
	mkdir src/{1..8}
	local order
	mapfile -t order < <(find src -mindepth 1 -maxdepth 1 -name '[1-8]' -printf '%f\n')
	first=${order[0]} last=${order[7]}
	(cd "src/$first" && seq -f 'name%g' 70000 | xargs touch)
	printf 'in the last one\n' | tee "src/$last/x" >"src/$last/y"
	"$XFER" sync -a src/ dst >/dev/null
	printf 'extra\n' | tee "dst/$last/extra" >dst/extra
}

# directory STATUS SENTENCE SHELL - the last directory meets its fate before it is listed.
directory()
{
	check_exit "$1" "$2" relayed "$(at WANT:1 "$3")" -a --delete "$here/src/" "there:$here/dst"
	check '... is named' says "(^|[ /])$last: "
	check '... and nothing is deleted in it' cat "dst/$last/extra" "dst/$last/x"
	check '... but elsewhere' test ! -e dst/extra
	rm -rf "src/$last"
	cp -a dst/"$last" src/
	rm -f "src/$last/extra"
	printf 'extra\n' >dst/extra
}

directories()
{
	local order first last
	way=pushing
	prepare_directories
	directory 24 'a directory that vanishes before it is listed has the status 24' "rm -r $here/src/$last"
	directory 23 'a directory that is replaced by a symlink before it is listed' \
		"rm -r $here/src/$last && ln -s $here/canary $here/src/$last"
	check '... which is not followed' test ! -e "dst/$last/secret"
	directory 23 'a directory that is replaced by a file before it is listed' "rm -r $here/src/$last && touch $here/src/$last"
	if [ "$(id -u)" = 0 ]; then
		mkdir bin
		cp "$XFER" bin/xfer
		cp "$BIN_TEST/relay" bin/relay
		chown -R 65534:65534 src dst
		check_exit 23 'a directory that becomes unreadable before it is listed' \
			setpriv --reuid=65534 --regid=65534 --clear-groups bin/xfer sync -a --delete \
			-e "$here/bin/relay $(at WANT:1 "chmod 0 $here/src/$last")" --xfer-path "$here/bin/xfer" \
			"$here/src/" "there:$here/dst"
		check '... is named' says "(^|[ /])$last: .*Permission denied"
		check '... and nothing is deleted in it' cat "dst/$last/extra" "dst/$last/x"
		check '... but elsewhere' test ! -e dst/extra
		chmod 755 "src/$last"
	fi
	settles
}

# The destination: at the first BUNDLE the receiver has decided and not yet written.

destination_vanishes()
{
	cp -a src/. dst
	printf 'newer than before\n' | tee src/d/b >src/z
	check_exit 23 "a destination directory that is removed under the receiver ($way)" \
		relayed "$(at BUNDLE:1 "rm -r $here/dst/d")" -a "$from/" "$to"
	check '... is named' says '(^|[ /])d/b: '
	check '... and the rest is copied' cmp src/z dst/z
	settles
}

destination_is_replaced()
{
	cp -a src/. dst
	cp -a canary canary.before
	printf 'newer than before\n' | tee src/d/b >src/z
	check "a destination directory that is replaced by a symlink under the receiver ($way)" \
		relayed "$(at WANT:1 "mv $here/dst/d $here/away && ln -s $here/canary $here/dst/d")" -a --delete "$from/" "$to"
	check '... and where it points nothing is changed' same_trees canary canary.before
	check '... and the files are in the directory that was opened' same_trees src/d away
	rm -rf away canary.before
	settles
}

destination_root_is_replaced()
{
	cp -a canary canary.before
	check "a destination root that is replaced by a symlink under the receiver ($way)" \
		relayed "$(at WANT:1 "mv $here/dst $here/away && ln -s $here/canary $here/dst")" -a --delete "$from/" "$to"
	check '... and where it points nothing is changed' same_trees canary canary.before
	check '... and the copy is in the directory that was opened' same_trees src away
	rm -rf away canary.before dst
}

for test in vanishes vanishes_and_is_kept large_vanishes becomes_unreadable_or_other changes_before_it_is_read appears \
	changes_while_it_is_read vanishes_while_it_is_read destination_vanishes destination_is_replaced \
	destination_root_is_replaced; do
	for_both "$test"
done
directories
finish
