#!/usr/bin/env bash
# What is large: a directory of a million names, files beyond 4 GiB and a dense one beyond 1 GiB, a thousand levels; and
# the memory of both sides stays small.
# takes: 80
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

work=$TEST_TMP/large
report=$TEST_TMP/report
entries=${ENTRIES:-1000000}
limit=$((256 << 20))

# In memory where there is enough of it: the disk is not what is tested. Else on a file system of its own.
place()
{
	local free
	mkdir -p "$work"
	free=$(awk '/^MemAvailable:/ { print int($2 / 1024 / 1024) }' /proc/meminfo)
	if [ "${free:-0}" -ge 10 ] && mount -t tmpfs -o size=6g,nr_inodes=5m,mode=755 none "$work" 2>/dev/null; then
		at_exit umount -l "$work"
	elif ! mount_loop 8G ext4 "$work" -N 2200000 -O ^has_journal; then
		skip "a directory of a million names" "it takes a file system with room for its inodes"
		finish
	fi
}

# run COMMAND... - with the report left in $report.
run()
{
	"$XFER" "$@" --json >"$TEST_TMP/events" 2>"$TEST_TMP/errors"
	local status=$?
	tail -n 1 "$TEST_TMP/events" >"$report"
	[ "$status" -eq 0 ] || tail -n 3 "$TEST_TMP/events" "$TEST_TMP/errors"
	return "$status"
}

is_so()
{
	jq -e "$1" "$report" || {
		cat "$report"
		return 1
	}
}

small_memory()
{
	check "$1: neither side took 256 MiB" is_so ".peak_memory.source > 0 and .peak_memory.target > 0 and
		.peak_memory.source < $limit and .peak_memory.target < $limit"
}

million()
{
	check "a directory of a million names is made" "$BIN_TEST/make_tree" many "$work/many" "$entries"
	check "a directory of a million names is copied" run sync -a "$work/many/" "$work/many-copy/"
	check "all of them" is_so ".ok and .items.copied == $((entries + 1)) and .digest == .peer_digest"
	small_memory "a million names, copied"
	check "and are there" test "$(find "$work/many-copy" -type f -printf . | wc -c)" = "$entries"
	check "a second run, with --delete, succeeds" run sync -a --delete "$work/many/" "$work/many-copy/"
	check "and has nothing to do" is_so ".ok and .items.unchanged == $((entries + 1)) and .bytes.written == 0"
	small_memory "a million names, unchanged"
	rm -rf "$work/many" "$work/many-copy"
}

# Real data in pieces below and beyond 4 GiB.
five_gigabytes()
{
	local at dir=$work/five
	mkdir "$dir"
	head -c 50000000 /dev/urandom >"$dir/piece"
	truncate -s 5G "$dir/file"
	for at in 0 2000 4090 5072; do
		dd if="$dir/piece" of="$dir/file" bs=1M seek="$at" conv=notrunc status=none
	done
	truncate -s 5G "$dir/file"
	check "a file of 5 GiB is copied" run sync -a "$dir/" "$work/five-copy/"
	check "with its data alone" is_so '.ok and .bytes.read < 300000000 and .bytes.total > 5000000000'
	check "it has its size" test "$(stat -c %s "$work/five-copy/file")" = 5368709120
	for at in 0 2000 4090 5072; do
		check "its data at $at MiB is right" cmp <(dd if="$dir/file" bs=1M skip="$at" count=48 status=none) \
			<(dd if="$work/five-copy/file" bs=1M skip="$at" count=48 status=none)
	done
	check "read again from disk it is the same" run verify "$dir/" "$work/five-copy/"
	rm -rf "$dir" "$work/five-copy"
}

dense()
{
	local dir=$work/dense i
	mkdir "$dir"
	# random, but made fast: a piece again and again, each time after another number
	head -c 99999999 /dev/urandom >"$work/piece"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		echo "$i"
		cat "$work/piece"
	done >"$dir/file"
	rm "$work/piece"
	check "a dense file of 1.2 GiB is copied" run sync -a "$dir/" "$work/dense-copy/"
	check "whole, with the same digest on both sides" is_so '.ok and .bytes.written > 1288490188 and .digest == .peer_digest'
	small_memory "a dense file"
	check "it is the same" cmp "$dir/file" "$work/dense-copy/file"
	rm -rf "$dir" "$work/dense-copy"
}

deep()
{
	check "a thousand levels are made" "$BIN_TEST/make_tree" deep "$work/deep" 1000 100
	check "a thousand levels are copied" run sync -a "$work/deep/" "$work/deep-copy/"
	check "all of them" is_so '.ok and .items.copied == 1002'
	check "read again they are the same" run verify "$work/deep/" "$work/deep-copy/"
	check "a second run has nothing to do" run sync -a "$work/deep/" "$work/deep-copy/"
	check "so it says" is_so '.items.unchanged == 1002'
	check "they are deleted with --delete" run sync -a --delete --allow-empty-source "$work/empty/" "$work/deep-copy/"
	check "all of them" is_so '.items.deleted == 1001'
}

place
mkdir "$work/empty"
million
five_gigabytes
dense
deep
finish
