# shellcheck shell=bash
# lib.sh - what the hooks share: the input, the settings, the events, and work at a server. A hook sources it, says `begin`, and
# ends with `finish`. README.md has the contract.

set -u
export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
hooks=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
input='' reported='' failed='' child='' tmp='' given=''

# Every setting with its default: README.md says what they mean. One that is not here is refused.
declare -A settings=(
	[MARIADB_CLIENT]=mariadb
	[PSQL]=psql
	[SYSTEMCTL]=systemctl
	[DOVEADM]=doveadm
	[DOVECOT_DENY]=''
	[CRONTABS]='/var/spool/cron/crontabs /var/spool/cron'
	[FREEZE_READONLY]=yes
	[FREEZE_KEEP]=''
	[STATE]=/var/lib/scheduler/hooks
	[DNS_SERVER]=127.0.0.1
	[DNS_PORT]=53
	[DNS_KEY]=/etc/scheduler/dns.key
	[KDIG]=kdig
	[KNSUPDATE]=knsupdate
	[ROUTER_SSH]=''
	[ROUTER_RSH]=''
	[ROUTER_ROOT]=''
	[ROUTE_TABLE]=7310
	[REROUTE_ADDRESSES]=yes
	[INVENTORY_HOMES]=/home
	[INVENTORY_MAIL]='/var/mail /var/vmail'
	[INVENTORY_UID]=1000
	[NOTIFY_LOG]=/var/log/scheduler-notify.log
	[NOTIFY_COMMAND]=''
	[FORWARD_TCP]='21 25 53 80 110 143 443 465 587 993 995 4190'
	[FORWARD_UDP]='53 443'
	[FORWARD_MASQUERADE]=yes
)

# Events.

# event FILTER [jq's options] - a line of JSON
event()
{
	local filter=$1
	shift
	jq -cn "$@" "$filter" >&3
}

warning()
{
	# shellcheck disable=SC2016
	event '{event: "warning", $text}' --arg text "$1"
}

# failure ITEM ERROR - the hook goes on, and will have failed
failure()
{
	failed=1
	# shellcheck disable=SC2016
	event '{event: "failure", $item, $error}' --arg item "$1" --arg error "$2"
}

# progress DONE TOTAL
progress()
{
	# shellcheck disable=SC2016
	event '{event: "progress", done_items: $have, total_items: $total}' --argjson have "$1" --argjson total "$2"
}

# fail ITEM ERROR [STATUS] - the end: failed
fail()
{
	failure "$1" "$2"
	exit "${3:-1}"
}

# finish - the end: done, unless something failed before
finish()
{
	[ -z "$failed" ] || exit 1
	exit 0
}

hook_ends()
{
	local status=$?
	trap '' TERM INT HUP
	[ -z "$child" ] || kill "$child" 2>/dev/null
	if [ -z "$reported" ]; then
		reported=1
		[ "$status" -eq 0 ] && echo '{"event":"report","ok":true}' >&3 || echo '{"event":"report","ok":false}' >&3
	fi
	[ -z "$tmp" ] || rm -rf --one-file-system "$tmp"
	exit "$status"
}

# Input and settings.

# begin - reads both
begin()
{
	local clean version name
	exec 3>&1 # for events, where standard output is captured
	trap hook_ends EXIT
	trap 'exit 75' TERM INT HUP
	tmp=$(mktemp -d) || exit 75
	input=$(jq -ce 'if type == "object" then . else error("no object") end')
	[ -n "$input" ] || fail input "it is no JSON object"
	{
		read -r clean
		read -r version
		read -r limit
		IFS= read -r name
	} < <(ask '([.. | strings, (objects | keys[])] | any(explode | any(. == 0)) | not), .version, (.limit_s // 300 | floor), .hook')
	[ "$clean" = true ] || fail input "a text in it has a zero byte"
	[ "$version" = 1 ] || fail input "its version is not 1"
	[ "$name" = "${0##*/}" ] || fail input "it is not for ${0##*/}"
	[[ $limit =~ ^[0-9]{1,6}$ ]] || fail input "limit_s is no number of seconds"
	read_settings "${SCHEDULER_HOOKS_CONF:-/etc/scheduler/hooks.conf}"
}

# ask FILTER - of the input; what is a customer's goes by give, which keeps every byte
ask()
{
	jq -r "$1" <<<"$input"
}

# read_settings FILE - lines KEY=VALUE, and over them what the environment has as HOOK_KEY
read_settings()
{
	local line name number=0 variable
	if [ -e "$1" ] || [ -n "${SCHEDULER_HOOKS_CONF:-}" ]; then
		[ -r "$1" ] || fail "$1" "it cannot be read"
		while IFS= read -r line || [ -n "$line" ]; do
			number=$((number + 1))
			[[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
			[[ $line =~ ^([A-Z0-9_]+)=(.*)$ ]] || fail "$1:$number" "it is not KEY=VALUE"
			[ -n "${settings[${BASH_REMATCH[1]}]+is}" ] || fail "$1:$number" "there is no setting ${BASH_REMATCH[1]}"
			settings[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
		done <"$1"
	fi
	for name in "${!settings[@]}"; do
		variable=HOOK_$name
		[ -z "${!variable+is}" ] || settings[$name]=${!variable}
	done
}

# yes NAME - is this setting yes? It is yes or no.
yes()
{
	case ${settings[$1]} in
	yes) return 0 ;;
	no) return 1 ;;
	*) fail "$1" "it is neither yes nor no" ;;
	esac
}

# Addresses.

# address TEXT - sets family (4 or 6) and canonical, by which equal ones are equal; fails where it is none
address()
{
	local octet
	canonical='' family=''
	if [[ $1 =~ ^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$ ]]; then
		for octet in "${BASH_REMATCH[@]:1}"; do
			[ "$octet" -le 255 ] || return 1
		done
		family=4 canonical=$1
		return 0
	fi
	address6 "$1"
}

# Eight groups of four digits.
address6()
{
	local left right=() missing=0 group groups
	[[ $1 =~ ^[0-9A-Fa-f:]{2,39}$ && $1 != *:::* && $1 != *::*::* ]] || return 1
	[[ $1 =~ ^:[^:] || $1 =~ [^:]:$ ]] && return 1
	IFS=: read -ra left <<<"${1%%::*}"
	if [[ $1 == *::* ]]; then
		IFS=: read -ra right <<<"${1#*::}"
		missing=$((8 - ${#left[@]} - ${#right[@]}))
		[ "$missing" -ge 1 ] || return 1
	fi
	groups=("${left[@]}")
	while [ "$missing" -gt 0 ]; do
		groups+=(0) missing=$((missing - 1))
	done
	groups+=("${right[@]}")
	[ ${#groups[@]} -eq 8 ] || return 1
	for group in "${groups[@]}"; do
		[[ $group =~ ^[0-9A-Fa-f]{1,4}$ ]] || return 1
		printf -v group ':%04x' "0x$group"
		canonical+=$group
	done
	family=6 canonical=${canonical#:}
}

# addresses_of WHICH - the canonical addresses of server `from`, `to` or `server`, a line each: "4 192.0.2.1"
addresses_of()
{
	local text
	while IFS= read -r text; do
		address "$text" || fail "$1" "\"$text\" is no address"
		echo "$family $canonical"
	done < <(ask ".$1.addresses // [] | .[]")
}

# Work at a server.

# give NAME FILTER - a text of the input, for the script that runs next
give()
{
	given+="$1=$(jq -r "$2 // \"\" | tostring | @sh" <<<"$input")"$'\n'
}

# give_text NAME VALUE
give_text()
{
	given+="$1=$(quoted "$2")"$'\n'
}

# quoted WORD... - for a POSIX shell
quoted()
{
	local word
	for word; do
		printf "'%s' " "${word//\'/\'\\\'\'}"
	done
}

# give_each NAME FILTER - a function for the script: NAME COMMAND... calls the command with each of these texts behind it
give_each()
{
	given+="$1() {"$'\n:\n'$(jq -r "[$2] | .[] | \"\\\"\$@\\\" \\(tostring | @sh) || return\"" <<<"$input")$'\n}\n'
}

# at WHICH SCRIPT - at/SCRIPT runs at the server `from`, `to`, `server` or `router`, with what was given. What it says becomes events;
# a "value" is left in the file $tmp/value.NAME. What could not be reached ends the hook; else false where it failed.
at()
{
	local which=$1 script=$2 status=0 name
	at_words "$which"
	give_text root "$root"
	give_text limit "$limit"
	{
		# read as a whole before anything is done: a script that breaks off does nothing
		printf '{\n%s' "$given"
		cat "$hooks/at/common.sh" "$hooks/at/$script"
		printf 'main </dev/null\nexit\n}\n'
	} >"$tmp/script"
	given=''
	listen "$name" <"$tmp/script" &
	child=$!
	wait "$child" || status=$?
	child=''
	case $status in
	0) ;;
	75) exit 75 ;;
	*) failed=1 ;;
	esac
	[ "$status" -eq 0 ]
}

# Sets words, name and root.
at_words()
{
	local type rsh ssh
	{
		read -r type
		IFS= read -r name
		IFS= read -r rsh
		IFS= read -r ssh
		IFS= read -r root
	} < <(ask ".$1 | type, (objects | (.name // \"$1\"), (.rsh // \"ssh\"), (.ssh // \"\"), (.root // \"\") | gsub(\"\\n\"; \" \"))")
	[ "$type" = object ] || fail input "it does not say what $1 is"
	root=${root%/}
	[[ $ssh != -* && $ssh != *[[:space:]]* ]] || fail "$name" "\"$ssh\" is nothing that ssh can be given"
	words=()
	if [ -n "$ssh" ]; then
		read -ra words <<<"$rsh"
		words+=("$ssh")
	fi
	words+=(sh -s)
}

# In a process of its own, so that a signal ends the hook at once.
listen()
{
	local name=$1 ends said=''
	trap - EXIT TERM INT HUP
	"${words[@]}" 3>&- | heard
	ends=("${PIPESTATUS[@]}")
	if [ "${ends[0]}" -eq 0 ] && [ "${ends[1]}" -eq 0 ]; then
		exit 0
	fi
	case ${ends[0]} in
	75) said=75 ;;
	255) failure "$name" "it cannot be reached, or the connection broke" && said=75 ;;
	0) failure "$name" "the connection broke" && said=75 ;;
	*) [ "${ends[1]}" -eq 3 ] || failure "$name" "its part ended with status ${ends[0]}" ;;
	esac
	exit "${said:-1}"
}

# Turns what the script says into events. 0: it said that it was done; 3: why not.
heard()
{
	local record item ended=2
	while IFS= read -r -d '' record; do
		record=${record#$'\n'} # a client's own end of a line
		item=${record#* }
		case $record in
		warning\ *) warning "$item" ;;
		failure\ *)
			failure "${item%%$'\037'*}" "${item#*$'\037'}"
			ended=3
			;;
		progress\ *) [[ $item =~ ^([0-9]+)\ ([0-9]+)$ ]] && progress "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" ;;
		found\ *)
			# shellcheck disable=SC2016
			event '{event: "found", kind: $kind} + (if $engine == "" then {} else {$engine} end) + {$name}' --arg name "${item#*$'\037'}" \
				--arg kind "$(cut -d ' ' -f 1 <<<"${item%%$'\037'*}")" --arg engine "$(cut -s -d ' ' -f 2 <<<"${item%%$'\037'*}")"
			;;
		value\ *) printf '%s' "${item#* }" >"$tmp/value.${item%% *}" ;;
		done) ended=0 ;;
		esac
	done
	return "$ended"
}
