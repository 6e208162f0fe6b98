# shellcheck shell=sh disable=SC2154,SC2016
# clear.sh - at a server to which an account did not come. Given: owner, each_KIND with names in base64, each_folder, the clients.

name_of()
{
	printf '%s' "$1" | base64 -d
}

# A name in backquotes is that name, but for backquotes in it.
drop_mariadb()
{
	quoted=$(name_of "$1" | sed 's/`/``/g')
	mariadb_client --default-character-set=utf8mb4 -e "DROP DATABASE IF EXISTS \`$quoted\`" >"$state/said" 2>&1 ||
		fail "$(name_of "$1")" "$(message "$state/said")" 75
}

drop_postgresql()
{
	quoted=$(name_of "$1" | sed 's/"/""/g')
	psql_client -c "DROP DATABASE IF EXISTS \"$quoted\" WITH (FORCE)" >"$state/said" 2>&1 ||
		fail "$(name_of "$1")" "$(message "$state/said")" 75
}

note_folder()
{
	printf '%s\n' "$1" >>"$state/not-live.$owner.new"
}

main()
{
	needs flock util-linux
	lock clear
	: >"$state/not-live.$owner.new" || fail "$state" "it cannot be written to"
	each_folder note_folder
	mv "$state/not-live.$owner.new" "$state/not-live.$owner" || fail "$state" "it cannot be written to"
	each_mariadb drop_mariadb
	each_postgresql drop_postgresql
	done_all
}
