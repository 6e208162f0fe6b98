#!/usr/bin/env bash
# modes: release
# From one host to another, run from a third that only passes on: the same result and report as without it in between, and
# how a run ends when one of the two fails, falls silent, lies or is cut off.
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
here=$PWD
export FROM_HOW='' TO_HOW=''

# A remote shell to two hosts, `from` and `to`, each behind a relay.c of its own that does what FROM_HOW and TO_HOW say.
remote_shell()
{
	cat >rsh <<-END
		#!/bin/sh
		case \$1 in
		from) echo \$\$ >"$here/from.pid"; exec $BIN_TEST/relay \$FROM_HOW "\$@" ;;
		to) exec $BIN_TEST/relay \$TO_HOW "\$@" ;;
		esac
		echo "no such host: \$1" >&2
		exit 255
	END
	chmod 755 rsh
}

between()
{
	local command=$1
	shift
	timeout 60 "$XFER" "$command" -e "$here/rsh" --xfer-path "$XFER" "$@"
}

make_tree()
{
	mkdir -p src/sub/deeper src/empty
	echo one >src/one
	head -c 3000000 /dev/urandom >src/sub/large
	head -c 2000000 /dev/zero | tr '\0' x >src/sub/text
	ln src/one src/sub/hard
	ln -s one src/link
	for i in {1..300}; do echo "$i" >"src/sub/deeper/$i"; done
}

# figures COMMAND... - what the report of a run counts, but for bytes on the wire, times and memory.
figures()
{
	"$@" --json | tail -n 1 | jq -S '{ok, exit, items, read: .bytes.read, written: .bytes.written, total: .bytes.total,
		proof, proven, digest, peer_digest, io, failures}'
}

same_figures()
{
	cmp figures.direct figures.between || diff figures.direct figures.between
}

results()
{
	figures "$XFER" sync -aH --verify src/ direct >figures.direct
	figures between sync -aH --verify "from:$here/src/" "to:$here/dst" >figures.between
	check "between two hosts the tree is the same" same_trees src dst
	check "and the report counts the same as without them" same_figures
	check "which is a success" jq -e '.ok and .items.copied > 300 and .proof == "reread"' figures.between
	rm -rf dst
	between sync -aH --json "from:$here/src/" "to:$here/dst" >events
	check "progress is told" jq -es 'any(.event == "progress" and .phase == "transfer")' events
	check "nothing to do the second time" between sync -aH "from:$here/src/" "to:$here/dst"
	check "and that is said" says '309 unchanged'
	echo more >>src/one
	rm src/sub/deeper/7
	check "items are told" between sync -aHi --delete "from:$here/src/" "to:$here/dst"
	check "a change" says '^<f.* one$'
	check "a deletion" says '^\*deleting +sub/deeper/7$'
	check "verify finds nothing" between verify -H "from:$here/src/" "to:$here/dst"
	echo different >dst/sub/deeper/9
	check_exit 40 "verify finds a difference" between verify -H "from:$here/src/" "to:$here/dst"
	check "and names it" says 'sub/deeper/9$'
	check "several sources" between sync -a "from:$here/src/one" "from:$here/src/sub" "to:$here/several/"
	check "are there" test -f several/one -a -f several/sub/large
	check "a stream" between pipe "from:$here/src/sub/large" "to:$here/piped"
	check "is the same" cmp src/sub/large piped
}

over_ssh_too()
{
	start_sshd || return 1
	rm -rf dst
	check "over ssh" timeout 60 "$XFER" sync -aH -e "$SSH_CMD" --xfer-path "$XFER" "localhost:$here/src/" "127.0.0.1:$here/dst"
	check "the tree is the same" same_trees src dst
	check_exit 10 "a host that cannot be reached" timeout 60 "$XFER" sync -a -e "${SSH_CMD/-p $SSH_PORT/-p 1}" --xfer-path "$XFER" \
		"localhost:$here/src/" "127.0.0.1:$here/dst"
	check "is named" says '127.0.0.1: the connection ended'
}

failures()
{
	check_exit 3 "no such source" between sync -a "from:$here/nowhere" "to:$here/x"
	check "is named with its host" says "because +from: no source exists"
	check "the destination is not made" test ! -e x
	check_exit 3 "no such folder for the destination" between sync -a "from:$here/src/" "to:$here/no/such/x"
	check "is named with its host" says "because +to: .*no/such/x"
	check_exit 10 "no such host" between sync -a "from:$here/src/" "nohost:$here/x"
	check "is named" says "nohost: the connection ended"
	check_exit 3 "source and destination are one directory" between sync -a "from:$here/src/" "to:$here/src"
	check "which is told" says "same directory"
	check_exit 3 "the destination is inside the source" between sync -a "from:$here/src/" "to:$here/src/new"
	check "and stays as it was" test ! -e src/new
	check_exit 1 "a usage error stays one" between sync -a --no-such "from:$here/src/" "to:$here/x"
}

# broken SENTENCE STATUS PATTERN - with FROM_HOW or TO_HOW set: fails so, says so, and the same command again completes.
broken()
{
	rm -rf x
	check_exit "$2" "$1" between sync -a "from:$here/src/" "to:$here/x"
	check "$1: is told" says "$3"
	FROM_HOW='' TO_HOW=''
	check "$1: the same command again completes" between sync -a "from:$here/src/" "to:$here/x"
	check "$1: nothing is left of the first" no_debris x
	rm -rf plain && "$XFER" sync -qa src/ plain
	check "$1: and the trees are the same" same_trees plain x
}

breaks()
{
	FROM_HOW="--cut down:2000000" broken "the source is cut off" 10 'because +from: the connection'
	TO_HOW="--cut up:2000000" broken "the destination is cut off" 10 'because +to: the connection'
	FROM_HOW="--flip down:2000000" broken "what the source says is damaged" 12 'because +from: .*damaged'
	TO_HOW="--flip up:2000000" broken "what the destination is told is damaged" 12 'because +to: .*damaged'
	TO_HOW="--flip down:300" broken "what the destination says is damaged" 12 'because +to: .*damaged'
	FROM_HOW="--after DATA:1 --do false" broken "the source dies at its first large chunk" 10 'because +from: the connection'
	TO_HOW="--after READY:1 --do false" broken "the destination dies when it is ready" 10 'because +to: the connection'
}

# One of the two falls silent in the middle: its relay stops itself.
silent()
{
	rm -rf x
	FROM_HOW="--after FILE:1 --do $here/stop" check_exit 30 "the source falls silent" between sync -a --timeout=2 \
		"from:$here/src/" "to:$here/x"
	check "which is told" says "because +from: nothing came"
	check "no part of a file has a name" test ! -e x/sub/large
}

whole_if_there()
{
	local file
	for file; do
		[ ! -e "x/$file" ] || cmp "src/$file" "x/$file" || return 1
	done
}

interrupted()
{
	rm -rf x
	local status=0
	TO_HOW="--after FILE:1 --do $here/term" FROM_HOW='' "$XFER" sync -a -e "$here/rsh" --xfer-path "$XFER" \
		"from:$here/src/" "to:$here/x" >out 2>&1 &
	echo $! >client
	wait $! || status=$?
	check "SIGTERM ends it with 20" test $status = 20
	check "and what has a name is whole" whole_if_there sub/large sub/text
	check "the same command again completes" between sync -a "from:$here/src/" "to:$here/x"
	check "and nothing is left of the first" no_debris x
}

umask 022
remote_shell
cat >stop <<-END
	#!/bin/sh
	kill -STOP \$(cat "$here/from.pid")
END
cat >term <<-END
	#!/bin/sh
	until [ -s "$here/client" ]; do :; done
	kill -TERM \$(cat "$here/client")
END
chmod 755 stop term
make_tree
results
failures
breaks
silent
interrupted
over_ssh_too
finish
