#!/usr/bin/env bash
# Of a large file only what is missing travels: after an interruption, and where an old version is there. Sizes are
# counted on the wire by the report; what comes out is compared byte by byte.
# What check runs looks unreachable to shellcheck, and the arguments that it passes on too.
# shellcheck disable=SC2317,SC2119,SC2120
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

MIB=1048576
mkdir "$TEST_TMP/work" && cd "$TEST_TMP/work" || exit 1
here=$PWD

# push ARGUMENT... - src to dst as between two hosts, incompressibly; "sent", "received" and "written" from the report.
push()
{
	relayed "" --json -a --no-z "$@" "$here/src/" "there:$here/dst" >report
	local status=$?
	read -r sent received written < <(jq -r 'select(.event == "report") | .bytes | "\(.sent) \(.received) \(.written)"' report)
	return "$status"
}

# interrupted KIND:N [ARGUMENT...] - a push that ends when the Nth frame of that kind has come.
interrupted()
{
	local when=$1 status=0
	shift
	relayed "--cut-after $when" -a --no-z "$@" "$here/src/" "there:$here/dst" >out 2>&1 || status=$?
	[[ " 10 12 " == *" $status "* ]] || {
		cat out
		return 1
	}
}

same()
{
	cmp src/file dst/file && same_trees src dst && no_debris dst
}

# fresh MIB - src/file of so many random MiB, and no dst.
fresh()
{
	chmod -R u+w src dst 2>/dev/null
	rm -rf src dst
	mkdir src dst
	head -c "$(($1 * MIB))" /dev/urandom >src/file
}

# at_most N LIMIT
at_most()
{
	[ "$1" -le "$2" ] || {
		echo "$1 is more than $2"
		return 1
	}
}

interruptions()
{
	fresh 12
	check "a link that is cut in the middle of a file" interrupted DATA:6
	check "... leaves no name" test ! -e dst/file
	check "... and the next run completes" push
	check "... sends not more than the rest" at_most "$sent" $((8 * MIB))
	check "... and leaves nothing else" same

	fresh 12
	rmdir dst
	check "the same in a directory that is new" interrupted DATA:6
	check "... completes" push
	check "... by the rest" at_most "$sent" $((8 * MIB))
	check "... and leaves nothing else" same

	fresh 12
	mkdir -p src/a/b
	mv src/file src/a/b/file
	ln -s b/file src/a/file
	strace -qqf -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when=50 \
		"$XFER" sync -a src/ dst >out 2>&1
	check "a receiver killed in new directories leaves no name" test ! -e dst/a/b/file
	check "... the next run completes" push
	check "... by the rest" at_most "$sent" $((8 * MIB))
	check "... whole" same_trees src dst
	check "... and leaves nothing else" no_debris dst

	fresh 12
	check "interrupted once" interrupted DATA:4
	check "interrupted twice" interrupted DATA:4
	check "... the third run completes" push
	check "... and each sent what was missing" at_most "$sent" $((7 * MIB))
	check "... it is whole" same
}

other_contents()
{
	fresh 8
	check "what was left of a file" interrupted DATA:5
	head -c $((8 * MIB)) /dev/urandom >src/file
	check "... that is another one now is not taken for it" push
	check "... and all of it came" test "$sent" -ge $((8 * MIB))
	check "... it is whole" same

	fresh 8
	check "what was left of a file" interrupted DATA:5
	printf 'x' | dd of=src/file bs=1 seek=$((2 * MIB + 5)) conv=notrunc status=none
	check "... of which a byte changed" push
	check "... costs that chunk and the rest" at_most "$sent" $((5 * MIB))
	check "... it is whole" same

	fresh 8
	check "what was left of a file" interrupted DATA:5
	truncate -s $((3 * MIB + 7)) src/file
	check "... that is shorter now" push
	check "... costs next to nothing" at_most "$sent" $((MIB))
	check "... it is whole" same

	fresh 8
	truncate -s $((6 * MIB)) src/file
	check "what was left of a file" interrupted DATA:5
	fallocate -p -o $((1 * MIB)) -l $((2 * MIB)) src/file
	truncate -s $((10 * MIB)) src/file
	check "... that has holes now, inside and at its end" push
	check "... is whole" same
	check "... and has them" test "$(stat -c %b dst/file)" -lt $((8 * MIB / 512))
}

# The temporary's name of "file" is found by leaving one.
left_by_others()
{
	local temp
	fresh 4
	interrupted DATA:3
	temp=$(find dst -name '.xfer-*')
	check "an interrupted run leaves one file, with a temporary name" test -f "$temp"

	echo secret >victim
	rm "$temp"
	ln -s "$here/victim" "$temp"
	check "a symlink in its place" push
	check "... is not followed" grep -qx secret victim
	check "... and the file is whole" same

	for kind in link owner; do
		fresh 4
		head -c $((3 * MIB)) src/file >"$temp"
		case $kind in
		link) ln "$temp" victim2 && sum=$(cksum <victim2) ;;
		owner) chown 65534 "$temp" ;;
		esac
		check "a file of the temporary name that is not ours alone ($kind)" push
		check "... is not built on" test "$sent" -ge $((4 * MIB))
		check "... and the file is whole" same
	done
	check "... and who had another name for it finds it unchanged" test "$(cksum <victim2)" = "$sum"
	rm -f victim2
}

old_versions()
{
	fresh 32
	check "a first copy" push
	for ((i = 0; i < 512; i += 100)); do
		printf 'changed' | dd of=src/file bs=65536 seek="$i" conv=notrunc status=none
	done
	check "one per cent of a file's 64 KiB blocks changed" push
	check "... costs at most 1.2 times that" at_most "$((sent + received))" $((6 * 65536 * 12 / 10))
	check "... it is whole" same

	{ printf 'x' && cat src/file; } >longer && mv longer src/file
	check "a byte inserted in front" push
	check "... costs a block and the hashes" at_most "$((sent + received))" $((3 * 65536))
	check "... it is whole" same

	{ tail -c $((14 * MIB)) src/file && head -c $((10 * MIB)) src/file; } >other && mv other src/file
	check "parts that changed their places" push
	check "... cost next to nothing" at_most "$((sent + received))" $((MIB))
	check "... it is whole" same

	head -c 100000 /dev/urandom >>src/file
	check "something appended" push
	check "... costs itself" at_most "$((sent + received))" $((100000 + 4 * 65536))
	truncate -s $((4 * MIB + 1)) src/file
	check "the end cut off" push
	check "... costs next to nothing" at_most "$((sent + received))" $((3 * 65536))
	check "... it is whole" same

	head -c $((5 * MIB)) /dev/urandom >src/file
	check "nothing in common" push
	check "... costs all of it" test "$sent" -ge $((5 * MIB))
	check "... it is whole" same

	printf x | dd of=src/file bs=1 seek=99 conv=notrunc status=none
	check "--whole-file" push -W
	check "... sends all" test "$sent" -ge $((5 * MIB))
	check "... it is whole" same
	printf y | dd of=src/file bs=1 seek=99 conv=notrunc status=none
	check "--no-whole-file with two local ends" "$XFER" sync -a --no-whole-file src/ dst
	check "... it is whole" same
}

zeros_and_holes()
{
	fresh 0
	truncate -s $((32 * MIB)) src/file
	printf x | dd of=src/file bs=1 seek=$((20 * MIB)) conv=notrunc status=none
	check "a file of holes" push
	cp --sparse=never src/file full && printf y | dd of=full bs=1 seek=5 conv=notrunc status=none
	mv full src/file
	check "... that are zeros now, with a byte more" push -z
	check "... is whole" same
	fallocate -d src/file
	printf z | dd of=src/file bs=1 seek=6 conv=notrunc status=none
	check "... and holes again" push -S
	check "... is whole" same
	check "... with holes" test "$(stat -c %b dst/file)" -lt 2000
}

interrupted_delta()
{
	fresh 20
	push
	cp dst/file before
	for ((i = 0; i < 20; i++)); do
		head -c 200000 /dev/urandom | dd of=src/file bs=1M seek="$i" conv=notrunc status=none
	done
	check "a delta that is cut off" interrupted COPY:10
	check "... leaves the old version" cmp before dst/file
	check "... the next run completes" push
	check "... without what it had" at_most "$sent" $((13 * 300000))
	check "... it is whole" same
}

# Somebody else writes to the old version while the new one is being made of it.
changed_base()
{
	fresh 8
	push
	head -c 300000 /dev/urandom | dd of=src/file bs=1M seek=7 conv=notrunc status=none
	check_exit 23 "the old version changes after it was compared: the file fails, by name" \
		relayed "--after FILE:1 --do 'printf theirs >>$here/dst/file'" -a --no-z "$here/src/" "there:$here/dst"
	says 'file: its old version changed'
	check "... what they wrote stays" grep -q theirs dst/file
	check "... nothing else is left" no_debris dst
	check "... and the next run completes" push
	check "... it is whole" same
}

# Where files can share blocks nothing is written again.
shared_blocks()
{
	mount_loop 400M xfs "$here/xfs" -m reflink=1 || {
		skip "what an old version has is shared with it" "no loop mounts of xfs here"
		return
	}
	rm -rf src dst
	mkdir src xfs/dst
	ln -s xfs/dst dst
	head -c $((24 * MIB)) /dev/urandom >src/file
	check "on a file system that shares blocks" push
	printf x | dd of=src/file bs=1 seek=$((12 * MIB)) conv=notrunc status=none
	fallocate -p -o $((18 * MIB)) -l $((2 * MIB)) src/file
	check "... a change in place" push
	check "... writes the change alone" at_most "$written" $((2 * 65536))
	check "... and holes where there were none" test "$(stat -c %b dst/file)" -lt $((23 * MIB / 512))
	check "... it is whole" cmp src/file dst/file
	check "... interrupted" interrupted FILE:1 -I
	check "... it completes" push -I
	check "... it is whole" cmp src/file dst/file
	check "... and nothing else is left" no_debris xfs/dst
	rm dst
}

# These two have one temporary name for who hashes them with XXH3, which is no secret: neither gets the other's content or
# mode, and both may be there if one of them is a directory.
one_temporary_name()
{
	local a=ed721c3b1565635b b=47f712c4c95e9f50
	for how in "" --fsync; do
		rm -rf src dst
		mkdir -p src/$a/below
		head -c 300000 /dev/urandom >src/$b
		echo content | tee src/$a/file >src/$a/below/file
		check "a file and a directory that somebody made for one temporary name, ${how:-as they come}" \
			"$XFER" sync -a $how src/ dst
		check "... are both there" same_trees src dst
	done
	for size in 10 300000; do
		rm -rf src dst
		mkdir src dst
		head -c "$size" /dev/urandom >src/$a
		head -c "$size" /dev/urandom >src/$b
		chmod 600 src/$a
		chmod 644 src/$b
		echo old | tee dst/$a >dst/$b
		for how in "" --fsync --jobs=4; do
			check "two names of one temporary name, $size bytes, ${how:-as they come}" \
				"$XFER" sync -aI $how src/ dst
			check "... have each its own content" same_trees src dst
		done
	done
}

# Zeros that no hole can be punched for are written, over what was left and nothing else.
without_holes()
{
	fresh 8
	push
	head -c $((3 * MIB)) src/file >new
	head -c 100 /dev/zero >>new
	tail -c +$((3 * MIB + 1)) src/file >>new
	mv new src/file
	check "a new version, cut off" interrupted COPY:1 -S
	strace -qqf -o /dev/null -e trace=fallocate -e inject=fallocate:error=EOPNOTSUPP \
		"$XFER" sync -aS --no-whole-file src/ dst >out
	check "... completed where holes cannot be punched" test $? = 0
	check "... is whole" same
}

# What an interrupted run left, or what is shared with the old version, is not seen by more than may see the new one.
modes_meanwhile()
{
	fresh 12
	chmod 644 src/file
	check "what was left of a file" interrupted DATA:3
	chmod 600 src/file
	# (when so much has been passed on, the beginning has been dealt with: no buffer holds more)
	check "... that is nobody else's now" relayed \
		"--after DATA:8 --do 'stat -c %a $here/dst/.xfer-* >$here/mode'" -a --no-z "$here/src/" "there:$here/dst"
	check "... is not seen by others while it is completed" grep -qx 600 mode
	check "... it is whole" same
}

interruptions
other_contents
one_temporary_name
without_holes
modes_meanwhile
left_by_others
old_versions
zeros_and_holes
interrupted_delta
changed_base
shared_blocks
finish
