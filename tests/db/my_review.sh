#!/usr/bin/env bash
# dbdump at MariaDB: what changes while it is read is never mixed, and what may not be seen is said
# modes: release
# takes: 20
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

start_mariadb a || exit 1
start_mariadb b || exit 1

# copy DATABASES [OPTION...] - from a to b
copy()
{
	local databases=$1
	shift
	"$DBDUMP" copy "$@" "$(mariadb_uri a "$databases")" "$(mariadb_uri b)"
}

# on A|B SQL... - a statement whose one value goes to standard output
on()
{
	local name=$1
	shift
	mariadb_sql "$name" -e "$*"
}

# meanwhile DATABASE TABLE SQL - what a has to run when the first part of the table, and no more, is at the destination;
# the copy's exit status
meanwhile()
{
	local database=$1 table=$2 sql=$3 pid rows=0
	copy "$database" --jobs=1 --bwlimit=8M 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null && [ "${rows:-0}" = 0 ]; do
		rows=$(on b "SELECT COUNT(*) FROM $database.$table" 2>/dev/null)
	done
	on a "$sql" || return 1
	wait "$pid"
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
ANALYZE TABLE swap.live, swap.staged, instant.t;
SQL
check_exit 23 "a table whose name goes to another one fails" meanwhile swap live \
	"RENAME TABLE swap.live TO swap.tmp, swap.staged TO swap.live, swap.tmp TO swap.staged"
check "it is named" says 'swap.live.*another table got its name'
check_exit 23 "a table that is altered without being made anew fails" meanwhile instant t \
	"ALTER TABLE instant.t DROP COLUMN c, ADD COLUMN c INT DEFAULT 7, ALGORITHM=INSTANT"
check "it is named" says 'instant.t.*definition was changed'

finish
