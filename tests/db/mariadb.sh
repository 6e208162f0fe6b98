# shellcheck shell=bash
# mariadb.sh - private MariaDB servers for tests; sourced after lib.sh.
#
# start_mariadb NAME [mariadbd's options] - a server with its data below $TEST_TMP, on a unix socket and a port of 127.0.0.1
# that nobody else has; ended when the script is. One that was stopped goes on with its data. mariadb_uri NAME DATABASES says where it is.
# root has no password. Nothing is synced to disk, by no part of the server: a test that pulls the plug is another one's.

mariadb_datadir=${TEST_SHARED:-$TEST_TMP}/mariadb.fresh # of a server that was never started: what each begins with, as a copy

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

# What most scripts do to two servers that they have called a and b.

# copy DATABASES [OPTION...] - from a to b; row_way, where set, is the way that they go in
copy()
{
	local databases=$1
	shift
	"$DBDUMP" copy "$@" "$(mariadb_uri a "$databases")" "$(mariadb_uri b)${row_way:+&rows=$row_way}"
}

# on A|B SQL... - a statement whose one value goes to standard output
on()
{
	local name=$1
	shift
	mariadb_sql "$name" -e "$*"
}

# await A|B SQL - until it, whose one value is a number, says other than 0 or NULL; where it fails it says 0. By the server itself,
# since a client each time costs more than what is waited for. Gives up after a minute or so.
await()
{
	mariadb_sql "$1" --delimiter=// -e "BEGIN NOT ATOMIC
		DECLARE said, turns INT DEFAULT 0;
		DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET said = 0;
		WHILE COALESCE(said, 0) = 0 AND turns < 6000 DO SET said = ($2), turns = turns + 1; DO SLEEP(0.01); END WHILE;
	END"
}

# A writer, to copy under load: what it takes from one table it adds to another, and counts, all in one transaction.

# start_writer NAME - database live, with somebody who writes to it; back when he does
start_writer()
{
	mariadb_sql "$1" <<'SQL'
CREATE DATABASE live;
USE live;
CREATE TABLE one (id INT PRIMARY KEY, v BIGINT NOT NULL, filler CHAR(200));
CREATE TABLE two LIKE one;
INSERT INTO one SELECT seq, 0, REPEAT('x', 200) FROM seq_1_to_5000;
INSERT INTO two SELECT * FROM one;
CREATE TABLE turns (n INT);
INSERT INTO turns VALUES (0);
DELIMITER //
CREATE PROCEDURE churn() BEGIN
	DECLARE i INT DEFAULT 0;
	LOOP
		START TRANSACTION;
		UPDATE one SET v = v - 1 WHERE id = 1 + i % 5000;
		UPDATE two SET v = v + 1 WHERE id = 5000 - i % 5000;
		UPDATE turns SET n = n + 1;
		COMMIT;
		SET i = i + 7;
	END LOOP;
END //
SQL
	mariadb_sql "$1" -e "DO GET_LOCK('writer', 0); CALL live.churn()" >"$TEST_TMP/writer" 2>&1 &
	mariadb_writer=$!
	await "$1" "SELECT n FROM live.turns"
}

# stop_writer NAME - the server's end of it too, which would go on without a client
stop_writer()
{
	on "$1" "KILL $(on "$1" "SELECT IS_USED_LOCK('writer')")"
	wait "$mariadb_writer"
	await "$1" "SELECT IS_FREE_LOCK('writer')"
}

# one_moment NAME - so is database live there
one_moment()
{
	[ "$(on "$1" "SELECT (SELECT SUM(v) FROM live.one) + (SELECT SUM(v) FROM live.two),
		(SELECT n FROM live.turns) + (SELECT SUM(v) FROM live.one)")" = "0	0" ]
}

mariadb_make_datadir()
{
	local made=$TEST_TMP/mariadb.made
	[ ! -d "$mariadb_datadir" ] || return 0
	# each that starts clears away what it takes for leftovers in its folder for temporary tables
	TMPDIR=$TEST_TMP mariadb-install-db --no-defaults --user=root --datadir="$made" --skip-test-db \
		--auth-root-authentication-method=normal --innodb-log-file-size=8M --innodb-data-file-path=ibdata1:4M:autoextend \
		--innodb-autoextend-increment=1 --innodb-flush-method=nosync --debug-no-sync \
		>"$TEST_TMP/install-db.out" 2>&1 || {
		cat "$TEST_TMP/install-db.out"
		return 1
	}
	mv -T "$made" "$mariadb_datadir" 2>/dev/null || [ -d "$mariadb_datadir" ] # another item was faster
}

start_mariadb()
{
	local name=$1 attempt dir=$TEST_TMP/$1
	shift
	mariadb_make_datadir || return 1
	mkdir -p "$dir"
	[ -d "$dir/data" ] || cp -a "$mariadb_datadir" "$dir/data"
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
		--innodb-data-file-path=ibdata1:4M:autoextend --innodb-buffer-pool-size=64M --innodb-log-file-size=32M \
		--innodb-doublewrite=0 --innodb-flush-method=nosync --debug-no-sync --skip-name-resolve \
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

# Judges that know nothing of dbdump.

# mariadb_dump NAME DATABASE... - all of it as mariadb-dump has it, sorted; events as if all were disabled. (It cannot look
# at views that refer to what is not there, and says so.)
mariadb_dump()
{
	local name=$1
	shift
	mariadb-dump --no-defaults --default-character-set=utf8mb4 -S "$TEST_TMP/$name/socket" -uroot --force --routines --events \
		--triggers --hex-blob --skip-dump-date --skip-comments --skip-extended-insert --complete-insert --single-transaction \
		--databases "$@" 2>/dev/null | sed -E 's/^(.* EVENT .* PRESERVE) ENABLE /\1 DISABLE /; s/,$//' | sort
}

# mariadb_rows NAME DATABASE... - a line for every row of every table, sorted: the MD5 of its columns by name, of all of them,
# be they invisible or generated, and of a table with versions of all of these.
mariadb_rows()
{
	local name=$1 database
	shift
	for database; do
		mariadb_sql "$name" --raw -e "
			SET SESSION group_concat_max_len = 1000000;
			SELECT CONCAT('SET time_zone = ''+00:00''; SELECT ', QUOTE(c.TABLE_NAME), ', MD5(CONCAT_WS(''|'', ', GROUP_CONCAT(
				QUOTE(COLUMN_NAME), ', IFNULL(HEX(', IF(DATA_TYPE = 'float', 'CAST(CAST(', 'CAST(('), '\`', REPLACE(COLUMN_NAME, '\`', '\`\`'), '\`',
				IF(DATA_TYPE = 'float', ' AS DOUBLE)', ')'), ' AS BINARY)), ''NULL'')' ORDER BY COLUMN_NAME SEPARATOR ', '),
				')) FROM \`', REPLACE(c.TABLE_SCHEMA, '\`', '\`\`'), '\`.\`', REPLACE(c.TABLE_NAME, '\`', '\`\`'), '\`',
				IF(TABLE_TYPE = 'SYSTEM VERSIONED', ' FOR SYSTEM_TIME ALL', ''), ';')
			FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
			WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND TABLE_SCHEMA = '$database'
			GROUP BY c.TABLE_NAME" >"$TEST_TMP/rows.sql" || return 1
		mariadb_sql "$name" <"$TEST_TMP/rows.sql" || return 1
	done | sort
}

# mariadb_trigger_order NAME DATABASE... - which trigger runs before which, of which mariadb_dump says nothing.
mariadb_trigger_order()
{
	local name=$1 database
	shift
	for database; do
		mariadb_sql "$name" -e "SELECT EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER, TRIGGER_NAME
			FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '$database' ORDER BY 1, 2, 3, 4"
	done
}

# same_databases A B DATABASE... - by all judges.
same_databases()
{
	local a=$1 b=$2
	shift 2
	mariadb_dump "$a" "$@" >"$TEST_TMP/a.dump" && mariadb_dump "$b" "$@" >"$TEST_TMP/b.dump" &&
		mariadb_rows "$a" "$@" >"$TEST_TMP/a.rows" && mariadb_rows "$b" "$@" >"$TEST_TMP/b.rows" &&
		[ -s "$TEST_TMP/a.dump" ] && [ -s "$TEST_TMP/a.rows" ] &&
		diff "$TEST_TMP/a.dump" "$TEST_TMP/b.dump" && diff "$TEST_TMP/a.rows" "$TEST_TMP/b.rows" &&
		diff <(mariadb_trigger_order "$a" "$@") <(mariadb_trigger_order "$b" "$@")
}
