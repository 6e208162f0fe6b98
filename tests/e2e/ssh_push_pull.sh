#!/usr/bin/env bash
# Over ssh, pushed and pulled: how hosts and paths are written, what is told and where, how a run ends when the connection
# is refused, falls silent or is killed, and that the same command again completes it.
# takes: 50
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

src=$TEST_TMP/src
dst=$TEST_TMP/dst
big=$TEST_TMP/big
events=$TEST_TMP/events

small_tree()
{
	mkdir -p "$src/sub/deeper" "$src/with space"
	echo one >"$src/one"
	echo two >"$src/sub/two"
	head -c 600000 /dev/urandom >"$src/sub/deeper/large"
	ln "$src/one" "$src/sub/hard"
	ln -s one "$src/link"
	echo three >"$src/with space/a 'quoted' \"name\" \$HOME"
}

# Long enough on its way for a signal to come in time.
big_tree()
{
	mkdir -p "$big/in"
	head -c 150000000 /dev/urandom >"$big/in/large"
	echo small >"$big/in/small"
}

ssh_sync()
{
	"$XFER" sync -aHAX -e "$SSH_CMD" --xfer-path="$XFER" "$@"
}

# same_as SENTENCE FROM OPTION-OR-OPERAND... - a copy to $dst succeeds and is the same as FROM.
same_as()
{
	local sentence=$1 from=$2
	shift 2
	rm -rf "$dst"
	check "$sentence" ssh_sync "$@"
	check "$sentence: the trees are the same" same_trees "$from" "$dst"
}

# is_so FILTER - of the report, the last of the events.
is_so()
{
	tail -n 1 "$events" | jq -e "$1" || {
		tail -n 1 "$events"
		return 1
	}
}

prints_nothing()
{
	local said
	said=$("$@" 2>&1) || return 1
	[ -z "$said" ] || {
		printf '%s\n' "$said"
		return 1
	}
}

addresses()
{
	local quoted
	same_as "push to user@host:path" "$src" "$src/" "$(id -un)@localhost:$dst"
	same_as "pull from user@host:path" "$src" "$(id -un)@localhost:$src/" "$dst"
	same_as "push to an address" "$src" "$src/" "127.0.0.1:$dst"
	mkdir -p "$TEST_TMP/key folder"
	cp "$TEST_TMP/ssh/client_key" "$TEST_TMP/key folder/key"
	quoted="ssh -4 -F none -i '$TEST_TMP/key folder/key'${SSH_CMD#*/client_key}"
	same_as "-e with single quotes" "$src" -e "$quoted" "$src/" "localhost:$dst"
	same_as "-e with double quotes" "$src" -e "${quoted//\'/\"}" "localhost:$src/" "$dst"
	same_as "-e with a backslash" "$src" -e "${quoted//\'*\'/$TEST_TMP/key\\ folder/key}" "$src/" "localhost:$dst"
	mkdir -p "$TEST_TMP/there/first dir" "$TEST_TMP/expected"
	cp -a "$src/sub" "$TEST_TMP/there/first dir/"
	cp -a "$src/sub" "$src/one" "$TEST_TMP/expected/"
	rm -f "$TEST_TMP/expected/sub/hard"
	rm -rf "$dst"
	mkdir "$dst"
	check "several remote sources" ssh_sync "localhost:$src/one" "localhost:$TEST_TMP/there/first dir/sub" "$dst/"
	check "are all there" test -f "$dst/one" -a -f "$dst/sub/two" -a -f "$dst/sub/deeper/large"
	same_as "a remote path with spaces and quotes, pulled" "$src/with space" "localhost:$src/with space/" "$dst"
	rm -rf "$TEST_TMP/to 'a' \$place"
	check "a remote path with spaces and quotes, pushed" ssh_sync "$src/" "localhost:$TEST_TMP/to 'a' \$place"
	check "is what it is called" same_trees "$src" "$TEST_TMP/to 'a' \$place"
	(cd "$TEST_TMP" && mkdir -p a:b && echo colon >a:b/file)
	rm -rf "$dst"
	check "a local path with a colon behind a slash" "$XFER" sync -a "$TEST_TMP/a:b/" "$dst/"
}

what_is_told()
{
	rm -rf "$dst"
	ssh_sync --json "$src/" "localhost:$dst" >"$events" 2>"$TEST_TMP/err"
	check "--json: every line is an object" test "$(jq -c 'select(type == "object" and has("event"))' "$events" | wc -l)" \
		= "$(wc -l <"$events")"
	check "--json: the first is start" test "$(head -n 1 "$events" | jq -r .event)" = start
	check "--json: the last is the report, which is ok" is_so '.event == "report" and .ok == true and .exit == 0'
	check "--json: it counts what was done" is_so '.items.total == 10 and .items.copied == 10 and .items.failed == 0 and
		.bytes.total > 600000 and .bytes.read == .bytes.written and .bytes.sent > 600000'
	check "--json: both sides have the same digest" is_so '(.digest | test("^[0-9a-f]{32}$")) and .digest == .peer_digest'
	check "--json: it says what was proven" is_so '.proof == "transferred" and .failures == []'
	check "--json: nothing is said elsewhere" test ! -s "$TEST_TMP/err"
	local pushed
	pushed=$(tail -n 1 "$events" | jq -r .digest)
	rm -rf "$dst"
	ssh_sync --json-fd 7 -i "localhost:$src/" "$dst" >"$TEST_TMP/lines" 7>"$events"
	check "--json-fd: the events go there" is_so '.event == "report" and .ok'
	check "--json-fd: pulled, the digest is the same as pushed" test "$(tail -n 1 "$events" | jq -r .digest)" = "$pushed"
	check "--json-fd: the items too" jq -es 'any(.event == "item" and .item == "one" and .change == ">f+++++++++")' "$events"
	check "--json-fd: and nothing goes to standard output" test ! -s "$TEST_TMP/lines"
	touch "$src/one"
	check "--log-file" ssh_sync --log-file="$TEST_TMP/log" "$src/" "localhost:$dst"
	check "--log-file: it has the item" grep -qE '^[0-9/]+ [0-9:]+ \[[0-9]+\] .*one' "$TEST_TMP/log"
	check "-q: nothing is said" prints_nothing ssh_sync -q "$src/" "localhost:$dst"
	check_exit 23 "-q: but for errors" ssh_sync -q "$src/" "$src/missing" "localhost:$dst"
	check "which name what failed" says "missing"
}

ways_of_reading()
{
	local mode
	for mode in plain uring; do
		rm -rf "$dst"
		"$XFER" sync -a --json --io="$mode" "$src/" "$dst" >"$events"
		check "--io=$mode: the report says so" is_so ".ok and .io.source == \"$mode\""
		check "--io=$mode: the trees are the same but for the link" cmp "$src/sub/deeper/large" "$dst/sub/deeper/large"
	done
	rm -rf "$dst"
	ssh_sync --verify --json "$src/" "localhost:$dst" >"$events"
	check "--verify: all was read again" is_so '.ok and .proof == "reread" and .proven.reread == 4 and .digest == .peer_digest'
	local before
	before=$(stat -c %y "$dst/sub/deeper/large")
	printf X | dd of="$dst/sub/deeper/large" bs=1 seek=300000 conv=notrunc status=none
	touch -d "$before" "$dst/sub/deeper/large"
	check "a byte that changed in secret is not seen by time and size" prints_nothing ssh_sync -qi "$src/" "localhost:$dst"
	check_exit 40 "but by verify" "$XFER" verify -HAX -e "$SSH_CMD" --xfer-path="$XFER" "$src/" "localhost:$dst"
	check "which names it" says '^<fc\.+ sub/deeper/large$'
	check_exit 40 "and by --verify" ssh_sync --verify "$src/" "localhost:$dst"
	check "and -c sets it right" ssh_sync -c "$src/" "localhost:$dst"
	check "so that verify is content, pulled" "$XFER" verify -HAX -e "$SSH_CMD" --xfer-path="$XFER" "localhost:$src/" "$dst"
}

connections()
{
	check_exit 10 "a refused connection" "$XFER" sync -a -e "${SSH_CMD/-p $SSH_PORT/-p 1}" "$src/" "localhost:$dst"
	check_exit 10 "no xfer at the other end" "$XFER" sync -a -e "$SSH_CMD" --xfer-path=/nonexistent/xfer "$src/" "localhost:$dst"
	check "is told with a hint" says "xfer-path"
	check_exit 10 "something else than xfer at the other end, and silent" "$XFER" sync -a -e "$SSH_CMD" --xfer-path=true "$src/" \
		"localhost:$dst"
	check_exit 5 "no ssh" "$XFER" sync -a -e /nonexistent/ssh "$src/" "localhost:$dst"
	kill -STOP "$SSHD_PID"
	check_exit 35 "--contimeout ends the wait for a host that takes the connection and is silent" \
		ssh_sync --contimeout=1 "$src/" "localhost:$dst"
	kill -CONT "$SSHD_PID"
}

# A remote xfer that writes down its process number.
remote_wrapper()
{
	printf '#!/bin/sh\necho $$ >%q\nexec %q "$@"\n' "$TEST_TMP/remote.pid" "$XFER" >"$TEST_TMP/remote-xfer"
	chmod 755 "$TEST_TMP/remote-xfer"
}

# start_big OPTION-OR-OPERAND... - begins to copy in the background, in a process group of its own as a shell does, and
# returns when there is a good part of the large file at $dst. Sets big_pid.
start_big()
{
	rm -f "$TEST_TMP/remote.pid"
	set -m
	"$XFER" sync -a -e "$SSH_CMD" --xfer-path="$TEST_TMP/remote-xfer" "$@" >"$TEST_TMP/big.out" 2>&1 </dev/null &
	big_pid=$!
	set +m
	# under a name of its own, or in a new directory that has one
	until [ -n "$(find "$dst" -path '*/.xfer-*' -type f -size +4M 2>/dev/null)" ]; do
		kill -0 "$big_pid" 2>/dev/null || {
			echo "the copy ended before it could be disturbed"
			cat "$TEST_TMP/big.out"
			return 1
		}
	done
}

# ends_with STATUS... - the copy ends, with one of these.
ends_with()
{
	local status=0 wanted
	wait "$big_pid" 2>/dev/null || status=$?
	for wanted; do
		[ "$status" != "$wanted" ] || return 0
	done
	echo "exit $status"
	tail -n 5 "$TEST_TMP/big.out"
	return 1
}

completes()
{
	check "$1: the same command again completes" "$XFER" sync -a -e "$SSH_CMD" --xfer-path="$XFER" "${@:2}"
	check "$1: and the trees are the same" same_trees "$big" "$dst"
	check "$1: and nothing of the first attempt is left" no_debris "$dst"
}

# The remote xfer is gone, and whatever it wrote has been written.
remote_gone()
{
	local pid
	read -r pid <"$TEST_TMP/remote.pid"
	while kill -0 "$pid" 2>/dev/null; do :; done
}

interrupted()
{
	local way=$1
	shift
	rm -rf "$dst"
	check "$way: a long copy begins" start_big "$@"
	kill -INT -- "-$big_pid"
	check "$way: Ctrl-C ends it with 20" ends_with 20
	remote_gone
	check "$way: no name is there that is not whole" test ! -e "$dst/in/large"
	# what has come of it stays for the next run, under its temporary name, and nothing else
	check "$way: at most the beginning of one file is there" test "$(find "$dst/in" -type f -name '.xfer-*' | wc -l)" -le 1
	completes "$way, interrupted" "$@"
}

killed()
{
	local way=$1 pid
	shift
	rm -rf "$dst"
	check "$way: a long copy begins" start_big "$@"
	read -r pid <"$TEST_TMP/remote.pid"
	kill -KILL "$pid"
	check "$way: kill -9 of the other side ends it with 10 or 12" ends_with 10 12
	check "$way: no name is there that is not whole" test ! -e "$dst/in/large"
	completes "$way, killed" "$@"
}

silent_peer()
{
	local way=$1 pid
	shift
	rm -rf "$dst"
	check "$way: a long copy begins" start_big --timeout=2 "$@"
	read -r pid <"$TEST_TMP/remote.pid"
	kill -STOP "$pid"
	check "$way: --timeout ends it with 30 when the other side falls silent" ends_with 30
	kill -KILL "$pid"
	remote_gone
	completes "$way, timed out" "$@"
}

ciphers()
{
	local first
	if grep -qw aes /proc/cpuinfo; then
		check "an ssh that was told no cipher" "$XFER" sync -a -e "$SSH_CMD -v" --xfer-path="$XFER" "$src/" "localhost:$dst"
		check "... takes the one that is fastest with AES instructions" says "client->server cipher: aes128-gcm@openssh.com"
	else
		skip "an ssh that was told no cipher takes AES-GCM" "no AES instructions"
	fi
	for first in '-c aes256-ctr' '-oCiphers=aes256-ctr,aes128-gcm@openssh.com'; do
		check "ssh $first" "$XFER" sync -a -e "$SSH_CMD -v $first" --xfer-path="$XFER" "$src/" "localhost:$dst"
		check "... is as its user says" says "client->server cipher: aes256-ctr"
	done
	echo 'Ciphers aes256-ctr,aes192-ctr' >"$TEST_TMP/config"
	check "an ssh whose configuration allows no AES-GCM" "$XFER" sync -a -e "${SSH_CMD/-F none/-F $TEST_TMP/config} -v" \
		--xfer-path="$XFER" "$src/" "localhost:$dst"
	check "... does not offer it" says "client->server cipher: aes256-ctr"
}

umask 022
small_tree
big_tree
start_sshd || exit 1
addresses
what_is_told
ways_of_reading
connections
ciphers
remote_wrapper
for test in interrupted killed silent_peer; do
	"$test" "push" "$big/" "localhost:$dst"
	"$test" "pull" "localhost:$big/" "$dst"
done
finish
