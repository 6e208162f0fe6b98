#!/usr/bin/env bash
# Databases of applications, designed by others: schemas from Debian's packages, filled, are copied whole, as the dump tools see it
# modes: release
# takes: 40
# What check runs looks unreachable to shellcheck, and names of PHP like ours.
# shellcheck disable=SC2317,SC2016
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

packages=$ROOT/build/packages # downloaded once, never installed
names=() # of the databases that were made

# fetch PACKAGE - its files, below $TEST_TMP/files. Fails where neither the mirror nor an earlier run has it.
fetch()
{
	# (both engines want some of them, at the same time)
	mkdir -p "$packages"
	compgen -G "$packages/$1_*.deb" >/dev/null ||
		(cd "$packages" && flock . sh -c 'ls "$0"_*.deb || apt-get -qq download "$0"' "$1") >"$TEST_TMP/download-$1" 2>&1 || return 1
	dpkg-deb -x "$(compgen -G "$packages/$1_*.deb" | tail -n 1)" "$TEST_TMP/files"
}

roundcube_sql()
{
	cat "$TEST_TMP/files/usr/share/dbconfig-common/data/roundcube/install/$1"
}

icinga_sql()
{
	cat "$TEST_TMP/files/usr/share/icinga2-ido-mysql/schema/mysql.sql"
}

freeradius_sql()
{
	local sql=$TEST_TMP/files/etc/freeradius/3.0/mods-config/sql
	cat "$sql"/main/mysql/{schema,process-radacct}.sql "$sql"/ippool/mysql/{schema,procedure}.sql
}

# With some of the data that a new installation has (images among them): all of it is 130,000 statements.
zabbix_sql()
{
	local sql=$TEST_TMP/files/usr/share/zabbix-server-$1
	[ "$1" = pgsql ] || echo 'ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;'
	zcat "$sql"/{schema,images}.sql.gz
	zcat "$sql/data.sql.gz" | head -n 8000
	echo 'COMMIT;'
}

mediawiki_sql()
{
	local made=tables-generated.sql wiki=$TEST_TMP/files/usr/share/mediawiki kind=mysql main=
	[ "$1" = mysql ] || kind=postgres main=postgres/
	cat "$wiki/maintenance/$main"{tables-generated,tables}.sql "$wiki/extensions-core/OATHAuth/sql/$kind/$made" \
		"$wiki/extensions-core/AbuseFilter/db_patches/$kind/$made" | sed 's|/\*_\*/||g; s|/\*\$wgDBTableOptions\*/||'
	echo 'COMMIT;'
}

# As wp_get_db_schema() puts it together.
wordpress_sql()
{
	sed -n '/CREATE TABLE/,/^) \$charset_collate;/ { s/.*"CREATE/CREATE/; s/CREATE TABLE/& IF NOT EXISTS/; s/\$wpdb->/wp_/; s/\$max_index_length/191/
		s/\$charset_collate/DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci/; s/;.*";$/;/; p }' \
		"$TEST_TMP/files/usr/share/wordpress/wp-admin/includes/schema.php"
}

# In its installer's order. What wants a table that a later upgrade brings fails, and stays out.
ledgersmb_sql()
{
	local sql=$TEST_TMP/files/usr/share/ledgersmb/sql module
	echo 'CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm;'
	cat "$sql/Pg-database.sql"
	while read -r module; do
		cat "$sql/modules/$module"
	done < <(grep -v '^#' "$sql/modules/LOADORDER")
}

in_mariadb()
{
	mariadb_sql a -e "CREATE DATABASE $1" && "$1_sql" mysql >"$TEST_TMP/$1.sql" && mariadb_sql a "$1" <"$TEST_TMP/$1.sql" &&
		mariadb_sql a --raw "$1" <"$ROOT/tests/db/my_fill.sql" >"$TEST_TMP/fill.sql" && mariadb_sql a "$1" <"$TEST_TMP/fill.sql"
}

in_postgresql()
{
	local fill=(-f "$ROOT/tests/db/pg_fill.sql")
	pg_sql a postgres -c "CREATE DATABASE $1" && "$1_sql" pgsql >"$TEST_TMP/$1.sql" &&
		pg_sql a "$1" -v ON_ERROR_STOP=0 -o /dev/null -f "$TEST_TMP/$1.sql" "${fill[@]}" "${fill[@]}"
}

# made in_mariadb|in_postgresql NAME PACKAGE - it is then one of $names
made()
{
	fetch "$3" || {
		skip "$2 $1" "no package $3: $(head -n 1 "$TEST_TMP/download-$3")"
		return
	}
	check "$2 is made $1" "$1" "$2" && names+=("$2")
}

mariadb_applications()
{
	start_mariadb a && start_mariadb b || exit 1
	made in_mariadb roundcube roundcube-core
	made in_mariadb icinga icinga2-ido-mysql
	made in_mariadb freeradius freeradius-config
	made in_mariadb zabbix zabbix-server-mysql
	made in_mariadb mediawiki mediawiki
	made in_mariadb wordpress wordpress
	[ ${#names[@]} -gt 0 ] || return 0
	check "they are copied in one run" copy "$(IFS=, && echo "${names[*]}")"
	check "with more than a thousand rows" says '^OK: [0-9]+ tables, [0-9]+,[0-9]{3} rows'
	check "whole" same_databases a b "${names[@]}"
}

postgresql_applications()
{
	local name
	start_postgresql a && start_postgresql b || exit 1
	made in_postgresql roundcube roundcube-core
	made in_postgresql ledgersmb ledgersmb
	made in_postgresql zabbix zabbix-server-pgsql
	made in_postgresql mediawiki mediawiki
	for name in "${names[@]}"; do
		check "$name is copied" "$DBDUMP" copy "$(pg_uri a "$name")" "$(pg_uri b '')"
		check "with more than a thousand rows" says '^OK: [0-9]+ tables, [0-9]+,[0-9]{3} rows'
		[ "$name" != ledgersmb ] || check "and hundreds of functions" says '[3-9][0-9][0-9] functions'
		check "whole" pg_same_databases "$name" "$name"
	done
}

beside mariadb_applications postgresql_applications
finish
