#!/usr/bin/env bash
# dbdump at MariaDB: rows in by each way, snapshots by each lock and without one, TLS, bytes that are
# no characters, patterns that nothing is called by
# modes: release
# takes: 45
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

# A certificate for db.test, by a CA; and another CA, whose it is not.
# shellcheck disable=SC2317
certificates()
{
	local ca
	for ca in ca other; do
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$ca" -keyout "$TEST_TMP/$ca.key" -out "$TEST_TMP/$ca.pem" || return
	done
	openssl req -newkey rsa:2048 -nodes -subj /CN=db.test -keyout "$TEST_TMP/server.key" -out "$TEST_TMP/server.csr" &&
		openssl x509 -req -in "$TEST_TMP/server.csr" -days 2 -CA "$TEST_TMP/ca.pem" -CAkey "$TEST_TMP/ca.key" -CAcreateserial \
			-out "$TEST_TMP/server.pem"
}

# It passes for one from before BACKUP STAGE.
start_mariadb a --version=10.3.39-MariaDB --log-bin=bin --server-id=1 --binlog-format=row --max-allowed-packet=256M || exit 1
check "certificates are made" certificates
start_mariadb b --local-infile=0 --log-bin=bin --server-id=2 --binlog-format=statement --max-allowed-packet=256M --require-secure-transport=1 \
	--ssl-ca="$TEST_TMP/ca.pem" \
	--ssl-cert="$TEST_TMP/server.pem" --ssl-key="$TEST_TMP/server.key" || exit 1

# Rows by INSERT; then into a log of statements, which neither many rows at once are for nor sequences.

row_way=insert
check "the nasty databases are made" mariadb_sql a <"$ROOT/tests/db/my_nasty.sql"
mariadb_user a app 'geheim' 'SELECT ON shop.*'
check "where local_infile is OFF a copy works all the same" copy 'shop,odd%20%60db.1'
check "it says why it takes longer, and what helps" says 'warning.*rows go in by INSERT.*SET GLOBAL local_infile = ON'
check "mariadb-dump and all rows by column name are the same at both ends" same_databases a b shop 'odd `db.1'
check "no account came with them: none was asked for" [ "$(on b "SELECT COUNT(*) FROM mysql.global_priv WHERE User = 'app'")" = 0 ]
check "definitions alone have no rows, and no warning of them" copy shop --schema-only --drop-existing
check "so it is" not says INSERT
row_way=bulk
check "many rows at once, where the account may have them logged by rows" copy shop --drop-existing
row_way=insert
mariadb_sql a <<'SQL'
CREATE DATABASE sizes;
USE sizes;
CREATE TABLE huge (id INT PRIMARY KEY, b LONGBLOB);
INSERT INTO huge VALUES (1, REPEAT('0123456''89abcd\n', 2 * 1024 * 1024)), (2, 'x'), (3, REPEAT('"', 1024 * 1024 - 40)), (4, 'y');
CREATE TABLE many (id INT PRIMARY KEY, v VARCHAR(200));
INSERT INTO many SELECT seq, REPEAT(MD5(seq), 6) FROM seq_1_to_20000;
CREATE TABLE isam (id INT PRIMARY KEY, v LONGBLOB) ENGINE=MyISAM;
INSERT INTO isam SELECT seq, REPEAT('x', 300000) FROM seq_1_to_5;
INSERT INTO isam VALUES (6, REPEAT('y', 2000000));
SQL
for i in 1 2 3 4 5 6 7 8; do
	echo "CREATE TABLE wide.w$i (id INT PRIMARY KEY, v LONGTEXT) ROW_FORMAT=COMPRESSED; INSERT INTO wide.w$i VALUES (1, REPEAT('x', 8 << 20));"
done | { echo "CREATE DATABASE wide;"; cat; } | mariadb_sql a
check "large rows in eight tables are in memory one at a time" "$BIN_TEST/peak" 120 "$DBDUMP" copy --jobs=8 "$(mariadb_uri a wide)" "$(mariadb_uri b)"
check "none is lost" says '^OK: 8 tables, 8 rows'
check "rows of all sizes, one of 32 MiB" copy sizes
check "none is lost" says '^OK: 3 tables, 20,010 rows, nothing missing'
mariadb_sql b -e "CREATE USER plain@localhost; GRANT ALL ON sizes.* TO plain@localhost"
# plain [ROW_WAY] - rows of b's one table more, by who may not set how they are logged
# shellcheck disable=SC2317
plain()
{
	"$DBDUMP" copy --drop-existing --only-table=many "$(mariadb_uri a sizes)" "$(mariadb_uri b | sed s/root/plain/)${1:+&rows=$1}"
}
check "where the log is of statements, and the account cannot help it, a copy works too" plain
check "it says why it takes longer" says 'warning.*rows go in by INSERT.*binlog_format is STATEMENT there'
check_exit 5 "many rows at once are refused then" plain bulk
check "it is said why" says 'localhost.*rows=bulk: binlog_format is STATEMENT there'
mariadb_sql b -e "SET GLOBAL local_infile = 1"
check "a file is not" plain
check "which takes longer too" says 'warning.*rows go in by LOAD DATA LOCAL.*binlog_format is STATEMENT there'
mariadb_sql b -e "SET GLOBAL local_infile = 0"
mariadb_sql b -e "SET GLOBAL max_allowed_packet = 1024 * 1024"
check_exit 23 "a row that no statement can hold fails" copy sizes --drop-existing
check "it is named, and what is in its way" says 'sizes.huge.*a row of [0-9]+ bytes .*max_allowed_packet is 1048576'
check "so is one without transactions" says 'sizes.isam.*a row of 2[0-9]+ bytes'
check "nothing of such a table stays, and all of the others" \
	[ "$(on b 'SELECT (SELECT COUNT(*) FROM sizes.huge), (SELECT COUNT(*) FROM sizes.isam), (SELECT COUNT(*) FROM sizes.many)')" = "0	0	20000" ]
mariadb_sql a < <(printf "CREATE DATABASE lengthy; CREATE TABLE lengthy.t SELECT 1 AS id; CREATE PROCEDURE lengthy.p() SELECT '%01100000d'" 0)
check_exit 23 "a definition that no packet can hold fails" copy lengthy
check "it is named, and what is in its way" says 'procedure lengthy.p: .*a statement of 11[0-9]+ bytes is too long: max_allowed_packet is 1048576'
check "and nothing else has failed" says '^  rows +1 row, .* 1 at the destination'
row_way=bulk
mariadb_sql b -e "SET GLOBAL max_allowed_packet = 16 * 1024"
check_exit 23 "nor can a packet of many" copy sizes --drop-existing
check "it is named too, with its server" says 'table sizes.huge: .*localhost.*a row of [0-9]+ bytes .*max_allowed_packet is 16384'
check "nothing of it is there, and all others are" [ "$(on b 'SELECT (SELECT COUNT(*) FROM sizes.huge), (SELECT COUNT(*) FROM sizes.many)')" = '0	20000' ]
check_exit 42 "it is not taken for a copy" copy sizes
mariadb_sql b -e "SET GLOBAL local_infile = 1"
check "where files are allowed such a row goes as one" copy sizes --drop-existing
check "none is lost among the others" says '^OK: 3 tables, 20,010 rows, nothing missing'
mariadb_sql b -e "SET GLOBAL local_infile = 0"
row_way='file'
check_exit 5 "rows=file where files are forbidden is refused" copy sizes --drop-existing
check "it is said why" says 'rows=file: local_infile is OFF there'
for row_way in insert file bulk; do
	mariadb_sql b -e "SET GLOBAL local_infile = $([ "$row_way" != file ]; echo $?); DROP DATABASE sizes; CREATE DATABASE sizes; USE sizes;
		CREATE TABLE many (id INT PRIMARY KEY, v VARCHAR(191)); CREATE TABLE isam (id TINYINT PRIMARY KEY, v LONGBLOB)"
	check_exit 23 "a value that does not fit is never cut (rows=$row_way)" copy sizes --data-only --only-table=many
	check "it is named" says "many.*did not take the rows as they are.*Data truncated for column 'v' at row 1"
	check "nothing of the table stays" [ "$(on b 'SELECT COUNT(*) FROM sizes.many')" = 0 ]
done

# Bytes that are no characters: as a table has them whose definition was put over the files of another one.

mariadb_sql a <<'SQL'
CREATE DATABASE bytes;
USE bytes;
CREATE TABLE single (id INT PRIMARY KEY, v VARCHAR(300) CHARACTER SET latin1, k VARCHAR(300) CHARACTER SET koi8r, a TEXT CHARACTER SET latin7);
INSERT INTO single SELECT 1, b, b, b FROM (SELECT UNHEX(GROUP_CONCAT(LPAD(HEX(seq), 2, '0') ORDER BY seq SEPARATOR '')) AS b FROM seq_0_to_255) s;
CREATE TABLE raw8 (id INT, v VARBINARY(40)) ENGINE=MyISAM CHARACTER SET utf8mb4;
CREATE TABLE utf8 (id INT, v VARCHAR(10)) ENGINE=MyISAM CHARACTER SET utf8mb4;
INSERT INTO raw8 VALUES (1, 'good'), (2, 0x61FF62C3), (3, 0xEDA080);
CREATE TABLE rawg (id INT, v VARBINARY(20)) ENGINE=MyISAM CHARACTER SET gbk;
CREATE TABLE gbk (id INT, v VARCHAR(10)) ENGINE=MyISAM CHARACTER SET gbk;
INSERT INTO rawg VALUES (1, 0x81);
FLUSH TABLES;
SQL
for pair in raw8:utf8 rawg:gbk; do
	for suffix in MYD MYI; do
		cp "$TEST_TMP/a/data/bytes/${pair%:*}.$suffix" "$TEST_TMP/a/data/bytes/${pair#*:}.$suffix"
	done
done
mariadb_sql a -e "FLUSH TABLES"
check "a table has bytes that are no characters" [ "$(on a "SELECT HEX(v) FROM bytes.utf8 WHERE id = 2")" = 61FF62C3 ]
for row_way in insert file bulk; do
	mariadb_sql b -e "SET GLOBAL local_infile = $([ "$row_way" != file ]; echo $?)"
	check_exit 23 "bytes that are no characters are never changed (rows=$row_way)" copy bytes --drop-existing
	check "they are named" says "bytes.utf8.*Incorrect string value: '.xFFb.xC3' for column .bytes...utf8...v. at row 2"
	check "in gbk too" says "bytes.gbk.*Incorrect string value"
	check "nothing of such a table stays" [ "$(on b 'SELECT COUNT(*) FROM bytes.utf8')" = 0 ]
	check "all bytes of single ones arrive" diff <(on a 'SELECT HEX(v), HEX(k), HEX(a) FROM bytes.single') \
		<(on b 'SELECT HEX(v), HEX(k), HEX(a) FROM bytes.single')
done

row_way=

# Tables that no server makes just so.

mariadb_sql a <<SQL
CREATE DATABASE odd;
USE odd;
SET innodb_strict_mode = 0;
CREATE TABLE wide (id INT PRIMARY KEY$(printf ', c%d VARCHAR(255)' {1..40})) CHARACTER SET latin1 ROW_FORMAT=COMPACT;
INSERT INTO wide (id, c1, c40) VALUES (1, 'x', 'y');
CREATE TABLE parent (id INT PRIMARY KEY);
CREATE TABLE versioned (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id)) WITH SYSTEM VERSIONING;
INSERT INTO parent VALUES (1), (2);
INSERT INTO versioned VALUES (1, 1), (2, 2);
UPDATE versioned SET p = 2;
CREATE TABLE rounded (id INT PRIMARY KEY, f FLOAT(10,3), g FLOAT(5,5), u FLOAT(10,3) UNSIGNED, d DOUBLE(20,5));
INSERT IGNORE INTO rounded VALUES (1, 1e30, 1e30, 1e30, 1e30), (2, -1e30, -1e30, -1e30, -1e30), (3, 123456.789, 0.12345, 0.001, 0.1), (4, NULL, NULL, NULL, NULL);
SQL
check "tables of lenient servers, histories with foreign keys, floats at their limit" copy odd
check "are the same at both ends" same_databases a b odd

# Every character set, with a column of each of its collations; single bytes all, and what there is of some characters.

mariadb_sql b -e "SET GLOBAL max_allowed_packet = 16 * 1024 * 1024" # a definition that has all collations is longer than what it was
check "a table of every character set is made" mariadb_sql a --delimiter=// <<'SQL'
SET NAMES utf8mb4, group_concat_max_len = 1000000//
CREATE DATABASE every//
USE every//
SET @bytes = (SELECT UNHEX(GROUP_CONCAT(LPAD(HEX(seq), 2, '0') ORDER BY seq SEPARATOR '')) FROM seq_0_to_255)//
FOR c IN (SELECT CHARACTER_SET_NAME AS name, MAXLEN AS most, GROUP_CONCAT(', `', FULL_COLLATION_NAME, '` VARCHAR(1) CHARACTER SET ',
	CHARACTER_SET_NAME, ' COLLATE ', FULL_COLLATION_NAME SEPARATOR '') AS columns
	FROM information_schema.CHARACTER_SETS JOIN information_schema.COLLATION_CHARACTER_SET_APPLICABILITY USING (CHARACTER_SET_NAME)
	GROUP BY CHARACTER_SET_NAME) DO
	EXECUTE IMMEDIATE CONCAT('CREATE TABLE `', c.name, '` (id INT PRIMARY KEY, v VARCHAR(300)', c.columns, ') CHARACTER SET ', c.name);
	EXECUTE IMMEDIATE CONCAT('INSERT IGNORE INTO `', CONVERT(c.name USING utf8mb4), '` (id, v) VALUES (1, ''aß€ñжソ表功한עגअქԱثไ😀''), (2, ?)') USING
		IF(c.most = 1, @bytes, 'x');
END FOR//
SQL
check "as many as there are" [ "$(on a "SELECT COUNT(*) >= 40 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'every'")" = 1 ]
check "every character set and collation" copy every
check "is the same at both ends" same_databases a b every

# One moment, by FLUSH TABLES WITH READ LOCK.

mariadb_sql a -e "FLUSH BINARY LOGS; CREATE DATABASE held; CREATE TABLE held.isam (id INT) ENGINE=MyISAM"
start_writer a
mariadb_user a flusher 'geheim' 'SELECT, SHOW VIEW, TRIGGER, EVENT ON live.*' 'RELOAD, REPLICATION CLIENT, BINLOG ADMIN ON *.*'
check "a copy under load, by FLUSH TABLES WITH READ LOCK" "$DBDUMP" copy --only-table='*' \
	"mysql://flusher:geheim@127.0.0.1:$(mariadb_port a)/live" "$(mariadb_uri b)"
check "so it is" says 'snapshot +FLUSH TABLES WITH READ LOCK, 2 connections, at bin.00000[0-9]:[0-9]+ gtid 0-1-'
check "it is of one moment" one_moment b
stop_writer a

# A lock that is not to be had: whoever came behind us goes on after --lock-wait, and the copy does.

# held_up SOURCE TARGET HOW - while somebody holds a table of another database locked
held_up()
{
	local from=$1 to=$2 how=$3 holder copying
	mkfifo "$TEST_TMP/$from.holder"
	mariadb_sql "$from" --unbuffered <"$TEST_TMP/$from.holder" >"$TEST_TMP/held" &
	holder=$!
	exec 7>"$TEST_TMP/$from.holder"
	echo "LOCK TABLES held.isam WRITE; SELECT 'locked';" >&7
	until grep -q locked "$TEST_TMP/held"; do on "$from" "DO 0"; done
	"$DBDUMP" copy --drop-existing --lock-wait=2 "$(mariadb_uri "$from" live)" "$(mariadb_uri "$to")" >"$TEST_TMP/held.out" 2>&1 &
	copying=$!
	await "$from" "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '$how%' AND STATE LIKE 'Waiting for backup lock'"
	check "$how waits for who holds a table" kill -0 "$copying"
	check "another session's write gets through, with the table still held" on "$from" "INSERT INTO live.turns VALUES (0)"
	wait "$copying"
	check_exit 0 "the copy does too" ended $? "$TEST_TMP/held.out"
	check "by one connection" says 'snapshot +one connection'
	check "the table was held all the time" kill -0 "$holder"
	exec 7>&-
	wait "$holder"
}

mariadb_sql b -e "CREATE DATABASE held; CREATE TABLE held.isam (id INT) ENGINE=MyISAM"
held_up a b 'FLUSH TABLES WITH READ LOCK'
held_up b a 'BACKUP STAGE'

# TLS, which b insists on.

mariadb_user b secure 'geheim' 'ALL ON *.*'
# tls PARAMETERS [HOST] - its size, by TCP
# shellcheck disable=SC2317
tls()
{
	"$DBDUMP" size "mysql://secure:geheim@${2:-127.0.0.1}:$(mariadb_port b)/live?default-file=/dev/null&$1"
}
check_exit 10 "a server that wants TLS is not asked without" tls connect_timeout=5
check "TLS without a look at the certificate" tls ssl-mode=REQUIRED
check "the certificate is of the CA" tls "ssl-mode=VERIFY_CA&ssl-ca=$TEST_TMP/ca.pem"
check_exit 10 "that of another CA is refused" tls "ssl-mode=VERIFY_CA&ssl-ca=$TEST_TMP/other.pem"
check "it says so" says '(certificate|SSL|TLS)'
check_exit 10 "nor is one believed of which no CA is known" tls ssl-mode=VERIFY_CA
check_exit 10 "a certificate with another host's name is refused" tls "ssl-mode=VERIFY_IDENTITY&ssl-ca=$TEST_TMP/ca.pem"
check "rows come and go by TLS" "$DBDUMP" copy "$(mariadb_uri a live)" \
	"mysql://secure:geheim@127.0.0.1:$(mariadb_port b)/live2?ssl-mode=VERIFY_CA&ssl-ca=$TEST_TMP/ca.pem"

# Patterns that nothing is called by.

mariadb_sql a -e "CREATE VIEW live.seen AS SELECT n FROM live.turns"
check "a pattern that leaves nothing out is warned of" copy live --schema-only --rename=live=live3 --exclude-table=turns \
	--exclude-table=live.seen --exclude-table='live.trun*'
check "it is named" says 'warning.*--exclude-table=live.trun\*: .* has no such table'
check "the others are not, of which one is a view's" not says 'exclude-table=(turns|live.seen)'
check "what they match is left out" [ "$(on b "SELECT GROUP_CONCAT(TABLE_NAME ORDER BY 1) FROM information_schema.TABLES
	WHERE TABLE_SCHEMA = 'live3'")" = one,two ]
check "rows alone, of tables that are there" copy live --data-only --rename=live=live3 --exclude-table=turns --exclude-table=seen
check "nothing is said of the patterns" not says 'exclude-table'

finish
