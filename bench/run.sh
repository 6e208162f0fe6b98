#!/usr/bin/env bash
# run.sh - the benchmark, behind `make bench`. Ours and its peers in turn, each run on a fresh ext4 of its own (databases: on a
# fresh server, see databases.sh), each result compared with the source before its time counts. What is measured is in
# workloads.txt, what must be reached in goals.txt.
#   SCALE=f        size of the data: 1 is full size (0.1)
#   PAIRS=n        rounds that count, after one that does not (5)
#   WORKLOADS=...  names or patterns (all)
#   PEERS=...      names or patterns (all that the workload has)
#   OTHER=program  another build of xfer, or of dbdump: every peer xfer-X is run with it too, as other-X; dbdump-X as other-dbdump-X
#   OPTIONS=...    more options for xfer, or dbdump
#   FS=xfs         the destination's file system, where blocks can be shared (ext4)
#   OUT=folder     where report.md, report.json and runs.txt go (build/bench)
# Wants root, for loop mounts; up to 40 GB below TMPDIR at full size. Fails when a copy fails or is not equal.

ROOT=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/lib.sh
. "$ROOT/tests/lib.sh"
# shellcheck source=bench/databases.sh
. "$ROOT/bench/databases.sh"

scale=${SCALE:-0.1} pairs=${PAIRS:-5} fs=${FS:-ext4}
out=${OUT:-$ROOT/build/bench}
tools=${BIN_BENCH:-$ROOT/build/$TEST_MODE/bench}
source=$TEST_TMP/source target=$TEST_TMP/target
read -ra workloads <<<"${WORKLOADS:-*}"
read -ra peers_wanted <<<"${PEERS:-*}"
read -ra options <<<"${OPTIONS:-}"
sshd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd)

fail()
{
	echo "bench: $*" >&2
	exit 1
}

# matches NAME PATTERN...
matches()
{
	local name=$1 pattern
	shift
	for pattern; do
		# shellcheck disable=SC2053
		[[ $name != $pattern ]] || return 0
	done
	return 1
}

# fresh_fs DIR [TYPE] - mounts a new one there. mkfs waits for the disk, so it is run only once; ext4's inode tables are not
# zeroed behind our back while we measure.
fresh_fs()
{
	local type=${2:-ext4} how=loop
	[ "$type" != ext4 ] || how+=,noinit_itable
	{
		mkdir -p "$1" &&
			cp --sparse=always "$TEST_TMP/empty.$type" "$1.image" &&
			mount -t "$type" -o "$how" "$1.image" "$1"
	} || fail "no loop mounts here (not root?)"
}

# Shut down before, a file system is not written to the disk only to be removed.
drop_fs()
{
	! mountpoint -q "$1" || { xfs_io -x -c shutdown "$1" && umount "$1"; } || fail "cannot unmount $1"
	rm -f "$1.image"
}

# Mounts the source anew, with nothing of it in any cache.
cool_source()
{
	{
		umount "$source" && sync "$source.image" &&
			dd if="$source.image" iflag=nocache count=0 status=none &&
			mount -o loop,noinit_itable "$source.image" "$source"
	} || fail "cannot mount the source anew"
}

# make_source KIND BEFORE - what there is of it already is kept.
made=
make_source()
{
	if [ "$made" != "$1" ]; then
		drop_fs "$source"
		fresh_fs "$source"
		"$tools/data" "$1" new "$source/new" "$scale" || fail "no data"
		read -r hash entries bytes < <("$tools/digest" "$source/new")
		made=$1
	fi
	if [ "$2" = old ] && [ ! -d "$source/old" ]; then
		"$tools/data" "$1" old "$source/old" "$scale" || fail "no data"
	fi
	sync -f "$source"
}

# peer NAME - sets run, the command that copies $source/new to $target/copy. Here is the place for another peer.
peer()
{
	local name=$1 program=$XFER from=$source/new to=$target/copy delete=()
	[ "$before" != old ] || delete=(--delete)
	case $name in
	other-*) program=$OTHER name=xfer-${1#other-} ;;
	esac
	local sync=("$program" sync -a -q "${delete[@]}" "${options[@]}")
	case $name in
	xfer-ssh) run=("${sync[@]}" -e "$SSH_CMD" --xfer-path "$program" "$from/" "localhost:$to/") ;;
	xfer-local) run=("${sync[@]}" "$from/" "$to/") ;;
	# a socket pair between the two ends, where ssh would be
	xfer-direct) run=("${sync[@]}" -e "sh -c 'shift; exec \"\$@\"' sh" --xfer-path "$program" "$from/" "localhost:$to/") ;;
	rsync-ssh) run=(rsync -a "${delete[@]}" -e "$SSH_CMD" "$from/" "localhost:$to/") ;;
	# with the cipher that xfer has ssh take where there are AES instructions
	rsync-gcm) run=(rsync -a "${delete[@]}" -e "$SSH_CMD -c aes128-gcm@openssh.com" "$from/" "localhost:$to/") ;;
	rsync-inplace) run=(rsync -a --inplace "${delete[@]}" -e "$SSH_CMD" "$from/" "localhost:$to/") ;;
	rsync-local) run=(rsync -a "${delete[@]}" "$from/" "$to/") ;;
	tar-ssh) run=(sh -c "tar -C '$from' -cf - . | $SSH_CMD localhost 'mkdir -p \"$to\" && tar -C \"$to\" -xpf -'") ;;
	# ssh and the disk alone, for what is one file; how it is named and dated is not part of what is compared
	cat-ssh) run=(sh -c "cat '$from'/* | $SSH_CMD -c aes128-gcm@openssh.com localhost 'mkdir \"$to\" && cat >\"$to/file\"' &&
		mv '$to/file' '$to'/\$(ls '$from') && cp -a --attributes-only '$from/.' '$to'") ;;
	# between two file systems it maps a buffer for every file and unmaps it; where that is dear (virtual machines) it took
	# five times as long so: NOTES.md
	cp) run=(env GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4000000:glibc.malloc.trim_threshold=100000000 cp -a "$from" "$to") ;;
	limit) run=("$tools/limit" "$from" "$to") ;;
	# its start alone, to be taken off the others
	ssh) read -ra run <<<"$SSH_CMD localhost true" ;;
	*) fail "$1: no such peer" ;;
	esac
}

# one_run PEER ROUND - a line in runs.txt, unless it is the warm-up.
one_run()
{
	local got
	fresh_fs "$target" "$fs"
	if [ "$before" != - ]; then
		cp -a "$source/$before" "$target/copy" || fail "no destination"
		sync -f "$target"
	fi
	[ "$cache" = warm ] || cool_source
	peer "$1"
	"$tools/measure" "$TEST_TMP/figures" "$SSH_PORT" "$sshd" "$TEST_TMP/ssh/config" "${run[@]}" </dev/null ||
		fail "$workload: $1 failed with exit status $?"
	read -r got _ < <("$tools/digest" "$target/copy")
	[ "$got" = "$hash" ] || fail "$workload: $1 made another tree"
	[ "$2" -eq 0 ] || echo "$workload $1 $entries $bytes $cache $(cat "$TEST_TMP/figures")" >>"$out/runs.txt"
	drop_fs "$target"
}

measure_workload()
{
	local name other round peers=()
	for name; do
		! matches "$name" "${peers_wanted[@]}" || peers+=("$name")
		case ${OTHER:+$name} in
		xfer-*) other=other-${name#xfer-} ;;
		dbdump*) other=other-$name ;;
		*) continue ;;
		esac
		! matches "$other" "${peers_wanted[@]}" || peers+=("$other")
	done
	[ ${#peers[@]} -gt 0 ] || return 0
	printf '%s: ' "$workload" >&2
	local make=make_source measure=one_run
	case $kind in
	mariadb | postgresql) make=source_database measure=database_run ;;
	esac
	"$make" "$kind" "$before"
	for ((round = 0; round <= pairs; round++)); do
		for name in "${peers[@]}"; do
			"$measure" "$name" "$round"
		done
		printf . >&2
	done
	printf '\n' >&2
}

# A virtual machine may hand back memory that is free (page reporting), and every page of cache has to be got again from the
# host: that took up to five times as long as the copying (NOTES.md). No block of memory is of this order.
reporting=/sys/module/page_reporting/parameters/page_reporting_order
restore_reporting()
{
	echo "$reported" >"$reporting"
}
if reported=$(cat "$reporting" 2>/dev/null) && echo 11 2>/dev/null >"$reporting"; then
	at_exit restore_reporting
fi

[ -x "$XFER" ] || fail "there is no program $XFER: make"
[ -z "${OTHER:-}" ] || [ -x "$OTHER" ] || fail "there is no program $OTHER"
{ mkdir -p "$out" && : >"$out/runs.txt"; } || fail "$out: cannot write there"
# the images are sparse: only what is written into them takes room
room=$(awk -v scale="$scale" 'BEGIN { printf "%d", 2 + 30 * scale }')
{
	truncate -s "${room}G" "$TEST_TMP/empty.ext4" "$TEST_TMP/empty.xfs" && PATH=$PATH:/usr/sbin:/sbin &&
		mkfs.ext4 -q -F -i 8192 -E lazy_itable_init=1,lazy_journal_init=1 "$TEST_TMP/empty.ext4" &&
		mkfs.xfs -q -m reflink=1 "$TEST_TMP/empty.xfs"
} || fail "$TEST_TMP: no file system"
at_exit drop_fs "$source"
at_exit drop_fs "$target"
at_exit drop_databases
# its keys, its configuration and its port: measure listens there
{ start_sshd && stop_sshd; } || fail "no sshd"

while read -r workload kind before cache peers; do
	# shellcheck disable=SC2086
	! matches "$workload" "${workloads[@]}" || measure_workload $peers
done < <(grep -v '^#' "$ROOT/bench/workloads.txt")
[ -s "$out/runs.txt" ] || fail "nothing was measured: there is no such workload or peer"

about="$(date -u +%F), $(nproc) cores, Linux $(uname -r), scale $scale, destination on $fs, medians of $pairs runs in turn"
for form in md json; do
	awk -v about="$about" -v form="$form" -v scale="$scale" -f "$ROOT/bench/report.awk" "$ROOT/bench/goals.txt" "$out/runs.txt" \
		>"$out/report.$form" || fail "no report"
done
cat "$out/report.md"
