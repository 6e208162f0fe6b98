#!/usr/bin/env bash
# --bootstrap: a host without xfer gets one for the time of the run, and keeps nothing of it: not after the run, not when
# either end is killed or the link is cut; where programs may not run or there is no room, that is said.
# takes: 50
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

static=$ROOT/build/static/bin/xfer
src=$TEST_TMP/src
dst=$TEST_TMP/dst
there=$TEST_TMP/there # TMPDIR of the other host
host=$TEST_TMP/host   # -e: stands for ssh where the host itself must be out of the ordinary

tree()
{
	mkdir -p "$src/dir/deeper" "$there" "$TEST_TMP/home/.cache"
	echo one >"$src/one"
	echo two >"$src/dir/deeper/two"
	head -c 700000 /dev/urandom >"$src/dir/large"
	ln "$src/one" "$src/dir/hard"
	ln -s one "$src/link"
}

# host_is LINE... - writes the host: a shell that runs these lines, then the command.
host_is()
{
	{
		printf '#!/bin/sh\nshift\nexport TMPDIR=%q HOME=%q\n' "$there" "$TEST_TMP/home"
		printf '%s\n' "$@" "exec sh -c \"\$*\""
	} >"$host"
	chmod 755 "$host"
}

nothing_there()
{
	local left
	left=$(find "$there" "$TEST_TMP/home" -mindepth 1 ! -name .cache)
	[ -z "$left" ] || {
		echo "$left"
		return 1
	}
}

# copied SENTENCE OPTION-OR-OPERAND... - a copy to $dst with --bootstrap succeeds, is the same as src, and leaves nothing.
copied()
{
	local sentence=$1
	shift
	rm -rf "$dst"
	check "$sentence" "$XFER" sync -aHAX --bootstrap "$@"
	check "$sentence: the trees are the same" same_trees "$src" "$dst"
	check "$sentence: nothing is left there" nothing_there
}

# refused STATUS SENTENCE PATTERN OPTION... - and says why.
refused()
{
	local status=$1 sentence=$2 pattern=$3
	shift 3
	rm -rf "$dst"
	check_exit "$status" "$sentence" "$XFER" sync -a --bootstrap "$@" "$src/" "old.example:$dst"
	check "$sentence: is said" says "$pattern"
	check "$sentence: nothing is left there" nothing_there
	check "$sentence: nothing was copied" test ! -e "$dst"
}

over_sshd()
{
	copied "pushed" -e "$ssh" "$src/" "localhost:$dst"
	copied "pulled" -e "$ssh" "localhost:$src/" "$dst"
	check "verify" "$XFER" verify -HAX --bootstrap -e "$ssh" "$src/" "localhost:$dst"
	rm -rf "$dst"
	check "the static program brings itself along" "$static" sync -aHAX --bootstrap -e "$ssh" "$src/" "localhost:$dst"
	check "and the trees are the same" same_trees "$src" "$dst"
	check "the other side's umask is as it was" "$XFER" sync -r --bootstrap -e "$ssh" "$src/" "localhost:$dst.plain"
	check "for what a copy without -p creates" test "$(stat -c %a "$dst.plain/one")" = 644
}

# The sessions of the private sshd have ended.
sessions_gone()
{
	local pid
	for pid in $(pgrep -P "$SSHD_PID"); do
		timeout 20 tail --pid="$pid" -f /dev/null || return
	done
}

# The client is killed in the middle of a large file.
killed()
{
	local way=$1 pid
	shift
	rm -rf "$dst"
	"$XFER" sync -a --bootstrap -e "$ssh" "$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	until [ -n "$(find "$dst" -path '*/.xfer-*' -type f -size +4M 2>/dev/null)" ]; do
		kill -0 "$pid" 2>/dev/null || break
	done
	check "$way, while it runs: the program has no name any more" nothing_there
	check "$way, while it runs: it does run" kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	check "$way, killed: the other side ends" sessions_gone
	check "$way, killed: nothing is left there" nothing_there
	check "$way, killed: the same command again completes" "$XFER" sync -a --bootstrap -e "$ssh" "$@"
	check "$way, killed: the trees are the same" same_trees "$big" "$dst"
}

interrupted()
{
	big=$TEST_TMP/big
	mkdir "$big"
	head -c 60000000 /dev/urandom >"$big/large"
	killed "push" "$big/" "localhost:$dst"
	killed "pull" "localhost:$big/" "$dst"
	local place
	for place in up:1 up:300000 down:3; do
		rm -rf "$dst"
		check_exit 10 "the link is cut at $place" "$XFER" sync -a --bootstrap \
			-e "$BIN_TEST/relay --cut $place x $ssh" "$src/" "localhost:$dst"
		check "... the other side ends" sessions_gone
		check "... nothing is left there" nothing_there
	done
}

shells()
{
	local applet
	host_is
	copied "any shell" -e "$host" "$src/" "old.example:$dst"
	mkdir "$TEST_TMP/busybox"
	for applet in $(busybox --list); do
		ln -s "$(command -v busybox)" "$TEST_TMP/busybox/$applet"
	done
	host_is "export PATH=$TEST_TMP/busybox"
	copied "busybox, pushed" -e "$host" "$src/" "old.example:$dst"
	copied "busybox, pulled" -e "$host" "old.example:$src/" "$dst"
	host_is
	copied "a kernel of 3.10" -e "$BIN_TEST/old_kernel 3.10 $host" "$src/" "old.example:$dst"
	host_is 'echo Welcome' 'printf "no end of line"'
	copied "a login that says something" -e "$host" "$src/" "old.example:$dst"
	host_is 'unset TMPDIR HOME'
	copied "neither TMPDIR nor HOME" -e "$host" "$src/" "old.example:$dst"
}

# Every folder that could be used, mounted over with these options, in a namespace of its own.
places()
{
	local but=$1 options=$2 place
	for place in "$there" "$TEST_TMP/home" "$TEST_TMP/home/.cache" /var/tmp /dev/shm; do
		[ "$place" = "$but" ] && options=rw
		echo "mkdir -p '$place' && mount -t tmpfs -o $options,mode=1777 none '$place' || exit 99"
		[ "$place" = "$but" ] && options=$2
	done
}

rooms()
{
	local place
	if [ "$(id -u)" != 0 ] || ! unshare -m true; then
		skip "where programs may run" "only root can mount"
		return
	fi
	for place in "$there" "$TEST_TMP/home/.cache" /var/tmp /dev/shm; do
		host_is "$(places "$place" noexec)"
		copied "programs may run in $place alone" -e "unshare -m $host" "$src/" "old.example:$dst"
	done
	host_is "$(places /var/tmp size=1m)"
	copied "there is room in /var/tmp alone" -e "unshare -m $host" "$src/" "old.example:$dst"
	host_is "$(places none noexec)"
	refused 5 "programs may run nowhere" "old.example.*/var/tmp: .*noexec.*/dev/shm: .*noexec" -e "unshare -m $host"
	host_is "$(places none size=1m)"
	refused 5 "there is room nowhere" "old.example.*/var/tmp: [0-9]+ KB free" -e "unshare -m $host"
	mkdir -p "$TEST_TMP/no_df"
	ln -s "$(type -P true)" "$TEST_TMP/no_df/df"
	host_is "$(places none size=1m)" "export PATH=$TEST_TMP/no_df:\$PATH"
	refused 5 "there is less room than it seems" "old.example.*not what was sent" -e "unshare -m $host"
	host_is 'mount -t tmpfs none /proc'
	refused 5 "no /proc" "old.example.*/proc" -e "unshare -m $host"
}

hosts()
{
	mkdir -p "$TEST_TMP/mips"
	printf '#!/bin/sh\necho mips\n' >"$TEST_TMP/mips/uname"
	chmod 755 "$TEST_TMP/mips/uname"
	host_is "export PATH=$TEST_TMP/mips:\$PATH"
	refused 5 "another processor" "old.example.*mips.*$(uname -m)" -e "$host"
	host_is 'echo nobody gets in >&2' 'exit 1'
	refused 10 "a host that lets nobody in" "old.example.*ended" -e "$host"
	host_is 'exec cat >/dev/null'
	refused 35 "a host that says nothing" "old.example.*1 second" --contimeout=1 -e "$host"
	refused 35 "nor within --timeout" "old.example.*1 second" --timeout=1 -e "$host"
	refused 10 "no connection" "localhost.*ended|old.example.*ended" -e "${ssh/-p $SSH_PORT/-p 1}"
}

files()
{
	host_is
	refused 5 "--bootstrap-file that is not there" "/nonexistent/xfer" --bootstrap-file=/nonexistent/xfer -e "$host"
	refused 5 "--bootstrap-file that is not static" "$XFER.*static" --bootstrap-file="$XFER" -e "$host"
	refused 5 "--bootstrap-file that is no program" "$src/one.*static" --bootstrap-file="$src/one" -e "$host"
	refused 1 "--bootstrap with --xfer-path" "bootstrap.*xfer-path" --xfer-path=xfer -e "$host"
	mkdir "$TEST_TMP/alone"
	cp "$XFER" "$TEST_TMP/alone/xfer"
	check_exit 5 "an xfer with no static one beside it" "$TEST_TMP/alone/xfer" sync -a --bootstrap -e "$host" \
		"$src/" "old.example:$dst"
	check "says what to do" says "make static"
	check "make install" make -C "$ROOT" install DESTDIR="$TEST_TMP/installed" PREFIX=/usr
	check "what was installed finds the static one" "$TEST_TMP/installed/usr/bin/xfer" sync -a --bootstrap -e "$host" \
		"$src/" "old.example:$dst"
	check "as it does when it is named" "$TEST_TMP/alone/xfer" sync -a --bootstrap-file="$static" -e "$host" \
		"$src/" "old.example:$dst"
}

check "make static" make -C "$ROOT" static
umask 022
tree
SSHD_EXTRA='AcceptEnv TMPDIR' start_sshd || exit 1
ssh="$SSH_CMD -o SetEnv=TMPDIR=$there"
check "there is no xfer on the other host" not over_ssh xfer --version
over_sshd
interrupted
shells
rooms
hosts
files
finish
