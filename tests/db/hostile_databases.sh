#!/usr/bin/env bash
# dbdump and servers that lie: they get no file, crash nothing, exhaust nothing, and run nothing with rights that are not theirs
# modes: release
# takes: 120
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$(dirname "$0")/postgresql.sh"

start_mariadb a || exit 1
start_mariadb b --event-scheduler=ON || exit 1

mariadb_sql a <<'SQL'
CREATE DATABASE shop;
USE shop;
CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100), v TEXT, e ENUM('a','b'));
INSERT INTO t SELECT seq, CONCAT('n', seq), REPEAT('v', 200), 'a' FROM seq_1_to_300;
CREATE TABLE u (id BIGINT UNSIGNED PRIMARY KEY, KEY (id)) ENGINE=MyISAM;
INSERT INTO u SELECT seq FROM seq_1_to_100;
CREATE SEQUENCE s;
CREATE VIEW w AS SELECT id FROM t;
CREATE FUNCTION f() RETURNS INT RETURN 1;
CREATE TRIGGER g BEFORE INSERT ON u FOR EACH ROW SET NEW.id = NEW.id;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1;
SQL
# what the library reads behind what it was told
printf '[client]\nlocal-infile=1\n' >"$TEST_TMP/careless.cnf"
echo 'nobody is to have this' >"$TEST_TMP/got.secret"

# from_rogue WHAT [OPTION...] - a copy from a that misbehaves, to b; its exit status, but 96 and more where it came to harm
# shellcheck disable=SC2317
from_rogue()
{
	local what=$1
	shift
	rm -f "$TEST_TMP/got"
	"$BIN_TEST/rogue_mariadb" "$TEST_TMP/a/socket" "$TEST_TMP/got" "$what" "$DBDUMP" copy --drop-existing "$@" \
		"mysql://root@127.0.0.1:@PORT@/shop?default-file=$TEST_TMP/careless.cnf" "$(mariadb_uri b)"
}

# to_rogue WHAT ROW_WAY
# shellcheck disable=SC2317
to_rogue()
{
	rm -f "$TEST_TMP/got"
	"$BIN_TEST/rogue_mariadb" "$TEST_TMP/b/socket" "$TEST_TMP/got" "$1" "$DBDUMP" copy --drop-existing "$(mariadb_uri a shop)" \
		"mysql://root@127.0.0.1:@PORT@/?rows=$2&default-file=$TEST_TMP/careless.cnf"
}

# fails COMMAND... - with an error of its own, in time and with little memory
# shellcheck disable=SC2317
fails()
{
	"$@"
	local status=$?
	echo "exit $status"
	[ "$status" -ne 0 ] && [ "$status" -lt 96 ]
}

# ends COMMAND... - so or well
# shellcheck disable=SC2317
ends()
{
	"$@"
	local status=$?
	echo "exit $status"
	[ "$status" -lt 96 ]
}

# Whoever asks for a file gets none.

for pattern in '' 'SHOW CREATE TABLE' 'SELECT SQL_NO_CACHE'; do
	check "a source that wants a file instead of answering ${pattern:-at all} ends the copy" fails from_rogue "infile:$pattern"
	check "it has been told why" says 'asks for a file of ours, and gets none'
	check "nothing was sent" [ ! -s "$TEST_TMP/got" ]
done
check "a destination that wants another file than was offered is not believed" fails to_rogue 'infile:LOAD DATA' file
check "it gets rows" grep -q "n300" "$TEST_TMP/got"
check "and nothing else" not grep -q nobody "$TEST_TMP/got"
check "one that wants a file later, too" fails to_rogue infile:COMMIT file
check "gets nothing" [ ! -s "$TEST_TMP/got" ]
check "a destination that wants more values than there are gets none" fails to_rogue params:INSERT bulk
check "and it is said" says 'another number of values'
check "65,535 warnings that are not there harm nobody" ends to_rogue warned: bulk

# Answers that are none, or have no end. (Where the library keeps what it is sent about columns we cannot look.)

while read -r what pattern; do
	rows=--schema-only
	[[ $pattern != SELECT* ]] || rows=--verify=none
	check "a source that answers $pattern with $what is found out" fails from_rogue "$what:$pattern" "$rows"
done <<'END'
endless SHOW CREATE TABLE
endless SHOW CREATE VIEW
results SET SESSION
fewer SELECT SQL_NO_CACHE
fewer SHOW CREATE TABLE
nulls information_schema.TABLES
nulls SHOW CREATE TABLE
nulls SELECT SQL_NO_CACHE
nothing information_schema.TABLES
nothing SELECT SQL_NO_CACHE
long SHOW CREATE TABLE
claim SHOW CREATE TABLE
claim SELECT SQL_NO_CACHE
END
for what in fewer:information_schema.COLUMNS named:information_schema.TABLES named:SELECT; do
	check "one that does $what harms nobody" ends from_rogue "$what" --schema-only
done
for ((seed = 1; seed <= 4; seed++)); do
	check "a source that damages what it says (seed $seed) harms nobody" ends from_rogue "flip:$seed" --verify=none
done

# Definitions run at b as root.

# swapped KIND FROM TO - what a has in its definition of the kind has become another text
# shellcheck disable=SC2317
swapped()
{
	SWAP_FROM=$2 SWAP_TO=$3 from_rogue "swap:SHOW CREATE $1" --schema-only
}

while IFS='|' read -r kind from to; do
	check_exit 23 "a $kind that is: $to" swapped "$kind" "$from" "$to"
	check "is not admitted" says 'not admitted'
done <<'END'
TABLE|CREATE TABLE `t`|CREATE TABLE `t` (`id` text) AS SELECT load_file('/etc/passwd')
TABLE|CREATE TABLE `t`|CREATE TABLE `t` (`id` int) ENGINE=CONNECT TABLE_TYPE=DOS FILE_NAME='/etc/passwd'
TABLE|CREATE TABLE `t`|CREATE TABLE `t` (`id` int) ENGINE=FEDERATED CONNECTION='mysql://root@127.0.0.1/mysql/user'
VIEW|VIEW `shop`.`w`|CREATE USER `mallory`@`%`
TRIGGER|TRIGGER g|CREATE TRIGGER mysql.g BEFORE INSERT ON mysql.proc FOR EACH ROW SET @a = 1
EVENT|EVENT `e`|CREATE EVENT `e` ON SCHEDULE EVERY 1 SECOND DO CREATE USER mallory
EVENT|EVENT `e`|CREATE EVENT `e` ON SCHEDULE EVERY @disable := 1 SECOND DO CREATE USER mallory
FUNCTION|FUNCTION `f`|GRANT ALL ON *.* TO `mallory`@`%` IDENTIFIED BY ''
END
check "nobody came to be" [ "$(on b "SELECT COUNT(*) FROM mysql.global_priv WHERE User = 'mallory'")" = 0 ]

# What would do harm, were it run by root while a database is copied and verified.

for server in a b; do
	mariadb_sql $server -e 'CREATE DATABASE elsewhere; CREATE TABLE elsewhere.ran (who CHAR(20)) ENGINE=MyISAM'
done
mariadb_sql a --delimiter=// <<'SQL'
CREATE DATABASE trap//
USE trap//
CREATE FUNCTION harm(w CHAR(20)) RETURNS INT MODIFIES SQL DATA SQL SECURITY INVOKER
	BEGIN INSERT INTO elsewhere.ran VALUES (w); RETURN 1; END//
CREATE TABLE t (id INT PRIMARY KEY, v INT DEFAULT 7, CHECK (v > 0), g INT AS (v + 1) STORED)//
INSERT INTO t (id) VALUES (1), (2)//
CREATE TRIGGER early BEFORE INSERT ON t FOR EACH ROW SET NEW.v = harm('before')//
CREATE TRIGGER also BEFORE INSERT ON t FOR EACH ROW SET NEW.v = harm('before')//
CREATE SEQUENCE counts//
CREATE PROCEDURE does() SET @a = harm('procedure')//
CREATE TRIGGER late AFTER INSERT ON t FOR EACH ROW INSERT INTO elsewhere.ran VALUES ('after')//
CREATE SQL SECURITY INVOKER VIEW looks AS SELECT harm('view') AS v, id FROM t//
CREATE SQL SECURITY DEFINER VIEW wants AS SELECT (SELECT harm('subquery')) AS v//
CREATE EVENT each_second ON SCHEDULE EVERY 1 SECOND DO INSERT INTO elsewhere.ran VALUES ('event')//
SET sql_mode = ORACLE//
CREATE PACKAGE box AS FUNCTION one RETURN INT; END//
CREATE PACKAGE BODY box AS FUNCTION one RETURN INT AS BEGIN RETURN 1; END; END//
SQL
check "a database of traps is copied and verified" copy trap
check "as it is" same_databases a b trap
check "none of its code has run" [ "$(on a 'SELECT COUNT(*) FROM elsewhere.ran')$(on b 'SELECT COUNT(*) FROM elsewhere.ran')" = 00 ]
check "preflight runs none either" "$DBDUMP" preflight --drop-existing "$(mariadb_uri a trap)" "$(mariadb_uri b)"
check "as can be seen" [ "$(on a 'SELECT COUNT(*) FROM elsewhere.ran')$(on b 'SELECT COUNT(*) FROM elsewhere.ran')" = 00 ]
# each kind of object, changed at b: it is seen, and named
while IFS='|' read -r kind name sql; do
	mariadb_sql b -D trap --delimiter=// -e "$sql"
	check_exit 40 "a $kind that became another one is a difference" "$DBDUMP" verify "$(mariadb_uri a trap)" "$(mariadb_uri b trap)"
	check "it is named" says "$kind trap$name is defined otherwise"
done <<'END'
trigger|.early|CREATE OR REPLACE TRIGGER early BEFORE INSERT ON t FOR EACH ROW FOLLOWS also SET NEW.v = harm('before')
trigger|.late|CREATE OR REPLACE TRIGGER late AFTER INSERT ON t FOR EACH ROW SET @b = 8
function|.harm|ALTER FUNCTION harm SQL SECURITY DEFINER
procedure|.does|ALTER PROCEDURE does COMMENT 'something else'
package body|.box|SET sql_mode = ORACLE// CREATE OR REPLACE PACKAGE BODY box AS FUNCTION one RETURN INT AS BEGIN RETURN 2; END; END
package|.box|SET sql_mode = ORACLE// CREATE OR REPLACE PACKAGE box AS FUNCTION two RETURN INT; END
view|.looks|ALTER VIEW looks AS SELECT 1 AS v, id FROM t
event|.each_second|ALTER EVENT each_second ON SCHEDULE EVERY 2 SECOND
sequence|.counts|ALTER SEQUENCE counts MAXVALUE 99
table|.t|ALTER TABLE t ALTER COLUMN v SET DEFAULT 8
database||ALTER DATABASE trap COMMENT 'something else'
END
check "(it would have, when called)" [ "$(on b "SELECT trap.harm('me')")$(on b 'SELECT COUNT(*) FROM elsewhere.ran')" = 11 ]
# Names that want to be something else.

mariadb_sql a <<'SQL'
CREATE DATABASE `--result-file=x`;
USE `--result-file=x`;
CREATE TABLE `../../evil` (`\\! touch owned` INT PRIMARY KEY, `a``; DROP DATABASE shop; --` INT COMMENT '\n\\! touch owned\n');
INSERT INTO `../../evil` VALUES (1, 2);
CREATE VIEW `../v` AS SELECT * FROM `../../evil`;
SQL
cd "$TEST_TMP" || exit 1
check "a database whose name is an option is copied" copy '--result-file=x'
check "whole" diff <(mariadb_rows a '--result-file=x') <(mariadb_rows b '--result-file=x')
check "nothing was written and nothing run" [ -z "$(ls -d x owned ../evil ../../evil 2>/dev/null)" ]
check "nothing dropped" mariadb_sql a -e 'USE shop'
# What looks like a trick and is none.

mariadb_sql a <<'SQL'
CREATE DATABASE honest;
SET sql_mode = 'IGNORE_BAD_TABLE_OPTIONS';
CREATE TABLE honest.was_of_tokudb (id INT PRIMARY KEY, v TEXT `packed`=1) ENGINE=InnoDB `compression`='tokudb_zlib';
INSERT INTO honest.was_of_tokudb VALUES (1, 'x');
SQL
check "options that an engine does not know are shown as comments" grep -q '/\* .*tokudb_zlib' <(on a 'SHOW CREATE TABLE honest.was_of_tokudb')
check "the table is copied and verified" copy honest
check "and its row" [ "$(on b 'SELECT v FROM honest.was_of_tokudb')" = x ]

# A role that is at the destination already, and may do more there.

mariadb_sql a -e "CREATE ROLE desk; GRANT SELECT ON honest.* TO desk; CREATE USER anna; GRANT desk TO anna; CREATE USER otto;
	GRANT desk TO otto; CREATE ROLE plain; GRANT plain TO otto; GRANT INSERT ON honest.* TO plain; CREATE VIEW honest.w AS SELECT 1 AS v;
	GRANT SELECT ON honest.w TO plain"
mariadb_sql b -e "CREATE ROLE desk; GRANT SELECT ON elsewhere.* TO desk; CREATE USER otto; GRANT desk TO otto"
check_exit 42 "preflight finds a role with more rights at the destination" "$DBDUMP" preflight --users --drop-existing \
	"$(mariadb_uri a honest)" "$(mariadb_uri b)"
check "it says of which account and by what" says 'the role desk is at .*elsewhere'
check "and of none that has it anyway" not says 'account .?otto'
check_exit 23 "a copy does not grant it" copy honest --users --drop-existing --verify=none
check "it is named" says 'grant .anna.@.%.: role desk is at the destination already'
check "the account has not been raised" not grep -q desk <(on b 'SHOW GRANTS FOR anna')
check "roles that do what they do at the source are granted" grep -q plain <(on b 'SHOW GRANTS FOR otto')
mariadb_sql b -e 'REVOKE ALL ON elsewhere.* FROM desk'
check "one that was made even is granted" copy honest --users --drop-existing
check "to whom it belongs" grep -q desk <(on b 'SHOW GRANTS FOR anna')

stop_mariadb a
stop_mariadb b

# PostgreSQL: a customer's functions want to be a superuser's, and those that copy his database are superusers.

start_postgresql a && start_postgresql b || exit 1
pg_sql a postgres -c 'CREATE ROLE customer LOGIN' -c 'CREATE DATABASE trap OWNER customer'
pg_sql b postgres -c 'CREATE ROLE customer LOGIN'
psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(pg_var PORT a)" -U customer -d trap -v "program=touch $PG_ROOT/ran" <<'SQL'
CREATE TABLE public.program (line text);
INSERT INTO public.program VALUES (:'program');
CREATE FUNCTION public.does(v integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOREACH line IN ARRAY ARRAY['RESET SESSION AUTHORIZATION', 'RESET ROLE', 'SET SESSION AUTHORIZATION postgres',
		'ALTER ROLE customer SUPERUSER', 'COPY (SELECT 1) TO PROGRAM ' || quote_literal((SELECT p.line FROM public.program p))] LOOP
		BEGIN
			EXECUTE line;
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
	END LOOP;
	RETURN v;
END $$;
CREATE FUNCTION public.harm(what text, v integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN RETURN public.does(v); END $$;
CREATE TABLE public.checked (v integer CHECK (public.harm('check', v) > 0));
CREATE TABLE public.made (v integer, g integer GENERATED ALWAYS AS (public.harm('generated', v)) STORED);
CREATE DOMAIN public.bound AS integer CHECK (public.harm('domain', VALUE) > 0);
CREATE TABLE public.typed (v public.bound, w public.bound[], d integer DEFAULT public.harm('default', 1));
CREATE TABLE public.parted (v integer) PARTITION BY RANGE (public.harm('part', v));
CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES FROM (0) TO (100);
CREATE TABLE public.indexed (v integer);
INSERT INTO public.checked VALUES (1), (2);
INSERT INTO public.made VALUES (1), (2);
INSERT INTO public.typed VALUES (1, '{2}'), (2, '{3}');
INSERT INTO public.parted VALUES (1), (2);
INSERT INTO public.indexed SELECT generate_series(1, 1000);
CREATE INDEX harmful ON public.indexed (public.harm('index', v)) WHERE public.harm('where', v) > 0;
CREATE STATISTICS public.gathered ON (public.harm('statistics', v)), v FROM public.indexed;
CREATE MATERIALIZED VIEW public.seen AS SELECT public.harm('matview', v) AS v FROM public.checked;
CREATE VIEW public.looked AS SELECT public.harm('view', v) AS v FROM public.checked;
CREATE FUNCTION public.fired() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN PERFORM public.harm('trigger', 1); RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON public.checked FOR EACH ROW EXECUTE FUNCTION public.fired();
SQL

# nobody_rose - the customer is what he was, at both, and no program has run
# shellcheck disable=SC2317
nobody_rose()
{
	local server
	for server in a b; do
		[ "$(pg_sql "$server" postgres -At -c "SELECT count(*) FROM pg_roles WHERE rolsuper")" = 1 ] || return 1
	done
	[ ! -e "$PG_ROOT/ran" ]
}

check "nobody is a superuser yet but one" nobody_rose
check "a superuser copies and verifies a database of such functions" "$DBDUMP" copy "$(pg_uri a trap)" "$(pg_uri b '')"
check "as it is" pg_same_databases trap trap
check "nobody has become a superuser, and no program ran" nobody_rose
check "the role that rows came in by is gone" [ "$(pg_sql b postgres -At -c "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'dbdump%'")" = 0 ]
check "preflight and verify are as harmless" "$DBDUMP" verify "$(pg_uri a trap)" "$(pg_uri b '')"
check "as can be seen" nobody_rose

pg_sql a postgres -c 'CREATE DATABASE "--file=x"'
pg_sql a '--file=x' <<'SQL'
CREATE TABLE public."../\! touch owned" (id serial, "when" date DEFAULT make_date(EXTRACT(year FROM now())::integer, 1, 1));
INSERT INTO public."../\! touch owned" SELECT generate_series(1, 10);
CREATE TABLE public.other (id serial);
\o /dev/null
SELECT setval('public."../\! touch owned_id_seq"', 4711), setval('public.other_id_seq', 12);
CREATE INDEX ON public."../\! touch owned" (EXTRACT(year FROM "when"));
CREATE VIEW public.years AS SELECT EXTRACT(year FROM "when") AS y FROM public."../\! touch owned";
SQL
check "a database whose name is an option of pg_dump's is copied" "$DBDUMP" copy "$(pg_uri a --file=x)" "$(pg_uri b '')"
check "whole" pg_same_databases --file=x --file=x
check "nothing was written and nothing run" [ -z "$(ls -d x owned 2>/dev/null)" ]
pg_sql b postgres -c 'DROP DATABASE "--file=x"'
check "a table by itself brings its sequence" "$DBDUMP" copy --only-table '*owned' "$(pg_uri a --file=x)" "$(pg_uri b '')"
check "where it stood" [ "$(pg_sql b --file=x -At -c "SELECT nextval('public.\"../\\! touch owned_id_seq\"')")" = 4712 ]

# A server that lies, to a copy that would replace what is there.

pg_sql a postgres -c 'CREATE DATABASE shop'
pg_sql b postgres -c 'CREATE DATABASE shop'
pg_sql b shop -c 'CREATE TABLE public.mine (v integer)'
pg_sql a shop <<'SQL'
CREATE TABLE public.t (id serial PRIMARY KEY, v text, d double precision);
INSERT INTO public.t (v, d) SELECT 'v' || n, n FROM generate_series(1, 300) n;
CREATE VIEW public.w AS SELECT id FROM public.t;
SQL

# from_rogue_pg WHAT [OPTION...]
# shellcheck disable=SC2317
from_rogue_pg()
{
	local what=$1
	shift
	ROGUE_MIB=700 "$BIN_TEST/rogue_postgresql" "$PG_ROOT/.s.PGSQL.$(pg_var PORT a)" "$TEST_TMP/got" "$what" \
		"$DBDUMP" copy --drop-existing "$@" 'postgresql://postgres@127.0.0.1:@PORT@/shop' "$(pg_uri b '')"
}

# what happens, before which words of which statement; none of them is pg_dump's
while IFS='|' read -r what pattern words; do
	check "a PostgreSQL source that answers $pattern with $what is found out" fails from_rogue_pg "$what:$pattern" --schema-only
	check "it is said" says "at 127.0.0.1:[0-9]+: .*$words"
done <<'END'
endless|a.atttypmod) FROM|columns: .*no end
bare|pg_export_snapshot|snapshot: .*no end
results|SET DateStyle|settings: .*no end
notices|reltuples::bigint|tables: .*no end
notified|reltuples::bigint|tables: .*no end
settings|reltuples::bigint|tables: .*no end
long|a.atttypmod) FROM|columns: .*too large
claim|a.atttypmod) FROM|columns: the connection is lost
fewer|a.atttypmod) FROM|something else
nothing|pg_export_snapshot|snapshot: no row
copying|reltuples::bigint|tables: 
fed|reltuples::bigint|tables: 
error|reltuples::bigint|tables: nonsense
END
check "no terminal gets what an error is full of" not grep -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$TEST_TMP/out"
# shellcheck disable=SC2317
one_that_was_not_asked_for()
{
	SWAP_FROM=0 SWAP_TO=99999999 from_rogue_pg 'swap:last_value, is_called FROM'
}
check "one that answers of another sequence is found out" fails one_that_was_not_asked_for
check "it is said" says 'one that was not asked for'
check "what was there is there" pg_sql b shop -c 'TABLE public.mine'
for what in more:a.atttypmod nulls:reltuples::bigint; do
	check "one that does $what harms nobody" ends from_rogue_pg "$what" --schema-only
done

while IFS='|' read -r what words; do
	check_exit 23 "rows that are $what are not taken" from_rogue_pg "$what:COPY" --verify=none
	check "it is said of which table" says "rows public.t: .*$words"
done <<'END'
torn|no line
split|no line
stop|no line
wider|other columns
error|nonsense
END
check_exit 20 "rows without end are interrupted" from_rogue_pg interrupt:COPY --verify=none
for seed in 1 2; do
	check "a PostgreSQL source that damages what it says (seed $seed) harms nobody" ends from_rogue_pg "flip:$seed" --verify=none
done

# What pg_dump is told of a default is a statement more.
pg_sql b postgres -c 'CREATE ROLE lowly LOGIN CREATEDB'
# shellcheck disable=SC2317
lies_to_pg_dump()
{
	SWAP_FROM="nextval('public.t_id_seq'::regclass)" SWAP_TO='1; ALTER ROLE lowly SUPERUSER' "$BIN_TEST/rogue_postgresql" \
		"$PG_ROOT/.s.PGSQL.$(pg_var PORT a)" "$TEST_TMP/got" 'swap:AS adsrc' "$DBDUMP" copy --rename shop=lied \
		'postgresql://postgres@127.0.0.1:@PORT@/shop' "postgresql://lowly@127.0.0.1:$(pg_var PORT b)/"
}
check "a source that tells pg_dump of a statement more has it run" fails lies_to_pg_dump
check "with the rights of the role that copies" says 'ALTER ROLE|permission denied|must be superuser'
check "which rises to nothing" nobody_rose

printf 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 reject\n' >"$PG_ROOT/b/pg_hba.conf"
pg_sql b postgres -c 'SELECT pg_reload_conf()' -o /dev/null
check "a server lets in nobody else" not psql -X -h 127.0.0.1 -p "$(pg_var PORT b)" -U customer -d postgres -c 'SELECT 1'
check_exit 23 "then those tables are not copied" "$DBDUMP" copy --drop-existing "$(pg_uri a trap)" "$(pg_uri b '')"
check "it is said what to do" says 'copy as a role that is no superuser'
check "and nobody rose" nobody_rose

finish
