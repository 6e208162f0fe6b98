#!/usr/bin/env bash
# dbdump at MariaDB: what changes while it is read is never mixed, and what may not be seen is said
# modes: release
# takes: 35
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

start_mariadb a || exit 1
start_mariadb b || exit 1

# meanwhile DATABASE TABLE SQL - what a has to run when the first part of the table, and no more, is at the destination;
# the copy's exit status
# shellcheck disable=SC2317
meanwhile()
{
	local database=$1 table=$2 sql=$3 pid
	copy "$database" --jobs=1 --bwlimit=4M 2>&1 &
	pid=$!
	await b "SELECT COUNT(*) FROM $database.$table"
	on a "$sql" || return 1
	wait "$pid"
}

# The statement waits for the part that is being read: behind the last one it changes nothing that is copied.
# shellcheck disable=SC2016,SC2317 # the names are MariaDB's
given_away()
{
	local exchange='ALTER TABLE part.`t-1 x` EXCHANGE PARTITION `p.0` WITH TABLE part.u'
	for _ in 1 2 3; do
		meanwhile part '`t-1 x`' "$exchange" || return
		on a "$exchange" && on b "DROP DATABASE part" || return 1
	done
}

# Tables that change between two of their parts.

mariadb_sql a <<'SQL'
CREATE DATABASE swap;
USE swap;
CREATE TABLE live (id INT PRIMARY KEY, c INT, v CHAR(250));
INSERT INTO live SELECT seq, 1, REPEAT('old', 80) FROM seq_1_to_100000;
CREATE TABLE staged LIKE live;
INSERT INTO staged SELECT seq, 2, REPEAT('new', 80) FROM seq_1_to_100;
CREATE DATABASE instant;
CREATE TABLE instant.t (id INT PRIMARY KEY, v CHAR(250), c INT);
INSERT INTO instant.t SELECT id, v, c FROM swap.live;
CREATE DATABASE part;
CREATE TABLE part.`t-1 x` (id INT PRIMARY KEY, v CHAR(250), c INT) PARTITION BY RANGE (id) (
	PARTITION `p.0` VALUES LESS THAN (60000), PARTITION p1 VALUES LESS THAN MAXVALUE);
INSERT INTO part.`t-1 x` SELECT * FROM instant.t;
CREATE TABLE part.u (id INT PRIMARY KEY, v CHAR(250), c INT);
ANALYZE TABLE part.`t-1 x`, swap.live, swap.staged, instant.t;
SQL
# beside each other: they wait more than they work
# shellcheck disable=SC2016 # they are MariaDB's
{
	meanwhile swap live "RENAME TABLE swap.live TO swap.tmp, swap.staged TO swap.live, swap.tmp TO swap.staged" >"$TEST_TMP/swap.out" 2>&1 &
	swap=$!
	meanwhile instant t "ALTER TABLE instant.t DROP COLUMN c, ADD COLUMN c INT DEFAULT 7, ALGORITHM=INSTANT" >"$TEST_TMP/instant.out" 2>&1 &
	instant=$!
	given_away >"$TEST_TMP/part.out" 2>&1 &
	part=$!
}
wait "$swap"
check_exit 23 "a table whose name goes to another one fails" ended $? "$TEST_TMP/swap.out"
check "it is named" says 'swap.live.*another table got its name'
wait "$instant"
check_exit 23 "a table that is altered without being made anew fails" ended $? "$TEST_TMP/instant.out"
check "it is named" says 'instant.t.*definition was changed'
wait "$part"
check_exit 23 "a table that gives a partition away fails" ended $? "$TEST_TMP/part.out"
check "it is named, or the one that it was given to" says 'part.(t-1 x|u).*definition was changed'

# What the account may not see.

mariadb_sql a <<'SQL'
CREATE DATABASE shop COLLATE latin1_bin COMMENT "the shop's `own` \\\\ comment";
USE shop;
CREATE TABLE shop (id INT PRIMARY KEY, n INT);
INSERT INTO shop VALUES (1, 0);
CREATE TABLE sold (id INT PRIMARY KEY);
CREATE TABLE isam1 (id INT PRIMARY KEY) ENGINE=MyISAM;
CREATE TABLE isam2 LIKE isam1;
INSERT INTO isam1 VALUES (1), (2), (3);
INSERT INTO isam2 VALUES (4);
CREATE TABLE merged (id INT PRIMARY KEY) ENGINE=MERGE UNION=(isam1, isam2) INSERT_METHOD=LAST;
CREATE PROCEDURE count_it() UPDATE `shop`.`sold` SET id = id + 1;
CREATE FUNCTION one() RETURNS INT RETURN 1;
CREATE VIEW summed AS SELECT shop.shop.n + shop.one() AS n FROM shop.shop JOIN shop.sold USING (id);
CREATE VIEW alias AS SELECT shop.id FROM shop.sold AS shop;
CREATE TRIGGER sale AFTER INSERT ON sold FOR EACH ROW UPDATE `shop` SET `shop`.`n` = `shop`.`n` + `shop`.`one`() + (SELECT COUNT(*) FROM (`shop`.`sold`));
SQL
mariadb_user a narrow geheim 'SELECT, SHOW VIEW, TRIGGER, EVENT ON shop.*'
narrow="mysql://narrow:geheim@127.0.0.1:$(mariadb_port a)/shop"
check_exit 5 "routines that the account may not see are not left out in silence" "$DBDUMP" copy "$narrow" "$(mariadb_uri b)"
check "it says what is missing" says 'SELECT on mysql.proc is missing'
mariadb_sql a -e "GRANT SELECT ON mysql.proc TO narrow"
check "with that privilege they are copied" "$DBDUMP" copy "$narrow" "$(mariadb_uri b)"
check "they are there" [ "$(on b "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'shop'")" = 2 ]
comment="SELECT SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'shop%'"
check "the database's comment is copied" [ "$(on b "$comment")" = "$(on a "$comment")" ]
check "no row goes in through a table that shows others' rows" \
	[ "$(on b 'SELECT (SELECT COUNT(*) FROM shop.isam1), (SELECT COUNT(*) FROM shop.isam2)')" = "3	1" ]
mariadb_sql b -e "DROP DATABASE shop"

# Another name, where a table and an alias are called as the database was.

check "a copy under another name" copy shop --rename=shop=store
check "it says that rows of others stay where they are" says 'merged: of engine MRG_MyISAM'
check "it says what it left" says 'trigger shop.sale has a name that may be'
check "a trigger works there" mariadb_sql b -e "INSERT INTO store.sold VALUES (1)"
check "it does what it did" [ "$(on b 'SELECT n FROM store.shop')" = 2 ]
check "so do views" [ "$(on b 'SELECT (SELECT n FROM store.summed), (SELECT id FROM store.alias)')" = "3	1" ]
check "nothing is called shop" not mariadb_sql b -e "USE shop"

# Rows that go in many at once: somebody's row with the key of one of them, not committed yet, holds them up in the midst of a packet.

for name in a b; do mariadb_sql "$name" -e "CREATE DATABASE packet; CREATE TABLE packet.t (id INT PRIMARY KEY, v CHAR(100))"; done
mariadb_sql a packet -e "INSERT INTO t SELECT seq, MD5(seq) FROM seq_1_to_5000"
mkfifo "$TEST_TMP/holder"

# hold_up [OPTION...] - begins a copy, and is back when it is held up
hold_up()
{
	mariadb_sql b --unbuffered <"$TEST_TMP/holder" >"$TEST_TMP/held" 2>&1 &
	holder=$!
	exec 7>"$TEST_TMP/holder"
	echo "BEGIN; INSERT INTO packet.t VALUES (2500, 'theirs'); SELECT 'there';" >&7
	until grep -q there "$TEST_TMP/held"; do on b "DO 0"; done
	copy packet --data-only "$@" >"$TEST_TMP/held.out" 2>&1 7>&- &
	held_up=$!
	await b "SELECT VARIABLE_VALUE > 0 AND (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Bulk_execute')
		FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'"
	kill -0 "$held_up"
}

# let_go SQL - the holder says so, and ends
let_go()
{
	echo "$1" >&7
	exec 7>&-
	wait "$holder"
}

check "rows wait in the midst of a packet" hold_up
let_go 'COMMIT;'
wait "$held_up"
check_exit 23 "a row that has a key of theirs by then fails" ended $? "$TEST_TMP/held.out"
check "the table is named, and the row" says "table packet.t: .*localhost.*Duplicate entry '2500' for key 'PRIMARY'"
check "nothing of the table stays but what is theirs" [ "$(on b 'SELECT GROUP_CONCAT(v) FROM packet.t')" = theirs ]
mariadb_sql b -e "DELETE FROM packet.t"
seconds=2
until hold_up --deadline=+$((seconds *= 2)) || [ "$seconds" -ge 64 ]; do
	let_go 'ROLLBACK;'
	wait "$held_up"
done
wait "$held_up"
check_exit 41 "--deadline ends a packet that waits" ended $? "$TEST_TMP/held.out"
check "it says so" says 'deadline'
let_go 'ROLLBACK;'
check "nothing of the table stays" [ "$(on b 'SELECT COUNT(*) FROM packet.t')" = 0 ]

# The program, and then the server, killed while tables are made beside each other.

mariadb_sql a -e "CREATE DATABASE many; USE many; $(printf 'CREATE TABLE t%d (id INT PRIMARY KEY, v INT, KEY (v)) SELECT 1 AS id, 2 AS v; ' {1..300})"
# in_the_middle COMMAND... - a copy of many, and the command, when some of its tables are there; the copy's exit status
# shellcheck disable=SC2317
in_the_middle()
{
	local copying
	"$DBDUMP" copy --drop-existing "$(mariadb_uri a many)" "$(mariadb_uri b)" 2>&1 &
	copying=$!
	await b "SELECT COUNT(*) >= 20 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'many'"
	"${@//COPY/$copying}"
	wait "$copying"
}
check_exit 137 "a copy is killed" in_the_middle kill -KILL COPY
check "not all is there" [ "$(on b "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'many'")" -lt 300 ]
check_exit 42 "the rest is not taken for a copy" copy many
mariadb_sql b -e "DROP DATABASE many"
check_exit 10 "the server is killed" in_the_middle stop_mariadb b KILL
check "it is said" says 'Lost connection|gone away|connect'
start_mariadb b || exit 1

# The server killed in the midst of a packet, and there again at once.

check "rows wait in a packet" hold_up
stop_mariadb b KILL
let_go 'ROLLBACK;'
start_mariadb b || exit 1
wait "$held_up"
check "the packet is sent once more when it is back" ended $? "$TEST_TMP/held.out"
check "it says so, and names the table and the server" says 'table packet.t: .*localhost.*(Lost connection|gone away).*once more'
check "it is whole" same_databases a b packet
check "once more, over what is there" copy many --drop-existing
check "it is whole" same_databases a b many

finish
