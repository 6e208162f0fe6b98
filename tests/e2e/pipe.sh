#!/usr/bin/env bash
# modes: release
# xfer pipe: one stream from end to end, whole under its name or not there at all; what a broken input, a cut link or a
# second writer leaves; and what may be named as its ends.
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
here=$PWD

# The other host is this one behind relay.c, which stands in for ssh.
pipe_to()
{
	local how=$1
	shift
	timeout 60 "$XFER" pipe -e "$BIN_TEST/relay $how" --xfer-path "$XFER" "$@"
}

pipe_in()
{
	timeout 60 "$XFER" pipe "$@"
}

# fed FILE COMMAND... - the command with the file as a pipe at its standard input.
fed()
{
	local file=$1
	shift
	# shellcheck disable=SC2002 # a pipe it must be
	cat "$file" | "$@"
}

# into FILE COMMAND... - the command with a pipe to the file at its standard output.
into()
{
	local file=$1
	shift
	set -o pipefail
	"$@" | cat >"$file"
}

unread_output()
{
	set -o pipefail
	"$@" | true
}

nothing_of()
{
	[ ! -e "$1" ] && no_debris "$(dirname "$1")"
}

ends()
{
	check "standard input to a host" fed in pipe_to "" - "there:$here/a"
	check "says what is proven" says '^  proven +1 file hashed where read and where written$'
	check "is the same" cmp in a
	check "a host to standard output" into b pipe_to "" "there:$here/in" -
	check "is the same" cmp in b
	check "a path to a host" pipe_to "" in "there:$here/c"
	check "a host to a path" pipe_to "" "there:$here/in" d
	check "a path to a path" pipe_in in e
	check "are all the same" cmp c d
	check "are all the same as it was" cmp in e
	check "a path to standard output" into f pipe_in in -
	check "is the same" cmp in f
	: >empty
	check "nothing at all" fed empty pipe_to "" - "there:$here/g"
	check "is an empty file" test -f g -a ! -s g
	echo named >./-
	check "./- is a file" pipe_in ./- h
	check "with its content" grep -qx named h
	check "there:- is a file too" env -C "$here" "$XFER" pipe -e "$BIN_TEST/relay" --xfer-path "$XFER" there:- i
	check "with the same content" cmp ./- i
	rm ./-
}

# Pieces with pauses between them; each is at the other end before the next is written.
slow_stream()
{
	local line
	mkfifo to from
	exec 9<>from # a fifo that nobody reads would be refused
	pipe_in to from >/dev/null &
	exec 8>to
	for line in one two three; do
		echo "$line" >&8
		read -r -t 20 -u 9 back && [ "$back" = "$line" ] || return 1
	done
	exec 8>&-
	wait $!
}

fifos()
{
	check "what a slow writer gives is there before it goes on" timeout 60 bash -c "$(declare -f slow_stream pipe_in); slow_stream"
	mkfifo unread
	check_exit 11 "a fifo that nobody reads" pipe_in in unread
	check "is told" says "start its reader first"
	check "/dev/null is written straight" pipe_in in /dev/null
	check "and stays what it is" test -c /dev/null
}

names()
{
	mkdir -p dir
	ln -sf e link
	check_exit 3 "a directory cannot be the destination" fed in pipe_to "" - "there:$here/dir"
	check "and is named" says "dir: is a directory"
	check_exit 3 "nor can what ends in a slash" fed in pipe_in - "$here/new/"
	check "which is not made" test ! -e new
	check_exit 3 "a directory cannot be the source" pipe_in dir x
	check_exit 3 "a symbolic link is not followed" pipe_in in link
	check "nor replaced" test -L link
	check_exit 3 "no such source" pipe_to "" "there:$here/nowhere" x
	check "is named" says "nowhere: open: No such file"
	check "and leaves nothing" nothing_of x
	check_exit 3 "no such folder" fed in pipe_to "" - "there:$here/no/such/x"
	check "--mkpath makes it" fed in pipe_to "" --mkpath --fsync - "there:$here/no/such/x"
	check "with the file" cmp in no/such/x
	check_exit 1 "one operand" pipe_in in
	check_exit 1 "three operands" pipe_in in a b
	check_exit 1 "- to -" pipe_in - -
	check_exit 1 "an option that pipe does not have" pipe_in --delete in x
	check_exit 1 "--json where the data goes" pipe_in --json in -
	check "sends to --json-fd" says "json-fd"
}

modes()
{
	rm -f x
	(umask 027 && pipe_in -q in x)
	check "a new file has what the umask leaves" test "$(stat -c %a x)" = 640
	chmod 604 x
	chown 12:34 x 2>/dev/null
	was=$(stat -c '%a %u %g' x)
	check "a file that was there is replaced" pipe_in a x
	check "and keeps mode and owner" test "$(stat -c '%a %u %g' x)" = "$was"
	check "--chmod" pipe_in --chmod=F600 a x
	check "changes it" test "$(stat -c %a x)" = 600
	head -c 3000000 /dev/zero >zeros
	cat in >>zeros
	check "-S" fed zeros pipe_in -S - y
	check "writes holes" test "$(stat -c '%b * 512' y)" != "$(stat -c '%b * 512' zeros)"
	check "that are zeros" cmp zeros y
}

told()
{
	"$XFER" pipe --json in x >events
	check "--json reports" jq -es '.[-1] | .event == "report" and .verb == "pipe" and .ok and .items.updated == 1 and
		.bytes.read == 3500000 and .bytes.written == 3500000 and .digest == .peer_digest and .proof == "transferred"' events
	"$XFER" pipe --json-fd 7 in - 7>events >x
	check "--json-fd leaves standard output to the data" cmp in x
	check "and has the report" jq -es '.[-1].ok' events
	"$XFER" pipe in - 2>said >x
	check "the report for people goes to standard error then" grep -q '^OK: 1 item' said
	check "-q" pipe_in -q in x
	check "says nothing" test ! -s out
}

# broken SENTENCE STATUS "RELAY'S OPTIONS" - the name keeps the old content, and nothing else is left.
broken()
{
	echo old >x
	check_exit "$2" "$1" fed in pipe_to "$3" - "there:$here/x"
	check "$1: the old file is whole" grep -qx old x
	check "$1: nothing else is left" no_debris .
	rm -f x
	check_exit "$2" "$1, to a new name" fed in pipe_to "$3" - "there:$here/x"
	check "$1: there is no such name" nothing_of x
}

breaks()
{
	broken "a link cut on its way" 10 "--cut up:2000000"
	broken "a link cut before the last frame" 10 "--after DONE:1 --do false"
	broken "a byte flipped on its way" 12 "--flip up:2000000"
	check_exit 10 "a link cut on its way back, to standard output" into z pipe_to "--cut down:2000000" "there:$here/in" -
	check_exit 11 "a reader that goes away" unread_output pipe_in in -
	check "is told" says "nobody reads it any more"
	ended_by TERM 20
	ended_by KILL 137
}

# ended_by SIGNAL STATUS - how a client ends when it gets the signal in the middle of its input.
ended_by()
{
	local pid status=0
	rm -f x feed
	mkfifo feed
	"$XFER" pipe -e "$BIN_TEST/relay" --xfer-path "$XFER" feed "there:$here/x" >/dev/null 2>&1 &
	pid=$!
	exec 8>feed
	head -c 2000000 in >&8
	until [ -n "$(find . -maxdepth 1 -name '.xfer-*' -size +1M)" ]; do kill -0 $pid || break; done
	check_exit 5 "a second writer of the same name" pipe_in in x
	check "is told" says "another run of xfer is writing it"
	kill "-$1" $pid
	wait $pid 2>/dev/null || status=$?
	check "SIG$1: ends with $2" test $status = "$2"
	exec 8>&-
	# the other side sees the end of the connection by itself
	check "SIG$1: the same name can be written again" timeout 60 bash -c "until '$XFER' pipe -q in x 2>/dev/null; do :; done"
	check "SIG$1: and nothing else is left" no_debris .
}

head -c 3500000 /dev/urandom >in
ends
fifos
names
modes
told
breaks
finish
