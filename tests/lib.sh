# shellcheck shell=bash
# lib.sh - what the end-to-end scripts share. A script begins with
#
#	#!/usr/bin/env bash
#	# what it proves, in a sentence
#	# shellcheck source=tests/lib.sh
#	. "$(dirname "$0")/../lib.sh"
#
# and ends with `finish`. The runner gives XFER (the program), BIN_TEST (folder of the test programs), TEST_TMP (a
# private folder), TEST_MODE (release, asan, tsan) and ROOT; run by hand, a script gets them from here.
# A line `# modes: release asan` asks for one run with each mode's binaries. Scripts run beside each other; a line
# `# alone: WHY` forbids that. `# takes: 90`, seconds, has those that take long begin early.

set -u
export LC_ALL=C

ROOT=${ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
TEST_MODE=${TEST_MODE:-release}
XFER=${XFER:-$ROOT/build/$TEST_MODE/bin/xfer}
DBDUMP=${DBDUMP:-$ROOT/build/$TEST_MODE/bin/dbdump}
SCHEDULER=${SCHEDULER:-$ROOT/build/$TEST_MODE/bin/scheduler}
BIN_TEST=${BIN_TEST:-$ROOT/build/$TEST_MODE/test}
lib_own_tmp=
if [ -z "${TEST_TMP:-}" ]; then
	TEST_TMP=$(mktemp -d "${TMPDIR:-/tmp}/xfer-test.XXXXXX") || exit 1
	chmod 755 "$TEST_TMP"
	lib_own_tmp=yes
fi
export ROOT TEST_MODE XFER DBDUMP SCHEDULER BIN_TEST TEST_TMP
export XFER_STATE_DIR=$TEST_TMP/state # nothing of a test stays on the machine

lib_passed=0 lib_failed=0 lib_skipped=0
lib_at_exit=()

# at_exit COMMAND... - to be run when the script ends, however it ends; the last registered first.
at_exit()
{
	lib_at_exit+=("$(printf '%q ' "$@")")
}

lib_cleanup()
{
	local status=$? i
	trap - EXIT
	for ((i = ${#lib_at_exit[@]} - 1; i >= 0; i--)); do
		eval "${lib_at_exit[i]}"
	done
	[ -z "$lib_own_tmp" ] || rm -rf --one-file-system "$TEST_TMP"
	exit "$status"
}
trap lib_cleanup EXIT

# check SENTENCE COMMAND... - passes when the command succeeds; its output is shown only when it does not.
check()
{
	check_exit 0 "$@"
}

# check_exit N SENTENCE COMMAND... - passes when the command's exit status is N. The output stays in $TEST_TMP/out
# (standard output and error together) for the checks with `says` that follow.
check_exit()
{
	local wanted=$1 sentence=$2 status=0 out=$TEST_TMP/out
	shift 2
	case $1${2:-} in
	says* | notsays*) out=$TEST_TMP/said ;;
	esac
	"$@" >"$out" 2>&1 || status=$?
	if [ "$status" -eq "$wanted" ]; then
		lib_passed=$((lib_passed + 1))
		printf 'ok    %s\n' "$sentence"
		return 0
	fi
	lib_failed=$((lib_failed + 1))
	printf 'FAIL  %s (exit %d, wanted %d)\n' "$sentence" "$status" "$wanted"
	printf '      $ %s\n' "$(printf '%q ' "$@")"
	lib_show "$out" | sed 's/^/      | /'
	return 1
}

# ended STATUS FILE - how something in the background did, for check_exit
ended()
{
	cat "$2"
	return "$1"
}

# A file's beginning, safe for a terminal and a log.
lib_show()
{
	head -n 100 "$1" | cut -b -400 | cat -v
}

# skip SENTENCE REASON - a check that this machine cannot make.
skip()
{
	lib_skipped=$((lib_skipped + 1))
	printf 'skip  %s (%s)\n' "$1" "$2"
}

# not COMMAND... - succeeds when the command fails, for use behind check.
not()
{
	! "$@"
}

# says PATTERN - the output of the last check has a line that matches the extended regular expression.
says()
{
	grep -E -e "$1" "$TEST_TMP/out" || {
		lib_show "$TEST_TMP/out"
		return 1
	}
}

# Prints the totals and ends the script: 0 when nothing failed and something was checked.
finish()
{
	printf '%d passed, %d failed, %d skipped\n' "$lib_passed" "$lib_failed" "$lib_skipped"
	[ "$lib_failed" -eq 0 ] && [ $((lib_passed + lib_skipped)) -gt 0 ]
	exit
}

# beside FUNCTION... - these beside each other, for what waits more than it works: each in a shell, a current folder and a
# TEST_TMP of its own, below this one's. What they check counts, and is shown one after the other.
beside()
{
	local function pids=() i=0 passed failed skipped
	for function; do
		lib_apart "$function" >"$TEST_TMP/beside.$function" 2>&1 &
		pids+=("$!")
	done
	for function; do
		wait "${pids[i++]}"
		cat "$TEST_TMP/beside.$function"
		read -r passed failed skipped < <(cat "$TEST_TMP/$function/totals" || echo 0 1 0)
		lib_passed=$((lib_passed + passed)) lib_failed=$((lib_failed + failed)) lib_skipped=$((lib_skipped + skipped))
	done
}

# In the shell that one of them has.
lib_apart()
{
	TEST_TMP=$TEST_TMP/$1
	lib_passed=0 lib_failed=0 lib_skipped=0 lib_at_exit=() lib_own_tmp=
	trap lib_cleanup EXIT
	mkdir "$TEST_TMP" && cd "$TEST_TMP" || exit
	"$1"
	echo "$lib_passed $lib_failed $lib_skipped" >"$TEST_TMP/totals"
}

# start_sshd - a private sshd on 127.0.0.1 with throwaway keys and a configuration of its own (and the lines of
# SSHD_EXTRA), for the user who runs the test. Sets SSH_PORT, SSHD_PID, SSHD_LOG and SSH_CMD (for xfer -e, rsync -e);
# both localhost:PATH and 127.0.0.1:PATH work. Its sessions have our PATH and read no ~/.bashrc.
start_sshd()
{
	local dir=$TEST_TMP/ssh sshd attempt
	sshd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd) || {
		echo "start_sshd: no sshd: make deps" >&2
		return 1
	}
	mkdir -p "$dir"
	SSHD_LOG=$dir/log
	: >"$SSHD_LOG"
	[ "$(id -u)" != 0 ] || [ -d /run/sshd ] || mkdir -m 755 /run/sshd # for its privilege separation
	ssh-keygen -q -t ed25519 -N '' -C xfer-test -f "$dir/host_key" || return 1
	ssh-keygen -q -t ed25519 -N '' -C xfer-test -f "$dir/client_key" || return 1
	cp "$dir/client_key.pub" "$dir/authorized_keys"
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		SSH_PORT=$((20000 + (RANDOM + attempt) % 12000))
		lib_sshd_config "$dir" >"$dir/config"
		lib_sshd_listen "$sshd" "$dir" && break
	done
	if [ -z "${SSHD_PID:-}" ]; then
		echo "start_sshd: sshd does not start:" >&2
		cat "$SSHD_LOG" >&2
		return 1
	fi
	at_exit stop_sshd
	printf '[localhost]:%d,[127.0.0.1]:%d %s\n' "$SSH_PORT" "$SSH_PORT" "$(cut -d ' ' -f 1,2 "$dir/host_key.pub")" \
		>"$dir/known_hosts"
	SSH_CMD="ssh -4 -F none -i $dir/client_key -p $SSH_PORT -o UserKnownHostsFile=$dir/known_hosts"
	SSH_CMD+=" -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o BatchMode=yes"
	SSH_CMD+=" -o IdentitiesOnly=yes -o IdentityAgent=none -o LogLevel=ERROR"
	export SSH_CMD SSH_PORT
}

# over_ssh COMMAND... - runs a command through the private sshd.
over_ssh()
{
	local words
	read -ra words <<<"$SSH_CMD"
	"${words[@]}" localhost "$@"
}

lib_sshd_config()
{
	local dir=$1 pam=no name
	# without PAM, sshd turns away a user whose password is locked, key or not
	[[ "$(getent shadow "$(id -un)" 2>/dev/null)" == *:!* ]] && pam=yes
	cat <<-END
		Port $SSH_PORT
		ListenAddress 127.0.0.1
		HostKey $dir/host_key
		AuthorizedKeysFile $dir/authorized_keys
		PidFile none
		StrictModes no
		UsePAM $pam
		PermitRootLogin yes
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		UseDNS no
		PrintMotd no
		PrintLastLog no
		MaxStartups 100
		Subsystem sftp internal-sftp
	END
	# bash reads ~/.bashrc for sshd only when SHLVL is below 2. sshd takes its first SetEnv line alone.
	printf 'SetEnv SHLVL=2 "PATH=%s"' "$PATH"
	for name in XFER_STATE_DIR ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS; do
		[ -z "${!name:-}" ] || printf ' "%s=%s"' "$name" "${!name}"
	done
	printf '\n%s\n' "${SSHD_EXTRA:-}"
}

# Starts sshd and reads its log until it listens, or says why not. Afterwards the log goes to $SSHD_LOG.
lib_sshd_listen()
{
	local sshd=$1 dir=$2 line fd pid
	rm -f "$dir/fifo"
	mkfifo "$dir/fifo"
	exec {fd}<>"$dir/fifo"
	"$sshd" -D -e -f "$dir/config" 2>"$dir/fifo" {fd}>&- &
	pid=$!
	while IFS= read -r -t 10 -u "$fd" line; do
		printf '%s\n' "$line" >>"$SSHD_LOG"
		case $line in
		"Server listening on"*)
			cat <&"$fd" >>"$SSHD_LOG" &
			lib_sshd_reader=$!
			SSHD_PID=$pid
			exec {fd}>&-
			return 0
			;;
		*"Cannot bind"* | *"onfiguration option"* | *fatal* | *"no hostkeys"* | *"must be owned"*) break ;;
		esac
	done
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	exec {fd}>&-
	return 1
}

# Stops the private sshd and the sessions that it still has.
stop_sshd()
{
	[ -n "${SSHD_PID:-}" ] || return 0
	local sessions
	mapfile -t sessions < <(pgrep -P "$SSHD_PID")
	kill "$SSHD_PID" "${sessions[@]}" "$lib_sshd_reader" 2>/dev/null
	wait "$SSHD_PID" "$lib_sshd_reader" 2>/dev/null
	SSHD_PID=
}

# mount_loop SIZE FSTYPE DIR [MKFS_OPTION...] - a fresh file system of its own at DIR, in an image below TEST_TMP,
# unmounted when the script ends. Fails where loop mounts are impossible: the test then counts itself as skipped.
# (mkfs.xfs wants 300M at least.)
mount_loop()
{
	local size=$1 type=$2 dir=$3 image
	shift 3
	image=$(mktemp "$TEST_TMP/image.XXXXXX") || return 1
	{
		truncate -s "$size" "$image" &&
			PATH=$PATH:/usr/sbin:/sbin "mkfs.$type" -q "$@" "$image" &&
			mkdir -p "$dir" &&
			mount -o loop "$image" "$dir"
	} >/dev/null 2>&1 || {
		rm -f "$image"
		return 1
	}
	at_exit unmount_loop "$dir" "$image"
}

# unmount_loop DIR [IMAGE] - earlier than at the script's end, if it likes.
unmount_loop()
{
	if mountpoint -q "$1"; then
		umount "$1" 2>/dev/null || umount -l "$1"
	fi
	[ -z "${2:-}" ] || rm -f "$2"
}

# in_memory SIZE DIR - makes DIR, in memory where that is possible: for what is done a hundred times, and syncs.
in_memory()
{
	mkdir -p "$2"
	! mount -t tmpfs -o "size=$1,mode=755" none "$2" 2>/dev/null || at_exit umount -l "$2"
}

# A find pattern for paths near PATH_MAX and beyond.
lib_long=$(printf '?%.0s' {1..3800})'*'

# tree_listing DIR [SINCE] - a line for every name in DIR, sorted: name, type, mode, uid, gid, size, mtime in ns (since SINCE:
# "now"), device number, link target, hash, the first name of its hard-link group. Equal listings, equal trees (attr_listing
# has the extended attributes). list_tree.c has the details.
tree_listing()
{
	"$BIN_TEST/list_tree" "$@"
}

# attr_listing DIR - the extended attributes, ACLs and capabilities of every name in DIR, but for paths that are too
# long for getfattr.
attr_listing()
{
	(cd "$1" && find . ! -path "$lib_long" -print0 | sort -z | xargs -0 -r getfattr -P -h -d -m - -e hex --)
}

# same_trees A B - succeeds when the two listings are equal; else shows the difference.
same_trees()
{
	lib_same tree_listing "$1" "$2"
}

# same_attrs A B - the same for the extended attributes.
same_attrs()
{
	lib_same attr_listing "$1" "$2"
}

lib_same()
{
	local a b
	a=$("$1" "$2") && b=$("$1" "$3") || return
	[ "$a" = "$b" ] || {
		diff <(printf '%s\n' "$a") <(printf '%s\n' "$b") >"$TEST_TMP/difference"
		lib_show "$TEST_TMP/difference"
		return 1
	}
}

# The following work in the current folder, on src, old (what the destination was) and dst.

# no_debris FOLDER... - nothing in them has the name of an unfinished file.
no_debris()
{
	local left
	left=$(find "$@" -name '.xfer-*')
	[ -z "$left" ] || {
		printf '%s\n' "$left"
		return 1
	}
}

# rsync, which did not make it, finds nothing to do.
equal()
{
	local todo
	if ! todo=$(rsync -aHnic --delete src/ dst) || [ -n "$todo" ]; then
		echo "not equal: $todo"
		return 1
	fi
}

# No name in dst is anything but what it was or what it becomes; what has a temporary name does not count.
old_or_new()
{
	local f
	while IFS= read -r f; do
		cmp -s "old/$f" "dst/$f" || {
			echo "neither old nor new: $f"
			return 1
		}
	done < <(diff -rq --no-dereference src dst | sed -n 's,^Files src/\(.*\) and dst/.* differ$,\1,p')
}

# relayed "RELAY'S OPTIONS" ARGUMENT... - xfer sync with the relay between the two ends.
relayed()
{
	local how=$1
	shift
	"$XFER" sync -e "$BIN_TEST/relay $how" --xfer-path "$XFER" "$@"
}

# For tests/fault, whose each.c breaks a run at one point after the other.

# fault_place SENTENCE - makes a folder in memory the current one, FAULT_IN. Where nothing can be traced the script ends, with
# this skipped.
fault_place()
{
	FAULT_IN=$TEST_TMP/here
	in_memory 300m "$FAULT_IN"
	cd "$FAULT_IN" || exit 1
	export XFER_STATE_DIR=$PWD/state HOME=$PWD
	strace -f -qq -o trace true 2>/dev/null || {
		skip "$1" 'nothing can be traced here'
		finish
	}
}

# fault_tree FOLDER FILES SIZE - src and old in it.
fault_tree()
{
	local i
	mkdir -p "$1"/src/{a,b/c} "$1"/old/{a,gone}
	cd "$1" || return 1
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

# Which points are taken, of those that are too many for each time: FAULT_STEP=1 takes all, FAULT_SEED those of an earlier run.
FAULT_SEED=${FAULT_SEED:-$RANDOM}

# fault_reported - makes the command "$TEST_TMP/reported" for each's --look: the report came last, and says how the run ended.
# The status is added to the file statuses.
fault_reported()
{
	cat >"$TEST_TMP/reported" <<-'END'
		tail -n 1 out | jq -e --argjson s "$STATUS" '.event == "report" and .exit == $s and .ok == ($s == 0)' || exit 1
		echo "$STATUS" >>"$TEST_TMP/statuses"
	END
	chmod 755 "$TEST_TMP/reported"
}

# fault_points STEP - as each's option: every STEPth, and not always the same.
fault_points()
{
	local step=${FAULT_STEP:-$1}
	echo "--points $((1 + FAULT_SEED % step)):1000000:$step"
}

# fault_each OPTION... - runs each.c's program in a copy of the folder FAULT_FROM, below FAULT_IN if that is given, so that
# several may run at once.
fault_each()
{
	local dir
	dir=$(mktemp -d "${FAULT_IN:-$TEST_TMP}/points.XXXXXX") || return 1
	cp -a "$FAULT_FROM/." "$dir" && cd "$dir" || return 1
	"$BIN_TEST/each" "$@" || {
		echo "FAULT_SEED=$FAULT_SEED"
		head -c 2000 out err
		return 1
	}
}

# fault_killed FOLDER "OPTION-OR-OPERAND..." SIDE HOW... - kill -9 of a side, in a copy of the folder; both runs with the options.
fault_killed()
{
	local words side=$3
	FAULT_FROM=$FAULT_IN/$1
	read -ra words <<<"$2"
	shift 3
	words+=(-aH --delete --xfer-path "$XFER")
	fault_each --kill "$side" "$@" "$XFER" sync "${words[@]}" --then "$XFER" sync --json "${words[@]}"
}
