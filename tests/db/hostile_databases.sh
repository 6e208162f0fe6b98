#!/usr/bin/env bash
# dbdump and servers that lie: they get no file, crash nothing, exhaust nothing, and run nothing with rights that are not theirs
# modes: release
# takes: 35
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

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
for ((seed = 1; seed <= 8; seed++)); do
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
CREATE TRIGGER late AFTER INSERT ON t FOR EACH ROW INSERT INTO elsewhere.ran VALUES ('after')//
CREATE SQL SECURITY INVOKER VIEW looks AS SELECT harm('view') AS v, id FROM t//
CREATE SQL SECURITY DEFINER VIEW wants AS SELECT (SELECT harm('subquery')) AS v//
CREATE EVENT each_second ON SCHEDULE EVERY 1 SECOND DO INSERT INTO elsewhere.ran VALUES ('event')//
SQL
check "a database of traps is copied and verified" copy trap
check "as it is" same_databases a b trap
check "none of its code has run" [ "$(on a 'SELECT COUNT(*) FROM elsewhere.ran')$(on b 'SELECT COUNT(*) FROM elsewhere.ran')" = 00 ]
check "preflight runs none either" "$DBDUMP" preflight --drop-existing "$(mariadb_uri a trap)" "$(mariadb_uri b)"
check "as can be seen" [ "$(on a 'SELECT COUNT(*) FROM elsewhere.ran')$(on b 'SELECT COUNT(*) FROM elsewhere.ran')" = 00 ]
check "(it would have, when called)" [ "$(on b "SELECT trap.harm('me')")$(on b 'SELECT COUNT(*) FROM elsewhere.ran')" = 11 ]

finish
