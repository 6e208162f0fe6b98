#!/usr/bin/env bash
# dbdump copy --mode between agents: tables go as their files from host to host, over a real sshd
# modes: release
# takes: 50
# shellcheck disable=SC2317 # functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

cd "$TEST_TMP" && start_sshd || exit 1
start_mariadb a || exit 1
start_mariadb b || exit 1

# far DATABASE OPTION... - from a to b
far()
{
	local database=$1
	shift
	"$DBDUMP" copy -e "$TEST_TMP/rsh" --dbdump-path="$DBDUMP" "$@" "$(mariadb_uri a "$database")" "$(mariadb_uri b)"
}

# both DATABASE OPTION... - with both agents on other hosts, and a destination that may be dropped
both()
{
	far "$1" --source-host=localhost --target-host=127.0.0.1 --drop-existing "${@:2}"
}

# ssh, that leaves the number of the agent's process in pid.HOST
cat >rsh <<END
#!/bin/sh
host=\$1
shift
exec $SSH_CMD "\$host" "echo \\\$\\\$ >$TEST_TMP/pid.\$host; exec \$*"
END
chmod +x rsh

# worker HOST - the process that does the agent's work there
worker()
{
	local pid n
	pid=$(cat "pid.$1")
	for ((n = 0; n < 3; n++)); do
		pid=$(pgrep -P "$pid") || return 1
	done
	echo "$pid"
}

# nothing_left - of ours
nothing_left()
{
	[ -z "$(on b "SHOW DATABASES LIKE 'dbdump%'")" ] && [ -z "$(find "$TEST_TMP/a/data" "$TEST_TMP/b/data" -name '*.cfg')" ]
}

mariadb_sql a <<SQL || exit 1
CREATE DATABASE s;
USE s;
CREATE TABLE dyn (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(200), b MEDIUMBLOB, u INT UNIQUE, KEY (v)) ROW_FORMAT=DYNAMIC AUTO_INCREMENT=77000;
INSERT INTO dyn SELECT seq, CONCAT('row ', seq * 7919 % 40009), IF(seq % 1000, NULL, REPEAT(CHAR(seq % 256), 70000)), seq FROM seq_1_to_60000;
DELETE FROM dyn WHERE id % 9 = 0;
CREATE TABLE compact ROW_FORMAT=COMPACT AS SELECT * FROM dyn LIMIT 5000;
CREATE TABLE zipped (id INT PRIMARY KEY, v TEXT, KEY (v(20))) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4;
INSERT INTO zipped SELECT id, REPEAT(v, 20) FROM dyn LIMIT 5000;
CREATE TABLE \`o-d.d ä\` (id INT PRIMARY KEY, c INT AS (id * 2) VIRTUAL, d INT AS (id * 3) PERSISTENT, KEY (c), KEY (d));
INSERT INTO \`o-d.d ä\` (id) SELECT seq FROM seq_1_to_1000;
CREATE TABLE parent (id INT PRIMARY KEY, name CHAR(20) UNIQUE);
INSERT INTO parent SELECT seq, CONCAT('p', seq) FROM seq_1_to_100;
CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO child SELECT seq, 1 + seq % 100 FROM seq_1_to_1000;
CREATE TABLE past (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING;
INSERT INTO past SELECT seq, 0 FROM seq_1_to_100;
UPDATE past SET v = 1 WHERE id % 2;
CREATE TABLE bare (v CHAR(20));
INSERT INTO bare VALUES ('a'), ('a'), (NULL);
CREATE TABLE empty (id INT PRIMARY KEY);
CREATE VIEW seen AS SELECT p.name, c.id FROM parent p JOIN child c ON c.p = p.id;

CREATE TABLE isam (id INT PRIMARY KEY) ENGINE=MyISAM;
CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3;
CREATE TABLE words (id INT PRIMARY KEY, t TEXT, FULLTEXT (t));
INSERT INTO isam SELECT id FROM dyn LIMIT 100;
INSERT INTO parts SELECT id FROM isam;
INSERT INTO words SELECT id, CONCAT('word', id) FROM isam;
SQL

check "tables go as files from host to host" both s --mode=tablespace
check "nine of them" says 'FOR EXPORT .9.'
check "MyISAM: rows" says 's.isam goes as rows, not as its file: its engine is MyISAM'
check "partitions: rows" says 's.parts goes as rows, not as its file: it has partitions'
check "fulltext: rows" says 's.words goes as rows, not as its file: it has a fulltext index'
check_exit 1 "none of the others" says 's.(dyn|compact|zipped|o-d.d ä|parent|child|past|bare|empty) goes as rows'
check "all was verified" says '^OK: 12 tables, .*nothing missing$'
check "the copy is the source, to the servers' own dump" same_databases a b s
check "and to dbdump" "$DBDUMP" verify "$(mariadb_uri a s)" "$(mariadb_uri b)"
check "nothing of it is left at either server" nothing_left
check_exit 42 "over what is there" far s --mode=tablespace --source-host=localhost --target-host=127.0.0.1
check_exit 1 "no file is copied" says 'FOR EXPORT'

check "--mode=auto, the destination here" far s --source-host=localhost --drop-existing --mode=auto
check "takes the file of the large table" says 'FOR EXPORT .1.'
check_exit 1 "and says nothing of the others" says 'goes as rows'
check "the copy is the source" same_databases a b s
check "the source here, unverified, another name, one connection" far s --target-host=127.0.0.1 --mode=tablespace --verify=none --jobs=1 --rename=s=t
check "the rows of files are said to be unknown, the others counted" says '^OK: 12 tables, 300 rows .and those of 9 tables that went as files, not counted., nothing missing$'
check "they are there" "$DBDUMP" verify --rename=s=t "$(mariadb_uri a s)" "$(mariadb_uri b)"
check "counted" both s --mode=tablespace --verify=counts
check "all of them" says '^OK: 12 tables, 6[0-9],[0-9]{3} rows, nothing missing'
check "by default" both s
check "all go as rows" not says 'FOR EXPORT'

# A file crosses once, and what has changed since.

on a "CREATE DATABASE noise; USE noise; CREATE TABLE noise.noise (id INT PRIMARY KEY, v BINARY(240) NOT NULL) ROW_FORMAT=DYNAMIC;
	INSERT INTO noise.noise SELECT seq, CONCAT(RANDOM_BYTES(240)) FROM seq_1_to_20000; FLUSH TABLES noise.noise FOR EXPORT; UNLOCK TABLES"
over_relay()
{
	local how=$1
	shift
	"$DBDUMP" copy -e "$BIN_TEST/relay $how" --dbdump-path="$DBDUMP" --drop-existing --mode=tablespace "$@" "$(mariadb_uri a noise)" "$(mariadb_uri b)"
}
check "a file over a link that counts" over_relay "--count $TEST_TMP/count" --source-host=there
read -r _ down <count
check "crosses it once" [ "$down" -gt 4800000 -a "$down" -lt 6500000 ]
check "a link that is cut meanwhile" over_relay '--cut down:2314159' --source-host=there
check "is taken up again" says 'the link to .* was lost and taken up again'
check "and the file is one" says 'FOR EXPORT .1.'
check "bits are flipped on the way" over_relay '--flip up:2000000' --target-host=there
check "the copy is the source" same_databases a b noise

# Not what the source's server has; and what the destination's server refuses.

rot=$TEST_TMP/a/data/rot/rot.ibd
on a "CREATE DATABASE rot; USE rot; CREATE TABLE rot (id INT PRIMARY KEY, v INT) ROW_FORMAT=DYNAMIC; INSERT INTO rot SELECT seq, 0 FROM seq_1_to_100"
is_written()
{
	await a "SELECT VARIABLE_VALUE = 0 FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Innodb_history_list_length'" &&
		on a "FLUSH TABLES rot.rot FOR EXPORT; UNLOCK TABLES"
}
is_written && cp "$rot" "$TEST_TMP/lost"
on a "UPDATE rot.rot SET v = 1 WHERE id = 7"
is_written && dd if="$TEST_TMP/lost" of="$rot" conv=notrunc status=none
check_exit 40 "a file that is not what its server has" both rot --mode=tablespace
check "is found by its rows" says 'rot\.rot: DIFFERENT, 100 rows, 100 at the destination'

on b "DROP DATABASE s; CREATE DATABASE s"
mkdir "$TEST_TMP/b/data/s/dyn.cfg" "$TEST_TMP/b/data/s/bare.cfg"
check "tables that cannot be imported" far s --source-host=localhost --target-host=127.0.0.1 --mode=tablespace
check "go as rows" says 's.dyn goes as rows, not as its file: .*dyn.cfg.*Is a directory'
check "each" says 's.bare goes as rows, not as its file: .*bare.cfg.*Is a directory'
rmdir "$TEST_TMP/b/data/s/dyn.cfg" "$TEST_TMP/b/data/s/bare.cfg"
check "their rows are there once" same_databases a b s
on b "SET GLOBAL innodb_file_per_table = OFF"
check "a destination that has no files" both noise --mode=tablespace
check "says so" says 'none as its file: innodb_file_per_table is OFF'
check "and gets rows" same_databases a b noise
on b "SET GLOBAL innodb_file_per_table = ON"

# Of one moment with what goes as rows, while somebody writes.

start_writer a
on a "ALTER TABLE live.two ADD COLUMN late INT, ALGORITHM=INSTANT"
for turn in 1 2; do
	check "a live copy, $turn" both live --mode=tablespace
	check "one of its tables as rows" says 'live.two goes as rows.*altered instantly'
	check "the others as files" says 'FOR EXPORT .2.'
	check "which the destination has taken" not says 'live\.(one|turns) goes as rows'
	check "it is of one moment" one_moment b
done
stop_writer a

# Killed.

# in_the_files - a copy, slow, whose agent's work at the destination is killed as files come; COPY's status
in_the_files()
{
	local pid
	both noise --mode=tablespace --bwlimit=2m &
	pid=$!
	await b "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'dbdump%'"
	kill -KILL "$(worker 127.0.0.1)"
	wait "$pid"
}
check_exit 10 "the work at the destination is killed" in_the_files
check "its copies of the files are left" [ -n "$(on b "SHOW DATABASES LIKE 'dbdump%'")" ]
check "what was there is as it was" same_databases a b noise
check "the next one passes, as rows" both noise --mode=logical
check "and has cleared all away" nothing_left
# stopped - as above, but that it is told to stop
stopped()
{
	local pid status
	"$DBDUMP" copy -e "$TEST_TMP/rsh" --dbdump-path="$DBDUMP" --source-host=localhost --target-host=127.0.0.1 --drop-existing \
		--mode=tablespace --bwlimit=2m "$(mariadb_uri a noise)" "$(mariadb_uri b)" &
	pid=$!
	await b "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'dbdump%'"
	kill -TERM "$pid"
	wait "$pid"
	status=$?
	await b "SELECT COUNT(*) = 0 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'dbdump%'"
	return "$status"
}
check_exit 20 "it is told to stop" stopped
check "its agent clears away" nothing_left
check "nothing was changed" same_databases a b noise
check "nobody waits at the source" on a "SET SESSION lock_wait_timeout = 20; DELETE FROM noise.noise WHERE id < 0"
finish
