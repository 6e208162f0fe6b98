#!/usr/bin/env bash
# Whatever interrupts a copy, no row is there twice, none is missing without a word, and what is not whole does not look whole.
# modes: release
# takes: 60
# shellcheck disable=SC2317 # functions run by check, and beside each other
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

# Each engine has its own empty_b (the destination has the tables, without rows), talk (a client to b), locks_pins and begin_copy
# (the rows alone; jobs says how many connections). Tables are loaded by their size: first, pin1, pin2, then others. Somebody
# holds up who writes to the two in the middle, so that a copy stays in its middle until the test lets it go on.

mark=dbdump_copy_not_finished

# open_talk NAME - a session of somebody else's with b; what it answers is in the file of this name
open_talk()
{
	local fd
	exec {fd}> >(talk >"$TEST_TMP/$1" 2>&1)
	printf -v "talk_$1" %s "$fd"
}

# tell NAME SQL - and back when it is done
tell()
{
	say "$1" "$2; SELECT 'done $((++told))';"
	until grep -q "^done $told\$" "$TEST_TMP/$1"; do kill -0 $$; done
}

# say NAME SQL - without waiting for it
say()
{
	local fd="talk_$1"
	printf '%s\n' "$2" >&"${!fd}"
}

# close_talk NAME - after what it was told; others may have its end of the pipe too
close_talk()
{
	local fd="talk_$1"
	say "$1" '\q'
	eval "exec ${!fd}>&-"
}

# lives - the copy does; what waits for it to do something gives up when it does not
lives()
{
	kill -0 "$copying" 2>/dev/null
}

# until_it_says PATTERN
until_it_says()
{
	while lives && ! grep -q -E -e "$1" "$TEST_TMP/copying"; do :; done
}

# until_b ANSWER SQL - b answers so
until_b()
{
	while lives && [ "$(ask_b "$2")" != "$1" ]; do :; done
}

# in_the_middle COMMAND... - a copy, and the command in its middle, which lets it go on; the copy's exit status
in_the_middle()
{
	empty_b
	open_talk pins
	tell pins "$locks_pins"
	begin_copy >"$TEST_TMP/copying" 2>&1 &
	copying=$!
	until_b "$jobs" "$held_up"
	"${@//COPY/$copying}"
	wait "$copying"
	ended $? "$TEST_TMP/copying"
}

# all_of_it - the same for a copy that makes the database too, whose source goes down and comes back. Before it reads rows it waits for
# a destination that has much to do, until somebody keeps it from noting that they are in
all_of_it()
{
	local i talk_to=postgres
	open_talk busy
	tell busy "$locks_busy"
	for i in 1 2 3 4 5; do
		talk <<<"$waits_for_busy" >/dev/null 2>&1 &
	done
	until [ "$(ask_b "$are_busy")" = 5 ]; do kill -0 $$; done
	begin_copy --max-load=3 >"$TEST_TMP/copying" 2>&1 &
	copying=$!
	talk_to=shop
	until_b 1 "$has_mark" 2>/dev/null
	open_talk pins
	tell pins "$locks_mark"
	close_talk busy
	until_b "$jobs" "$waits_for_mark"
	$restarts_source
	wait "$copying"
	ended $? "$TEST_TMP/copying"
}

# let_go - who was held up by the pins goes on
let_go()
{
	close_talk pins
}

# kill_some END... - connections of each end: all to the destination, one or all to the source. They wait to note that
# a part is in, and what was read is to be read again.
kill_some()
{
	open_talk marks
	tell marks "$locks_mark"
	let_go
	until_b "$jobs" "$waits_for_mark"
	"$@"
	until_it_says 'once more'
	close_talk marks
}

# start_link PORT - a network to that port of a server, from link_port, by the processes of link_group
start_link()
{
	local ready fd
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		link_port=$((20000 + RANDOM % 12000))
		exec {fd}< <(exec "$BIN_TEST/tcp_link" "$link_port" "$1")
		link_group=$!
		read -r -t 60 -u "$fd" ready && [ "$ready" = ready ] && at_exit kill -KILL -- "-$link_group" && return
	done
	return 1
}

cut_link()
{
	kill -USR2 -- "-$link_group"
}

# at_last COMMAND... - it succeeds, after a while
at_last()
{
	for _ in {1..300}; do
		! "$@" || return 0
	done
	return 1
}

# MariaDB. Whoever does something to the copy is not root.

my_ask()
{
	mariadb --no-defaults -S "$TEST_TMP/$1/socket" -uother -N -e "$2"
}

# my_kill SERVER [HOW MANY] - of the copy's connections: all
my_kill()
{
	local id
	for id in $(my_ask "$1" "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'root' ORDER BY ID DESC LIMIT ${2:-99}"); do
		my_ask "$1" "KILL $id"
	done
}

my_kill_one()
{
	my_kill a 1
	my_kill b
}

my_kill_all()
{
	my_kill a
	my_kill b
}

my_alone()
{
	[ "$(my_ask "$1" "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'root'; SELECT COUNT(*) FROM information_schema.INNODB_TRX")" = $'0\n0' ]
}

my_whole()
{
	same_databases a b shop && [ "$(on b "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME = '$mark'")" = 0 ]
}

my_lock_wait()
{
	until_it_says 'rows shop.pin1: .*Lock wait timeout.*once more'
	let_go
}

# The copy has rows and wants to note that; the other, which keeps it from that and has more, so that the copy has to give way,
# wants one of the copy's.
my_deadlock()
{
	open_talk marks
	tell marks "BEGIN; INSERT INTO other.other SELECT seq FROM other.seq_1_to_100000; SELECT COUNT(*) FROM shop.$mark FOR UPDATE"
	let_go
	until_b "$jobs" "$waits_for_mark"
	say marks "SELECT COUNT(*) FROM shop.pin1 FOR UPDATE;"
	close_talk marks
}

my_restart()
{
	stop_mariadb b "$1"
	my_start_b
	let_go
}

my_restart_source()
{
	stop_mariadb a
	start_mariadb a
	let_go
}

# The link is cut while the server cannot commit yet.
my_pending()
{
	open_talk marks
	tell marks "BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT"
	let_go
	until_b 1 "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = 'COMMIT'"
	committing=$(ask_b "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = 'COMMIT'")
	cut_link
	until_it_says 'once more'
	# another one may wait there by now
	until_b 0 "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = 'COMMIT' AND ID = $committing"
	close_talk marks
}

# The link is cut while the server has committed and does not say so: it waits for a replica.
my_unknown()
{
	my_ask b "SET GLOBAL rpl_semi_sync_master_enabled = ON"
	let_go
	until_b 1 "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for semi-sync%'"
	rows_unknown=$(ask_b "SELECT COUNT(*) FROM shop.pin1")
	cut_link
	until_it_says 'once more'
	my_ask b "SET GLOBAL rpl_semi_sync_master_enabled = OFF"
}

# A server that waits for a replica, once it is told to.
my_start_b()
{
	start_mariadb b --log-bin --server-id=2 --rpl-semi-sync-master-wait-point=AFTER_COMMIT --rpl-semi-sync-master-timeout=600000
}

my_make_shop()
{
	mariadb_user a other '' 'ALL ON *.*' && mariadb_user b other '' 'ALL ON *.*' && mariadb_sql a <<'SQL'
CREATE DATABASE shop;
USE shop;
CREATE TABLE first (v CHAR(200), n INT) ENGINE=InnoDB;
INSERT INTO first SELECT REPEAT(MD5(seq % 100), 6), seq % 10 FROM seq_1_to_6000;
CREATE TABLE pin1 LIKE first;
INSERT INTO pin1 SELECT * FROM first LIMIT 3000;
CREATE TABLE pin2 (v CHAR(200), n INT) ENGINE=MyISAM;
INSERT INTO pin2 SELECT * FROM first LIMIT 1000;
CREATE TABLE keyed (id INT PRIMARY KEY, v CHAR(20), KEY (v));
INSERT INTO keyed SELECT seq, seq FROM seq_1_to_100;
CREATE TABLE last LIKE keyed;
INSERT INTO last SELECT * FROM keyed;
ANALYZE TABLE first, pin1, keyed, last;
SQL
	mariadb_sql b -e "CREATE DATABASE other; CREATE TABLE other.other (id INT PRIMARY KEY); INSERT INTO other.other VALUES (0)"
}

my()
{
	local jobs=2 told=0
	local locks_pins="LOCK TABLES shop.pin1 READ, shop.pin2 READ"
	local held_up="SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'root' AND STATE LIKE 'Waiting for table %lock'"
	local locks_busy="DO GET_LOCK('busy', 0)" waits_for_busy="DO GET_LOCK('busy', 600)"
	local are_busy="SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'"
	local has_mark="SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = '$mark'"
	local restarts_source=my_restart_source
	local locks_mark="BEGIN; SELECT COUNT(*) FROM shop.$mark FOR UPDATE"
	local waits_for_mark="SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"
	start_mariadb a && my_start_b && my_make_shop >/dev/null || return 1
	ask_b() { my_ask b "$1"; }
	talk() { mariadb --no-defaults -S "$TEST_TMP/b/socket" -uother -N -n -f; }
	empty_b() { copy shop --schema-only --drop-existing --verify=none >/dev/null 2>&1; }
	begin_copy() { exec "$DBDUMP" copy --data-only --verify=none --jobs="$jobs" "$(mariadb_uri a shop)" "$(mariadb_uri b)"; }

	check "each connection to the destination is killed, and one to the source: the copy goes on" in_the_middle kill_some my_kill_one
	check "it says so of the destination" says 'rows shop.pin.*once more \(1 of 9\)'
	check "and of the source" says 'with it what it saw'
	check "no row is missing or there twice, without transactions neither, and no mark stays" my_whole
	check_exit 10 "all to the source are killed: the moment is gone, and the copy ends" in_the_middle kill_some my_kill_all
	check "it says that it has to start again" says 'the copy has to start again'
	check_exit 42 "what it left is not taken for something else" copy shop
	check "it is called what it is" says 'what an interrupted copy left \(a copy of mysql://.*that began at 20.*--drop-existing'
	check_exit 42 "by preflight too" "$DBDUMP" preflight "$(mariadb_uri a shop)" "$(mariadb_uri b)"
	check "... in the same words" says 'what an interrupted copy left'
	check_exit 40 "verify does not take it for whole" "$DBDUMP" verify "$(mariadb_uri a shop)" "$(mariadb_uri b)"
	check "and says why" says 'shop is not whole: it has what an interrupted copy left'
	check "the mark is no difference of its own" not says "$mark"

	mariadb_sql b -e "SET GLOBAL lock_wait_timeout = 1"
	check "a lock that is not to be had is waited for again" in_the_middle my_lock_wait
	check "the copy is whole" my_whole
	mariadb_sql b -e "SET GLOBAL lock_wait_timeout = DEFAULT"
	check "who gives way in a deadlock begins again" in_the_middle my_deadlock
	check "it says so" says 'rows shop.pin1: .*Deadlock.*once more'
	check "the copy is whole" my_whole
	check "the server is stopped in an orderly way and comes back" in_the_middle my_restart TERM
	check "the copy is whole" my_whole

	jobs=1
	start_link "$(mariadb_port b)" || return
	begin_copy() { exec "$DBDUMP" copy --data-only --verify=none --jobs=1 "$(mariadb_uri a shop)" "mysql://root@127.0.0.1:$link_port/?default-file=/dev/null"; }
	check "the link is cut before the server has committed" in_the_middle my_pending
	check "the copy is whole" my_whole
	check "it is cut before the server could say that it has" in_the_middle my_unknown
	check "the rows were there" [ "$rows_unknown" = 3000 ]
	check "they are there once" my_whole

	begin_copy() { exec "$DBDUMP" copy --data-only --verify=none --jobs=1 "$(mariadb_uri a shop)" "$(mariadb_uri b)"; }
	for signal in TERM KILL; do
		check_exit "$([ "$signal" = KILL ] && echo 137 || echo 20)" "the program is ended by $signal" in_the_middle kill -"$signal" COPY
		check "nothing of it is left at the source" at_last my_alone a
		let_go
		check "nor at the destination" at_last my_alone b
		check_exit 42 "but what is not whole, and is told" copy shop
		check "... by its name" says 'what an interrupted copy left'
	done
	check "a copy over it is whole" copy shop --drop-existing
	check "by another judge too" my_whole

	jobs=2
	mariadb_sql a -e 'FLUSH TABLES'
	mariadb_sql b -e 'DROP DATABASE shop'
	begin_copy() { exec "$DBDUMP" copy --jobs="$jobs" "$@" "$(mariadb_uri a shop)" "$(mariadb_uri b)"; }
	check "a copy that makes all of it begins anew when its source is killed and comes back" all_of_it
	check "it says so" says 'the snapshot was lost, and the copy started again \(1 of 3\): .*with it what it saw'
	check "nothing of it is counted twice" says '^OK: 5 tables, 10,200 rows'
	check "nor there twice" my_whole
}

# PostgreSQL. The copy's database is shop; whoever does something to it is in another.

# pg_kill SERVER [HOW MANY] - of the copy's connections: all
pg_kill()
{
	pg_sql "$1" postgres -o /dev/null -c "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE application_name = 'dbdump'
		ORDER BY backend_start DESC LIMIT ${2:-99}) x"
}

pg_kill_one()
{
	pg_kill a 1
	pg_kill b
}

pg_kill_all()
{
	pg_kill a
	pg_kill b
}

pg_alone()
{
	[ "$(pg_sql "$1" postgres -Atc "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbdump'" -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" = $'0\n0' ]
}

pg_whole()
{
	pg_same_databases shop shop && [ "$(ask_b "SELECT count(*) FROM pg_namespace WHERE nspname = '$mark'")" = 0 ]
}

# The copy has rows and wants to note that; the other keeps it from that, and wants what it has. It waits for that before the copy has
# it: who waits looks for a deadlock once, and the copy, whose wait is the later one, is to find it.
pg_deadlock()
{
	open_talk marks
	tell marks "SET deadlock_timeout = '10min'; $locks_mark"
	say marks 'LOCK TABLE pin1; ROLLBACK;'
	until_b "$((jobs + 1))" "$held_up"
	let_go
	close_talk marks
}

# The server commits, but nobody hears of it.
pg_unknown()
{
	open_talk marks
	tell marks "$locks_mark"
	let_go
	until_b "$jobs" "$waits_for_mark"
	kill -USR1 -- "-$link_group"
	close_talk marks
	until_b 3000 'SELECT count(*) FROM pin1'
	cut_link
}

# pg_restart SERVER fast|immediate - it comes back to its port; immediate: all its processes die, as of kill -9
pg_restart()
{
	pg_as "$PG_BIN/pg_ctl" -s -w -m "$2" -D "$PG_ROOT/$1" -l "$PG_ROOT/$1.log" -o "$(pg_options "$(pg_var PORT "$1")")" restart >"$PG_ROOT/$1.start" 2>&1
	printf -v "PG_PID_$1" %s "$(head -n 1 "$PG_ROOT/$1/postmaster.pid")"
	let_go
}

pg_make_shop()
{
	pg_sql a postgres -c 'CREATE DATABASE shop'
	pg_sql a shop -c 'CREATE TABLE first (n int, v text)' -c 'CREATE TABLE pin1 (n int, v text)' -c 'CREATE TABLE pin2 (n int, v text)' \
		-c 'CREATE TABLE keyed (id int PRIMARY KEY, v text UNIQUE)' -c 'CREATE UNLOGGED TABLE last (id int PRIMARY KEY)' \
		-c "INSERT INTO first SELECT i % 10, repeat(md5((i % 100)::text), 6) FROM generate_series(1, 6000) i" \
		-c 'INSERT INTO pin1 SELECT * FROM first LIMIT 3000' -c 'INSERT INTO pin2 SELECT * FROM first LIMIT 1000' \
		-c "INSERT INTO keyed SELECT i, 'v' || i FROM generate_series(1, 100) i" -c 'INSERT INTO last SELECT generate_series(1, 100)' \
		-o /dev/null -c "SELECT lo_from_bytea(4711, repeat('large', 10000)::bytea)" -c 'ANALYZE'
	"$DBDUMP" copy --schema-only "$(pg_uri a shop)" "$(pg_uri b empty)"
}

pg()
{
	local jobs=2 told=0
	local locks_pins='BEGIN; LOCK TABLE pin1, pin2 IN SHARE ROW EXCLUSIVE MODE'
	local held_up="SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IN ('pin1'::regclass, 'pin2'::regclass)"
	local locks_busy='SELECT pg_advisory_lock(1)' waits_for_busy='SELECT pg_advisory_lock(1)' talk_to=shop
	local are_busy="SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
	local has_mark="SELECT count(*) FROM pg_class WHERE oid = to_regclass('$mark.parts')"
	local restarts_source='pg_restart a immediate'
	local locks_mark="BEGIN; LOCK TABLE $mark.parts IN EXCLUSIVE MODE"
	local waits_for_mark="SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '$mark.parts'::regclass"
	start_postgresql a && start_postgresql b && pg_make_shop >/dev/null || return 1
	ask_b() { pg_sql b "$talk_to" -Atc "$1"; }
	talk() { pg_sql b "$talk_to" -At -v ON_ERROR_STOP=0; }
	empty_b() { pg_sql b postgres -c 'DROP DATABASE IF EXISTS shop WITH (FORCE)' -c 'CREATE DATABASE shop TEMPLATE empty' 2>/dev/null; }
	begin_copy() { exec "$DBDUMP" copy --data-only --verify=none --jobs="$jobs" "$(pg_uri a shop)" "$(pg_uri b '')"; }

	check "each connection to the destination is killed, and one to the source: others take their places" in_the_middle kill_some pg_kill_one
	check "it says so of the destination" says "rows public.pin.*:$(pg_var PORT b): .*once more \\(1 of 9\\)"
	check "and of the source" says "rows public.pin.*:$(pg_var PORT a): .*once more"
	check "no row is missing or there twice, and no mark stays" pg_whole
	check_exit 10 "all to the source are killed: the moment is gone, and the copy ends" in_the_middle kill_some pg_kill_all
	check "it says so" says 'no connection is left that sees.*the copy has to start again'
	check_exit 42 "what it left is not taken for something else" "$DBDUMP" copy "$(pg_uri a shop)" "$(pg_uri b '')"
	check "it is called what it is" says 'what an interrupted copy left \(a copy of postgresql://.*that began at 20.*--drop-existing'
	check_exit 42 "by preflight too" "$DBDUMP" preflight "$(pg_uri a shop)" "$(pg_uri b '')"
	check "... in the same words" says 'what an interrupted copy left'
	check_exit 40 "verify does not take it for whole" "$DBDUMP" verify "$(pg_uri a shop)" "$(pg_uri b '')"
	check "and says why" says 'is not whole: it has what an interrupted copy left'
	check "the mark is no difference of its own" not says "$mark"

	check "who gives way in a deadlock begins again" in_the_middle pg_deadlock
	check "it says so" says 'rows public.pin1: .*deadlock detected.*once more'
	check "the copy is whole" pg_whole
	check "the server is stopped in an orderly way and comes back" in_the_middle pg_restart b fast
	check "the copy is whole" pg_whole
	check_exit 10 "one that crashes may have lost what it said it had: the copy ends" in_the_middle pg_restart b immediate
	check "it says so" says 'the server crashed.*has to start again'
	check_exit 42 "what it left is not taken for something else" "$DBDUMP" copy "$(pg_uri a shop)" "$(pg_uri b '')"
	check_exit 10 "a source that crashes comes back without the moment: the copy ends" in_the_middle pg_restart a immediate
	check "it says so" says 'no connection is left that sees.*the copy has to start again'
	check_exit 42 "what it left is not taken for something else" "$DBDUMP" copy "$(pg_uri a shop)" "$(pg_uri b '')"

	jobs=1
	start_link "$(pg_var PORT b)" || return
	begin_copy() { exec "$DBDUMP" copy --data-only --verify=none --jobs=1 "$(pg_uri a shop)" "postgresql://postgres@127.0.0.1:$link_port/"; }
	check "the link is cut before the server could say that it has committed" in_the_middle pg_unknown
	check "it says so" says 'rows public.pin1: .*the connection is lost; once more'
	check "the rows are there once" pg_whole

	begin_copy() { exec "$DBDUMP" copy --data-only --verify=none --jobs=1 "$(pg_uri a shop)" "$(pg_uri b '')"; }
	for signal in TERM KILL; do
		check_exit "$([ "$signal" = KILL ] && echo 137 || echo 20)" "the program is ended by $signal" in_the_middle kill -"$signal" COPY
		check "nothing of it is left at the source" at_last pg_alone a
		let_go
		check "nor at the destination" at_last pg_alone b
		check_exit 42 "but what is not whole, and is told" "$DBDUMP" copy "$(pg_uri a shop)" "$(pg_uri b '')"
		check "... by its name" says 'what an interrupted copy left'
	done
	check "a copy over it is whole" "$DBDUMP" copy --drop-existing "$(pg_uri a shop)" "$(pg_uri b '')"
	check "by another judge too" pg_whole

	jobs=2
	begin_copy() { exec "$DBDUMP" copy --jobs="$jobs" "$@" "$(pg_uri a shop)" "$(pg_uri b '')"; }
	pg_sql b postgres -c 'DROP DATABASE shop'
	check "a copy that makes all of it begins anew when its source is killed and comes back" all_of_it
	check "it says so" says 'the snapshot was lost, and the copy started again \(1 of 3\): .*no connection is left that sees'
	check "nothing of it is counted twice" says '^OK: 6 tables, 10,125 rows'
	check "nor there twice" pg_whole
	pg_sql b postgres -c 'DROP DATABASE shop' -c 'CREATE DATABASE shop'
	check_exit 10 "of a database that was there before it takes nothing away" all_of_it
	check "it says so" says 'it was there before the copy, which takes nothing out of it'
	check "and that the copy has to start again" says 'the copy has to start again'
	check_exit 42 "what it left is not taken for something else" "$DBDUMP" copy "$(pg_uri a shop)" "$(pg_uri b '')"
}

beside my pg
finish
