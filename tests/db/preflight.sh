#!/usr/bin/env bash
# dbdump preflight finds what would go wrong with a copy, names it, its reason and what to do, and changes nothing; what it calls
# certain does fail. A pair with nothing wrong is ready. dbdump rehearse writes all of that, and how long the copy took, to a file that is whole.
# modes: release
# takes: 45
# shellcheck disable=SC2016,SC2317 # programs of jq, functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

# preflight ARGUMENT... - with what is found in $TEST_TMP/found, a line each: severity, code, object
preflight()
{
	local status=0
	"$DBDUMP" preflight --json "$@" >"$TEST_TMP/events" || status=$?
	tail -n 1 "$TEST_TMP/events" | jq -r '.findings[] | [.severity, .code, .object] | join(" ")' >"$TEST_TMP/found"
	cat "$TEST_TMP/events"
	return "$status"
}

# finds LINE... - each of them was found
finds()
{
	local line
	for line; do
		grep -qxF -e "$line" "$TEST_TMP/found" || {
			echo "not found: $line"
			lib_show "$TEST_TMP/found"
			lib_show "$TEST_TMP/events"
			return 1
		}
	done
}

# finds_no PATTERN - nothing like it was
finds_no()
{
	! grep -E -e "$1" "$TEST_TMP/found"
}

# has_remedies - each finding says why it is one, and what to do
has_remedies()
{
	tail -n 1 "$TEST_TMP/events" | jq -e '(.findings | length > 0) and all(.findings[]; .reason != "" and .remedy != "")'
}

# unseen PATTERN - could not be looked at
unseen()
{
	tail -n 1 "$TEST_TMP/events" | jq -r '.unseen[].what' | grep -E -e "$1"
}

# rehearse FILE ARGUMENT... - the file is there, its owner's alone, and nothing is left beside it
rehearse()
{
	local file=$TEST_TMP/$1 status=0
	shift
	"$DBDUMP" rehearse --output="$file" "$@" || status=$?
	[ "$(stat -c '%a %h' "$file")" = '600 1' ] && [ "$(wc -l <"$file")" = 1 ] && [ ! -e "$(hidden "$file")" ] || return 99
	return "$status"
}

# hidden FILE - under which name it is made
hidden()
{
	echo "$(dirname "$1")/.$(basename "$1").dbdump"
}

# rehearsed FILE CONDITION... - each, of jq, is true of it
rehearsed()
{
	local file=$TEST_TMP/$1 condition
	shift
	for condition; do
		jq -e "$condition" "$file" >"$TEST_TMP/value" || {
			echo "not so: $condition"
			cat "$file"
			return 1
		}
	done
}

# measures FILE ENGINE URI - a rehearsal of database ok, which has one row: all went well, and what was measured is of one piece
measures()
{
	"$DBDUMP" size --json "$3" | tail -n 1 >"$TEST_TMP/size"
	rehearsed "$1" '.event == "rehearsal" and .format == 1 and .ok and .exit == 0 and .reason == ""' ".engine == \"$2\"" \
		'.source.version and .target.version and all(.source, .target; .uri | test("://"))' \
		'.options.jobs == 2 and .options.verify == "rows" and .options.bwlimit == 0' \
		'[.databases[].name] == ["ok"] and .databases[0].bytes == .bytes.total and .bytes.total == .bytes.data + .bytes.indexes' \
		".bytes.total == $(jq .bytes.total "$TEST_TMP/size") and .bytes.total > 0" \
		'(.seconds | keys) == (.seconds_per_gb | keys) and (.seconds | has("preflight") and has("rows_and_indexes") and has("verification"))' \
		'.seconds.total > 0 and (.seconds.copy + .seconds.verification - .seconds.total | fabs) < 0.00001' \
		'. as $all | all(.seconds | keys[]; ($all.seconds[.] / ($all.bytes.total / 1e9)) as $rate | ($all.seconds_per_gb[.] - $rate | fabs) <= $rate / 1000)' \
		'.preflight.counts.certain == 0 and .report.proof == "rows" and .report.rows.target == 1 and .report.digest == .report.peer_digest'
}

# expects FILE URI - dbdump size takes its rate from that rehearsal
expects()
{
	"$DBDUMP" size --json --rates="$TEST_TMP/$1" "$2" | tail -n 1 >"$TEST_TMP/size"
	rehearsed size ".rehearsed and .seconds_per_gb == $(jq .seconds_per_gb.total "$TEST_TMP/$1") and .expected_s > 0"
}

# MariaDB

mariadb_state()
{
	mariadb_sql "$1" -e "CHECKSUM TABLE mysql.global_priv, mysql.proc, mysql.event, mysql.db; SHOW DATABASES; SHOW GLOBAL VARIABLES LIKE 'sql_mode'"
}

definer_is_answered()
{
	preflight --definer=current "$(mariadb_uri a wrong)" "$(mariadb_uri b)"
	finds 'certain collation table wrong.ours' && finds_no definer
}

# has_no_place ARGUMENT... - in a folder that is not there, a device, or where there is no room. Nothing is asked or made.
has_no_place()
{
	local place
	in_memory 32k full
	for place in nonesuch/r.json /dev/full "$PWD" $(mountpoint -q full && echo full/r.json); do
		"$DBDUMP" rehearse --output="$place" "$@"
		[ $? = 11 ] && [ -z "$(mariadb_sql b -e "SHOW DATABASES LIKE 'ok'")" ] || return 1
	done
	[ -c /dev/full ] && [ -z "$(ls -A full)" ]
}

# rehearse_stopped FILE unlink|end ARGUMENT... - while its source does not answer: its file is unlinked, or it is ended
rehearse_stopped()
{
	local file=$TEST_TMP/$1 what=$2 pid
	shift 2
	kill -STOP "$(cat "$TEST_TMP/a/pid")"
	"$DBDUMP" rehearse --output="$file" "$@" &
	pid=$!
	until [ -e "$(hidden "$file")" ] || ! kill -0 "$pid"; do :; done
	case $what in
	unlink) rm "$(hidden "$file")" ;;
	end) kill "$pid" ;;
	esac
	kill -CONT "$(cat "$TEST_TMP/a/pid")"
	wait "$pid"
}

# Character sets with collations of our own, for either end: one that the destination has not, one that it calls by the later name of its
# character set, and a character set that it has not.
make_charsets()
{
	cp -r /usr/share/mysql/charsets charsets && cp -r charsets charsets_b || return
	sed 's/latin5_turkish_ci/ours8_general_ci/; s/latin5_bin/ours8_bin/; s/name="latin5"/name="ours8"/' charsets/latin5.xml >charsets/ours8.xml
	sed -i 's|<charset name="utf8mb3">|&<collation name="utf8mb3_ours_ci" id="2001"><rules><reset>a</reset><p>z</p></rules></collation>|
		s|<charset name="utf8mb3">|&<collation name="utf8_old_ci" id="2002"><rules><reset>a</reset><p>z</p></rules></collation>|
		s|<charset name="utf8mb3">|<charset name="ours8"><family>Western</family><description>ours</description><alias>ours8</alias><collation name="ours8_general_ci" id="2010" order="Turkish" flag="primary"/><collation name="ours8_bin" id="2011" order="Binary" flag="binary"/></charset>&|' \
		charsets/Index.xml
	sed -i 's|<charset name="utf8mb3">|&<collation name="utf8mb3_old_ci" id="2002"><rules><reset>a</reset><p>z</p></rules></collation>|' \
		charsets_b/Index.xml
}

look_at_mariadb()
{
	local to before poor=mysql://poor@127.0.0.1
	make_charsets
	start_mariadb a --character-sets-dir="$PWD/charsets" --log-bin --log-bin-trust-function-creators --server-id=7 || return
	start_mariadb b --character-sets-dir="$PWD/charsets_b" --lower-case-table-names=1 --unix-socket=OFF --sql-mode=STRICT_ALL_TABLES,NO_ZERO_DATE \
		--local-infile=OFF --log-bin --server-id=9 --binlog-format=STATEMENT --max-allowed-packet=1M --read-only || return
	mariadb_sql a <<'SQL'
		INSERT INTO mysql.time_zone_name VALUES ('Europe/Nowhere', 1);
		INSERT INTO mysql.time_zone (Time_zone_id) VALUES (1);
		INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, 3600, 0, 'NOW');
		CREATE DATABASE ok; CREATE TABLE ok.t (id INT PRIMARY KEY, v TEXT); INSERT INTO ok.t VALUES (1, 'one');
		CREATE SQL SECURITY INVOKER VIEW ok.v AS SELECT id FROM ok.t;
		CREATE DATABASE older; CREATE TABLE older.t (t VARCHAR(9) COLLATE utf8_old_ci PRIMARY KEY);
		CREATE DATABASE letters; CREATE TABLE letters.t (v VARCHAR(9) CHARACTER SET ours8); INSERT INTO letters.t VALUES ('a');
		CREATE DATABASE wrong; USE wrong;
		CREATE TABLE Large (id INT PRIMARY KEY, v LONGTEXT);
		INSERT INTO Large VALUES (1, REPEAT('x', 2000000)); ANALYZE TABLE Large;
		CREATE TABLE dates (id INT PRIMARY KEY, d DATE NOT NULL DEFAULT '0000-00-00');
		CREATE TABLE undated (id INT PRIMARY KEY, d DATE NOT NULL);
		INSERT INTO undated VALUES (1, '0000-00-00');
		CREATE TABLE keyless (line TEXT) ENGINE = Aria; CREATE TABLE nokey (id INT UNIQUE);
		CREATE TABLE merged (id INT) ENGINE = MERGE;
		CREATE TABLE gone (id INT);
		CREATE VIEW dangling AS SELECT id FROM gone;
		DROP TABLE gone;
		CREATE TABLE case1 (id INT PRIMARY KEY); CREATE TABLE Case1 (id INT PRIMARY KEY);
		CREATE TABLE ours (t VARCHAR(9) COLLATE utf8mb3_ours_ci PRIMARY KEY);
		CREATE DEFINER = nobody@nowhere FUNCTION two() RETURNS INT RETURN 2;
		CREATE TRIGGER stamp BEFORE INSERT ON keyless FOR EACH ROW SET NEW.line = 'x';
		SET time_zone = 'Europe/Nowhere';
		CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO SELECT 1;
		CREATE USER socket@localhost IDENTIFIED VIA unix_socket; GRANT SELECT ON wrong.* TO socket@localhost;
		CREATE USER poor@'%'; GRANT SELECT, SHOW VIEW ON ok.* TO poor@'%';
SQL
	mariadb_sql a < <(printf "CREATE PROCEDURE wrong.long_one() SELECT '%01100000d'" 0)
	mkdir -m 777 placed
	mariadb_sql a -e "CREATE TABLE wrong.placed (id INT PRIMARY KEY) DATA DIRECTORY = '$PWD/placed';
		CREATE TABLE wrong.scattered (id INT PRIMARY KEY) PARTITION BY HASH (id) (PARTITION p DATA DIRECTORY = '$PWD/placed');
		CREATE TABLE wrong.parted (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2;
		CREATE DATABASE elsewhere; CREATE TABLE elsewhere.isam (id INT) ENGINE = MyISAM;
		CREATE TABLE wrong.foreign_one (id INT) ENGINE = MERGE UNION = (elsewhere.isam)"
	mariadb_sql b -e "CREATE DATABASE full; CREATE TABLE full.t (id INT); CREATE USER poor@'%';
		GRANT SELECT, INSERT, CREATE, DROP, ALTER ON ok.* TO poor@'%'; GRANT SELECT, INSERT, CREATE, DROP, ALTER ON wrong.* TO poor@'%';
		CREATE USER rich@'%'; GRANT ALL ON *.* TO rich@'%'; REVOKE SUPER ON *.* FROM rich@'%'"
	to=$(mariadb_uri b)
	before=$(mariadb_state a; mariadb_state b)

	check "MariaDB: a pair with nothing wrong is ready" preflight "$(mariadb_uri a ok)" "$to"
	check "... with nothing that is certain" finds_no '^certain'
	rehearse_mariadb
	check "a character set that got another name is there" preflight "$(mariadb_uri a older)" "$to"
	check_exit 42 "one that the destination has not is found" preflight "$(mariadb_uri a letters)" "$to"
	check "... by name" finds 'certain charset table letters.t'
	check_exit 42 "a destination that is not empty is not ready" preflight "$(mariadb_uri a ok)" "$(mariadb_uri b full)"
	check "... by name" finds 'certain not-empty database full'
	check "... unless it is replaced" preflight --drop-existing "$(mariadb_uri a ok)" "$(mariadb_uri b full)"
	check_exit 42 "nor is the source's own server" preflight "$(mariadb_uri a ok)" "$(mariadb_uri a)"
	check "... by name" finds 'certain same-server destination server'
	look_at_what_is_wrong
	look_at_privileges
	check "nothing was changed" test "$before" = "$(mariadb_state a; mariadb_state b)"
	check_exit 3 "a database that is not there is none" preflight "$(mariadb_uri a nonesuch)" "$to"
	check_exit 10 "a server that is not there is none" preflight "$(mariadb_uri a ok)" mysql://127.0.0.1:1/
	copy_what_is_certain
	look_at_servers
}

# What a rehearsal writes, however it ends.
rehearse_mariadb()
{
	local from
	from=$(mariadb_uri a ok)
	check "a pair that is ready is copied, in a rehearsal" rehearse ok.json "$from" "$to"
	check "... which writes what was measured" measures ok.json MariaDB "$from"
	check "... from which a size is told in seconds" expects ok.json "$from"
	check_exit 42 "a second one does not replace what the first has left" rehearse ok.json "$from" "$to"
	check "... and says so" rehearsed ok.json '.exit == 42 and (.ok | not) and .preflight.findings[0].code == "not-empty"' '.seconds_per_gb.total == null'
	check "... unless it may" rehearse ok.json --drop-existing --verify=none --jobs=3 "$from" "$to"
	check "... and says how it was done" rehearsed ok.json '.ok and .options.verify == "none" and .options.jobs == 3 and .report.proof == "none"'
	mariadb_sql b -e 'DROP DATABASE ok'
	check "a rehearsal whose file cannot be written is not begun" has_no_place "$from" "$to"
	check_exit 11 "one whose file is gone at its end says so" rehearse_stopped gone.json unlink "$from" "$to"
	check "... and has copied" says '^dbdump: error: .*gone.json: rename: '
	mariadb_sql b -e 'DROP DATABASE ok'
	check_exit 20 "one that is ended by a signal says so" rehearse_stopped ended.json end "$from" "$to"
	check_exit 1 "... which has no rate" "$DBDUMP" size --rates="$TEST_TMP/ended.json" "$from"
	mkfifo "$TEST_TMP/pipe.json"
	check_exit 11 "what is no file has none, and is not waited for" "$DBDUMP" size --rates="$TEST_TMP/pipe.json" "$from"
	check "... in its file too" rehearsed ended.json '.exit == 20 and (.ok | not) and .reason != "" and .seconds_per_gb.total == null'
}

look_at_what_is_wrong()
{
	check_exit 42 "two databases, of which one has everything wrong, are not ready" preflight --users "$(mariadb_uri a ok,wrong)" "$to"
	check "... by name" finds 'certain packet table wrong.Large' 'likely zero-date table wrong.dates' 'likely zero-date table wrong.undated' \
		'note no-transactions table wrong.keyless' 'note rows-elsewhere table wrong.merged' 'note view-invalid view wrong.dangling' \
		'certain collation table wrong.ours' 'note event event wrong.daily' 'certain time-zone event wrong.daily' \
		'likely sql-mode variable sql_mode' 'likely case variable lower_case_table_names' 'certain case table wrong.Large' \
		'certain outside table wrong.placed' 'certain outside table wrong.scattered' 'note definer-rights trigger wrong.stamp' \
		'note follow-key table wrong.keyless' 'certain plugin account socket@localhost' 'certain function-log function wrong.two' \
		'certain packet procedure wrong.long_one'
	check "... each with its reason and what to do" has_remedies
	check "... two that would be one" reason 'would be one table'
	check "... and none of the other" finds_no ' ok\.'
	check "... nor that what is merged here leads out" finds_no ' outside table wrong.(merged|parted)'
	check_exit 42 "... but that what another database has does" preflight --only-table=foreign_one "$(mariadb_uri a wrong)" "$to"
	check "... by name" finds 'certain outside table wrong.foreign_one'
	check "... nor that rows would go in slowly, which they do not" finds_no local-infile
	check "... nor a trigger, which root may make" finds_no 'privilege|primary-key'
	mariadb_sql b -e 'SET GLOBAL innodb_force_primary_key = ON'
	check_exit 42 "without --users definers count" preflight --exclude-table=Large "$(mariadb_uri a wrong)" "$to"
	check "... by name" finds 'likely definer function wrong.two'
	check "... and tables without a key, where they are refused" finds 'certain primary-key table wrong.nokey'
	check "... but not what is left out" finds_no 'wrong.Large'
	check "--definer answers it" definer_is_answered
}

look_at_privileges()
{
	local from
	from="$poor:$(mariadb_port a)/ok?default-file=/dev/null" poor="$poor:$(mariadb_port b)/?default-file=/dev/null"
	check_exit 42 "accounts without privileges are not ready" preflight "$from" "$poor"
	check "... by name" finds 'certain privilege database ok' 'note snapshot source server' 'note follow-privilege source server' \
		'certain privilege view ok.v' 'certain read-only destination server' 'note local-infile destination server' \
		'note binlog-admin source server'
	check "... each privilege" lacks TRIGGER EVENT EXECUTE "CREATE VIEW"
	check "... and what could not be looked at is said" unseen '^(definer|disk room at the destination)'
	check_exit 42 "what is not copied needs none" preflight --only-table=t "$from" "$poor"
	check "... no view of another definer" finds_no ' view '
	check "... nor the privilege to make one" not reason 'CREATE VIEW'
	check_exit 42 "where there is a binary log not everybody may make functions and triggers" \
		preflight "$(mariadb_uri a wrong)" "${poor/poor/rich}"
	check "... by name" finds 'certain privilege function wrong.two' 'certain privilege trigger wrong.stamp'
	check_exit 5 "a copy by them fails" "$DBDUMP" copy "$from" "$to"
	check_exit 5 "... and into such an account" "$DBDUMP" copy "$(mariadb_uri a letters)" "$poor"
}

# What is called certain does fail.
copy_what_is_certain()
{
	local name rich
	rich="mysql://rich@127.0.0.1:$(mariadb_port b)/?default-file=/dev/null"
	check_exit 42 "where something is certain to fail, a strict rehearsal copies nothing" rehearse wrong.json --strict "$(mariadb_uri a wrong)" "$to"
	check "... nor makes anything" test -z "$(mariadb_sql b -e "SHOW DATABASES LIKE 'wrong'")"
	check_exit 40 "another one copies, and what is called certain does fail" rehearse wrong.json --users "$(mariadb_uri a wrong)" "$to"
	check "... an account" says "^dbdump: error: user .socket.@.*unix_socket"
	for name in Large ours daily nokey two; do check "... $name" says "wrong.$name: "; done
	check "... in its file too" rehearsed wrong.json '.exit == 40 and (.ok | not) and .preflight.counts.certain > 2 and .seconds.total > 0' \
		'.seconds_per_gb.total == null' '[.report.failures[].item] | contains(["wrong.Large", "wrong.ours", "wrong.daily"])'
	check_exit 23 "... and a copy by one who may not make triggers" "$DBDUMP" copy --drop-existing --only-table=keyless "$(mariadb_uri a wrong)" "$rich"
	check "... for that" says 'stamp.*SUPER privilege'
	check "... a character set that is not there" not "$DBDUMP" copy "$(mariadb_uri a letters)" "$to"
	check "... for that" says "table letters.t: .*ours8"
	check_exit 42 "... a copy onto what is there" "$DBDUMP" copy "$(mariadb_uri a letters)" "$(mariadb_uri b full)"
	check_exit 42 "... and onto itself" "$DBDUMP" copy "$(mariadb_uri a letters)" "$(mariadb_uri a)"
}

# What they are, and how they are set up: an end that says that it is of another version, a source that cannot be followed.
look_at_servers()
{
	local name
	mariadb_sql a -e "SET GLOBAL binlog_format = MIXED, GLOBAL binlog_row_image = MINIMAL, GLOBAL max_connections = 12, GLOBAL time_zone = '+01:00',
		GLOBAL binlog_expire_logs_seconds = 3600; XA START 'forgotten'; INSERT INTO ok.t VALUES (2, 'two'); XA END 'forgotten'; XA PREPARE 'forgotten'"
	mariadb_sql a -e "
		UPDATE mysql.innodb_table_stats SET clustered_index_size = 1e12 WHERE database_name = 'older'; RENAME TABLE older.t TO older.u"
	start_mariadb x --server-id=7 --version=10.4.1-MariaDB --skip-innodb --default-storage-engine=Aria || return
	check_exit 42 "a destination that is too small is not ready" preflight --jobs=16 "$(mariadb_uri a ok,older)" "$(mariadb_uri x)"
	check "... by name" finds 'likely version destination server' 'note follow-format source server' \
		'note follow-row-image source server' 'note follow-server-id source server' 'likely connections source server' \
		'note time-zone variable time_zone' 'certain disk destination server' \
		'certain engine table ok.t' 'note follow-kept source server' 'likely prepared transaction forgotten'
	check "... and a copy into it fails" not "$DBDUMP" copy "$(mariadb_uri a ok)" "$(mariadb_uri x)"
	check "... for that" says 'Unknown storage engine'
	mariadb_sql x -e 'CREATE DATABASE words'
	for name in offset portion row_number minus none; do mariadb_sql x -e "CREATE PROCEDURE words.$name() SELECT 1"; done
	mariadb_sql x -e "UPDATE mysql.proc SET body = CONCAT('BEGIN DECLARE ', IF(name = 'none', 'free', name), ' INT; END'),
		body_utf8 = body, sql_mode = IF(name = 'minus', 'ORACLE', '') WHERE db = 'words'"
	mariadb_sql x -e "CREATE PROCEDURE words.meant() SELECT ROW_NUMBER() OVER (), t.offset, @offset FROM (SELECT 1 AS \`offset\` LIMIT 1 OFFSET 0) t"
	check "names that became reserved are found" preflight "$(mariadb_uri x words)" "$to"
	for name in offset portion row_number minus; do
		check "... $name" finds "likely reserved procedure words.$name"
		check "... which does not work there" not mariadb_sql b -e "SET sql_mode = '$([ "$name" != minus ] || echo ORACLE)'; SELECT 1 AS $name"
	done
	check "... and none where they are meant, or not names" finds_no 'reserved .*words.(meant|none)'
	check "a source alone is looked at" preflight "$(mariadb_uri x words)"
	check "... and what follow mode lacks is said" finds 'note follow-binlog source server'
	stop_mariadb x
	start_mariadb_again x --version=10.1.1-MariaDB || return
	check_exit 42 "one that is too old is not ready" preflight "$(mariadb_uri a ok)" "$(mariadb_uri x)"
	check "... by name" finds 'certain version destination server'
	check_exit 5 "... and a copy into it fails" "$DBDUMP" copy "$(mariadb_uri a ok)" "$(mariadb_uri x)"
	check_exit 42 "nor is such a source" preflight "$(mariadb_uri x)"
	check "... by name" finds 'certain version source server'
}

# lacks PRIVILEGE... - something is found for the want of each
lacks()
{
	local privilege
	for privilege; do
		reason "has not the privilege $privilege " || return
	done
}

# reason PATTERN - something is found for it
reason()
{
	grep -E -e "$1" "$TEST_TMP/events"
}

# start_mariadb_again NAME [OPTION...] - one that was stopped, on its own data
start_mariadb_again()
{
	local name=$1
	shift
	mariadb_launch "$TEST_TMP/$name" "$@" && at_exit stop_mariadb "$name"
}

# PostgreSQL

pg_state()
{
	pg_sql "$1" postgres -Atc "SELECT datname, datcollversion FROM pg_database ORDER BY 1" -c "SELECT rolname FROM pg_roles ORDER BY 1" \
		-c "SELECT count(*) FROM pg_class"
}

look_at_postgresql()
{
	local to before poor
	# a locale of our own, which the destination has not
	mkdir locales && cp -r /usr/lib/locale/C.utf8 locales/ours_OU.utf8
	LOCPATH=$PWD/locales start_postgresql a -c max_prepared_transactions=2 -c max_replication_slots=1 -c wal_level=logical -c allow_system_table_mods=on \
		-c timezone=Europe/Berlin -c max_wal_senders=0 -c max_slot_wal_keep_size=1GB || return
	start_postgresql b -c timezone=UTC -c max_logical_replication_workers=0 || return
	pg_sql a postgres -c 'CREATE DATABASE ok' -c 'CREATE DATABASE wrong' -c "CREATE DATABASE here TEMPLATE template0 LOCALE 'ours_OU.utf8'" -c 'CREATE ROLE owner' -c 'CREATE ROLE poor LOGIN' \
		-c 'CREATE ROLE notthere' -c 'CREATE ROLE keeper SUPERUSER' -c "SELECT pg_create_physical_replication_slot('taken')" >/dev/null
	pg_sql b postgres -c 'CREATE ROLE owner' -c 'CREATE ROLE keeper' -c 'CREATE ROLE poor LOGIN' -c 'CREATE DATABASE half' -c 'CREATE DATABASE empty' \
		-c 'CREATE DATABASE filled TEMPLATE template0 ENCODING latin1 OWNER poor'
	pg_sql b filled -c 'CREATE TABLE t ()' -c 'ALTER TABLE t OWNER TO poor'
	pg_sql a ok -c 'CREATE TABLE t (id int PRIMARY KEY)' -c 'INSERT INTO t VALUES (1)'
	check "a database with everything wrong is made" pg_sql a wrong <<'SQL'
		CREATE COLLATION pg_catalog.ours (locale = 'C');
		CREATE TABLE texts (t text COLLATE pg_catalog.ours PRIMARY KEY);
		CREATE TABLE icu (t text COLLATE "und-x-icu" PRIMARY KEY);
		UPDATE pg_collation SET collversion = '1.0' WHERE collname = 'und-x-icu';
		CREATE TABLE hidden (id int); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; GRANT SELECT ON hidden TO poor;
		CREATE UNLOGGED TABLE fast (id int PRIMARY KEY);
		CREATE TABLE keyless (id int);
		CREATE TABLE owned (id int PRIMARY KEY); ALTER TABLE owned OWNER TO owner; ALTER DATABASE wrong OWNER TO owner;
		SET ROLE keeper; CREATE EXTENSION hstore; RESET ROLE;
		CREATE SCHEMA closed; CREATE TABLE closed.t (id int PRIMARY KEY); GRANT SELECT ON closed.t TO poor;
		CREATE TABLE theirs (id int PRIMARY KEY); ALTER TABLE theirs OWNER TO notthere;
		CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (id int) SERVER s;
		SELECT lo_create(0);
		CREATE INDEX broken ON keyless (id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass;
		CREATE FUNCTION ends() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION ends();
		CREATE FUNCTION uses() RETURNS int LANGUAGE plpgsql AS 'DECLARE lateral int; BEGIN RETURN lateral; END';
		INSERT INTO pg_extension SELECT 99999, 'nowhere', 10, 2200, false, '1.0', NULL, NULL;
		UPDATE pg_extension SET extversion = '0.1' WHERE extname = 'plpgsql';
		CREATE TABLE apart (id int PRIMARY KEY); UPDATE pg_class SET reltablespace = 0 WHERE relname = 'apart';
		CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION pub WITH (connect = false);
		CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER again BEFORE INSERT ON fast FOR EACH ROW EXECUTE FUNCTION stamp(); ALTER TABLE fast ENABLE ALWAYS TRIGGER again;
		BEGIN; INSERT INTO keyless VALUES (1); PREPARE TRANSACTION 'forgotten';
		ALTER FUNCTION pg_catalog.pg_get_keywords() RENAME TO pg_get_all_keywords;
		CREATE FUNCTION pg_catalog.pg_get_keywords(OUT word text, OUT catcode "char", OUT barelabel bool, OUT catdesc text, OUT baredesc text)
			RETURNS SETOF record LANGUAGE sql AS 'SELECT * FROM pg_catalog.pg_get_all_keywords() WHERE word <> ''lateral''';
SQL
	to=$(pg_uri b '') poor=postgresql://poor@127.0.0.1
	before=$(pg_state a; pg_state b)

	check "PostgreSQL: a pair with nothing wrong is ready" preflight "$(pg_uri a ok)" "$to"
	check "... with nothing that is certain" finds_no '^certain'
	check "... and is copied, in a rehearsal" rehearse ok.json "$(pg_uri a ok)" "$to"
	check "... which writes what was measured" measures ok.json PostgreSQL "$(pg_uri a ok)"
	pg_sql b postgres -c 'DROP DATABASE ok'
	check_exit 42 "databases, of which one has everything wrong, are not ready" preflight --jobs=64 "$(pg_uri a ok,wrong,here)" "$to"
	check "... by name" finds 'certain extension extension nowhere' 'note extension-version extension plpgsql' 'certain collation table public.texts' \
		'likely collation-version collation und-x-icu' 'note role role notthere' 'likely prepared transaction forgotten' \
		'note unlogged table public.fast' 'note rows-elsewhere foreign table public.far' 'note index-invalid index public.broken' \
		'note subscription publication pub' 'note follow-slots source server' 'note follow-senders source server' \
		'note follow-identity table public.keyless' 'note follow-large-objects database wrong' 'likely connections source server' \
		'likely reserved function public.uses' 'note time-zone variable TimeZone' 'note follow-kept source server' \
		'note follow-trigger trigger public.again' 'note follow-workers destination server' 'certain locale database here'
	check "... none of them twice" test "$(sort "$TEST_TMP/found" | uniq -d | wc -l)" = 0
	check_exit 42 "a destination that is not empty is not ready" preflight "$(pg_uri a ok)" "$(pg_uri b filled)"
	check "... by name" finds 'certain not-empty database filled' 'likely encoding database encoding'
	check "... unless it is replaced" preflight --drop-existing "$(pg_uri a ok)" "$(pg_uri b filled)"
	check_exit 42 "nor is the source's own server, and no pg_dump, no copy" preflight --pg-dump=/bin/false "$(pg_uri a ok)" "$(pg_uri a '')"
	check "... by name" finds 'certain same-server destination server' 'certain pg-dump source server'
	check_exit 42 "roles without privileges are not ready" preflight "$poor:$(pg_var PORT a)/wrong" "$poor:$(pg_var PORT b)/"
	check "... by name" finds 'certain privilege table public.owned' 'certain row-security table public.hidden' \
		'certain privilege destination server' 'certain superuser event trigger e' 'certain superuser foreign data wrapper w' 'certain owner table public.owned' \
		'certain owner database wrong' 'note follow-privilege source server' 'note follow-privilege destination server' 'certain privilege table closed.t'
	check "... but not of who owns an extension and nothing else" finds_no keeper
	check "... and what could not be looked at is said" unseen '^disk room'
	check_exit 42 "who may make nothing at the destination is not ready" preflight "$(pg_uri a wrong)" "$poor:$(pg_var PORT b)/half"
	check "... by name" finds 'certain privilege schema closed' 'certain privilege extension hstore' 'certain privilege table public.texts'
	pg_sql b half -c 'GRANT CREATE ON SCHEMA public TO poor'
	check_exit 42 "who may make tables is not where they belong to others" preflight "$(pg_uri a ok)" "$poor:$(pg_var PORT b)/half"
	check "... by name" finds 'certain owner table public.t'
	pg_sql a ok -c 'ALTER TABLE t OWNER TO poor'
	check "... and is, where there is no more than these" preflight "$(pg_uri a ok)" "$poor:$(pg_var PORT b)/half"
	pg_sql b half -c 'REVOKE CREATE ON SCHEMA public FROM poor' -c 'GRANT CREATE ON DATABASE half TO poor'
	check_exit 42 "... who may make schemas is not" preflight "$(pg_uri a ok)" "$poor:$(pg_var PORT b)/half"
	check "... by name" finds 'certain privilege table public.t'
	check_exit 42 "nor who may drop a database, but not make it" preflight --drop-existing "$(pg_uri a ok)" "$poor:$(pg_var PORT b)/filled"
	check "... by name" finds 'certain privilege database filled'
	check_exit 5 "... and drops nothing" "$DBDUMP" copy --drop-existing "$(pg_uri a ok)" "$poor:$(pg_var PORT b)/filled"
	check "... that is there" pg_sql b filled -c 'TABLE t'
	pg_sql b half -c 'GRANT CREATE ON SCHEMA public TO poor'
	check_exit 40 "... who may, copies it, and what he was granted there is all that differs" "$DBDUMP" copy "$(pg_uri a ok)" "$poor:$(pg_var PORT b)/half"
	check "... not owners, nor anything of our own" not says 'owner .*only|not_finished|FAILED'
	check_exit 5 "... nor is there a copy without pg_dump" "$DBDUMP" copy --pg-dump=/bin/false "$(pg_uri a ok)" "$to"
	check "nothing was changed" test "$before" = "$(pg_state a; pg_state b)"
	pg_sql a wrong -c "ROLLBACK PREPARED 'forgotten'"
	check_exit 23 "what is called certain does fail" rehearse wrong.json "$(pg_uri a here,ok,wrong)" "$to"
	check "... the extension" says 'extension.*nowhere'
	check "... the locale" says 'database here: .*invalid locale name'
	check "... the collation" says 'texts.*ours'
	check "... and a rehearsal's file has all databases" rehearsed wrong.json '.exit == 23 and ([.databases[].name] | sort) == ["here", "ok", "wrong"]' \
		'.preflight.counts.certain > 1 and .report.failures_total > 1 and .seconds.total > 0 and .seconds_per_gb.total == null'

	# more data than the destination's disk has room for
	pg_as truncate -s 7T "$PG_ROOT/a/base/$(pg_sql a ok -Atc "SELECT oid FROM pg_database WHERE datname = 'ok'")/999999"
	pg_sql a ok -c 'SET allow_in_place_tablespaces = on' -c "CREATE TABLESPACE elsewhere LOCATION ''" -c 'CREATE TABLE apart (id int PRIMARY KEY) TABLESPACE elsewhere'
	check_exit 42 "a disk that is too small is found" preflight "$(pg_uri a ok)" "postgresql:///empty?host=$PG_ROOT&port=$(pg_var PORT b)&user=postgres"
	check "... by name" finds 'certain disk destination server' 'note tablespace tablespace elsewhere'
	check "... and does for what is smaller" preflight --only-table=t "$(pg_uri a ok)" "postgresql:///empty?host=$PG_ROOT&port=$(pg_var PORT b)&user=postgres"
	check "a source alone is looked at" preflight --only-table=t "$(pg_uri a ok)"
	check "... with nothing that was not asked for" finds_no apart
	look_on_at_postgresql
}

start_standby()
{
	# it wants as many connections as its primary has
	pg_make_data "$PG_BIN" "$PG_ROOT/standby" && pg_as touch "$PG_ROOT/standby/standby.signal" &&
		start_postgresql standby -c max_connections=100
}

# With servers a and b as they are by then: a standby, a source that keeps no logical log; and copies of what was certain.
look_on_at_postgresql()
{
	local from to
	from=$(pg_uri a ok) to=$(pg_uri b '')
	pg_sql a ok -c 'GRANT pg_read_all_data TO poor'
	check_exit 42 "a copy onto what is there is refused" "$DBDUMP" copy "$from" "$(pg_uri b filled)"
	check_exit 42 "... and onto itself" "$DBDUMP" copy "$from" "$(pg_uri a '')"
	pg_sql b postgres -c 'DROP DATABASE ok'
	check_exit 5 "... and by a role that may not make the database" "$DBDUMP" copy "$from" "postgresql://poor@127.0.0.1:$(pg_var PORT b)/"
	check "... for that" says '^dbdump: error: .*to make database "ok" CREATEDB is needed'
	check "a standby is made" start_standby
	check_exit 42 "a standby is not ready" preflight "$(pg_uri b filled)" "$(pg_uri standby '')"
	check "... by name" finds 'certain read-only destination server' 'note follow-wal-level source server'
	check "... and a copy into it fails" not "$DBDUMP" copy "$from" "$(pg_uri standby other)"
	check "... for that" says 'read-only|recovery'
}

beside look_at_mariadb look_at_postgresql
finish
