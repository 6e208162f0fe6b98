# shellcheck shell=bash
# mariadb.sh - private MariaDB servers for tests; sourced after lib.sh.
#
# start_mariadb NAME [mariadbd's options] - a server with its data below $TEST_TMP, on a unix socket and a port of 127.0.0.1
# that nobody else has; ended when the script is. mariadb_uri NAME DATABASES says where it is.
# root has no password. Nothing is synced to disk: a test that pulls the plug is another one's.

mariadb_datadir=$TEST_TMP/mariadb.fresh # of a server that was never started: what each begins with, as a copy

# mariadb_sql NAME [client's options] - SQL from the arguments of -e, or from standard input.
mariadb_sql()
{
	local name=$1
	shift
	mariadb --no-defaults --comments --default-character-set=utf8mb4 -S "$TEST_TMP/$name/socket" -uroot --batch --skip-column-names "$@"
}

# mariadb_uri NAME [DATABASES] - root's, by socket.
mariadb_uri()
{
	printf 'mysql://root@localhost/%s?socket=%s&default-file=/dev/null' "${2:-}" "$TEST_TMP/$1/socket"
}

# mariadb_user NAME USER PASSWORD [GRANT...] - an account, with what stands between GRANT and TO.
mariadb_user()
{
	local name=$1 user=$2 password=$3 grant
	shift 3
	mariadb_sql "$name" -e "CREATE USER '$user'@'%' IDENTIFIED BY '$password'"
	for grant; do
		mariadb_sql "$name" -e "GRANT $grant TO '$user'@'%'"
	done
}

# mariadb_port NAME - that it listens on.
mariadb_port()
{
	cat "$TEST_TMP/$1/port"
}

mariadb_make_datadir()
{
	[ ! -d "$mariadb_datadir" ] || return 0
	mariadb-install-db --no-defaults --user=root --datadir="$mariadb_datadir" --skip-test-db \
		--auth-root-authentication-method=normal --innodb-log-file-size=8M --innodb-data-file-path=ibdata1:4M:autoextend \
		>"$TEST_TMP/install-db.out" 2>&1 || {
		cat "$TEST_TMP/install-db.out"
		return 1
	}
}

start_mariadb()
{
	local name=$1 attempt dir=$TEST_TMP/$1
	shift
	mariadb_make_datadir || return 1
	mkdir -p "$dir" && cp -a "$mariadb_datadir" "$dir/data"
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		echo $((20000 + (RANDOM + attempt) % 12000)) >"$dir/port"
		mariadb_launch "$dir" "$@" && {
			at_exit stop_mariadb "$name"
			return 0
		}
		grep -q 'Bind on TCP/IP port\|Address already in use' "$dir/log" || break
	done
	echo "start_mariadb: $name does not start:" >&2
	tail -n 30 "$dir/log" >&2
	return 1
}

# Starts it and reads its log until it is ready, or has ended.
mariadb_launch()
{
	local dir=$1 line fd pid
	shift
	rm -f "$dir/fifo"
	mkfifo "$dir/fifo"
	: >"$dir/log"
	exec {fd}<>"$dir/fifo"
	mariadbd --no-defaults --user=root --datadir="$dir/data" --socket="$dir/socket" --port="$(cat "$dir/port")" \
		--bind-address=127.0.0.1 --pid-file="$dir/pid" --tmpdir="$dir" --innodb-flush-log-at-trx-commit=0 \
		--innodb-buffer-pool-size=64M --innodb-log-file-size=32M --innodb-doublewrite=0 --skip-name-resolve \
		--key-buffer-size=1M --aria-pagecache-buffer-size=8M --performance-schema=0 --max-connections=50 "$@" \
		>"$dir/fifo" 2>&1 {fd}>&- &
	pid=$!
	while IFS= read -r -t 60 -u "$fd" line; do
		printf '%s\n' "$line" >>"$dir/log"
		case $line in
		*"ready for connections"*)
			cat <&"$fd" >>"$dir/log" &
			echo "$pid $!" >"$dir/pids"
			exec {fd}>&-
			return 0
			;;
		*"[ERROR] Aborting"* | *"Shutdown complete"*) break ;;
		esac
	done
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	exec {fd}>&-
	return 1
}

# stop_mariadb NAME [SIGNAL] - earlier than at the script's end, if it likes. Its data stays; KILL is fastest.
stop_mariadb()
{
	local pids
	[ -f "$TEST_TMP/$1/pids" ] || return 0
	read -ra pids <"$TEST_TMP/$1/pids"
	rm "$TEST_TMP/$1/pids"
	kill "-${2:-KILL}" "${pids[0]}" 2>/dev/null
	wait "${pids[0]}" 2>/dev/null
	kill "${pids[1]}" 2>/dev/null
	wait "${pids[1]}" 2>/dev/null
	return 0
}
