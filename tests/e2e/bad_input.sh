#!/usr/bin/env bash
# Whatever is wrong with the command, the files, the disk or the other side: the exit status says what kind of thing it
# was, a sentence names the offender, and nothing is lost.
# modes: release
# takes: 30
# What check runs looks unreachable to shellcheck, and the programs of bash -c are to be expanded there.
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1

# make_source DIR - a small tree.
make_source()
{
	mkdir -p "$1/sub/deep"
	printf 'one\n' >"$1/one"
	printf 'two\n' >"$1/sub/two"
	head -c 300000 /dev/urandom >"$1/sub/deep/three"
	ln -s one "$1/link"
}

# refused STATUS PATTERN SENTENCE ARGUMENT... - xfer sync fails so, says so, and leaves what is in victim alone.
refused()
{
	local status=$1 pattern=$2 sentence=$3
	shift 3
	rm -rf victim
	mkdir victim
	printf 'precious\n' >victim/precious
	check_exit "$status" "$sentence" "$XFER" sync "$@"
	check "... and says so: $pattern" says "$pattern"
	check "... and loses nothing" grep -qx precious victim/precious
}

# as_user COMMAND... - without root's powers.
as_user()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

only()
{
	[ "$(ls -A "$1")" = "$2" ] || {
		ls -lA "$1"
		return 1
	}
}

command_line()
{
	refused 1 'unknown option --frobnicate' 'an unknown long option is a usage error' -a --frobnicate src/ victim
	refused 1 'unknown option -Y in -aY' 'an unknown letter is a usage error' -aY src/ victim
	refused 1 'unknown option --delet ' 'an option is not guessed from its beginning' -a --delet src/ victim
	refused 1 'option --max-delete needs a value' 'an option without its value is a usage error' -a src/ victim --max-delete
	refused 1 'option --archive takes no value' 'a value where none belongs is a usage error' --archive=yes src/ victim
	refused 1 'max-delete.*many' 'a limit that is no number is a usage error' -a --delete --max-delete=many src/ victim
	refused 1 'max-delete.*101' 'a limit of more than all is a usage error' -a --delete --max-delete=101% src/ victim
	refused 1 'filter.*nonsense' 'a filter that does not parse is a usage error' -a --filter='nonsense x' src/ victim
	refused 1 'include-from.*nowhere' 'a missing file of filters is an error before anything happens' \
		-a --include-from=nowhere src/ victim
	refused 1 'chmod.*u\+q' 'modes that do not parse are a usage error' -a --chmod=u+q src/ victim
	refused 1 'max-size.*10Q' 'a size that does not parse is a usage error' -a --max-size=10Q src/ victim
	refused 1 'usermap.*x:y:z' 'a map of owners that does not parse is a usage error' -a --usermap=x:y:z src/ victim
	refused 1 'timeout.*soon' 'a time that is no number is a usage error' -a --timeout=soon src/ victim
	refused 1 'io.*magic' 'an unknown choice is a usage error' -a --io=magic src/ victim
	refused 1 'needs --recursive' 'deleting without recursion is a usage error' --delete src/ victim
	refused 1 'needs a source and a destination' 'no operands are a usage error' -a
	refused 1 'needs a source and a destination' 'a source alone is a usage error' -a src/
	refused 10 'there: the connection ended' 'a remote side that cannot be reached is named' -a -e false here:src/ there:victim
	refused 1 'same host' 'sources on several hosts are a usage error' -a -e false here:a src/ victim
	refused 1 'daemon' 'the endpoint of an rsync daemon is a usage error' -a host::module/ victim
	refused 1 '-oProxy.*no valid host' 'a host that looks like an option never becomes one' -a -e false -- -oProxyCommand=x:a victim
	refused 1 'empty source or destination' 'an empty source is a usage error' -a '' victim
	refused 1 'quote is not closed' 'a remote shell that does not parse is a usage error' -a -e "ssh 'x" h:src victim
	check_exit 1 'a command that does not exist is a usage error' "$XFER" snyc -a src/ victim
	check '... and is named' says 'snyc: no such command'
	check_exit 1 'no command at all is a usage error' "$XFER"
}

missing_source()
{
	refused 3 'nowhere' 'a missing source has the status 3' -a --delete nowhere/ victim
	refused 3 'nowhere' 'a missing source without a slash has the status 3' -a --delete nowhere victim
	refused 23 'nowhere' 'one missing source of several has the status 23' -a --delete src/ nowhere victim
	check '... and the others are copied' cmp src/one victim/one
	refused 3 'src/one' 'a file named as a directory has the status 3' -a --delete src/one/ victim
}

overlap()
{
	rm -rf tree
	make_source tree
	mkdir tree/inside
	cp -a tree tree.before
	check_exit 3 'a destination inside the source is refused' "$XFER" sync -a --delete tree/ tree/inside
	check '... and named' says 'tree.*destination is inside'
	check_exit 3 'a destination inside the source is refused without the slash too' "$XFER" sync -a --delete tree tree/inside
	check_exit 3 'a destination inside the source that does not exist yet is refused' "$XFER" sync -a tree/ tree/sub/new
	check '... and is not left behind' test ! -e tree/sub/new
	check_exit 3 'with the parents that --mkpath would make' "$XFER" sync -a --mkpath tree/ tree/sub/new/er
	check_exit 3 'in a dry run' "$XFER" sync -an tree/ tree/sub/new
	check_exit 3 'the way back from what --mkpath would make is refused' "$XFER" sync -a --delete --mkpath tree/ new/../tree/
	check '... and named' says 'new/../tree.*goes back from .* not there'
	check_exit 3 'into the source too' "$XFER" sync -a --mkpath tree/ new/../tree/sub/new
	check_exit 3 'and for a single file' "$XFER" sync -a --mkpath tree/one new/../tree/one
	check '... and what it goes back from is not made' test ! -e new
	check '... and nothing was made meanwhile' same_trees tree tree.before
	check_exit 3 'a destination inside the source through a symlink is refused' \
		bash -c 'ln -s tree/inside alias && exec "$0" sync -a --delete tree/ alias/' "$XFER"
	check_exit 3 'a source inside the destination is refused' "$XFER" sync -a --delete tree/sub/ tree
	check '... and named' says 'tree/sub.*inside the destination'
	check_exit 3 'the same directory is refused' "$XFER" sync -a --delete tree/ tree
	check '... and named' says 'same directory'
	check_exit 3 'a directory into its own parent is refused' "$XFER" sync -a --delete tree/sub tree
	check '... and named' says 'tree/sub.*itself'
	check 'nothing of it has changed' same_trees tree tree.before
	check 'a directory beside the source is no overlap' "$XFER" sync -a tree/ tree.other
}

overlap_over_ssh()
{
	start_sshd || {
		skip 'overlaps are refused over ssh to the same host' 'no sshd'
		return
	}
	local here=$TEST_TMP
	check_exit 3 'a directory into its own parent over ssh is refused' \
		"$XFER" sync -a --delete -e "$SSH_CMD" --xfer-path "$XFER" tree/sub "localhost:$here/tree"
	check '... and named' says 'tree/sub.*itself'
	check_exit 3 'the same directory over ssh is refused when pulled' \
		"$XFER" sync -a --delete -e "$SSH_CMD" --xfer-path "$XFER" "localhost:$here/tree/" tree
	check_exit 3 'a destination inside the source over ssh is refused' \
		"$XFER" sync -a --delete -e "$SSH_CMD" --xfer-path "$XFER" tree/ "localhost:$here/tree/inside"
	check 'nothing of it has changed over ssh' same_trees tree tree.before
	check_exit 3 'a source that is missing on the other host has the status 3' \
		"$XFER" sync -a -e "$SSH_CMD" --xfer-path "$XFER" "localhost:$here/nowhere/" tree.other
	check '... and is named' says 'nowhere'
	check_exit 10 'a host that cannot be reached has the status 10' "$XFER" sync -a -e false tree/ "nohost:$here/x"
	check '... and is named' says 'nohost'
	check_exit 10 'an xfer that is not installed there has the status 10' \
		"$XFER" sync -a -e "$SSH_CMD" --xfer-path /nonexistent/xfer tree/ "localhost:$here/x"
	check '... and the remedy is named' says 'xfer-path'
	check_exit 5 'a remote shell that does not exist has the status 5' "$XFER" sync -a -e /nonexistent/ssh tree/ h:x
	check '... and is named' says '/nonexistent/ssh'
}

wrong_destination()
{
	printf 'a file\n' >file
	check_exit 3 'a destination that is a file is refused' "$XFER" sync -a --delete src/ file
	check '... and named' says 'file: open the destination: Not a directory'
	check '... and stays' grep -qx 'a file' file
	check_exit 3 'a destination below a missing directory is refused' "$XFER" sync -a src/ no/such/place
	check '... and the remedy is named' says 'no/such/place.*--mkpath'
	check '... and nothing was made' test ! -e no
	check 'with --mkpath it works' "$XFER" sync -a --mkpath src/ no/such/place
	check '... and all is there' same_trees src no/such/place
	ln -s nowhere dangling
	check_exit 3 'a destination that is a dangling symlink is refused' "$XFER" sync -a src/ dangling
	check '... and what it points at is not made' test ! -e nowhere
}

no_permission()
{
	local bin=$TEST_TMP/bin
	mkdir "$bin"
	chmod 755 "$bin"
	cp "$XFER" "$bin/xfer" # its own folder may be closed to others
	rm -rf theirs victim
	make_source theirs
	printf 'secret\n' >theirs/secret
	mkdir theirs/locked theirs/listable
	: >theirs/locked/hidden
	: >theirs/listable/unreachable
	chown -R 65534:65534 theirs
	chmod 000 theirs/secret theirs/locked
	chmod 444 theirs/listable
	install -d -o 65534 -g 65534 victim
	check_exit 23 'what cannot be read is a failure of its own' as_user "$bin/xfer" sync -a --delete theirs/ victim
	check 'a file without permission is named' says 'secret: .*Permission denied'
	check 'a directory without permission is named' says 'locked: .*Permission denied'
	check 'a file in a directory that may not be searched is named' says 'listable/unreachable: .*Permission denied'
	check '... and all else is copied' cmp theirs/sub/deep/three victim/sub/deep/three
	check '... without a name that promises more' test ! -e victim/secret
	check_exit 23 'the same with io_uring' as_user "$bin/xfer" sync -a --io=uring theirs/ victim
	check_exit 23 'the same with --checksum' as_user "$bin/xfer" sync -ac theirs/ victim

	install -d -o root -m 755 closed
	printf 'old\n' >closed/one
	touch -d @1 closed/one
	check_exit 23 'a destination that may not be written to: every item is a failure' \
		as_user "$bin/xfer" sync -a src/ closed
	check '... each by its name' says '(^| )one: .*(denied|permitted)'
	check '... and the old file is whole' grep -qx old closed/one
	check_exit 11 'a destination that may not be made has the status 11' as_user "$bin/xfer" sync -a src/ closed/new
	check '... and is named' says 'closed/new.*denied'
}

escapes()
{
	local name=$'evil\e]0;title\a\nline'
	rm -rf shouting victim
	mkdir shouting victim
	printf 'x\n' >"shouting/$name"
	chmod 000 "shouting/$name"
	chown -R 65534:65534 shouting victim
	check_exit 23 'a name with escape sequences is a failure like any other' as_user "$TEST_TMP/bin/xfer" sync -a shouting/ victim
	check '... and is named, escaped' says 'shouting/evil.#033.0;title'
	check '... never raw' not grep -q $'[\e\a]' "$TEST_TMP/out"
	check_exit 1 'an argument with escape sequences is an error' "$XFER" sync $'--\e[31m' a b
	check '... never raw' not grep -q $'\e' "$TEST_TMP/out"
	check_exit 3 'a source with escape sequences is an error' "$XFER" sync -a $'no\e[31m' victim
	check '... never raw' not grep -q $'\e' "$TEST_TMP/out"
	chmod 644 "shouting/$name"
	rm -rf victim
	check 'names with escape sequences in the list of items' "$XFER" sync -ai shouting/ victim
	check '... never raw' not grep -q $'[\e\a]' "$TEST_TMP/out"
}

read_only()
{
	mount_loop 8M ext4 ro -m 0 || {
		skip 'a destination that is read-only has the status 11' 'no loop mounts'
		return
	}
	"$XFER" sync -a src/ ro/tree >/dev/null
	mount -o remount,ro ro
	check 'nothing to do on a read-only destination is no error' "$XFER" sync -a src/ ro/tree
	printf 'longer than before\n' >src/one
	check_exit 11 'a destination that is read-only has the status 11' "$XFER" sync -a src/ ro/tree
	check '... and says so' says 'Read-only file system'
	check '... once only' test "$(grep -c 'Read-only' "$TEST_TMP/out")" -le 3
	check '... and the old file is whole' grep -qx one ro/tree/one
	check_exit 11 'a new destination on it has the status 11' "$XFER" sync -a src/ ro/new
	printf 'one\n' >src/one
	unmount_loop ro
}

# What a run that met a full disk must leave: whole old or whole new files, and nothing else.
whole_names()
{
	local f name
	while IFS= read -r -d '' f; do
		name=${f#full/tree/}
		cmp -s "$f" "big/$name" || cmp -s "$f" "big.old/$name" || {
			echo "neither old nor new: $f"
			return 1
		}
	done < <(find full/tree -type f -print0)
}

disk_full()
{
	mount_loop 32M ext4 full -m 0 || {
		skip 'a disk that fills up has the status 11' 'no loop mounts'
		return
	}
	mkdir -p big/d big.old/d
	head -c 1000000 /dev/urandom >big.old/changed
	head -c 1200000 /dev/urandom >big/changed
	head -c 3000000 /dev/urandom >big/d/large
	head -c 16000000 /dev/urandom | split -b 40000 -a 3 - big/d/small.
	cp -a big.old full/tree
	head -c 12000000 /dev/zero >full/ballast
	check_exit 11 'what will not fit is refused' "$XFER" sync -a big/ full/tree
	check '... and says how much is missing' says '[1-9][0-9]+ bytes are missing'
	check '... and the old version is untouched' cmp big.old/changed full/tree/changed
	check '... and nothing is half there' whole_names
	check '... and no debris' no_debris full/tree
	check_exit 11 'a disk that fills up has the status 11' "$XFER" sync -a --no-space-check big/ full/tree
	check '... and says so' says 'No space left on device'
	check '... and every name is a whole file, old or new' whole_names
	check '... and no debris' no_debris full/tree
	rm full/ballast
	check 'after making room the same command completes' "$XFER" sync -a --no-space-check big/ full/tree
	check '... and all is there' same_trees big full/tree
	unmount_loop full
}

inodes_exhausted()
{
	mount_loop 16M ext4 few -m 0 -N 64 || {
		skip 'inodes that run out have the status 11' 'no loop mounts'
		return
	}
	mkdir -p many
	touch many/{1..100}
	check_exit 11 'more names than there are inodes are refused' "$XFER" sync -a many/ few/tree
	check '... and says how many' says 'not enough inodes: [0-9]+ more are needed, [0-9]+ are free'
	check_exit 11 'inodes that run out have the status 11' "$XFER" sync -a --no-space-check many/ few/tree
	check '... and no debris' no_debris few
	rm -f many/{20..100}
	rm -rf few/tree
	check 'with fewer names the same command completes' "$XFER" sync -a many/ few/tree
	check '... and all is there' same_trees many few/tree
	unmount_loop few
}

# from_peer SHELL ARGUMENT... - xfer sync with a shell command in the place of the remote xfer.
from_peer()
{
	local peer=$1
	shift
	"$XFER" sync -e "sh -c '$peer' sh" --xfer-path "$XFER" "$@"
}

wrong_peer()
{
	local other=$BIN_TEST/other_version
	check_exit 2 'a server of a newer protocol has the status 2' "$XFER" sync -a -e "$other 7 9" src/ there:victim
	check '... and both versions are named' says 'xfer 9\.9\) speaks versions 7 to 9 .*this side .* 1 to [0-9]+'
	check_exit 2 'a server of an older protocol has the status 2' "$XFER" sync -a -e "$other 0 0" there:src/ victim
	check_exit 2 'a client of a newer protocol has the status 2' \
		bash -c '"$1" 7 9 </dev/null | "$0" serve --stdio' "$XFER" "$other"
	check '... and both versions are named' says 'speaks versions 7 to 9 .*this side .* 1 to [0-9]+'
	check 'a server that speaks newer versions as well is spoken to' \
		bash -c '"$1" 1 9 </dev/null | "$0" serve --stdio >/dev/null; [ "${PIPESTATUS[1]}" -eq 10 ]' "$XFER" "$other"
	check_exit 12 'a login that prints a greeting first has the status 12' \
		from_peer 'echo Welcome to this machine; shift; exec "$@"' -a src/ "there:$TEST_TMP/victim"
	check '... and says what may be the matter' says 'not a frame of xfer'
	check_exit 12 'a greeting shorter than a frame has the status 12' \
		from_peer 'echo Hi; shift; exec "$@"' -a src/ "there:$TEST_TMP/victim"
	check_exit 12 'a peer that sends noise has the status 12' \
		from_peer 'head -c 100000 /dev/urandom; cat >/dev/null' -a src/ "there:$TEST_TMP/victim"
	check_exit 10 'a peer that ends at once has the status 10' from_peer 'exit 0' -a src/ there:victim
	check_exit 12 'a client that sends noise: the server has the status 12' \
		bash -c 'head -c 100000 /dev/urandom | "$0" serve --stdio >/dev/null' "$XFER"
	check_exit 35 'a peer that says nothing has the status 35' \
		from_peer 'exec cat >/dev/null' -a --contimeout=1 src/ there:victim
	check '... and is named' says 'there: no answer'
	check_exit 35 'with --timeout alone too' from_peer 'exec cat >/dev/null' -a --timeout=1 src/ there:victim
	check_exit 35 'and without an end to that when --contimeout says more' \
		from_peer 'exec cat >/dev/null' -a --timeout=600 --contimeout=1 src/ there:victim
}

few_descriptors()
{
	local i path=deep
	mkdir wide
	mkdir wide/{1..300}
	for i in {1..300}; do
		printf '%d\n' "$i" >"wide/$i/a"
		printf '%d\n' "$i" >"wide/$i/b"
	done
	for i in {1..150}; do
		path+=/d
	done
	mkdir -p "$path"
	printf 'down here\n' | tee "$path/file" >deep/d/d/file
	for i in wide deep; do
		check "ulimit -n 64 is enough for a tree that is $i" \
			bash -c 'ulimit -n 64; exec "$0" sync -aH "$1/" "$1.copy"' "$XFER" "$i"
		check '... and all is there' same_trees "$i" "$i.copy"
		check "... and to compare it" bash -c 'ulimit -n 64; exec "$0" verify "$1/" "$1.copy"' "$XFER" "$i"
		mkdir empty
		check "... and to delete it" \
			bash -c 'ulimit -n 64; exec "$0" sync -a --delete --allow-empty-source empty/ "$1.copy"' "$XFER" "$i"
		check '... and nothing is left' only "$i.copy" ''
		rmdir empty
	done
}

odd_streams()
{
	local closed
	for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		rm -rf copy
		check "it works with $closed" bash -c "exec \"\$0\" sync -av src/ copy $closed" "$XFER"
		check '... and all is there' same_trees src copy
	done
	rm -rf copy
	check_exit 11 'a report that cannot be written has the status 11' bash -c 'exec "$0" sync -av src/ copy >/dev/full' "$XFER"
	check '... and the copy is whole all the same' same_trees src copy
	check_exit 11 'the same with --json' bash -c 'exec "$0" sync -a --json src/ copy >/dev/full' "$XFER"
	check_exit 11 'help that cannot be written has the status 11' bash -c '"$0" --help >/dev/full' "$XFER"
	check_exit 5 'a log that cannot be opened is an error before anything happens' \
		"$XFER" sync -a --log-file=/nonexistent/log src/ copy.log
	check '... and nothing is copied' test ! -e copy.log
	check_exit 5 'a descriptor for --json-fd that is not open is an error' "$XFER" sync -a --json-fd=77 src/ copy.fd
	check '... and nothing is copied' test ! -e copy.fd
}

make_source src
command_line
missing_source
overlap
overlap_over_ssh
wrong_destination
if [ "$(id -u)" = 0 ]; then
	no_permission
	escapes
	read_only
	disk_full
	inodes_exhausted
else
	skip 'permissions, escape sequences, read-only and full disks' 'not root'
fi
wrong_peer
few_descriptors
odd_streams
finish
