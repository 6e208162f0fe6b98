# shellcheck shell=bash disable=SC2154
# databases.sh - a server's databases, for the part of a hook that runs there: the clients' command lines, of dbdump's endpoints.

# unpercent TEXT
unpercent()
{
	local text=${1//\\/\\\\}
	printf '%b' "${text//%/\\x}"
}

# give_mariadb - mariadb_client, by the endpoint of server
give_mariadb()
{
	local uri password args=() key
	uri=$(ask '.server.mariadb // "mysql:///"')
	[[ $uri =~ ^mysql://(([^:@/?]*)(:([^@/?]*))?@)?([^]:/?]*|\[[^]]*\])(:([0-9]+))?(/[^?]*)?(\?(.*))?$ ]] || fail "$(ask .server.name)" "its mariadb is no endpoint"
	local user=${BASH_REMATCH[2]} host=${BASH_REMATCH[5]} port=${BASH_REMATCH[7]} query=${BASH_REMATCH[10]}
	password=$(unpercent "${BASH_REMATCH[4]}")
	while IFS= read -r -d '&' key; do
		case $key in
		default-file=*) args=("--defaults-file=$(unpercent "${key#*=}")" "${args[@]}") ;;
		socket=*) args+=("--socket=$(unpercent "${key#*=}")") ;;
		esac
	done <<<"$query&"
	[ -z "$user" ] || args+=("--user=$(unpercent "$user")")
	[ -z "$host" ] || args+=("--host=${host//[][]/}")
	[ -z "$port" ] || args+=("--port=$port")
	given+="mariadb_client() {"$'\n'
	[ -z "$password" ] || given+="export MYSQL_PWD=$(quoted "$password")"$'\n'
	given+="${settings[MARIADB_CLIENT]} $(quoted "${args[@]}") \"\$@\""$'\n}\n'
}

# give_postgresql - psql_client
give_postgresql()
{
	local uri password=''
	uri=$(ask '.server.postgresql // "postgresql:///"')
	if [[ $uri =~ ^(postgres(ql)?://[^:@/?]*):([^@/?]*)@(.*)$ ]]; then
		password=$(unpercent "${BASH_REMATCH[3]}") uri="${BASH_REMATCH[1]}@${BASH_REMATCH[4]}"
	fi
	[[ $uri =~ ^postgres(ql)?:// ]] || fail "$(ask .server.name)" "its postgresql is no endpoint"
	given+="psql_client() {"$'\nexport PGDATABASE=postgres\n'
	[ -z "$password" ] || given+="export PGPASSWORD=$(quoted "$password")"$'\n'
	given+="${settings[PSQL]} -X -q -A -t -v ON_ERROR_STOP=1 $(quoted "$uri") \"\$@\""$'\n}\n'
}
