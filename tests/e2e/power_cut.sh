#!/usr/bin/env bash
# The destination's file system goes down, while a run writes to it and after one has ended: no name ever holds a part of a
# file, the same command again completes, and what may have lost its bytes is not believed because of its size and time.
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
PATH=$PATH:/usr/sbin:/sbin
state=$XFER_STATE_DIR

# goes_down [-f] - the file system writes nothing any more; with -f its log still did. Then it is mounted again.
goes_down()
{
	xfs_io -x -c "shutdown ${1:-}" disk && up_again
}

up_again()
{
	local device
	device=$(findmnt -nro SOURCE disk)
	image=$(losetup -nO BACK-FILE "$device" | sed 's/ *$//')
	umount disk && mount -o loop "$image" disk
}

make_trees()
{
	mkdir -p src/d src/e old/d
	local i
	for i in {1..60}; do
		head -c $((i * 500)) /dev/urandom >"src/d/$i"
		head -c $((i * 600)) /dev/urandom >"old/d/$i"
		head -c $((i * 400)) /dev/urandom >"src/e/$i"
	done
	head -c 3000000 /dev/urandom >src/large
	head -c 3000000 /dev/urandom >old/large
	truncate -s 1M src/sparse
	printf x | dd of=src/sparse bs=1 seek=400000 conv=notrunc status=none
	find src -exec touch -d @1700000000 {} +
	find old -type f -exec touch -d @1600000000 {} +
}

# Every name in disk/dst is what it was or what it becomes.
names_are_whole()
{
	local f bad=
	while IFS= read -r f; do
		cmp -s "disk/dst/$f" "src/$f" || cmp -s "disk/dst/$f" "old/$f" || bad+=" $f"
	done < <(cd disk/dst && find . -type f ! -path '*/.xfer-*')
	[ -z "$bad" ] || {
		echo "neither old nor new:$bad"
		return 1
	}
}

sent()
{
	"$XFER" sync -a --json "$@" src/ disk/dst | jq -r 'select(.event == "report") | .bytes.written'
}

# while_it_runs FRAME - shuts it down when that frame comes to the receiver.
while_it_runs()
{
	local frame=$1
	rm -rf disk/dst "$state"
	cp -a old disk/dst
	sync -f disk
	relayed "--after $frame --do 'xfs_io -x -c shutdown disk'" -a --fsync src/ "host:$PWD/disk/dst"
	local status=$?
	up_again || return 1
	[ "$status" = 11 ] || {
		echo "exit $status"
		return 1
	}
	names_are_whole || return 1
	"$XFER" sync -a --fsync src/ disk/dst || return 1
	diff -r src disk/dst && no_debris disk
}

on()
{
	local type=$1 frame missing
	mkdir -p disk
	mount_loop 320M "$type" disk || {
		skip "$type goes down" "no loop mounts, or no mkfs.$type"
		return
	}
	for frame in BUNDLE:1 DATA:2 DONE:1; do
		check "$type goes down at $frame: names are whole, and the same command completes" while_it_runs "$frame"
		check "... and nothing is left in the journal" test -z "$(ls -A "$state")"
	done

	# a run that has ended: what it wrote is in memory alone
	rm -rf disk/dst "$state"
	sync -f disk
	check "$type: a run without --fsync" "$XFER" sync -a src/ disk/dst
	check "... killed or not, the next one sends nothing" test "$(sent)" = 0
	goes_down -f
	missing=$(diff -rq src disk/dst | wc -l)
	check "... its bytes go with the power ($missing files)" test "$missing" -gt 0
	check "the same command again" "$XFER" sync -a src/ disk/dst
	check "... brings them back" diff -r src disk/dst
	check "... leaving nothing behind" no_debris disk
	check "... and is done" test "$(sent --fsync)" = 0
	check "$type: --fsync has nothing left to say in the journal" test -z "$(ls -A "$state")"
	goes_down -f
	check "... nor to send after a crash" test "$(sent)" = 0
	check "... because all is there" diff -r src disk/dst

	# the same size, the same time, other bytes: what the journal alone can tell
	rm -rf disk/dst
	check "$type: a run that wrote" "$XFER" sync -a src/ disk/dst
	dd if=/dev/zero of=disk/dst/d/7 bs=3500 count=1 conv=notrunc status=none
	touch -d @1700000000 disk/dst/d/7
	check "... is believed by the next one" test "$(sent)" = 0
	up_again
	check "after another mounting it is not" "$XFER" sync -a -n src/ disk/dst
	check "... as a dry run says" says '^>f.* d/7$'
	check "the same command again" "$XFER" sync -a src/ disk/dst
	check "... makes it right" diff -r src disk/dst
	unmount_loop disk
}

full_disk()
{
	mount_loop 24M ext4 disk -m 0 || {
		skip "a full disk in the middle of a batch" "no loop mounts"
		return
	}
	mkdir -p full disk/dst disk/ballast
	local i
	for i in {1..40}; do
		head -c 400000 /dev/urandom >"full/$i"
		echo "old $i" >"disk/dst/$i"
	done
	cp -a disk/dst full.old
	head -c 10M /dev/zero >disk/ballast/x
	check_exit 11 "a disk that is full in the middle of a batch ends the run" \
		"$XFER" sync -a --fsync --no-space-check full/ disk/dst
	for i in {1..40}; do
		cmp -s "full/$i" "disk/dst/$i" || cmp -s "full.old/$i" "disk/dst/$i" || echo "$i"
	done >neither
	check "... all names hold what they did or what they will" test ! -s neither
	check "... and nothing unfinished is left" no_debris disk
	rm -r disk/ballast
	check "with room the same command completes" "$XFER" sync -a --fsync --no-space-check full/ disk/dst
	check "... and all is there" diff -r full disk/dst
	unmount_loop disk
}

folders()
{
	mkdir -p plain
	echo 1 >plain/1
	: >file
	check_exit 1 "a state folder that cannot be made is an error" "$XFER" sync -a --state-dir=/proc/xfer plain/ to
	check "... that names it" says 'option --state-dir: /proc/xfer: make the folder for'
	check "... before anything is written" test ! -e to/1
	check_exit 1 "a file in its place too" "$XFER" sync -a --state-dir="$PWD/file" plain/ to
	check "... names it" says "$PWD/file: open the folder for"
	check_exit 1 "one inside of the destination" "$XFER" sync -a --state-dir="$PWD/to/state" plain/ to
	check "... is refused" says 'to/state: the folder for xfer.s state stands inside the destination'
	check "the usual one that cannot be made is a warning" \
		env XFER_STATE_DIR=/proc/xfer "$XFER" sync -a plain/ to2
	check "... that names it" says 'warning: /proc/xfer: make'
	check "... once" test "$(grep -c warning "$TEST_TMP/out")" = 1
	check "one that is named is made" "$XFER" sync -a --state-dir="$PWD/own/state" plain/ to3
	check "... for us alone" test "$(stat -c %a own/state)" = 700
	check "... and used" test "$(find own/state -name '*.journal' | wc -l)" = 1
	check "on the other side too" relayed '' -a --state-dir="$PWD/own/there" plain/ "host:$PWD/to4"
	check "... where the tree is written" test "$(find own/there -name '*.journal' | wc -l)" = 1
	check "a dry run makes none" "$XFER" sync -an --state-dir="$PWD/own/none" plain/ to5
	check "... and leaves none" test ! -e own/none
}

folders
make_trees
if command -v xfs_io >/dev/null; then
	on ext4
	on xfs
else
	skip "a file system goes down" "no xfs_io"
fi
full_disk
finish
