#!/usr/bin/env bash
# A copy is the same in everything that a file system can hold: locally and over ssh, both ways. A second run has nothing
# to do; what is changed afterwards is seen, told as rsync tells it, and set right.
# modes: release
# takes: 40
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"
export PATH=$PATH:/usr/sbin:/sbin

src=$TEST_TMP/src
dst=$TEST_TMP/dst
utf8=C.UTF-8

[ "$(id -u)" = 0 ] || {
	skip "a copy is the same in everything" "it takes root to make devices and owners"
	finish
}

modes_and_owners()
{
	local mode
	mkdir "$src/modes"
	for mode in 000 400 644 755 4755 2755 6711 1644 7777; do
		echo "mode $mode" >"$src/modes/file-$mode"
		mkdir "$src/modes/dir-$mode"
		echo below >"$src/modes/dir-$mode/file"
		chmod "$mode" "$src/modes/file-$mode" "$src/modes/dir-$mode"
	done
	mkdir "$src/owners"
	echo a >"$src/owners/a"
	echo b >"$src/owners/b"
	ln -s a "$src/owners/link"
	mkfifo "$src/owners/fifo"
	mkdir "$src/owners/dir"
	chown 1234:4321 "$src/owners/a"
	chown 4294967294:4000000000 "$src/owners/b"
	chown -h 77:88 "$src/owners/link"
	chown 1:2 "$src/owners/fifo"
	chown 99:0 "$src/owners/dir"
	echo suid >"$src/owners/suid"
	chown 33:33 "$src/owners/suid"
	chmod 6755 "$src/owners/suid"
}

contents()
{
	local size
	mkdir -p "$src/content/empty/emptier"
	for size in 0 1 4095 4096 262143 262144 262145 307200 1048575 1048576 1048577 3000000; do
		head -c "$size" /dev/urandom >"$src/content/$size"
	done
	head -c 2000000 /dev/zero >"$src/content/zeros"
	truncate -s 5M "$src/content/hole-front"
	echo "at the end" >>"$src/content/hole-front"
	echo "at the front" >"$src/content/hole-end"
	truncate -s 5M "$src/content/hole-end"
	head -c 70000 /dev/urandom >"$src/content/hole-middle"
	truncate -s 7M "$src/content/hole-middle"
	head -c 70000 /dev/urandom >>"$src/content/hole-middle"
	truncate -s 3M "$src/content/hole-alone"
	truncate -s 100000 "$src/content/hole-small"
}

links_and_nodes()
{
	local d=$src/nodes
	mkdir -p "$d/one" "$d/two/three"
	echo hard >"$d/one/hard"
	ln "$d/one/hard" "$d/two/hard"
	ln "$d/one/hard" "$d/two/three/hard"
	ln "$d/one/hard" "$d/a-first"
	head -c 400000 /dev/urandom >"$d/two/large"
	ln "$d/two/large" "$d/one/large"
	: >"$d/two/empty"
	ln "$d/two/empty" "$d/one/empty"
	ln -s hard "$d/one/symlink"
	ln "$d/one/symlink" "$d/two/symlink"
	mkfifo "$d/one/fifo"
	ln "$d/one/fifo" "$d/two/fifo"
	mknod "$d/char" c 1 7
	mknod "$d/block" b 259 1048575
	mknod "$d/device1" c 5 1
	ln "$d/device1" "$d/one/device2"
	(cd "$d" && "$BIN_TEST/make_tree" socket socket)
	ln -s nowhere "$d/dangling"
	ln -s /etc/passwd "$d/absolute"
	ln -s ../../../../.. "$d/up"
	ln -s . "$d/loop"
	ln -s "$(printf 'tar\nget \033[1m\377')" "$d/ugly-target"
	"$BIN_TEST/make_tree" link "$d/link-4095" 4095
}

attributes()
{
	local d=$src/attributes
	mkdir -p "$d/default"
	echo plain >"$d/file"
	setfattr -n user.text -v "some text" "$d/file"
	setfattr -n user.binary -v 0x00ff0a00 "$d/file"
	setfattr -n user.empty "$d/file"
	setfattr -n trusted.root -v secret "$d/file"
	setfattr -n user.long -v "$(printf 'v%.0s' {1..1500})" "$d/default"
	ln -s file "$d/link"
	setfattr -h -n trusted.onlink -v yes "$d/link"
	echo program >"$d/capable"
	chown 5:5 "$d/capable"
	chmod 755 "$d/capable"
	setcap cap_net_raw,cap_net_bind_service+ep "$d/capable"
	echo acl >"$d/acl"
	setfacl -m u:1234:rw,g:4321:r,u:daemon:x,m::rx "$d/acl"
	setfacl -d -m u:1234:rwx,g::r,o::- "$d/default"
	echo inherits >"$d/default/inherits"
	mkdir "$d/default/dir"
	setfacl -b "$d/default/dir"
	echo "inherits nothing" >"$d/default/nothing"
	setfacl -b "$d/default/nothing"
	chmod 644 "$d/default/nothing"
	mkfifo "$d/fifo-acl"
	setfacl -m u:1234:rw "$d/fifo-acl"
}

names()
{
	local d=$src/names name
	mkdir "$d"
	# shellcheck disable=SC2016 # the dollar sign is meant
	for name in $'new\nline' $'esc\033[31m' -dash --delete ' lead' 'trail ' 'back\slash' '*' '?' '[a]' '~' '#' "'" '"' \
		$'\xff\xfe' $'\xc3' $'caf\xc3\xa9' $'tab\there' '...' ..a 'a:b' '\#012' $'\x7f' '$(x)' ';' .xfer-not-one; do
		echo "$name" >"$d/$name"
		mkdir "$d/dir-$name"
		: >"$d/dir-$name/$name"
	done
	printf -v name 'n%.0s' {1..255}
	echo "255 bytes" >"$d/$name"
	printf -v name '\377%.0s' {1..255}
	mkdir "$d/$name"
	echo "255 bytes, twice" >"$d/$name/$name"
}

# The kernel keeps times as the file system can; what the source has is what counts.
times()
{
	local d=$src/times time
	mkdir "$d"
	for time in 1901-12-14T00:00:01.000000001 1969-12-31T23:59:59.999999999 1970-01-01 2001-02-03T04:05:06.000000001 \
		2038-01-19T03:14:07.999999999 2038-01-19T03:14:08.5 2262-01-01T00:00:00.123456789; do
		echo "$time" >"$d/file-$time"
		mkdir "$d/dir-$time"
		: >"$d/dir-$time/inside"
		ln -s "$time" "$d/link-$time"
		mkfifo "$d/fifo-$time"
		touch -h -d "${time}Z" "$d"/*-"$time"
	done
}

build()
{
	mkdir "$src"
	modes_and_owners
	contents
	links_and_nodes
	attributes
	names
	times
	"$BIN_TEST/make_tree" deep "$src/thousand" 1000 1
	"$BIN_TEST/make_tree" deep "$src/beyond-path-max" 30 250
	mkdir "$src/readonly"
	echo "in a directory that nobody may write to" >"$src/readonly/file"
	chmod 555 "$src/readonly"
	touch -d 2011-11-11T11:11:11.111111111Z "$src/readonly" "$src/modes"/* "$src"
}

# same HOW - the destination is the source.
same()
{
	check "$1: content, names, modes, owners, times, links and devices are the same" same_trees "$src" "$dst"
	check "$1: attributes, ACLs and capabilities are the same" same_attrs "$src" "$dst"
	check "$1: sparse files are sparse" still_sparse
}

# No file takes more than the source's does, give or take a block.
still_sparse()
{
	local name there
	for name in "$src"/content/hole-*; do
		there=$(stat -c %b "$dst/content/${name##*/}")
		[ "$there" -le $(($(stat -c %b "$name") + 32)) ] || {
			echo "${name##*/}: $there blocks, the source has $(stat -c %b "$name")"
			return 1
		}
	done
}

# copied HOW FROM TO OPTION... - copies, looks, and copies again.
copied()
{
	local how=$1 from=$2 to=$3
	shift 3
	rm -rf "$dst"
	check "$how: the copy succeeds" "$XFER" sync -aHAX "$@" "$from/" "$to/"
	same "$how"
	check "$how: a second run succeeds" "$XFER" sync -aHAXi --json "$@" "$from/" "$to/"
	check "$how: and transfers nothing" says_report '.ok and .bytes.written == 0 and .bytes.read == 0 and
		.items.copied == 0 and .items.updated == 0 and .items.unchanged == .items.total'
	check "$how: and with -i says nothing" silent sync -aHAXiq "$@" "$from/" "$to/"
}

# says_report FILTER - the report in the last check's output.
says_report()
{
	tail -n 1 "$TEST_TMP/out" | tee "$TEST_TMP/report" | jq -e "$1" >"$TEST_TMP/verdict" || cat "$TEST_TMP/report"
	[ "$(cat "$TEST_TMP/verdict")" = true ]
}

silent()
{
	local said
	if ! said=$("$XFER" "$@" 2>&1) || [ -n "$said" ]; then
		printf '%s\n' "$said"
		return 1
	fi
}

# The itemised lines alone.
lines()
{
	grep -aE '^(([<>ch.][fdLDS][-.+?cstTpoguaxn]{9})|(\*deleting  )) ' "$1" | sort
}

# told SENTENCE - what was changed is told beforehand as rsync tells it, told again when it is done, and is done.
# rsync does not go beyond PATH_MAX, and takes seconds for a thousand levels.
told()
{
	check "$1: -n tells of it in rsync's lines" told_beforehand
	check "$1: so does the run" told_by_run
	check "$1: the trees are the same" same_trees "$src" "$dst"
	check "$1: the attributes are the same" same_attrs "$src" "$dst"
}

told_beforehand()
{
	LC_ALL=$utf8 rsync -aHAXin --delete --exclude=/beyond-path-max --exclude=/thousand "$src/" "$dst/" >"$TEST_TMP/rsync.out" || return 1
	"$XFER" sync -aHAXin --delete "$src/" "$dst/" >"$TEST_TMP/xfer.out" || return 1
	lines "$TEST_TMP/rsync.out" >"$TEST_TMP/rsync.lines"
	lines "$TEST_TMP/xfer.out" >"$TEST_TMP/xfer.lines"
	[ -s "$TEST_TMP/rsync.lines" ] && diff "$TEST_TMP/rsync.lines" "$TEST_TMP/xfer.lines"
}

told_by_run()
{
	"$XFER" sync -aHAXi --delete "$src/" "$dst/" >"$TEST_TMP/xfer.out" || return 1
	lines "$TEST_TMP/xfer.out" >"$TEST_TMP/xfer.lines"
	diff "$TEST_TMP/rsync.lines" "$TEST_TMP/xfer.lines"
}

# Each change alone, so that the lines say which one was missed.
changes()
{
	local d=$src/attributes n=$src/nodes
	chmod 4711 "$src/modes/file-644" && chmod 3770 "$src/modes/dir-755"
	told "modes"
	chown 4:5 "$src/owners/a" && chown -h 6:7 "$src/owners/link" && chown 8 "$src/owners/dir" && chgrp 9 "$src/owners/fifo"
	told "owners"
	touch -h -d 2015-05-05T05:05:05.000000005Z "$src/content/4096" "$src/owners/link" "$src/owners/fifo" \
		"$src/content/empty/emptier" "$n/block"
	told "times of a file, a symlink, a fifo, a device and a directory"
	setfattr -n user.text -v "another text" "$d/file" && setfattr -x user.empty "$d/file" &&
		setfattr -x user.long "$d/default" && setfattr -h -n trusted.onlink -v no "$d/link"
	told "extended attributes"
	setcap cap_sys_time+ep "$d/capable"
	told "a capability"
	setfacl -m u:1234:r "$d/acl" && setfacl -d -m u:4:rx "$d/default" && setfacl -b "$d/fifo-acl"
	told "ACLs"
	ln -sfn elsewhere "$n/dangling" && touch -h -d 2010-01-01 "$n/dangling"
	told "a symlink's target"
	rm "$n/char" && mknod "$n/char" c 1 8
	told "a device's number"
	rm "$n/two/hard" && echo "on its own now" >"$n/two/hard"
	told "a hard link that was broken"
	ln -f "$src/content/4096" "$n/two/three/new-name" && ln -f "$src/content/4096" "$src/content/4095"
	linked
	echo longer >>"$src/content/1" && head -c 500000 /dev/urandom >"$src/content/307200"
	told "content"
	type_changes
	block_for_char
	rm -r "$src/content/empty" "$n/one/large" "$src/names/dir--dash"
	told "deletions"
}

# Which name is told as the file and which as the link is a matter of the order.
linked()
{
	"$XFER" sync -aHAXin --delete "$src/" "$dst/" | sort >"$TEST_TMP/xfer.out"
	lines "$TEST_TMP/xfer.out" >"$TEST_TMP/rsync.lines"
	check "a hard link that was made: -n tells of its names" test "$(grep -c -E '(new-name|content/409[56])' "$TEST_TMP/rsync.lines")" -ge 2
	check "a hard link that was made: so does the run" told_by_run
	check "a hard link that was made: the trees are the same" same_trees "$src" "$dst"
}

# rsync takes a block device for the character device of the same number.
block_for_char()
{
	rm "$src/nodes/char" && mknod "$src/nodes/char" b 1 8
	check "a character device is replaced by a block device of the same number" "$XFER" sync -aHAXi "$src/" "$dst/"
	check "and told as new" says '^cD[+]{9} nodes/char$'
	check "and is one" test -b "$dst/nodes/char"
}

type_changes()
{
	local d=$src/types
	mkdir -p "$d/dir1/below" "$d/dir2" "$d/dir3"
	echo 1 >"$d/file1" && echo 2 >"$d/file2" && echo 3 >"$d/file3"
	echo 4 >"$d/dir1/below/file"
	ln -s file1 "$d/link1" && ln -s file2 "$d/link2" && ln -s x "$d/link3"
	mkfifo "$d/fifo1" && mknod "$d/node1" c 1 3
	told "a new directory with all types"
	rm -r "$d/dir1" "$d/dir2" "$d/file1" "$d/file2" "$d/link1" "$d/link2" "$d/dir3" "$d/fifo1" "$d/node1" "$d/link3" \
		"$d/file3"
	echo "was a directory" >"$d/dir1" && ln -s file1 "$d/dir2" && mkfifo "$d/dir3"
	mkdir "$d/file1" "$d/link1" && echo below >"$d/file1/new" && ln -s dir2 "$d/file2"
	echo "was a symlink" >"$d/link2" && mknod "$d/link3" b 7 7
	echo "was a fifo" >"$d/fifo1" && mkdir "$d/node1" && mkfifo "$d/file3"
	told "types"
}

# Same size, same time: nobody sees it who does not read.
hidden_change()
{
	local file=$src/content/262144 before
	before=$(stat -c %y "$file")
	printf X | dd of="$file" bs=1 seek=1000 conv=notrunc status=none
	touch -d "$before" "$file"
	check "content with the same size and time is not seen" silent sync -aHAXiq "$src/" "$dst/"
	check "and not copied" not cmp -s "$file" "$dst/content/262144"
	check_exit 40 "verify sees it" "$XFER" verify -HAX "$src/" "$dst/"
	check "and names it" says '^[<>]fc\.+ content/262144$'
	check "-c sees it" "$XFER" sync -aHAXic "$src/" "$dst/"
	check "and names it and nothing else" test "$(lines "$TEST_TMP/out")" = ">fc........ content/262144"
	check "and sets it right" same_trees "$src" "$dst"
	check "verify is content" "$XFER" verify -HAX "$src/" "$dst/"
}

# A terabyte of which 10 MB are data.
terabyte()
{
	local a=$TEST_TMP/sparse-a b=$TEST_TMP/sparse-b at
	mkdir "$a"
	truncate -s 1T "$a/image"
	for at in 0 1 400000 777777 1048565; do
		head -c 2097152 /dev/urandom | dd of="$a/image" bs=1M seek="$at" conv=notrunc status=none
	done
	check "a file of 1 TB with 10 MB of data is copied" few_calls sync -a --json --no-space-check "$a/" "$b/"
	check "of which the data alone is read and written" says_report '.ok and .bytes.total >= 1099511627776 and
		.bytes.read < 20000000 and .bytes.written < 20000000'
	check "it has its size" test "$(stat -c %s "$b/image")" = 1099511627776
	check "it takes no more blocks than the source" test "$(stat -c %b "$b/image")" -le "$(($(stat -c %b "$a/image") + 64))"
	check "it is read back equal" "$XFER" verify "$a/" "$b/"
	check "piece by piece" same_pieces "$a/image" "$b/image"
	rm -rf "$a" "$b"
}

# few_calls ARGUMENT... - xfer, with so few system calls that none can be for each piece of a terabyte, were it of 64 MB.
few_calls()
{
	if ! strace -f -qq -o "$TEST_TMP/calls" true 2>/dev/null; then # nothing can be traced here
		"$XFER" "$@"
		return
	fi
	# (what looks for leaks traces as well)
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -qq -o "$TEST_TMP/calls" "$XFER" "$@" || return 1
	[ "$(wc -l <"$TEST_TMP/calls")" -lt 10000 ] || {
		sed -E 's/^[0-9]+ +([a-z0-9_]+).*/\1/' "$TEST_TMP/calls" | sort | uniq -c
		return 1
	}
}

same_pieces()
{
	local at
	for at in 0 1 2 400000 400001 777777 1048565 1048566; do
		cmp <(dd if="$1" bs=1M skip="$at" count=1 status=none) <(dd if="$2" bs=1M skip="$at" count=1 status=none) || return 1
	done
}

umask 022
build
start_sshd || exit 1
copied "pushed over ssh" "$src" "localhost:$dst" -e "$SSH_CMD" --xfer-path="$XFER"
copied "pulled over ssh" "localhost:$src" "$dst" -e "$SSH_CMD" --xfer-path="$XFER"
check "verify over ssh finds no difference" "$XFER" verify -HAX -e "$SSH_CMD" --xfer-path="$XFER" "$src/" "localhost:$dst/"
copied "locally" "$src" "$dst"
check "verify finds no difference" "$XFER" verify -HAX "$src/" "$dst/"
changes
hidden_change
[ "$TEST_MODE" != release ] || terabyte # traced and under a sanitizer it takes as long as all the rest
finish
