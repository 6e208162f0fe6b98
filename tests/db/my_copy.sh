#!/usr/bin/env bash
# dbdump copies MariaDB whole: every type and kind of object, one moment under load, and says what it cannot do
# modes: release
# takes: 110
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

start_mariadb a --log-bin=bin --server-id=1 --binlog-format=row --innodb-lock-wait-timeout=5 --max-allowed-packet=256M || exit 1
start_mariadb b || exit 1

# Whole.

check "the nasty databases are made" mariadb_sql a <"$ROOT/tests/db/my_nasty.sql"
mariadb_user a app 'geheim' 'SELECT, INSERT ON shop.*' "SELECT (id) ON shop.large" "EXECUTE ON PROCEDURE shop.latin"
mariadb_sql a -e "CREATE ROLE clerk; GRANT UPDATE ON shop.* TO clerk; GRANT clerk TO app; SET DEFAULT ROLE clerk FOR app;
	GRANT SELECT ON shop.merged TO app; CREATE USER bystander; CREATE USER nobody@nowhere;
	CREATE USER member; GRANT clerk TO member WITH ADMIN OPTION; CREATE USER everywhere; GRANT INSERT, DELETE ON \`%\`.* TO everywhere"
# a view on another one is made only where that one's definer is there
mariadb_sql a shop -e "CREATE DEFINER=app VIEW of_app AS SELECT id FROM large; CREATE VIEW on_app AS SELECT id FROM of_app"
nasty='shop,odd%20%60db.1'
check "the nasty databases are copied" copy "$nasty" --users
check "the report says so" says '^OK: 30 tables'
check "it says which rows are not of the snapshot" says 'shop.isam.*not of the snapshot'
check "of each engine without transactions" says 'shop.aria.*not of the snapshot'
check "it says that an event is off" says 'event shop.tick is disabled'
check "it says which views refer to what is not there" says 'view shop.on_dangling refers to what is not there'
check "the snapshot was taken behind a lock" says 'BACKUP STAGE BLOCK_COMMIT, 2 connections, at bin.000001:[0-9]+ gtid 0-1-'
check "mariadb-dump and all rows by column name are the same at both ends" same_databases a b shop 'odd `db.1'
check "views in a ring are there" [ "$(on b "SELECT COUNT(*) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'shop'")" = 10 ]
check "no stand-in is left" not grep -i 'dbdump' "$TEST_TMP/b.dump"
check "an account has its password and its grants" diff \
	<(on a "SHOW CREATE USER app; SHOW GRANTS FOR app; SHOW GRANTS FOR clerk") \
	<(on b "SHOW CREATE USER app; SHOW GRANTS FOR app; SHOW GRANTS FOR clerk")
check "one whose privileges are a role's alone has the role" diff <(on a "SHOW GRANTS FOR member") <(on b "SHOW GRANTS FOR member")
check "rights to all databases are those to the copied ones, and not to the server's own" [ "$(on b "SELECT GROUP_CONCAT(Db ORDER BY Db)
	FROM mysql.db WHERE User = 'everywhere' AND Delete_priv = 'Y'")" = 'odd `db.1,shop' ]
check "an account that has nothing to do with it is not copied" not mariadb_sql b -e "SHOW GRANTS FOR bystander"
mariadb_sql b -e "ALTER USER app IDENTIFIED BY 'another'; GRANT DELETE ON shop.large TO clerk"
check_exit 40 "an account that became another one is a difference" "$DBDUMP" verify --users --schema-only \
	"$(mariadb_uri a "$nasty")" "$(mariadb_uri b)"
check "it is named" says 'user .*app.* is defined otherwise'
check "so is a role" says 'role .*clerk.* is defined otherwise'
check "without its password, or what is made of it" not says '[*][0-9A-F]{40}'
at_source=$(on a "SELECT NEXTVAL(shop.seq)") at_copy=$(on b "SELECT NEXTVAL(shop.seq)")
check "a sequence goes on behind all that it gave out" [ "$at_copy" -gt 130 ] &&
	check "and not far off" [ "$at_copy" -le $((at_source + 50)) ]
check "a sequence that is used up stays so" not mariadb_sql b -e "SELECT NEXTVAL(shop.down)"
check "AUTO_INCREMENT goes on" [ "$(on b "INSERT INTO shop.times (d) VALUES (NULL); SELECT MAX(id) FROM shop.times")" = 4711 ]

check_exit 42 "a destination that is not empty is refused" copy "$nasty"
check "it says which" says 'database .* is not empty'
check "--drop-existing replaces it, under other names and definers" copy "$nasty" --drop-existing --rename=shop=laden \
	--definer=current
check "the copy under another name is the same at both ends" says 'the same at both ends'
check "views refer to the new name" [ "$(on b "SELECT COUNT(*) FROM laden.a_second")" = 20001 ]
check "the old name's is untouched" [ "$(on b "SELECT MAX(id) FROM shop.times")" = 4711 ]
check "definers are rewritten" [ "$(on b "SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'laden' AND TRIGGER_NAME = 't_update'")" = root@localhost ]
mariadb_sql b -e "DROP DATABASE laden; DROP DATABASE shop; DROP DATABASE \`odd \`\`db.1\`"

# Keys of every kind, in several parts; a row of 64 MiB.

# two rows a page, so that few rows are large tables
mariadb_sql a <<'END' >/dev/null
CREATE DATABASE keyed;
USE keyed;
CREATE TABLE sparse (id BIGINT PRIMARY KEY, v VARCHAR(5600)) CHARACTER SET latin1;
INSERT INTO sparse SELECT CAST(seq AS SIGNED) * 1000003 - 1650000000, REPEAT(MD5(seq), 172) FROM seq_1_to_3300;
INSERT INTO sparse VALUES (-9223372036854775808, 'min'), (9223372036854775807, 'max');
CREATE TABLE uns (id BIGINT UNSIGNED PRIMARY KEY, v VARCHAR(5600)) CHARACTER SET latin1;
INSERT INTO uns SELECT 18446744073709551615 - seq, REPEAT(MD5(seq), 172) FROM seq_0_to_3300;
INSERT INTO uns VALUES (0, 'min'), (1, 'x'), (9223372036854775808, 'middle');
CREATE TABLE pair (a SMALLINT, b INT, v VARCHAR(5600), PRIMARY KEY (a, b)) CHARACTER SET latin1;
INSERT INTO pair SELECT CAST(seq AS SIGNED) % 7 - 3, seq, REPEAT(MD5(seq), 172) FROM seq_0_to_3300;
ANALYZE TABLE sparse, uns, pair;
CREATE DATABASE big;
CREATE TABLE big.huge (id INT PRIMARY KEY, b LONGBLOB);
INSERT INTO big.huge VALUES (1, REPEAT('0123456789abcde\n', 4 * 1024 * 1024)), (2, 'x');
SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON;
END
check "rows under keys of all kinds, and one of 64 MiB" copy keyed,big -v --jobs=4
mariadb_sql a -e "SET GLOBAL general_log = OFF"
check "none is lost" says '^OK: 4 tables, 9,909 rows, nothing missing'
for table in sparse uns pair; do
	check "$table was read in parts" [ "$(on a "SELECT COUNT(DISTINCT argument) FROM mysql.general_log
		WHERE argument LIKE 'SELECT SQL\_NO\_CACHE%$table%>= %'")" -gt 1 ]
done
check "mariadb-dump and all rows by column name are the same at both ends" same_databases a b keyed
huge="SELECT MD5(b) FROM big.huge"
check "so is the row of 64 MiB" diff <(on a "$huge") <(on b "$huge")

# One moment.

mariadb_sql a -e "FLUSH BINARY LOGS" # what is far inside one is not asked for its GTID
start_writer a
check "a copy under load" copy live
# a turn of the writer is a transaction of the log
read -r at gtid < <(sed -nE 's/.* at bin\.000002:([0-9]+) gtid 0-1-([0-9]+).*/\1 \2/p' "$TEST_TMP/out")
check "it is of one moment" one_moment b
read -r turns logged < <(on a "FLUSH TABLES WITH READ LOCK; SELECT n, SUBSTRING_INDEX(@@gtid_binlog_pos, '-', -1) FROM live.turns; UNLOCK TABLES")
check "the log has behind the recorded GTID what the copy does not have, and no more" \
	[ $((logged - gtid)) = $((turns - $(on b "SELECT n FROM live.turns"))) ]
check "the recorded position is that of the GTID" [ "$(on a "SELECT BINLOG_GTID_POS('bin.000002', $at)")" = "0-1-$gtid" ]
mariadb_user a locker 'geheim' 'SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES, EXECUTE ON live.*'
mariadb_user a reader 'geheim' 'SELECT, SHOW VIEW, TRIGGER, EVENT ON live.*'
mariadb_user a flusher 'geheim' 'SELECT, SHOW VIEW, TRIGGER, EVENT ON live.*' 'RELOAD, BINLOG ADMIN ON *.*'
for who in flusher:'BACKUP STAGE' locker:'LOCK TABLES READ' reader:'one connection'; do
	printf '[client]\nuser=%s\npassword=geheim\nport=%s\nhost=127.0.0.1\n' "${who%:*}" "$(mariadb_port a)" >"$TEST_TMP/my.cnf"
	check "an account with less privileges, password from a file: ${who#*:}" "$DBDUMP" copy --only-table='*' --drop-existing \
		"mysql:///live?default-file=$TEST_TMP/my.cnf" "$(mariadb_uri b)"
	check "so it is" says "snapshot +${who#*:}"
	[ "${who%:*}" = flusher ] || check "it says what ALTER TABLE waits for" says 'want of the privilege BINLOG ADMIN'
	check "that is one moment too" one_moment b
done
stop_writer a

# Rows counted alone; others' statements, which end when the lock that they wait for is free.

mariadb_sql a -e "CREATE DATABASE few; USE few; CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t SELECT seq FROM seq_1_to_5000"
check "rows of all that match a pattern, and of no other, are counted" copy 'fe*' --verify=counts
check "and found to be as many" says '^OK: 1 table, 5,000 rows'
mariadb_sql b -e "UPDATE few.t SET id = -1 WHERE id = 7"
check "other content is not seen by counts" "$DBDUMP" verify --verify=counts "$(mariadb_uri a few)" "$(mariadb_uri b few)"
mariadb_sql b -e "DELETE FROM few.t WHERE id = -1"
check_exit 40 "a row less is" "$DBDUMP" verify --verify=counts "$(mariadb_uri a few)" "$(mariadb_uri b few)"
check "the table is named" says 'few\.t'

mkfifo "$TEST_TMP/holder"
mariadb_sql a <"$TEST_TMP/holder" &
others=$!
exec 7>"$TEST_TMP/holder"
echo "DO GET_LOCK('theirs', 0);" >&7
await a "SELECT IS_USED_LOCK('theirs') IS NOT NULL"
for _ in 1 2 3; do
	mariadb_sql a -e "DO GET_LOCK('theirs', 600)" 7>&- &
	others+=" $!"
done
await a "SELECT COUNT(*) = 3 FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'"
check "as many statements of others as --max-load says do not hold a copy, nor do its own" copy few --drop-existing --jobs=4 --max-load=3
check "--jobs is how many connections read" says 'BACKUP STAGE BLOCK_COMMIT, 4 connections'
check_exit 41 "one more does, however many connections of its own wait" copy few --drop-existing --jobs=4 --max-load=2 --deadline=+2
copy few --drop-existing --max-load=2 >"$TEST_TMP/held.out" 2>&1 7>&- &
held=$!
await a "SELECT COUNT(*) > 3 FROM information_schema.PROCESSLIST WHERE COMMAND = 'Sleep'" # its connections
exec 7>&-
# shellcheck disable=SC2086 # several
wait $others
wait "$held"
check "until it ends" ended $? "$TEST_TMP/held.out"

# A customer's ALTER TABLE meanwhile.

mariadb_sql a >"$TEST_TMP/analyzed" <<'END'
CREATE DATABASE slow;
USE slow;
CREATE TABLE first (id INT PRIMARY KEY, v CHAR(250));
INSERT INTO first SELECT seq, REPEAT(MD5(seq), 7) FROM seq_1_to_12000;
CREATE TABLE second LIKE first;
INSERT INTO second SELECT * FROM first WHERE id <= 500;
CREATE TABLE third (id INT PRIMARY KEY);
INSERT INTO third VALUES (1);
CREATE TABLE isam (id INT PRIMARY KEY) ENGINE=MyISAM;
INSERT INTO isam VALUES (1);
ANALYZE TABLE first, second, third, isam;
END
# the largest first: while the first one is read, at leisure, the second is locked, so that the others are still to come
copy slow --jobs=1 --bwlimit=600 --verify=none >"$TEST_TMP/slow.out" 2>&1 &
slow=$!
await b "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'slow' AND TABLE_NAME = 'third'"
mkfifo "$TEST_TMP/locker"
mariadb_sql a --unbuffered <"$TEST_TMP/locker" >"$TEST_TMP/locked" &
locker=$!
exec 7>"$TEST_TMP/locker"
echo "LOCK TABLES slow.second WRITE; SELECT 1;" >&7
await b 'SELECT COUNT(*) FROM slow.first'
check "the second table is locked" grep -q 1 "$TEST_TMP/locked"
check "a table that was read may be altered while others are" mariadb_sql a -e "
	SET lock_wait_timeout = 1; ALTER TABLE slow.first ADD COLUMN more INT;
	ALTER TABLE slow.third ADD COLUMN more INT DEFAULT 5, ALGORITHM=COPY; ALTER TABLE slow.isam ADD COLUMN more INT DEFAULT 5;"
check "meanwhile the copy waits for the second" kill -0 "$slow"
echo "UNLOCK TABLES;" >&7
exec 7>&-
wait "$locker"
wait "$slow"
check_exit 23 "what was altered before it was read fails" ended $? "$TEST_TMP/slow.out"
check "it is named" says 'slow.third.*definition was changed while the copy ran'
check "so is one without transactions" says 'slow.isam.*definition was changed while the copy ran'
check "the others arrived" [ "$(on b 'SELECT COUNT(*) FROM slow.first, (SELECT COUNT(*) AS n FROM slow.second) s WHERE n = 500')" = 12000 ]

# Into tables that are there; definitions alone.

mariadb_sql b -e "DROP DATABASE slow; DROP DATABASE live"
check "definitions alone" copy "$nasty" --schema-only
check "without rows" [ "$(on b 'SELECT COUNT(*) FROM shop.large')" = 0 ]
check_exit 42 "rows alone would go through triggers" copy shop --data-only
check "it says which" says 'trigger t_(zeroth|first|second|third) of table shop.large'
mariadb_sql b -e "DROP TRIGGER shop.t_zeroth; DROP TRIGGER shop.t_first; DROP TRIGGER shop.t_second; DROP TRIGGER shop.t_third"
check "rows alone" copy "$nasty" --data-only
check "with where the sequences are" [ "$(on b 'SELECT NEXTVAL(shop.seq)')" -gt 130 ]
check_exit 42 "a table with rows is not added to" copy "$nasty" --data-only
check "it says which" says 'table .* has rows'
check "some tables alone are replaced, the others stay" copy shop --drop-existing --only-table='shop.ring_*' --only-table=larg?
check "they did" [ "$(on b 'SELECT COUNT(*) FROM shop.no_key')" = 6 ]

# What cannot be.

printf '[client]\nuser=app\npassword=falsch\nport=%s\nhost=127.0.0.1\n' "$(mariadb_port a)" >"$TEST_TMP/my.cnf"
check_exit 10 "a wrong password" "$DBDUMP" copy "mysql:///shop?default-file=$TEST_TMP/my.cnf" "$(mariadb_uri b)"
check "it is not shown" not says falsch
check "the account is" says "Access denied for user 'app'"
check_exit 10 "a password in the URI beats the file's" "$DBDUMP" copy \
	"mysql://reader:wrong@/live?default-file=$TEST_TMP/my.cnf" "$(mariadb_uri b)"
check "it says whose" says "Access denied for user 'reader'"
check_exit 3 "a database that is not there" copy nowhere
check "it is named" says 'no database nowhere'
check_exit 10 "no server" "$DBDUMP" copy "mysql://root@127.0.0.1:1/shop" "$(mariadb_uri b)"
mariadb_user a weak 'geheim' 'SELECT ON shop.*'
check_exit 5 "a privilege is missing" "$DBDUMP" copy --drop-existing \
	"mysql://weak:geheim@127.0.0.1:$(mariadb_port a)/shop" "$(mariadb_uri b)"
check "it is named" says 'SHOW VIEW on database shop is missing'
mariadb_user a almost 'geheim' 'SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON shop.*'
check_exit 5 "a routine's body is not shown" "$DBDUMP" copy --drop-existing \
	"mysql://almost:geheim@127.0.0.1:$(mariadb_port a)/shop" "$(mariadb_uri b)"
check "it says what is missing" says 'shop.* needs SELECT on mysql.proc'
mariadb_user b weak 'geheim' 'SELECT, INSERT, CREATE, ALTER ON shop.*'
check_exit 5 "a privilege is missing at the destination" "$DBDUMP" copy --drop-existing \
	"$(mariadb_uri a shop)" "mysql://weak:geheim@127.0.0.1:$(mariadb_port b)/"
check "it is named" says 'DROP on database shop is missing'

copy slow --jobs=1 --bwlimit=600 --drop-existing >"$TEST_TMP/lost.out" 2>&1 &
lost=$!
await b "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'slow' AND TABLE_NAME = 'third'"
stop_mariadb b KILL # it is waited for: meanwhile

start_mariadb full --innodb-file-per-table=0 --innodb-data-file-path=ibdata1:4M:autoextend:max:24M || exit 1
# rows that go in many at once: none is of a size for another way
check_exit 11 "a destination that is full" "$DBDUMP" copy "$(mariadb_uri a keyed)" "$(mariadb_uri full)"
check "the table is named, and the server" says 'table keyed\.(sparse|uns|pair): .*localhost.*full'
check_exit 40 "verify does not take it for whole" "$DBDUMP" verify "$(mariadb_uri a keyed)" "$(mariadb_uri full keyed)"
check_exit 42 "nor is it copied to as if it were empty" "$DBDUMP" copy "$(mariadb_uri a keyed)" "$(mariadb_uri full)"
stop_mariadb full
start_mariadb full --innodb-file-per-table=0 || exit 1
check "with room for it the copy can be made anew" "$DBDUMP" copy --drop-existing "$(mariadb_uri a keyed)" "$(mariadb_uri full)"
wait "$lost"
check_exit 10 "a connection that is lost" ended $? "$TEST_TMP/lost.out"
check "it is said" says 'Lost connection|gone away'
check "no name at all means all databases but the server's own" [ "$("$DBDUMP" size --json "$(mariadb_uri full)" |
	jq -r 'select(.event == "report").databases[].name' | sort | tr '\n' ' ')" = 'keyed ' ]
start_mariadb old --version=10.2.44-MariaDB || exit 1
check_exit 5 "a server that is too old" "$DBDUMP" copy "$(mariadb_uri old)" "$(mariadb_uri full)"
check "it says which versions it knows" says 'version 10.2.44-MariaDB is too old: MariaDB 10.3'

finish
