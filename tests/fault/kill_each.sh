#!/usr/bin/env bash
# kill -9 of either side at every system call of a small run, and at 50 random ones of a larger: nothing is lost, the same
# command again completes, writes only what is missing, and leaves no debris. each.c does it.
# modes: release
# takes: 140
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

here=$TEST_TMP/here
in_memory 300m "$here"
cd "$here" || exit 1
export XFER_STATE_DIR=$PWD/state HOME=$PWD

# tree FOLDER FILES SIZE - src and old in it.
tree()
{
	local i
	mkdir -p "$1"/src/{a,b/c} "$1"/old/{a,gone}
	cd "$1" || exit 1
	for ((i = 1; i <= $2; i++)); do
		head -c $((i % 7 * 700)) /dev/urandom >"src/a/new$i"
		head -c $((i % 5 * 900)) /dev/urandom >"src/b/c/$i"
		printf 'changed %d\n' "$i" >"src/a/changed$i"
		printf 'before it was changed %d\n' "$i" >"old/a/changed$i"
	done
	head -c "$3" /dev/urandom >src/large
	ln -s a src/link
	ln src/a/new1 src/b/hard
	mkfifo src/b/fifo
	touch old/gone/{1,2}
	find src old -exec touch -h -d @1700000000 {} +
	find old -type f -exec touch -d @1600000000 {} +
	cd ..
}

# killed FOLDER SIDE IO HOW... - in a copy of the folder, so that several may run at once.
killed()
{
	local side=$2 io=$3 dir=$here/$1.$2.$3.${5/:*/}
	cp -a "$1" "$dir"
	cd "$dir" || return 1
	shift 3
	"$BIN_TEST/each" --kill "$side" "$@" "$XFER" sync -aH --delete "--io=$io" src/ dst \
		--then "$XFER" sync -aH --delete --json src/ dst || {
		head -c 2000 out
		return 1
	}
}

# The even calls beside the odd ones: two processors.
every()
{
	local odd status=0
	(killed small "$1" "$2" --points 1:1000000:2) &
	odd=$!
	(killed small "$1" "$2" --points 2:1000000:2) || status=1
	wait "$odd" && return "$status"
}

at_random()
{
	(killed larger "$1" "$2" --random "$3:$4:$5")
}

if ! strace -f -qq -o trace true 2>/dev/null; then
	skip 'kill -9 of either side' 'nothing can be traced here'
	finish
fi
tree small 2 280000
tree larger 150 6000000
for io in plain uring; do
	for side in client server; do
		check "the $side killed at each of its system calls, --io=$io" every "$side" "$io"
	done
done
# of about 2600 calls on either side; the first number is the seed
check 'the client killed at 25 random calls of a larger run' at_random client plain 1 25 2400
check 'the server killed at 25 random calls of a larger run' at_random server plain 2 25 2400
finish
