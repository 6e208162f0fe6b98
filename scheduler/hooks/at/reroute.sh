# shellcheck shell=sh disable=SC2154
# reroute.sh - at the router: routes in a table of their own, which is asked before all others, so that no route of the site is
# changed, and the undo need not know them. Given: undo, table, each_route.

length()
{
	[ "$1" = 4 ] && echo 32 || echo 128
}

add_route()
{
	ip "-$1" rule show | grep -q "^$table:.*lookup $table\$" || ip "-$1" rule add pref "$table" lookup "$table" 2>"$state/ip" || fail "$2" "$(message "$state/ip")"
	ip "-$1" route replace "$2/$(length "$1")" via "$3" table "$table" 2>"$state/ip" || fail "$2" "$(message "$state/ip")"
}

remove_route()
{
	if [ -n "$(ip "-$1" route show "$2/$(length "$1")" table "$table" 2>/dev/null)" ]; then
		ip "-$1" route del "$2/$(length "$1")" table "$table" 2>"$state/ip" || fail "$2" "$(message "$state/ip")"
	fi
	[ -n "$(ip "-$1" route show table "$table" 2>/dev/null)" ] || ip "-$1" rule del pref "$table" 2>/dev/null
	return 0
}

main()
{
	needs ip iproute2
	lock reroute
	if [ -z "$undo" ]; then
		each_route add_route
	else
		each_route remove_route
	fi
	done_all
}
