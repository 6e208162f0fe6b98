#!/usr/bin/env bash
# dbdump dump, load, list, verify and cat: what comes out of an archive is what went in, and what is damaged in it is named
# modes: release
# takes: 60
# shellcheck disable=SC2317,SC2016 # functions run by check and beside; backticks are SQL's
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

# flip_at FILE OFFSET - the last bit of this byte
flip_at()
{
	local byte
	byte=$(od -An -v -tu1 -j "$2" -N 1 "$1")
	printf '%b' "\\$(printf %03o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# flip FILE TEXT - the last bit of the first byte of this text
flip()
{
	local at
	at=$(grep -aobF -m 1 -e "$2" "$1" | head -n 1) && flip_at "$1" "${at%%:*}"
}

# records FILE - of each: where it is, and its type (dbdump/archive/format.h)
records()
{
	local at=64 head size
	size=$(stat -c %s "$1")
	while ((at + 72 + 64 <= size)); do
		read -ra head < <(od -An -v -w72 -tu1 -j "$at" -N 72 "$1")
		echo "$at ${head[8]}"
		((at += 72 + head[40] + 256 * head[41] + 65536 * head[42]))
	done
}

# damage first|all TYPE - damaged is tiny, with a bit flipped in the payload of the first record of this type, or of all
damage()
{
	local at
	cp tiny damaged
	for at in $(records tiny | awk -v which="$1" -v type="$2" '$2 == type && (!seen++ || which == "all") { print $1 + 72 }'); do
		flip_at damaged "$at"
	done
}

# through OPTION... - from a to b through a pipe of two programs, the exit status that of the load
through()
{
	"$DBDUMP" dump -q "$source_uri" - | "$DBDUMP" load "$@" - "$target_uri"
	[ "${PIPESTATUS[*]}" = '0 0' ]
}

# client NAME - mariadb as cat says that it is to be called, SQL on standard input
client()
{
	mariadb_sql "$1" --binary-mode --max-allowed-packet=1G >/dev/null
}

# killed_when COMMAND... - a load of all, at a rate at which it is to be caught, that is killed when COMMAND succeeds
killed_when()
{
	"$DBDUMP" load --bwlimit="$rate" all "$target_uri" &
	local loading=$!
	until "$@"; do kill -0 "$loading" || break; done 2>/dev/null
	kill -KILL "$loading"
	wait "$loading"
}

# cut_when CUT - a load of all, likewise, until CUT has ended some of its connections; its exit status
cut_when()
{
	"$DBDUMP" load --bwlimit="$rate" all "$target_uri" &
	local loading=$!
	until "$1"; do kill -0 "$loading" || break; done 2>/dev/null
	wait "$loading"
}

# Between parts. False: it is not so far.
my_cut()
{
	local id
	[ "$(on b 'SELECT COUNT(*) > 3 FROM shop.dbdump_copy_not_finished')" = 1 ] || return 1
	for id in $(on b "SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND USER = 'root'"); do
		on b "KILL $id"
	done
	return 0
}

pg_cut()
{
	[ -n "$(pg_sql b shop -Atc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = 'dbdump' AND query LIKE 'COPY %'")" ]
}

# says_so SQL - PostgreSQL b's shop says that it is true
says_so()
{
	[ "$(pg_sql b shop -Atc "$1" 2>/dev/null)" = t ]
}

of_mariadb()
{
	local nasty='shop,odd%20%60db.1'
	start_mariadb a --log-bin=bin --server-id=1 --max-allowed-packet=256M && start_mariadb b --max-allowed-packet=256M || return 1
	source_uri=$(mariadb_uri a "$nasty") target_uri=$(mariadb_uri b)
	mariadb_sql a <"$ROOT/tests/db/my_nasty.sql"

	check "MariaDB: a dump" "$DBDUMP" dump "$source_uri" all
	check "says what it did" says '^OK: 30 tables'
	check "the archive is its owner's alone, and nothing is beside it" test "$(stat -c %a all) $(find . -maxdepth 1 -name 'all*' -o -name '.all*' | wc -l)" = '600 1'
	check "it is listed" "$DBDUMP" list -v all
	check "with its databases" says 'odd `db.1'
	check "and its moment" says 'at bin.000001:[0-9]+ gtid 0-1-'
	check_exit 42 "one that is there is not replaced" "$DBDUMP" dump "$source_uri" all
	check "unless that is asked for" "$DBDUMP" dump -q --drop-existing "$source_uri" all
	check "source and archive are the same" "$DBDUMP" verify "$source_uri" all
	check "it is loaded" "$DBDUMP" load all "$target_uri"
	check "and compared" says '^OK: 30 tables.*nothing missing'
	check "mariadb-dump and all rows by column name are the same at both ends" same_databases a b shop 'odd `db.1'
	check "archive and copy are the same" "$DBDUMP" verify all "$(mariadb_uri b)"
	check_exit 42 "a destination that is not empty is refused" "$DBDUMP" load all "$target_uri"
	on b "UPDATE shop.times SET d = '2001-01-01' LIMIT 1"
	check_exit 40 "a difference is found" "$DBDUMP" verify all "$(mariadb_uri b)"
	check "and named" says 'shop.times: DIFFERENT'
	check "through a pipe" through --drop-existing
	check "it is verified too" says '^OK: 30 tables.*nothing missing'
	check "and is the same" same_databases a b shop 'odd `db.1'
	check "a pipe of more parts at once than there are connections" through --drop-existing --jobs=1
	check "is the same" same_databases a b shop 'odd `db.1'

	mariadb_sql b -e 'DROP DATABASE shop; DROP DATABASE `odd ``db.1`'
	"$DBDUMP" cat all >all.sql
	check "cat is SQL that mariadb loads" client b <all.sql
	check "whole" same_databases a b shop 'odd `db.1'

	# A load that is killed goes on: between parts, and behind all of its rows.
	local rate=1000 event="SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'shop'"
	mariadb_sql b -e 'DROP DATABASE shop; DROP DATABASE `odd ``db.1`'
	check_exit 137 "a load is killed between parts of its rows" killed_when await b 'SELECT COUNT(*) > 3 FROM shop.dbdump_copy_not_finished'
	check_exit 42 "the same again is refused" "$DBDUMP" load all "$target_uri"
	check "and told what goes on" says 'what an interrupted copy left.*--resume, with the same archive, goes on'
	"$DBDUMP" dump -q "$(mariadb_uri a shop)" another
	check_exit 42 "another archive cannot go on with it" "$DBDUMP" load --resume another "$target_uri"
	check "which is said" says 'cannot be gone on with: it is of something else'
	on b "REPLACE INTO shop.isam VALUES (9, 'z', 9)" # as of a part that was not noted
	check "with --resume it goes on" "$DBDUMP" load --resume all "$target_uri"
	check "with what is there" says 'goes on with what an interrupted copy left: [1-9][0-9]? of 30 parts'
	check "no row is there twice, or missing, with transactions or without, and no mark stays" same_databases a b shop 'odd `db.1'
	mariadb_sql b -e 'DROP DATABASE shop; DROP DATABASE `odd ``db.1`'
	check_exit 137 "one is killed behind its rows" killed_when await b "$event"
	check "it goes on, though views and triggers are there already" "$DBDUMP" load --resume all "$target_uri"
	check "and is whole" same_databases a b shop 'odd `db.1'
	mariadb_sql b -e 'DROP DATABASE shop; DROP DATABASE `odd ``db.1`'
	rate=200
	check "a load whose connections are lost goes on by itself" cut_when my_cut
	check "and says so" says 'once more'
	check "no row is there twice, or missing" same_databases a b shop 'odd `db.1'

	# A large row, and a name that is no path.
	mariadb_sql a <<-'END'
		CREATE DATABASE keyed;
		USE keyed;
		CREATE TABLE `../../evil` (id INT PRIMARY KEY, v CHAR(250));
		INSERT INTO `../../evil` SELECT seq, REPEAT(MD5(seq), 7) FROM seq_1_to_4000;
		CREATE TABLE `new
		line` (id INT PRIMARY KEY, b LONGBLOB);
		INSERT INTO `new
		line` VALUES (1, REPEAT('0123456789abcde\n', 1024 * 1024)), (2, 'find this'), (3, '\0\r\n\'');
	END
	source_uri=$(mariadb_uri a keyed)
	check "a row of 16 MiB through a pipe" through
	check "is whole" says '^OK: 2 tables, 4,003 rows, nothing missing'
	mariadb_sql a -e 'UPDATE keyed.`new
line` SET b = LEFT(b, 3000000) WHERE id = 1'
	check "one of 3 MiB goes into a file" "$DBDUMP" dump -q "$source_uri" keyed
	check "and out of it" "$DBDUMP" load --drop-existing keyed "$target_uri"
	check "whole" says '^OK: 2 tables, 4,003 rows, nothing missing'
	mariadb_sql b -e 'CREATE DATABASE other; CREATE TABLE other.precious (id INT) SELECT 1 AS id'
	check_exit 1 "it is loaded under no other name" "$DBDUMP" load --drop-existing keyed "$(mariadb_uri b other)"
	check "which is said" says 'keyed.*dump --rename'
	check "and nothing is dropped, under either name" test "$(on b 'SELECT (SELECT COUNT(*) FROM other.precious) + (SELECT COUNT(*) FROM keyed.`../../evil`)')" = 4001
	check_exit 1 "nor is it compared with another" "$DBDUMP" verify keyed "$(mariadb_uri b other)"
	"$DBDUMP" cat keyed 'keyed.new*' >one.sql
	mariadb_sql b -e 'DROP TABLE keyed.`new
line`'
	check "one table as SQL is loaded" client b <one.sql
	check "and is the same" "$DBDUMP" verify "$(mariadb_uri b keyed)" keyed

	# Damage.
	cp keyed damaged && flip damaged 'find this'
	check_exit 23 "a flipped bit: the others are loaded" "$DBDUMP" load --drop-existing damaged "$target_uri"
	check "the damage is named" says 'keyed.new.+line.*rows [12] to [23] .*damaged'
	check "of the table, and of no other" test "$(on b 'SELECT COUNT(*) FROM keyed.`../../evil`')" = 4000
	check_exit 23 "with --damaged=skip" "$DBDUMP" load --drop-existing --damaged=skip damaged "$target_uri"
	check "its table, as far as it can be read, too" test "$(on b 'SELECT COUNT(*) FROM keyed.`new
line`')" -gt 0
	check_exit 23 "through a pipe" "$DBDUMP" load --drop-existing --damaged=skip - "$target_uri" < <(cat damaged)
	check "it is named" says 'keyed.new.+line.*damaged'
	check "and loaded without" test "$(on b 'SELECT COUNT(*) FROM keyed.`../../evil`')" = 4000
	head -c $(($(stat -c %s keyed) * 2 / 3)) keyed >half
	check_exit 23 "cut short: what is there is listed" "$DBDUMP" list half
	check "what is not, too" says 'cut short'
	check_exit 23 "and loaded" "$DBDUMP" load --drop-existing --damaged=skip half "$target_uri"
	check "what is missing is named" says 'rows keyed.*missing'
	check_exit 23 "the same through a pipe" "$DBDUMP" load --drop-existing - "$target_uri" < <(cat half)
	check_exit 12 "what is no archive is refused" "$DBDUMP" load all.sql "$target_uri"
	check_exit 3 "one that is not there too" "$DBDUMP" list nothing
	check_exit 1 "one of another kind too" "$DBDUMP" load all postgresql://127.0.0.1:1/x

	# A flipped bit in each kind of record: what it hit is named, and all else is there.
	mariadb_sql a <<-'END'
		CREATE DATABASE tiny;
		USE tiny;
		CREATE TABLE one (id INT PRIMARY KEY);
		INSERT INTO one VALUES (1), (2), (3);
		CREATE TABLE two SELECT * FROM one;
		CREATE DATABASE `../evil`;
		CREATE TABLE `../evil`.`/etc/evil` SELECT * FROM one;
	END
	"$DBDUMP" dump -q "$(mariadb_uri a 'tiny,..%2Fevil')" tiny
	local count='SELECT (SELECT COUNT(*) FROM tiny.one) + (SELECT COUNT(*) FROM tiny.two) + (SELECT COUNT(*) FROM `../evil`.`/etc/evil`)'
	while read -r which type rows said; do
		damage "$which" "$type"
		check_exit 23 "a flipped bit in a record of type $type" "$DBDUMP" load --drop-existing --damaged=skip damaged "$target_uri"
		check "is named: $said" says "$said"
		check "nothing is called whole" not says 'nothing missing'
		check "and the rest is loaded" test "$(on b "$count")" = "$rows"
	done <<-'END'
		first 1 9 definitions damaged: .*bytes 64 to
		first 2 9 definitions damaged: .*bytes
		all 3 0 rows tiny.one: rows 1 to 3 are damaged
		first 4 9 how many rows there were is damaged
		first 5 9 the end of what it says of its databases is damaged
		all 6 9 its index is damaged
	END
	damage first 3
	check_exit 23 "without --damaged=skip" "$DBDUMP" load --drop-existing damaged "$target_uri"
	check "no row of its table is loaded, and all others are" test "$(on b "$count")" = 6
	damage all 2
	check_exit 12 "without definitions nothing is" "$DBDUMP" load --drop-existing damaged "$target_uri"
	check "which is said" says 'the definitions of its databases are damaged'
	check "and nothing is dropped" test "$(on b "$count")" = 6
	cp tiny damaged && flip_at damaged 30
	check_exit 23 "a flipped bit in the first bytes: there are the last ones" "$DBDUMP" load --drop-existing damaged "$target_uri"
	check "all is loaded" test "$(on b "$count")" = 9
	check_exit 12 "a pipe has no last ones" "$DBDUMP" load --drop-existing - "$target_uri" < <(cat damaged)
	mariadb_sql a -e 'DELETE FROM tiny.two WHERE id = 3'
	"$DBDUMP" dump -q "$(mariadb_uri a 'tiny,..%2Fevil')" less
	check "an archive is the same as itself" "$DBDUMP" verify tiny tiny
	check_exit 40 "and not as one that has a row less" "$DBDUMP" verify tiny less
	check "the table is named" says 'tiny.two: DIFFERENT, 3 rows, 2 at the destination'
	"$DBDUMP" list -v tiny >/dev/null && "$DBDUMP" cat tiny >/dev/null
	check "no path was made of a name" test "$(find .. /etc/evil -name 'evil*' 2>/dev/null | wc -l)" = 0

	lying_mariadb

	# Nobody's password is in it; a dump that is ended leaves nothing.
	mariadb_user a dumper 'Geh3imnis' 'ALL ON *.*'
	check "with a password" "$DBDUMP" dump -q "mysql://dumper:Geh3imnis@127.0.0.1:$(mariadb_port a)/keyed?default-file=/dev/null" secret
	check "which is not in the archive" not grep -qa 'Geh3imnis' secret
	check_exit 41 "a dump that cannot end in time" "$DBDUMP" dump -q --deadline=+1 --bwlimit=100 "$source_uri" late
	check "leaves nothing" test "$(find . -maxdepth 1 -name '*late*' | wc -l)" = 0
	check_exit 137 "a load that is killed" killed_load
	check_exit 42 "leaves nothing that looks whole" "$DBDUMP" load keyed "$target_uri"
	check "but what is called what it is" says 'what an interrupted copy left'
	check_exit 40 "verify does not take it for whole" "$DBDUMP" verify keyed "$(mariadb_uri b keyed)"
	check "a load over it" "$DBDUMP" load --drop-existing keyed "$target_uri"
	check "is whole" says '^OK: 2 tables, 4,003 rows, nothing missing'
}

# killed_load - at a rate at which it has no end
killed_load()
{
	on b 'DROP DATABASE keyed'
	"$DBDUMP" load --bwlimit=1 keyed "$target_uri" &
	local loading=$!
	await b "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'keyed' AND TABLE_NAME LIKE '%evil'"
	kill -KILL "$loading"
	wait "$loading"
}

# lies FROM TO... - a load of the archive true, in which these words are others, is refused or fails, and other.kept and the server's
# own tables are as they were
lies()
{
	local status
	"$BIN_TEST/rogue_archive" true lying "$@" || return
	"$DBDUMP" load --drop-existing lying "$target_uri&rows=insert"
	status=$?
	echo "exit $status"
	case $status in
	5 | 12 | 23) [ "$(on b "$sums")" = "$kept" ] ;;
	*) false ;;
	esac
}

# Whoever wrote the archive: a value is a value, and what is loaded is what it is called.
lying_mariadb()
{
	mariadb_sql a <<-'END'
		CREATE DATABASE zysql;
		CREATE TABLE zysql.kept (id INT PRIMARY KEY, s SET('a'), v VARCHAR(40), w VARCHAR(40));
		INSERT INTO zysql.kept VALUES (1, 'a', 'some', ', (SELECT 2)) -- ');
	END
	mariadb_sql b -e 'CREATE TABLE other.kept (id INT PRIMARY KEY, s INT, v VARCHAR(40), w VARCHAR(40)); INSERT INTO other.kept VALUES (7, 7, 7, 7)'
	"$DBDUMP" dump -q "$(mariadb_uri a zysql)" true
	local sums='CHECKSUM TABLE other.kept, mysql.global_priv, mysql.proc' kept
	kept=$(on b "$sums")
	check_exit 1 "as it is, it is loaded" lies zysql zysql
	check "(each value is one)" says '^OK: 1 table, 1 row, nothing missing'
	check "a value that would end its string is refused" lies some $'som\\'
	check "it is said where" says 'rows zysql.kept: .*damaged'
	check "a value that is two, too" lies some $'so\tm'
	check "an expression of its own, too" lies 'CAST(@v AS UNSIGNED)' '(SELECT  VERSION() )'
	check "it is said" says 'definitions of its databases are damaged'
	check "a table of another database, too" lies $'\5zysql\1' $'\5other\1'
	check "the server's own database, too" lies zysql mysql
	check "it is said" says "server's own database"
}

drop_shop()
{
	pg_sql b shop -c "ALTER SUBSCRIPTION sub SET (slot_name = NONE)" -c 'DROP SUBSCRIPTION sub' 2>/dev/null
	pg_sql b postgres -c 'DROP DATABASE shop'
}

of_postgresql()
{
	start_postgresql a -c wal_level=logical && start_postgresql b || return 1
	pg_sql a postgres -c 'CREATE DATABASE shop'
	pg_sql a shop -o /dev/null -f "$ROOT/tests/db/pg_nasty.sql"
	source_uri=$(pg_uri a shop) target_uri=$(pg_uri b '')
	check "PostgreSQL: a dump with its roles" "$DBDUMP" dump --users --json --json-fd 3 "$source_uri" all 3>events
	check "the report says so, and where the snapshot stood" grep -E '"event":"report".*"lsn ' events
	check "it is listed" "$DBDUMP" list all
	check "with its moment" says 'snapshot +.*lsn '
	check "it is loaded" "$DBDUMP" load all "$target_uri"
	check "and is the source, as pg_dump and PostgreSQL see it" pg_same_databases shop shop
	check "source and archive are the same" "$DBDUMP" verify "$source_uri" all
	check "archive and copy too" "$DBDUMP" verify all "$(pg_uri b shop)"
	pg_sql b shop -c 'DROP EVENT TRIGGER guard; DELETE FROM no_key'
	check_exit 40 "a difference is found" "$DBDUMP" verify all "$(pg_uri b shop)"
	drop_shop
	local rate=3000
	check_exit 137 "a load is killed between parts of its rows" killed_when says_so 'SELECT count(*) > 4 FROM dbdump_copy_not_finished.parts'
	check_exit 42 "the same again is refused" "$DBDUMP" load all "$target_uri"
	check "and told what goes on" says 'what an interrupted copy left.*--resume, with the same archive, goes on'
	check "with --resume it goes on" "$DBDUMP" load --resume all "$target_uri"
	check "with what is there" says 'goes on with what an interrupted copy left: [1-9][0-9]? of 24 parts'
	check "and is the source, as pg_dump and PostgreSQL see it" pg_same_databases shop shop
	drop_shop
	check "a load whose connections are lost goes on by itself" cut_when pg_cut
	check "and says so" says 'once more'
	check "no row is there twice, or missing" pg_same_databases shop shop
	drop_shop
	rate=20000
	check_exit 137 "one is killed behind its rows" killed_when says_so 'SELECT count(*) > 0 FROM pg_event_trigger'
	check "it goes on, though indexes and triggers are there already" "$DBDUMP" load --resume all "$target_uri"
	check "and is whole" pg_same_databases shop shop
	pg_sql a postgres -c 'CREATE DATABASE closed'
	sed -i '1i host closed all all reject' "$PG_ROOT/a/pg_hba.conf"
	pg_sql a postgres -o /dev/null -c 'SELECT pg_reload_conf()'
	while pg_sql a closed -c '' >/dev/null 2>&1; do :; done
	check_exit 23 "several databases in one archive, the first of which cannot be read" "$DBDUMP" dump -q "$(pg_uri a 'closed,shop')" two
	check_exit 23 "are listed" "$DBDUMP" list two
	check "each" says 'database +shop'
	check "and what is not there" says 'error: dump closed: .*closed'
	check_exit 23 "the other one is loaded through a pipe" "$DBDUMP" load --drop-existing - "$target_uri" < <(cat two)
	check "with the same words" says 'error: dump closed: .*closed'
	check "the other one is whole" pg_same_databases shop shop
	drop_shop
	"$DBDUMP" cat all >all.sql
	lying_postgresql
	rm -f /tmp/owned
	check "cat is SQL that psql loads" psql -X -q -o /dev/null -h 127.0.0.1 -p "$(pg_var PORT b)" -U postgres -d postgres -f all.sql
	check "whole" pg_same_databases shop shop
	"$DBDUMP" cat all '*touch*' >one.sql
	check "one table as SQL says for which database it is" [ "$(head -n 1 one.sql)" = '-- Written by dbdump. For: psql -X -q -o /dev/null -d shop -f' ]
	check "all of them make theirs" grep -q '^-- Written by dbdump.* -d postgres -f$' all.sql
	pg_sql b shop -c 'ALTER EVENT TRIGGER guard DISABLE' -c $'DROP TABLE "Sch. ""1"""."Tab. ""le\'\\ ü\n\\! touch /tmp/owned\n;"' -c 'ALTER EVENT TRIGGER guard ENABLE'
	check "one table as SQL is loaded" pg_sql b shop -o /dev/null -f one.sql
	check "and is the same" pg_same_databases shop shop
	check "what their names told psql to do was not done" not test -e /tmp/owned
}

lying_postgresql()
{
	pg_sql a postgres -c 'CREATE DATABASE lying'
	pg_sql a lying -c 'CREATE TABLE public.kept (id integer PRIMARY KEY, v text)' -c "INSERT INTO public.kept VALUES (1, 'some')"
	"$DBDUMP" dump -q "$(pg_uri a lying)" true
	check "what ends rows is no row" "$BIN_TEST/rogue_archive" true lying $'1\tsome\n' $'\\.\n\\!x\n'
	check_exit 23 "and is not loaded" "$DBDUMP" load --drop-existing lying "$target_uri"
	check "it is said" says 'rows public.kept: .*damaged'
	check_exit 23 "psql gets nothing of it" "$DBDUMP" cat lying
	check "(nothing)" not grep -F '\!x' "$TEST_TMP/out"
	check "a table that is called otherwise" "$BIN_TEST/rogue_archive" true lying '"public"."kept"' 'x FROM PROGRAM '
	check_exit 12 "is none" "$DBDUMP" load --drop-existing lying "$target_uri"
}

cd "$TEST_TMP" || exit 1
beside of_mariadb of_postgresql
finish
