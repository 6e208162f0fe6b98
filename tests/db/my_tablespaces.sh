#!/usr/bin/env bash
# dbdump at MariaDB: tables go as their files where that is possible, of one moment with those that go as rows
# modes: release
# takes: 90
# shellcheck disable=SC2317 # functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

start_mariadb a || exit 1
start_mariadb b || exit 1

elsewhere=$TEST_TMP/elsewhere
mkdir "$elsewhere"
mariadb_sql a <<SQL || exit 1
CREATE DATABASE s;
USE s;
CREATE TABLE dyn (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(200), b MEDIUMBLOB, u INT UNIQUE, KEY (v)) ROW_FORMAT=DYNAMIC AUTO_INCREMENT=77000;
INSERT INTO dyn SELECT seq, CONCAT('row ', seq * 7919 % 40009), IF(seq % 1000, NULL, REPEAT(CHAR(seq % 256), 70000)), seq FROM seq_1_to_60000;
DELETE FROM dyn WHERE id % 9 = 0;
CREATE TABLE compact ROW_FORMAT=COMPACT AS SELECT * FROM dyn;
CREATE TABLE redundant ROW_FORMAT=REDUNDANT AS SELECT * FROM dyn LIMIT 500;
CREATE TABLE zipped (id INT PRIMARY KEY, v TEXT, KEY (v(20))) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4;
INSERT INTO zipped SELECT id, REPEAT(v, 20) FROM dyn LIMIT 5000;
CREATE TABLE \`o-d.d ä\` (id INT PRIMARY KEY, c INT AS (id * 2) VIRTUAL, d INT AS (id * 3) PERSISTENT, KEY (c), KEY (d));
INSERT INTO \`o-d.d ä\` (id) SELECT seq FROM seq_1_to_1000;
CREATE TABLE places (id INT PRIMARY KEY, p POINT NOT NULL, SPATIAL KEY (p));
INSERT INTO places SELECT seq, POINT(seq, seq % 17) FROM seq_1_to_1000;
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
CREATE TRIGGER doubles AFTER INSERT ON parent FOR EACH ROW INSERT INTO child VALUES (NEW.id + 100000, NEW.id);
CREATE VIEW seen AS SELECT p.name, c.id FROM parent p JOIN child c ON c.p = p.id;

CREATE TABLE isam (id INT PRIMARY KEY) ENGINE=MyISAM;
CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3;
CREATE TABLE words (id INT PRIMARY KEY, t TEXT, FULLTEXT (t));
CREATE TABLE instantly (id INT PRIMARY KEY);
CREATE TABLE pages (id INT PRIMARY KEY, t TEXT) PAGE_COMPRESSED=1;
CREATE DATABASE d;
CREATE TABLE d.away (id INT PRIMARY KEY) DATA DIRECTORY='$elsewhere';
SET GLOBAL innodb_file_per_table = OFF;
CREATE TABLE shared (id INT PRIMARY KEY);
SET GLOBAL innodb_file_per_table = ON, innodb_default_row_format = COMPACT;
CREATE TABLE defaulted (id INT PRIMARY KEY);
SET GLOBAL innodb_default_row_format = DYNAMIC;
INSERT INTO isam SELECT id FROM dyn LIMIT 100;
INSERT INTO parts SELECT id FROM isam;
INSERT INTO words SELECT id, CONCAT('word', id) FROM isam;
INSERT INTO instantly SELECT id FROM isam;
INSERT INTO pages SELECT id, REPEAT('x', 1000) FROM isam;
INSERT INTO d.away SELECT id FROM isam;
INSERT INTO shared SELECT id FROM isam;
INSERT INTO defaulted SELECT id FROM isam;
ALTER TABLE instantly ADD COLUMN late INT DEFAULT 5, ALGORITHM=INSTANT;
SQL

check "tables go as files" copy s --mode=tablespace
cp "$TEST_TMP/out" "$TEST_TMP/first"
check "eleven of them" says 'FOR EXPORT .11.'
check "the copy is the source, to the servers' own dump" same_databases a b s
check "and to dbdump" "$DBDUMP" verify "$(mariadb_uri a s)" "$(mariadb_uri b)"

# why TABLE REASON - so the first copy said
why()
{
	grep -q "table s.$1 goes as rows, not as its file: $2" "$TEST_TMP/first" || {
		cat "$TEST_TMP/first"
		return 1
	}
}
check "MyISAM: rows" why isam "its engine is MyISAM"
check "partitions: rows" why parts "it has partitions"
check "fulltext: rows" why words "it has a fulltext index"
check "instantly altered: rows" why instantly "it was altered instantly"
check "compressed pages: rows" why pages "its pages are compressed"
check "system tablespace: rows" why shared "it is in the system tablespace"
check "another default of ROW_FORMAT: rows" why defaulted "its definition does not say its ROW_FORMAT"
check "none of the others" [ "$(grep -c 'goes as rows' "$TEST_TMP/first")" = 7 ]
check "preflight says so before" "$DBDUMP" preflight --mode=tablespace --drop-existing --allow-outside "$(mariadb_uri a s,d)" "$(mariadb_uri b)"
cp "$TEST_TMP/out" "$TEST_TMP/before"
check "of one whose file is elsewhere, too" says "DATA DIRECTORY"
check "of each" [ "$(grep -c 'it goes as rows, not as its file' "$TEST_TMP/before")" = 8 ]

# nothing_left - of ours
nothing_left()
{
	[ -z "$(on b "SHOW DATABASES LIKE 'dbdump%'")" ] && [ -z "$(find "$TEST_TMP/a/data" "$TEST_TMP/b/data" -name '*.cfg')" ]
}
check "nothing of it is left at either server" nothing_left

check "--mode=auto" copy s --mode=auto --drop-existing
check "takes the files of large tables" says 'FOR EXPORT .2.'
check_exit 1 "and says nothing of the others" says 'goes as rows'
check "the copy is the source" same_databases a b s

# few_files COMMAND... - that may have no more open than a copy wants by rows
few_files()
{
	(ulimit -n 28 && "$@")
}
check "unverified, and with more tables than files may be open" few_files copy s --mode=tablespace --drop-existing --verify=none
check "the rows of files are said to be unknown, the others counted" says '^OK: 18 tables, [0-9,]+ rows .and those of 11 tables that went as files, not counted., nothing missing$'
check "as JSON" copy s --mode=tablespace --drop-existing --verify=none --only-table=dyn --json
check "they are null" says '"rows":\{"total":null,"source":null,"target":0,"uncounted_tables":1\}'

# A disk that has lost what the server wrote to it, and the server does not know: its file holds what was before. Nothing at all
# is wrong with its pages. (Purge would write the row's page again, so it is waited for.)

rot=$TEST_TMP/a/data/rot/rot.ibd
on a "CREATE DATABASE rot; USE rot; CREATE TABLE rot (id INT PRIMARY KEY, v INT) ROW_FORMAT=DYNAMIC; INSERT INTO rot SELECT seq, 0 FROM seq_1_to_100"
# is_written - all of it
is_written()
{
	await a "SELECT VARIABLE_VALUE = 0 FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Innodb_history_list_length'" &&
		on a "FLUSH TABLES rot.rot FOR EXPORT; UNLOCK TABLES"
}
is_written && cp "$rot" "$TEST_TMP/lost"
on a "UPDATE rot.rot SET v = 1 WHERE id = 7"
is_written && dd if="$TEST_TMP/lost" of="$rot" conv=notrunc status=none
check_exit 40 "a file that is not what its server has" copy rot --mode=tablespace
check "is found by its rows" says 'rot\.rot: DIFFERENT, 100 rows, 100 at the destination'
check "to the row" says 'changed id=7'

# Of one moment with what goes as rows, while somebody writes.

start_writer a
on a "ALTER TABLE live.two ADD COLUMN late INT, ALGORITHM=INSTANT"
for turn in 1 2 3; do
	check "a live copy, $turn" copy live --mode=tablespace --drop-existing
	check "one of its tables as rows" says 'live.two goes as rows.*altered instantly'
	check "the others as files" says 'FOR EXPORT .2.'
	check "it is of one moment" one_moment b
done
stop_writer a

# While the tables are locked: a backup of somebody else keeps the snapshot from being taken.

mkfifo "$TEST_TMP/backup" "$TEST_TMP/begun"

# copy_locked - begins a copy; back when it has its tables locked, and waits
copy_locked()
{
	mariadb_sql a --unbuffered <"$TEST_TMP/backup" >"$TEST_TMP/begun" 2>&1 8>&- 9>&- &
	exec 8>"$TEST_TMP/backup" 9<"$TEST_TMP/begun"
	echo "BACKUP STAGE START; SELECT 1;" >&8
	read -r -u 9 _
	"$DBDUMP" copy --mode=tablespace --drop-existing --lock-wait=60 "$(mariadb_uri a s)" "$(mariadb_uri b)" >"$TEST_TMP/locked" 2>&1 8>&- 9>&- &
	copier=$!
	await a "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = 'BACKUP STAGE START'"
}

# copy_to NAME DATABASES [OPTION...] - from a, by files
copy_to()
{
	local name=$1 databases=$2
	shift 2
	"$DBDUMP" copy --mode=tablespace "$@" "$(mariadb_uri a "$databases")" "$(mariadb_uri "$name")"
}

# writes TABLE SECONDS - may it be written to at a, in that time?
writes()
{
	on a "SET SESSION lock_wait_timeout = $2; DELETE FROM s.$1 WHERE id < 0"
}

copy_locked
check_exit 1 "who writes to a table that goes as a file waits" writes dyn 1
check "until the lock's timeout" says 'Lock wait timeout'
check "who writes to another one does not" writes shared 1
kill -KILL "$copier"
{ wait "$copier"; } 2>/dev/null
check "a copy that is killed leaves no lock" writes dyn 10
check "and its copies of the files" [ -n "$(on b "SHOW DATABASES LIKE 'dbdump%'")" ]
exec 8>&- 9>&-
check "the next one passes" copy s --mode=tablespace --drop-existing
check "and is the source" same_databases a b s
check "and has cleared all away" nothing_left

on b "CREATE TABLE s.mine (id INT)"
copy_locked
stop_mariadb a
exec 8>&- 9>&-
wait "$copier"
check_exit 10 "a source that is killed while its tables are locked ends the copy" ended "$?" "$TEST_TMP/locked"
check "it is said which server" says 'error: mysql://root@localhost/s.*a/socket.*: Lost connection'
check "nothing was changed" [ "$(on b "SHOW DATABASES LIKE 'dbdump%'; SELECT COUNT(*) FROM s.mine")" = 0 ]
start_mariadb a || exit 1
check "it has left what it writes as it locks" [ -e "$TEST_TMP/a/data/s/dyn.cfg" ]

# killed_at CALL NUMBER - so is a copy, before the system call does anything
killed_at()
{
	strace -f -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" "$DBDUMP" copy --jobs=1 --drop-existing --mode=tablespace \
		"$(mariadb_uri a s)" "$(mariadb_uri b)" >"$TEST_TMP/locked" 2>&1
}
if strace -f -qq -o /dev/null -e trace=renameat2 true 2>/dev/null; then
	check_exit 137 "a copy is killed when a table has no file any more" killed_at renameat2 1
	check_exit 137 "... when the file of another is there, and not imported" killed_at renameat2 4
	check "the next one passes" strace -f -qq -s 200 -o "$TEST_TMP/calls" -e trace=openat,sendto "$DBDUMP" copy --mode=tablespace \
		--drop-existing "$(mariadb_uri a s)" "$(mariadb_uri b)"
	check "with all its files" says 'FOR EXPORT .11.'
	check "and has cleared all away" nothing_left
	last_read=$(grep -n 'openat.*\.ibd", O_RDONLY' "$TEST_TMP/calls" | tail -n 1 | cut -d : -f 1)
	unlocked=$(grep -n 'UNLOCK TABLES' "$TEST_TMP/calls" | head -n 1 | cut -d : -f 1)
	check "and had its tables locked until the last file was read" [ "${last_read:-0}" -gt 0 -a "${last_read:-0}" -lt "${unlocked:-0}" ]
else
	skip "a copy is killed when a table has no file" "nothing can be traced here"
fi

"$DBDUMP" copy --mode=tablespace --drop-existing --jobs=1 "$(mariadb_uri a s)" "$(mariadb_uri b)" >"$TEST_TMP/locked" 2>&1 &
copier=$!
await b "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%IMPORT TABLESPACE'"
kill -KILL "$copier"
{ wait "$copier"; } 2>/dev/null
check "killed as it imports it leaves the mark" [ "$(on b "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'dbdump_copy_not_finished'")" = 1 ]
check_exit 42 "so that nobody takes that for a copy" copy s
# as it is between the file's move and its import
on b "CREATE TABLE s.stale (id INT PRIMARY KEY); ALTER TABLE s.stale DISCARD TABLESPACE"
cp "$TEST_TMP/a/data/s/parent.ibd" "$TEST_TMP/b/data/s/stale.ibd"
echo >"$TEST_TMP/b/data/s/stale.cfg"
check "the next copy passes, as rows" copy s --drop-existing
check "and is the source" same_databases a b s
check "and has cleared all away" nothing_left

# What IMPORT TABLESPACE, servers and folders do not allow.

on b "DROP DATABASE s; CREATE DATABASE s"
mkdir "$TEST_TMP/b/data/s/dyn.cfg"
check "a table that cannot be imported" copy s --mode=tablespace
check "goes as rows" says 's.dyn goes as rows, not as its file: .*dyn.cfg.*Is a directory'
rmdir "$TEST_TMP/b/data/s/dyn.cfg"
check "the copy is the source" same_databases a b s

# all_rows REASON COMMAND... - a copy of live, to server $to, that says so
to=b
all_rows()
{
	local reason=$1
	shift
	"$@" "$DBDUMP" copy --mode=tablespace --drop-existing "$(mariadb_uri a live)" "$(mariadb_uri "$to")" >"$TEST_TMP/rows" 2>&1 &&
		grep -q "$reason" "$TEST_TMP/rows" && ! grep -q "FOR EXPORT" "$TEST_TMP/rows" || ! cat "$TEST_TMP/rows"
}
on b "SET GLOBAL innodb_file_per_table = OFF"
check "a destination that has no files: rows" all_rows "none as its file: innodb_file_per_table is OFF" env
on b "SET GLOBAL innodb_file_per_table = ON"
if [ "$(id -u)" = 0 ] && unshare -m true; then
	# in_place_of A|B COMMAND... - with a copy of that server's folder where the server says that its folder is
	in_place_of()
	{
		local name=$1
		shift
		rm -rf "$elsewhere/data"
		cp -a "$TEST_TMP/$name/data" "$elsewhere/data"
		# shellcheck disable=SC2016
		unshare -m sh -c 'mount --bind "$0" "$1" && shift && exec "$@"' "$elsewhere/data" "$TEST_TMP/$name/data" "$@"
	}
	check "a folder that is not the source's own: rows" all_rows "under the name of the source's is not the one" in_place_of a
	check "of one moment" one_moment b
	check "a folder that is not the destination's own: rows" all_rows "under the name of the destination's is not the one" in_place_of b
	check "of one moment" one_moment b
	check "and nothing is left" nothing_left
else
	skip "folders that are not the servers' own" "no mount namespaces here"
fi

# Servers that differ.

stop_mariadb b TERM
start_mariadb b --log-bin=log --server-id=2 || exit 1
check "a destination with a binary log: rows" all_rows "the destination has a binary log" env
stop_mariadb b TERM
start_mariadb b --lower-case-table-names=1 || exit 1
check "names in another case: rows" all_rows "lower_case_table_names is not the same at both ends" env
stop_mariadb b

# pages_of NAME - a server's folder in which InnoDB has nothing yet
pages_of()
{
	cp -a "$mariadb_datadir" "$1/data" && rm -f "$1"/data/ib* "$1"/data/undo* "$1"/data/mysql/{innodb_*,gtid_slave_pos.*,transaction_registry.*}
}
in_memory 300m "$TEST_TMP/c"
pages_of "$TEST_TMP/c"
start_mariadb c --innodb-page-size=8k || exit 1
to=c
check "pages of another size: rows" all_rows "innodb_page_size is not the same at both ends" env
check "of one moment" one_moment c
stop_mariadb c

# No room for the copies of the files.

if mountpoint -q "$TEST_TMP/c"; then
	rm -rf "$TEST_TMP/c/data"
	start_mariadb c || exit 1
	check "a destination with room" copy_to c s
	fallocate -l $(($(stat -f -c '%a * %S' "$TEST_TMP/c") - (4 << 20))) "$TEST_TMP/c/reserve"
	check_exit 11 "one without" copy_to c s --drop-existing
	check "the table is named, and why" says 'error: table s\.(dyn|compact): its file, as dbdump_staging_.*No space left on device'
	rm "$TEST_TMP/c/reserve"
	check "what was there is as it was" same_databases a c s
	check "and nothing else is" [ -z "$(on c "SHOW DATABASES LIKE 'dbdump%'")" ]
else
	skip "a destination without room" "nothing can be mounted here"
fi
stop_mariadb c # before the memory goes that it has files in
finish
