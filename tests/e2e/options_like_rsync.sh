#!/usr/bin/env bash
# Every option of rsync's that xfer has does what rsync does: from the same beginning, both leave the same tree, exit
# with the same status and print the same itemised lines (sorted: the order is known to differ).
# takes: 80
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

work=$TEST_TMP/work
in=$work/in         # sources, and the folder where the commands run
before=$work/before # the destination as every case finds it, twice: theirs and ours
began=$(date +%s)
# rsync shows what is valid UTF-8 as it is only where the locale is
utf8=C.UTF-8

[ "$(id -u)" = 0 ] || {
	skip "xfer's options mean what rsync's mean" "it takes root to make devices and owners"
	finish
}

put()
{
	mkdir -p "$(dirname "$1")"
	printf '%s' "$2" >"$1"
}

# at TIME FILE... - sets modification times, of symlinks too.
at()
{
	local time=$1
	shift
	touch -h -d "$time" "$@"
}

# What source and destination both have.
build_common()
{
	local d=$1
	mkdir -p "$d/sub/deep" "$d/other"
	put "$d/same" "equal on both sides"
	put "$d/sub/same" "equal on both sides, below"
	put "$d/sub/deep/same" "and deeper"
	put "$d/exec" "a program"
	chmod 755 "$d/exec"
	ln -s same "$d/link"
	put "$d/pair1" "two names"
	ln "$d/pair1" "$d/sub/pair2"
	mkfifo "$d/fifo"
	mknod "$d/null" c 1 3
}

build_source()
{
	local s=$in/src
	mkdir -p "$s"
	build_common "$s"
	put "$s/content" "content as it is at the source"
	put "$s/sametime" "AAAA"
	put "$s/onlytime" "bbbb"
	put "$s/onesecond" "cccc"
	put "$s/newer-there" "the source's is older"
	put "$s/mode" "mode"
	chmod 2751 "$s/mode"
	put "$s/owner" "owner"
	chown 1234:4321 "$s/owner"
	put "$s/new" "a new file"
	put "$s/sub/new.o" "an object"
	put "$s/sub/new.c" "a source"
	put "$s/fresh/a" "in a new directory"
	put "$s/fresh/b/c.o" "an object further down"
	mkdir -p "$s/empty/emptier" "$s/onlyobjects"
	put "$s/onlyobjects/x.o" "an object"
	head -c 5000 /dev/zero | tr '\0' x >"$s/big"
	put "$s/small" "s"
	: >"$s/nothing"
	ln -s changed-target "$s/sub/link"
	ln -s /etc/passwd "$s/absolute"
	ln -s ../../outside "$s/sub/escapes"
	ln -s sub/../same "$s/inside"
	ln -s sub "$s/dirlink"
	put "$s/type-file-to-dir/inside" "a directory now"
	put "$s/type-dir-to-file" "a file now"
	ln -s same "$s/type-file-to-link"
	put "$s/type-link-to-file" "a file now"
	mkfifo "$s/newfifo"
	mknod "$s/device" b 7 9
	put "$s/$(printf 'sp ace\nline\033[1m\\x')" "an ugly name"
	put "$s/$(printf 'caf\303\251 \377')" "not UTF-8"
	chmod 1777 "$s/other"
	{
		head -c 100000 /dev/zero
		echo data
		head -c 300000 /dev/zero
	} >"$s/zeros"
	find "$s" -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +
	at '2021-03-04 05:06:08.5' "$s/onesecond"
	at '2020-01-01' "$s/newer-there" "$s/sub"
}

build_destination()
{
	local d=$before/ours
	mkdir -p "$d"
	build_common "$d"
	put "$d/content" "older and shorter"
	put "$d/sametime" "BBBB"
	put "$d/onlytime" "bbbb"
	put "$d/onesecond" "cccc"
	put "$d/newer-there" "the destination's own, newer"
	put "$d/mode" "mode"
	put "$d/owner" "owner"
	ln -s old-target "$d/sub/link"
	put "$d/type-file-to-dir" "still a file"
	mkdir -p "$d/type-dir-to-file" "$d/other/goes" "$d/extra/deeper"
	put "$d/type-file-to-link" "still a file"
	ln -s same "$d/type-link-to-file"
	mknod "$d/device" b 7 8
	put "$d/extra/file" "not at the source"
	put "$d/extra/deeper/x" "not at the source"
	put "$d/sub/extra.o" "not at the source, an object"
	put "$d/sub/extra.c" "not at the source"
	put "$d/other/goes/with" "it"
	ln -s nowhere "$d/extralink"
	find "$d" -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +
	at '2020-02-02' "$d/content" "$d/onlytime" "$d/other"
	at '2022-02-02' "$d/newer-there"
}

# More sources: overlapping directories, a tree for -R, lists of names.
build_more()
{
	put "$in/second/sub/new.c" "from the second source"
	put "$in/second/sub/second" "only in the second source"
	put "$in/second/shared/two" "2"
	put "$in/first/sub/first" "only in the first source"
	put "$in/first/shared/one" "1"
	chmod 700 "$in/first/sub"
	put "$in/other-src/fresh/x" "x"
	# (rsync does not print ./ where several sources are merged)
	find "$in/second" "$in/first" "$in/other-src" -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +
	at '2019-01-01' "$in/first/sub" "$in/first/shared"
	ln -s src "$in/srclink"
	printf 'same\nsub/new.c\n# no comment\nfresh\nsub/deep\nnot-there\nonlyobjects/x.o\n' >"$in/list"
	printf 'same\nsub/new.c\nfresh\nsub/deep/\n' >"$in/goodlist"
	printf 'same\nsub/new.c\nfresh/b/c.o\n' >"$in/flatlist"
	printf 'srclink/sub/new.c\nsrclink/new\nsrc/fresh/a\n' >"$in/linklist"
	printf 'same\0sub/new.c\0fresh/\0%b\0' 'sp ace\nline\033[1m\\x' >"$in/list0"
}

# What changes when anything in the tree is touched.
fingerprint()
{
	find "$1" -printf '%P %i %m %U %G %s %T@ %C@ %l\n'
}

fresh_destinations()
{
	rm -rf "$work/theirs" "$work/ours"
	cp -a "$before/theirs" "$before/ours" "$work"
}

# count FILE STEP - adds STEP for each itemised line of the file to said[].
itemised='^(([<>ch.][fdLDS][-.+?cstTpoguaxn]{9})|(\*deleting  )) '
count()
{
	local line
	while IFS= read -r line; do
		if [[ $line =~ $itemised ]]; then
			said[$line]=$((${said[$line]:-0} + $2))
		fi
	done <"$1"
}

# both ARGS... - runs rsync and xfer in $in, DST in an argument being the destination of each. Succeeds when the statuses are
# equal, and the itemised lines, in whatever order.
both()
{
	local theirs=0 ours=0 line differ=0
	local -A said=()
	(cd "$in" && LC_ALL=$utf8 exec rsync -i "${@//DST/$work/theirs}") >"$TEST_TMP/theirs.out" 2>&1 </dev/null || theirs=$?
	(cd "$in" && exec "$XFER" sync -i "${@//DST/$work/ours}") >"$TEST_TMP/ours.out" 2>&1 </dev/null || ours=$?
	if [ "$theirs" -ne "$ours" ]; then
		echo "exit: rsync $theirs, xfer $ours"
		tail -n 4 "$TEST_TMP/theirs.out"
		grep -aE '^(xfer|FAIL|  )' "$TEST_TMP/ours.out" | head -n 8
		return 1
	fi
	count "$TEST_TMP/theirs.out" 1
	count "$TEST_TMP/ours.out" -1
	for line in "${!said[@]}"; do
		[ "${said[$line]}" -ne 0 ] || continue
		echo "${said[$line]} (rsync more, -: xfer more): $line"
		differ=1
	done
	return "$differ"
}

# alike ARGS... - the same lines beforehand with -n, which changes nothing; then the same lines, status and tree (times since the
# script began are all "now", and the blocks of sparse files are no matter).
alike()
{
	local failed=0 untouched
	fresh_destinations
	untouched=$(fingerprint "$work/ours")
	both -n "$@" || {
		echo "... with -n"
		failed=1
	}
	[ "$(fingerprint "$work/ours")" = "$untouched" ] || {
		echo "... was changed by -n"
		failed=1
	}
	both "$@" || failed=1
	lib_same listing "$work/theirs" "$work/ours" || {
		echo "... is the difference of the trees"
		failed=1
	}
	return "$failed"
}

listing()
{
	tree_listing "$1" "$began"
}

# like_rsync SENTENCE ARGS...
like_rsync()
{
	local sentence=$1
	shift
	check "$sentence" alike "$@"
}

what_is_kept()
{
	like_rsync "-a is rsync's" -a src/ DST/
	like_rsync "-aH links again what is linked" -aH src/ DST/
	like_rsync "-aHAX is rsync's" -aHAX src/ DST/
	like_rsync "-r alone keeps neither modes nor times" -r src/ DST/
	like_rsync "-rt keeps times alone" -rt src/ DST/
	like_rsync "-rp keeps modes alone" -rp src/ DST/
	like_rsync "-rl copies symlinks" -rl src/ DST/
	like_rsync "-rlptD without owners" -rlptD src/ DST/
	like_rsync "-rlo keeps owners alone" -rlo src/ DST/
	like_rsync "-rlg keeps groups alone" -rlg src/ DST/
	like_rsync "without -r a directory is passed over" -lptgoD src DST/
	like_rsync "--no-p leaves modes alone" -a --no-p src/ DST/
	like_rsync "--no-o and --no-g leave owners alone" -a --no-o --no-g src/ DST/
	like_rsync "--no-t takes times out of -a" -a --no-t src/ DST/
	like_rsync "--no-D passes over devices and fifos" -a --no-D src/ DST/
	like_rsync "--no-devices passes over devices" -a --no-devices src/ DST/
	like_rsync "--no-specials passes over fifos" -a --no-specials src/ DST/
	like_rsync "--no-l passes over symlinks" -a --no-l src/ DST/
	like_rsync "--no-r of -a" -a --no-r src/ DST/
	like_rsync "-O leaves the times of directories" -aO src/ DST/
	like_rsync "-J leaves the times of symlinks" -aJ src/ DST/
	like_rsync "-p with --chmod" -a --chmod=D750,F640 src/ DST/
	like_rsync "--chmod with letters" -a --chmod=Dg+s,ug+w,Fo-rwx,+X src/ DST/
	like_rsync "--chmod without -p concerns what is new" -rlt --chmod=D700,F600 src/ DST/
	like_rsync "--chown gives all to one" -a --chown=55:66 src/ DST/
	like_rsync "--chown of a group" -a --chown=:66 src/ DST/
	like_rsync "--usermap by number, range and star" -a --usermap=1234:77,0-9:78,*:79 src/ DST/
	like_rsync "--usermap by name" -a --usermap=root:daemon src/ DST/
	like_rsync "--groupmap by number and star" -a --groupmap=4321:88,*:89 src/ DST/
	like_rsync "--numeric-ids is rsync's" -a --numeric-ids src/ DST/
	like_rsync "-S writes the same content" -aS src/ DST/
}

# rsync gives what it writes again to whoever runs it.
kept_owner()
{
	fresh_destinations
	chown 7:8 "$work/ours/content" "$work/ours/sub"
	check "without -o and -g all is copied" "$XFER" sync -rlpt "$in/src/" "$work/ours/"
	check "and a file that is written again keeps the owner and group that it has" \
		test "$(stat -c %u:%g "$work/ours/content" "$work/ours/sub" | uniq)" = 7:8
	check "with the new content" cmp "$in/src/content" "$work/ours/content"
}

what_is_compared()
{
	like_rsync "-u leaves what is newer there" -au src/ DST/
	like_rsync "--existing makes nothing new" -a --existing src/ DST/
	# where a directory is to take a file's place, rsync goes on into it and fails with 23
	like_rsync "--ignore-existing changes nothing that is there" -a --ignore-existing --exclude=/type-file-to-dir src/ DST/
	like_rsync "--existing with --ignore-existing and --delete only deletes" -a --existing --ignore-existing --delete \
		--exclude=/type-file-to-dir src/ DST/
	fresh_destinations
	check "--ignore-existing has nothing to say about a directory that has a file's name" \
		"$XFER" sync -aiq --ignore-existing "$in/src/type-file-to-dir" "$work/ours/"
	check "and leaves the file there" cmp "$before/ours/type-file-to-dir" "$work/ours/type-file-to-dir"
	like_rsync "--size-only overlooks times" -a --size-only src/ DST/
	like_rsync "--size-only with -r" -r --size-only src/ DST/
	like_rsync "-I copies all" -aI src/ DST/
	like_rsync "-c sees content behind the same time" -ac src/ DST/
	like_rsync "-c without times" -rc src/ DST/
	like_rsync "-u with -c" -auc src/ DST/
	like_rsync "--modify-window=2 overlooks a second" -a --modify-window=2 src/ DST/
	like_rsync "--modify-window=0 is exact to the nanosecond or not, as rsync's" -a --modify-window=0 src/ DST/
	like_rsync "--min-size leaves out the small" -a --min-size=10 src/ DST/
	like_rsync "--max-size leaves out the big" -a --max-size=1k src/ DST/
	like_rsync "--max-size with a fraction and --delete" -a --max-size=1.5KB --delete src/ DST/
	like_rsync "-W is no matter" -aW src/ DST/
	like_rsync "-z is no matter" -az src/ DST/
}

what_is_deleted()
{
	like_rsync "--delete" -a --delete src/ DST/
	like_rsync "--delete with -H" -aH --delete src/ DST/
	like_rsync "--delete without a slash concerns what is below the name" -a --delete src DST/
	like_rsync "--delete protects what is excluded" -a --delete --exclude='*.o' src/ DST/
	like_rsync "--delete-excluded does not" -a --delete-excluded --exclude='*.o' src/ DST/
	like_rsync "--delete-excluded with a protecting rule" -a --delete-excluded -f '- *.o' -f 'P /extra/' src/ DST/
	like_rsync "--delete-excluded with an include" -a --delete-excluded --include='new.o' --exclude='*.o' src/ DST/
	like_rsync "--delete with --existing" -a --delete --existing src/ DST/
	like_rsync "--delete with -m" -am --delete --exclude='*.o' src/ DST/
	like_rsync "--delete with a filter that hides" -a --delete -f 'H *.c' src/ DST/
	like_rsync "--delete with a filter that risks" -a --delete -f 'R *.o' -f '- *.o' src/ DST/
	like_rsync "--exclude of a directory" -a --delete --exclude=/sub/ src/ DST/
	like_rsync "--include of some, --exclude of the rest" -a --include='*/' --include='*.o' --exclude='*' src/ DST/
	like_rsync "-m leaves out directories in which nothing remains" -am --include='*/' --include='*.o' --exclude='*' src/ DST/
	like_rsync "-m alone" -am src/ DST/
}

# Which ones go first is not the same: only how many, and the status.
delete_limit()
{
	local missing=0 name deleted
	fresh_destinations
	check_exit 25 "--max-delete=2 stops with 25" "$XFER" sync -ai --max-delete=2 --delete "$in/src/" "$work/ours/"
	deleted=$(grep -c '^\*deleting' "$TEST_TMP/out")
	check "--max-delete=2 tells of two deletions" test "$deleted" = 2
	while IFS= read -r name; do
		[ -e "$work/ours/$name" ] || [ -L "$work/ours/$name" ] || missing=$((missing + 1))
	done < <(cd "$before/ours" && find . ! -name . | sort)
	check "--max-delete=2 deletes two" test "$missing" = 2
	fresh_destinations
	check_exit 25 "--max-delete=0 stops with 25" "$XFER" sync -aiq --max-delete=0 --delete "$in/src/" "$work/ours/"
	check "--max-delete=0 deletes nothing" not says '^\*deleting'
	check "rsync says 25 as well" rsync_limit
}

rsync_limit()
{
	rsync -a --max-delete=2 --delete "$in/src/" "$work/theirs/" >/dev/null 2>&1
	[ $? = 25 ]
}

what_is_chosen()
{
	like_rsync "-R keeps the path of its argument" -aR src/sub/deep DST/
	like_rsync "-R from /./ on" -aR src/./sub/deep src/./fresh DST/
	like_rsync "-R with several and a slash" -aR src/sub/ src/./other/ src/same DST/
	like_rsync "-R with a file deep below" -aR src/fresh/b/c.o DST/
	like_rsync "-R with --delete" -aR --delete src/./sub src/./fresh DST/
	like_rsync "-R with --no-implied..., not asked for, sets the directories on the way" -aR src/./fresh/b/c.o DST/
	like_rsync "--files-from without -r" -a --files-from=goodlist src/ DST/
	like_rsync "--files-from with -r" -a -r --files-from=goodlist src/ DST/
	like_rsync "--files-from with a name that is not there" -a --files-from=list src/ DST/
	like_rsync "--files-from with --from0" -a -r --from0 --files-from=list0 src/ DST/
	like_rsync "--files-from with --no-R" -a --no-R --files-from=flatlist src/ DST/
	like_rsync "--files-from with -r and --delete" -a -r --delete --files-from=goodlist src/ DST/
	like_rsync "--safe-links leaves out what points outside" -a --safe-links src/ DST/
	like_rsync "a symlink to a directory is a symlink" -a srclink DST/
	like_rsync "a symlink to a directory with a slash is the directory" -a srclink/ DST/
	like_rsync "-R with a symlink on the way" -aR srclink/sub DST/
	like_rsync "--exclude-from" -a --exclude-from=goodlist src/ DST/
}

what_is_named()
{
	like_rsync "a directory without a slash" -a src DST/
	like_rsync "a directory with a slash" -a src/ DST
	like_rsync "a directory by /." -a src/. DST/
	like_rsync "a directory to a new name" -a src DST/new-place
	like_rsync "a directory's content to a new name" -a src/ DST/new-place
	like_rsync "a file to a new name" -a src/new DST/renamed
	like_rsync "a file to a name that is a file" -a src/new DST/content
	like_rsync "a file into an existing directory" -a src/new DST
	like_rsync "a file into an existing directory with a slash" -a src/new DST/sub/
	like_rsync "a file into a new directory" -a src/new DST/made/
	like_rsync "a symlink to a new name" -a src/inside DST/renamed
	like_rsync "several files" -a src/new src/same src/sub DST
	like_rsync "several files into a new directory" -a src/new src/same DST/made
	like_rsync "the same name from two sources: the first counts" -a src/sub/ second/sub/ DST/
	like_rsync "sources with the same directories are merged" -a first/ second/ DST/
	like_rsync "merged sources with --delete" -a --delete first/ second/ DST/
	like_rsync "merged names with --delete" -a --delete first/sub second/sub DST/
	like_rsync "three sources overlapping with --delete" -a --delete src/ first/ other-src/ DST/
	like_rsync "a source that is missing leaves the others" -a src/new not-there src/same DST/
	# rsync makes the destination before it looks at it, and so finds the directory old
	like_rsync "--mkpath makes the way for a directory" -a --mkpath src DST/on/the/way/
	like_rsync "--mkpath makes the way for a file" -a --mkpath src/new DST/on/the/way/name
	like_rsync "without --mkpath the way must be there" -a src/new DST/on/the/way/name
	like_rsync "without --mkpath a file's directory must be there" -a src/new DST/nowhere/name
	# rsync says 11, and with -n nothing
	check_exit 3 "without --mkpath the way to a directory must be there" "$XFER" sync -a "$in/src/" "$work/ours/on/the/way"
	check_exit 3 "and with -n as well" "$XFER" sync -an "$in/src/" "$work/ours/on/the/way"
}

# rsync follows a symlink that leads to a name of a list. We follow what the user typed; who wrote a list is not known.
list_through_symlink()
{
	fresh_destinations
	check_exit 23 "--files-from does not go through a symlink" "$XFER" sync -a --files-from="$in/linklist" "$in/" "$work/ours/"
	check "and says so" says "srclink"
	check "and copies the other names" cmp "$in/src/fresh/a" "$work/ours/src/fresh/a"
	check "and nothing from behind the symlink" test ! -e "$work/ours/srclink/new"
}

# Another file system below the source: -x stays out of it, and leaves the mount point.
one_file_system()
{
	local mounted=$in/src/mounted
	mkdir -p "$mounted"
	put "$before/ours/mounted/kept" "below the mount point at the destination"
	at '2021-03-04 05:06:07' "$in/src" "$before/ours"
	rm -rf "$before/theirs"
	cp -a "$before/ours" "$before/theirs"
	if ! mount -t tmpfs -o size=1m none "$mounted" 2>/dev/null; then
		skip "-x stays on its file system" "cannot mount"
		return
	fi
	at_exit umount -l "$mounted"
	put "$mounted/file" "on another file system"
	at '2021-03-04 05:06:07' "$mounted/file" "$mounted"
	like_rsync "-x stays on its file system" -ax src/ DST/
	like_rsync "-x with --delete" -ax --delete src/ DST/
	like_rsync "without -x it is copied" -a src/ DST/
}

# list_only SENTENCE ARGS...
list_only()
{
	check "$1" list_alike "${@:2}"
}

list_alike()
{
	(cd "$in" && LC_ALL=$utf8 rsync --list-only "$@") | sort >"$TEST_TMP/theirs.out"
	(cd "$in" && "$XFER" sync --list-only "$@") | sort >"$TEST_TMP/ours.out"
	[ -s "$TEST_TMP/ours.out" ] || return 1
	diff "$TEST_TMP/theirs.out" "$TEST_TMP/ours.out"
}

lists()
{
	list_only "--list-only lists as rsync does" -a src/
	list_only "--list-only without -r shows one level" src/
	list_only "--list-only without a slash" -r src
	list_only "--list-only of a file" src/new
	list_only "--list-only with filters" -a --exclude='*.o' src/
}

in_memory 200m "$work"
export XFER_STATE_DIR=$work/state
mkdir "$in"
build_source
build_destination
cp -a "$before/ours" "$before/theirs"
build_more
tree_listing "$in/src" >"$TEST_TMP/source.before"
what_is_kept
kept_owner
what_is_compared
what_is_deleted
delete_limit
what_is_chosen
list_through_symlink
what_is_named
lists
tree_listing "$in/src" >"$TEST_TMP/source.after"
check "the source is as it was" diff "$TEST_TMP/source.before" "$TEST_TMP/source.after"
one_file_system
finish
