#!/usr/bin/env bash
# takes: 40
# shellcheck disable=SC2317 # check calls the functions
# While a tree's owner swaps directories for symlinks, and files for links and fifos, in a tight loop, xfer neither reads
# nor changes anything outside of the tree, in either role, never hangs and never crashes.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

runs=${RUNS:-8} # of each case
canary=$TEST_TMP/canary
marker=the-canary-sings

# tree DIR TEXT - a small tree, three levels deep; the names that are swapped are in it.
tree()
{
	local at
	rm -rf "$1"
	for at in "$1" "$1/dir" "$1/dir/sub" "$1/dir/sub/deep"; do
		mkdir -p "$at"
		echo "$2" >"$at/file"
		echo "$2" >"$at/other"
		ln "$at/other" "$at/hard"
		ln -s file "$at/link"
		mkfifo "$at/fifo"
	done
}

# Beside each victim stand what it is exchanged with.
traps()
{
	local at
	for at in "$1" "$1/dir" "$1/dir/sub"; do
		[ -d "$at" ] || continue
		ln -sfn "$canary" "$at/trap-dir"
		ln -sfn "$canary/file" "$at/trap-file"
		rm -f "$at/trap-fifo" "$at/trap-hard"
		mkfifo "$at/trap-fifo"
		ln -s "$canary/file" "$at/trap0"
		mkfifo "$at/trap1"
		mkdir "$at/trap2"
		ln "$2" "$at/trap3"
	done 2>/dev/null
	return 0
}

rm -rf "$canary"
mkdir -p "$canary/sub/deep"
chmod 751 "$canary"
for name in file other sub/file sub/deep/file secret; do
	echo "$marker" >"$canary/$name"
done
chmod 600 "$canary/file"
setfattr -n user.canary -v "$marker" "$canary/file" 2>/dev/null
find "$canary" -exec touch -h -d 2001-01-01 {} +

listed()
{
	tree_listing "$canary" && attr_listing "$canary"
}
listed >"$TEST_TMP/before"

# raced VICTIM COMMAND... - the runs of a command while VICTIM is swapped. Each ends by itself, in 0, 23 or 24.
raced()
{
	local victim=$1 level i status fd=() pids=() bad=0
	shift
	for level in "$victim" "$victim/dir" "$victim/dir/sub"; do
		[ -d "$level" ] || continue
		exec {i}> >(exec "$BIN_TEST/swapper" "$level" "${pairs[@]}" >>"$TEST_TMP/swapped")
		fd+=("$i")
		pids+=("$!")
	done
	for ((i = 0; i < runs; i++)); do
		status=0
		timeout -k 5 60 "$@" >"$TEST_TMP/run" 2>&1 || status=$?
		case $status in
		0 | 23 | 24) ;;
		*)
			echo "run $i ended in $status"
			tail -n 5 "$TEST_TMP/run"
			bad=1
			break
			;;
		esac
	done
	for i in "${fd[@]}"; do
		exec {i}>&-
	done
	wait "${pids[@]}"
	return "$bad"
}

intact()
{
	diff "$TEST_TMP/before" <(listed)
}

# The canary's text is nowhere in DIR, seen without following links.
silent()
{
	! grep -rl --devices=skip "$marker" "$1"
}

swapped()
{
	awk '{ n += $1 } END { print n, "exchanges"; exit n < 100 }' "$TEST_TMP/swapped"
}

options=(-aHAX --timeout=30 --no-space-check)
for pairs in "dir trap-dir" "sub trap-dir dir trap-dir" "file trap-file" "file trap-fifo other trap-file" "deep trap-dir file trap-hard"; do
	name=$pairs
	read -ra pairs <<<"$pairs"
	tree "$TEST_TMP/victim" mine
	echo foreign >"$TEST_TMP/foreign"
	traps "$TEST_TMP/victim" "$TEST_TMP/foreign"
	: >"$TEST_TMP/swapped"
	check "swapping $name, every run of the source's side ends well" \
		raced "$TEST_TMP/victim" "$XFER" sync "${options[@]}" -I "$TEST_TMP/victim/" "$TEST_TMP/copy"
	check "and what is outside was not read" silent "$TEST_TMP/copy"
	check "and not changed" intact
	check "and much was swapped" swapped

	tree "$TEST_TMP/source" new
	chmod 4751 "$TEST_TMP/source/dir/file"
	chown 1:1 "$TEST_TMP/source/dir" "$TEST_TMP/source/file" 2>/dev/null
	setfacl -m u:1:rwx "$TEST_TMP/source/dir" "$TEST_TMP/source/file" 2>/dev/null
	setfattr -n user.x -v y "$TEST_TMP/source/dir/sub" 2>/dev/null
	: >"$TEST_TMP/swapped"
	check "swapping $name, every run of the destination's side ends well" \
		raced "$TEST_TMP/victim" "$XFER" sync "${options[@]}" -I "$TEST_TMP/source/" "$TEST_TMP/victim"
	check "and nothing outside was changed" intact
	tree "$TEST_TMP/victim" mine
	traps "$TEST_TMP/victim" "$TEST_TMP/foreign"
	check "swapping $name, every run with --delete ends well" \
		raced "$TEST_TMP/victim" "$XFER" sync "${options[@]}" -I --delete --exclude='trap*' "$TEST_TMP/source/" "$TEST_TMP/victim"
	check "and nothing outside was deleted" intact
done

# The temporary names themselves: exchanged, as they appear, for a symlink, a fifo, a directory and a hard link.
pairs=(.xfer- trap)
for at in "" /dir /dir/sub; do
	head -c 8M /dev/urandom >"$TEST_TMP/source$at/large"
done
tree "$TEST_TMP/victim" mine
traps "$TEST_TMP/victim" "$canary/secret"
: >"$TEST_TMP/swapped"
check "swapping temporary names, every run ends well" \
	raced "$TEST_TMP/victim" "$XFER" sync "${options[@]}" -I "$TEST_TMP/source/" "$TEST_TMP/victim"
check "and much was swapped" swapped
rm -rf "$TEST_TMP/victim"
check "and nothing outside was changed, by a hard link neither" intact

# They may also be there before.
before_us()
{
	local kind temporary
	"$XFER" sync -a "$TEST_TMP/source/" "$TEST_TMP/first" || return 1
	temporary=$("$BIN_TEST/swapper" --temporary file)
	for kind in symlink hard fifo; do
		rm -rf "$TEST_TMP/victim"
		mkdir "$TEST_TMP/victim"
		case $kind in
		symlink) ln -s "$canary/file" "$TEST_TMP/victim/$temporary" ;;
		hard) ln "$canary/secret" "$TEST_TMP/victim/$temporary" ;;
		fifo) mkfifo "$TEST_TMP/victim/$temporary" ;;
		esac
		timeout 20 "$XFER" sync -aH "$TEST_TMP/source/" "$TEST_TMP/victim" && same_trees "$TEST_TMP/source" "$TEST_TMP/victim" || return 1
	done
}
check "a temporary name that is there already is replaced and never written to" before_us
rm -rf "$TEST_TMP/victim"
check "and nothing outside was changed" intact
finish
