# shellcheck shell=sh disable=SC2154
# inventory.sh - at a server: what is there. Names are anything: each record ends in a zero byte. Given: homes, mail, crontabs, least,
# mariadb, postgresql, and the clients.

# below KIND FOLDER [find's tests]
below()
{
	kind=$1 folder=$2
	shift 2
	[ -d "$root$folder" ] || return 0
	find "$root$folder" -mindepth 1 -maxdepth 1 ! -name lost+found "$@" -printf "found $kind\\037$folder/%P\\0" >&3 2>"$state/said" ||
		failure "$folder" "$(message "$state/said")"
}

# crontabs of the first of these folders that is there
crontabs_there()
{
	for folder in $crontabs; do
		[ -d "$root$folder" ] || continue
		find "$root$folder" -mindepth 1 -maxdepth 1 -type f -printf 'found crontab\037%P\0' >&3 2>"$state/said" || failure "$folder" "$(message "$state/said")"
		return
	done
}

users()
{
	[ -r "$root/etc/passwd" ] || fail /etc/passwd "it cannot be read"
	awk -F : -v least="$least" '$3 >= least && $3 < 65534 { printf "found user\037%s\n", $1 }' "$root/etc/passwd" | tr '\n' '\000' >&3
}

main()
{
	needs flock util-linux
	lock inventory
	for folder in $homes; do
		below home "$folder" -type d
	done
	for folder in $mail; do
		below mailbox "$folder"
	done
	crontabs_there
	users
	if [ -n "$mariadb" ]; then
		mariadb_client --batch --skip-column-names --raw --default-character-set=utf8mb4 -e "SELECT CONCAT('found database mariadb', CHAR(31), SCHEMA_NAME, CHAR(0))
			FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')" \
			>&3 2>"$state/said" || failure MariaDB "$(message "$state/said")"
	fi
	if [ -n "$postgresql" ]; then
		psql_client -0 -c "SELECT 'found database postgresql' || chr(31) || datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'" \
			>&3 2>"$state/said" || failure PostgreSQL "$(message "$state/said")"
	fi
	done_all
}
