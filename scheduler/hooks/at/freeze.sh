# shellcheck shell=sh disable=SC2154
# freeze.sh - at a server: stops what writes for an account, and undoes that. What is done is written down before, in $record, so that
# exactly this is undone, and whatever was stopped before stays so. Given: owner, undo, source and source_*, each_KIND, the clients and settings.

# recorded FILE LINE
recorded()
{
	grep -qxF -e "$2" "$record/$1" 2>/dev/null
}

# record FILE LINE - on disk before the thing is done
record()
{
	recorded "$@" || { printf '%s\n' "$2" >>"$record/$1" && sync "$record/$1"; } || fail "$record/$1" "it cannot be written"
}

# each_line TEXT COMMAND... - with a line's words behind it
each_line()
{
	lines=$1
	shift
	printf '%s\n' "$lines" | while read -r one two three four; do
		[ -z "$one" ] || "$@" "$one" "$two" "$three" "$four" </dev/null || exit
	done
}

# recorded_lines FILE - backwards
recorded_lines()
{
	[ ! -f "$record/$1" ] || awk '{ line[NR] = $0 } END { for (i = NR; i; i--) print line[i] }' "$record/$1"
}

# MariaDB. Names of its own are hexadecimal here, the input's in base64. Statements end in //.

my()
{
	mariadb_client --batch --skip-column-names --default-character-set=utf8mb4 --delimiter=// \
		-e "SET SESSION sql_mode = '', SESSION time_zone = '+00:00'// $1" \
		2>"$record/said" || fail MariaDB "$(message "$record/said")"
}

text()
{
	printf "CONVERT(UNHEX('%s') USING utf8mb4)" "$1"
}

name_of()
{
	my "SELECT $(text "$1")"
}

add_name()
{
	names="$names${names:+ UNION ALL }SELECT CONVERT(FROM_BASE64('$1') USING utf8mb4) COLLATE utf8mb4_bin"
}

# account_users LOCKED - users with rights on these databases, by roles too, and none of those who have rights on all: hexadecimal
# name and host, and on how many patterns of databases beside they have rights
account_users()
{
	kept="''"
	for one in $keep; do
		kept="$kept, FROM_BASE64('$one')"
	done
	my "WITH RECURSIVE names (name) AS ($names), holders (u, h) AS (
			SELECT User, Host FROM mysql.db JOIN names ON name LIKE Db AND Db <> '%'
			UNION SELECT User, Host FROM mysql.tables_priv JOIN names ON Db = name
			UNION SELECT User, Host FROM mysql.columns_priv JOIN names ON Db = name
			UNION SELECT User, Host FROM mysql.procs_priv JOIN names ON Db = name
			UNION SELECT m.User, m.Host FROM mysql.roles_mapping m JOIN holders ON m.Role = u AND h = '')
		SELECT HEX(u.User), HEX(u.Host), (SELECT COUNT(*) FROM mysql.db d WHERE d.User = u.User AND d.Host = u.Host
			AND NOT EXISTS (SELECT 1 FROM names WHERE name LIKE Db))
		FROM holders JOIN mysql.user u ON u.User = u AND u.Host = h JOIN mysql.global_priv p ON p.User = u AND p.Host = h
		WHERE u.is_role = 'N' AND u.Insert_priv = 'N' AND u.Super_priv = 'N' AND u.Create_user_priv = 'N' AND u.User NOT IN ($kept)
		AND CONCAT(u.User, '@', u.Host) <> CURRENT_USER()
		AND COALESCE(JSON_VALUE(p.Priv, '\$.account_locked'), '0') $1 IN ('1', 'true')"
}

# lock_user LOCK|UNLOCK USER HOST
lock_user()
{
	my "EXECUTE IMMEDIATE CONCAT('ALTER USER IF EXISTS ', QUOTE($(text "$2")), '@', QUOTE($(text "$3")), ' ACCOUNT $1')"
}

# switch_event ENABLE|DISABLE DATABASE NAME DEFINER - hexadecimal; the definer stays who it was
switch_event()
{
	my "SELECT CONCAT('ALTER DEFINER = ', QUOTE(SUBSTRING_INDEX($(text "$4"), '@', (LENGTH($(text "$4")) - LENGTH(REPLACE($(text "$4"), '@', ''))))),
		'@', QUOTE(SUBSTRING_INDEX($(text "$4"), '@', -1)), ' EVENT \`', REPLACE($(text "$2"), '\`', '\`\`'), '\`.\`',
		REPLACE($(text "$3"), '\`', '\`\`'), '\` $1') INTO @s// EXECUTE IMMEDIATE @s"
}

# end_connections - of these users: until there is none
end_connections()
{
	who="''"
	while read -r one two; do
		who="$who, $(text "$one")"
	done <"$record/users"
	left=$(my "BEGIN NOT ATOMIC
	DECLARE turns, living INT DEFAULT 1;
	WHILE living > 0 AND turns <= $limit * 10 DO
		FOR p IN (SELECT ID FROM information_schema.PROCESSLIST WHERE USER IN ($who) AND ID <> CONNECTION_ID() AND COMMAND <> 'Killed') DO
			BEGIN
				DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
				EXECUTE IMMEDIATE CONCAT('KILL ', p.ID);
			END;
		END FOR;
		SELECT COUNT(*) INTO living FROM information_schema.PROCESSLIST WHERE USER IN ($who) AND ID <> CONNECTION_ID();
		IF living > 0 THEN DO SLEEP(0.1); END IF;
		SET turns = turns + 1;
	END WHILE;
	SELECT living;
END") || exit
	[ "$left" = 0 ] || fail MariaDB "$left connections of the account do not end" 75
}

freeze_user()
{
	record users "$1 $2"
	[ "$3" = 0 ] || warning "the user $(name_of "$1") of MariaDB, who has rights on databases of others too, is locked"
}

freeze_event()
{
	record events "$1 $2 $3" && switch_event DISABLE "$1" "$2" "$3"
}

freeze_mariadb()
{
	names=''
	each_mariadb add_name
	[ -n "$names" ] || return 0
	missing=$(my "WITH names (name) AS ($names) SELECT name FROM names WHERE name NOT IN (SELECT SCHEMA_NAME FROM information_schema.SCHEMATA)") || exit
	[ -z "$missing" ] || fail "$missing" "there is no such database"
	[ "$(my "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME = 'global_priv'")" = 1 ] ||
		fail MariaDB "it cannot lock users (MariaDB 10.4.2 can)"
	found=$(account_users NOT) || exit
	each_line "$found" freeze_user || exit
	if [ -f "$record/users" ]; then
		each_line "$(cat "$record/users")" lock_user LOCK || exit
		end_connections
	fi
	found=$(my "WITH names (name) AS ($names) SELECT HEX(EVENT_SCHEMA), HEX(EVENT_NAME), HEX(DEFINER) FROM information_schema.EVENTS
		WHERE STATUS = 'ENABLED' AND EVENT_SCHEMA IN (SELECT name FROM names)") || exit
	each_line "$found" freeze_event || exit
}

thaw_mariadb()
{
	names=''
	each_mariadb add_name
	if [ -n "$names" ] && [ "$source" = lost ]; then
		found=$(account_users "") || exit
		each_line "$found" lock_user UNLOCK || exit
	fi
	each_line "$(cat "$record/users" 2>/dev/null; echo "$source_users")" lock_user UNLOCK || exit
	each_line "$(cat "$record/events" 2>/dev/null; echo "$source_events")" switch_event_if_there ENABLE || exit
}

switch_event_if_there()
{
	there=$(my "SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = $(text "$2") AND EVENT_NAME = $(text "$3")") || exit
	[ "$there" = 0 ] || switch_event "$@"
}

# PostgreSQL. A database's connection limit of 0 keeps all out but superusers, of whom the migration is one.

pg()
{
	psql_client -c "$1" 2>"$record/said" || fail PostgreSQL "$(message "$record/said")"
}

database()
{
	printf "convert_from(decode('%s', 'base64'), 'UTF8')" "$1"
}

# limit_connections DATABASE NUMBER
limit_connections()
{
	pg "DO \$do\$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT $2', $(database "$1")); END \$do\$"
}

freeze_database()
{
	was=$(pg "SELECT datconnlimit FROM pg_database WHERE datname = $(database "$1")") || exit
	[ -n "$was" ] || fail "$(pg "SELECT $(database "$1")")" "there is no such database"
	[ "$(pg "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")" = t ] ||
		fail PostgreSQL "only a superuser can still read a database that is frozen, and this is none"
	grep -q "^$1 " "$record/postgresql" 2>/dev/null || record postgresql "$1 $was"
	limit_connections "$1" 0
	quiet=0 turns=0 # twice, since one who was just coming in is seen only when he is in
	while [ "$quiet" -lt 2 ]; do
		left=$(pg "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $(database "$1") AND pid <> pg_backend_pid()
			AND backend_type = 'client backend' AND NOT (SELECT rolsuper FROM pg_roles r WHERE r.oid = usesysid)") || exit
		quiet=$((quiet + 1)) turns=$((turns + 1))
		[ "$left" = 0 ] || quiet=0
		[ "$turns" -le $((limit * 10)) ] || fail PostgreSQL "$left connections do not end" 75
		[ "$quiet" -eq 2 ] || pg "SELECT pg_sleep(0.1)" >&2
	done
	[ "$(pg "SELECT count(*) FROM pg_stat_activity WHERE datname = $(database "$1") AND backend_type LIKE 'logical replication%'")" = 0 ] ||
		warning "a subscription goes on writing to a database of PostgreSQL"
}

# thaw_database DATABASE LIMIT
thaw_database()
{
	now=$(pg "SELECT datconnlimit FROM pg_database WHERE datname = $(database "$1")") || exit
	[ "$now" != 0 ] || limit_connections "$1" "$2"
}

thaw_lost_database()
{
	recorded_here=$(sed -n "s/^$1 //p" "$record/postgresql" 2>/dev/null)
	thaw_database "$1" "${recorded_here:--1}"
}

thaw_postgresql()
{
	each_line "$(cat "$record/postgresql" 2>/dev/null; echo "$source_postgresql")" thaw_database || exit
	[ "$source" != lost ] || each_postgresql thaw_lost_database
}

# Units.

unit_state()
{
	$systemctl show -p ActiveState -- "$1" | sed 's/^ActiveState=//'
}

freeze_unit()
{
	case $(unit_state "$1") in
	inactive | failed) ;;
	'') fail "$1" "its state is not known" ;;
	*)
		record units "$1"
		$systemctl stop -- "$1" >&2 || fail "$1" "it does not stop"
		case $(unit_state "$1") in
		inactive | failed) ;;
		*) fail "$1" "it was stopped, and runs again" ;;
		esac
		;;
	esac
}

thaw_unit()
{
	case $(unit_state "$1") in
	active | reloading | activating) ;;
	*) $systemctl start -- "$1" >&2 || fail "$1" "it does not start" ;;
	esac
}

thaw_units()
{
	each_line "$(cat "$record/units" 2>/dev/null; echo "$source_units")" thaw_unit || exit
	[ "$source" != lost ] || each_unit thaw_unit
}

# Crontabs: cron knows those in its folder alone.

crontabs_folder()
{
	for folder in $crontabs; do
		[ ! -d "$root$folder" ] || { echo "$root$folder" && return; }
	done
}

freeze_crontab()
{
	spool=$(crontabs_folder)
	[ -z "$spool" ] || [ ! -f "$spool/$1" ] || mv -f "$spool/$1" "$record/crontab.$1" || fail "$1" "its crontab cannot be taken away"
}

# thaw_crontab USER - the one of this server, or the source's; one that was made since then stays
thaw_crontab()
{
	spool=$(crontabs_folder)
	[ -n "$spool" ] && [ ! -e "$spool/$1" ] || return 0
	if [ -f "$record/crontab.$1" ]; then
		mv -f "$record/crontab.$1" "$spool/$1" || fail "$1" "its crontab cannot be put back"
	elif case " $source_crontabs " in *" $1 "*) true ;; *) false ;; esac then
		eval "printf '%s\n' \"\$source_crontab_$(printf '%s' "$1" | od -An -tx1 | tr -d ' \n')\"" >"$record/new"
		{ chmod 600 "$record/new" && chown "$1" "$record/new"; } || fail "$1" "its crontab cannot be made"
		chgrp crontab "$record/new" 2>/dev/null
		mv "$record/new" "$spool/$1" || fail "$1" "its crontab cannot be made"
	fi
}

thaw_crontabs()
{
	each_crontab thaw_crontab
	for file in "$record"/crontab.*; do
		[ ! -f "$file" ] || thaw_crontab "${file##*/crontab.}"
	done
}

# Mail: Dovecot lets the users in whose mailboxes are in the folder no longer, and those out who are in. What arrives is
# deferred, since the folder cannot be written to.

# mail_users FOLDER - a line each
mail_users()
{
	$doveadm -f tab mailbox path -A INBOX 2>>"$record/said" | awk -F '\t' -v folder="$1" 'NR > 1 && (index($2, folder "/") == 1 || $2 == folder) { print $1 }'
}

write_deny()
{
	[ ! -f "$dovecot_deny" ] || chmod --reference="$dovecot_deny" "$record/deny" || chmod 644 "$record/deny"
	{ cp -p "$record/deny" "$dovecot_deny.new" && mv "$dovecot_deny.new" "$dovecot_deny"; } || fail "$dovecot_deny" "it cannot be written"
	rm "$record/deny"
	$doveadm auth cache flush >&2 || warning "what Dovecot remembers of passwords could not be cleared"
}

freeze_mail()
{
	[ -n "$dovecot_deny" ] || return 0
	[ -e "$dovecot_deny" ] || : >"$dovecot_deny" || fail "$dovecot_deny" "it cannot be written"
	: >"$record/said"
	mail_users "$root$1" >"$record/found"
	# what somebody else has denied stays so
	grep -vxF -f "$dovecot_deny" "$record/found" | while IFS= read -r user; do
		record mail "$user"
	done
	[ -f "$record/mail" ] || return 0
	{ cat "$dovecot_deny" && grep -vxF -f "$dovecot_deny" "$record/mail"; } >"$record/deny"
	write_deny
	while IFS= read -r user; do
		$doveadm kick -- "$user" >&2 </dev/null # fails where nobody is in
	done <"$record/mail"
	return 0
}

thaw_mail()
{
	[ -f "$record/mail" ] || return 0
	[ -e "$dovecot_deny" ] || return 0
	grep -vxF -f "$record/mail" "$dovecot_deny" >"$record/deny"
	write_deny
}

# Folders: a read-only mount over each, for as long as it is frozen.

mounts_below()
{
	awk -v folder="$1/" 'BEGIN { gsub(/ /, "\\\\040", folder) } index($5, folder) == 1' /proc/self/mountinfo
}

freeze_folder()
{
	[ -n "$readonly" ] || return 0
	folder=$root$1
	[ -d "$folder" ] || { warning "$1 is no folder here" && return; }
	if [ -n "$(mounts_below "$folder")" ]; then
		warning "$1 stays writable: there are other file systems in it"
		return
	fi
	if ! recorded folders "own $folder" && ! recorded folders "bind $folder"; then
		if mountpoint -q -- "$folder"; then
			case ,$(findmnt -no OPTIONS -M "$folder" | tail -n 1), in *,ro,*) return ;; esac
			record folders "own $folder"
		else
			record folders "bind $folder"
		fi
	fi
	mountpoint -q -- "$folder" || mount --bind -- "$folder" "$folder" 2>"$record/said" || fail "$1" "$(message "$record/said")"
	mount -o remount,bind,ro -- "$folder" 2>"$record/said" || fail "$1" "$(message "$record/said")"
}

thaw_folders()
{
	recorded_lines folders | while read -r how folder; do
		mountpoint -q -- "$folder" || continue
		if [ "$how" = own ]; then
			mount -o remount,bind,rw -- "$folder" 2>"$record/said"
		else
			umount -- "$folder" 2>"$record/said" || umount -l -- "$folder" 2>"$record/said"
		fi || fail "$folder" "$(message "$record/said")"
	done || exit
}

main()
{
	needs flock util-linux
	lock freeze
	record=$state/freeze.$owner
	mkdir -p "$record" || fail "$record" "it cannot be made"
	if [ -z "$undo" ]; then
		rm -f "$record/thawed"
		each_crontab freeze_crontab
		each_unit freeze_unit
		say "progress 1 4"
		freeze_mariadb
		each_postgresql freeze_database
		say "progress 2 4"
		each_mail freeze_mail
		say "progress 3 4"
		each_files freeze_folder
		each_mail freeze_folder
		say "progress 4 4"
	else
		thaw_folders
		thaw_mail
		thaw_postgresql
		thaw_mariadb
		thaw_units
		thaw_crontabs
		rm -f "$state/not-live.$owner"
		[ "$failures" != 0 ] || rm -rf "$record"
	fi
	done_all
}
