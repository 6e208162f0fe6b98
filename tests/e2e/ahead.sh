#!/usr/bin/env bash
# While a connection is made the source is listed already; what happens to the source meanwhile is not lost, and nothing is written
# before the two ends have agreed. What is there at the destination is looked up by two threads.
# modes: release asan tsan
# shellcheck disable=SC2317,SC2016 # check calls the functions, and eval what happens meanwhile
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

src=$TEST_TMP/src dst=$TEST_TMP/dst
mkfifo "$TEST_TMP/gate" "$TEST_TMP/told"
exec 6<>"$TEST_TMP/gate" # a run that ends before it comes to it does not hold us
# a remote shell that answers when it is let: an ssh whose host is slow
cat >"$TEST_TMP/rsh" <<SH
#!/bin/sh
shift
read -r go <'$TEST_TMP/gate'
exec "\$@"
SH
chmod +x "$TEST_TMP/rsh"

# 700 files in one directory; below it the one that is listed last, with a name that is warned about
fill()
{
	local i
	mkdir -p "$src/many/z/last"
	for ((i = 0; i < 700; i++)); do
		echo "content $i" >"$src/many/file number $i"
	done
	echo one >"$src/many/goes"
	echo one >"$src/many/grows"
	echo one >"$src/many/z/last/stays"
	ln -s /etc/passwd "$src/many/z/last/out"
}

# held_back STATUS COMMAND... - its exit status is that one, and the other side answers only when all of the source was listed,
# and $meanwhile has happened.
held_back()
{
	local wanted=$1 run line listed=no
	shift
	"$@" >"$TEST_TMP/told" 2>&1 &
	run=$!
	exec 5<"$TEST_TMP/told"
	while read -r -t 120 line <&5; do
		printf '%s\n' "$line"
		case $line in
		*many/z/last/out*)
			listed=yes
			break
			;;
		esac
	done
	eval "$meanwhile"
	echo go >&6
	cat <&5
	wait "$run"
	[ "$?" -eq "$wanted" ] && [ "$listed" = yes ]
}

push=("$XFER" sync -a --safe-links -e "$TEST_TMP/rsh" --xfer-path "$XFER" --delete "$src/" "host:$dst/")
same()
{
	diff -r --no-dereference -x out "$src" "$dst"
}

fill
meanwhile=
check "the source is listed to its end before the other side answers" held_back 0 "${push[@]}"
check "and all of it arrives" same
meanwhile='echo two >>"$src/many/grows"; rm "$src/many/goes"; echo new >"$src/many/z/last/comes"'
rm -r "$dst"
check "what vanished meanwhile is named, and all else is there" held_back 24 "${push[@]}"
check "what grew meanwhile is there as it is now" cmp "$src/many/grows" "$dst/many/grows"
meanwhile=
check "the next run has what came meanwhile" held_back 0 "${push[@]}"
check "and nothing that is gone" same

# destination inside of the source: the listing that is ready by then must not reach the receiver
find "$src" | sort >"$TEST_TMP/before"
check "a destination inside the source is refused" held_back 3 \
	"$XFER" sync -a --safe-links -e "$TEST_TMP/rsh" --xfer-path "$XFER" "$src/" "host:$src/many/in/"
find "$src" | sort >"$TEST_TMP/after"
check "and nothing was written into the source" cmp "$TEST_TMP/before" "$TEST_TMP/after"

check_exit 3 "a source that is not there is no reason to call the other side" \
	"$XFER" sync -a -e false "$TEST_TMP/nothing" "host:$dst/"

# the threads' look at a directory with many names: everything that may stand there
touch -d @1000000000 "$dst/many/file number 1"
chmod 600 "$dst/many/file number 2"
rm "$dst/many/file number 3"
mkdir "$TEST_TMP/dir" && mv "$dst/many/file number 4" "$TEST_TMP/dir/x" && mkdir "$dst/many/file number 4"
ln -sf /etc/passwd "$dst/many/file number 5"
echo longer than before >"$dst/many/file number 699"
touch "$dst/many/file number 700"
local_push=("$XFER" sync -ai --safe-links --delete "$src/" "$dst/")
check "a directory of many names in which much has changed" "${local_push[@]}"
for n in 1 2 3 4 5 699 700; do
	check "... number $n is told" says "(many/file number $n|deleting .*number $n)( ->.*)?$"
done
check "... and nothing else" test "$(grep -c number "$TEST_TMP/out")" -eq 7
check "... and all is equal" same
for jobs in 1 2 5; do
	check "nothing changed, --jobs=$jobs" "$XFER" sync -ai --safe-links --delete --jobs=$jobs "$src/" "$dst/"
	check "... is what it says" not says 'number'
done
finish
