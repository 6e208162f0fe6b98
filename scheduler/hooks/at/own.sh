# shellcheck shell=sh disable=SC2154
# own.sh - at the transit server: it takes the addresses for its own, those that it has not had already; and gives these away again.
# Given: undo, each_route.

# ours FAMILY ADDRESS
ours()
{
	[ "$1" = 4 ] && echo "$2/32" || echo "$2/128"
}

take()
{
	[ -z "$(ip -o "-$1" addr show to "$(ours "$1" "$2")")" ] || return 0
	grep -qxF "$2" "$state/own" 2>/dev/null || { echo "$2" >>"$state/own" && sync "$state/own"; } || fail "$state/own" "it cannot be written"
	ip "-$1" addr add "$(ours "$1" "$2")" dev lo 2>"$state/ip" || fail "$2" "$(message "$state/ip")"
}

give_away()
{
	grep -qxF "$2" "$state/own" 2>/dev/null || return 0
	if [ -n "$(ip -o "-$1" addr show dev lo to "$(ours "$1" "$2")")" ]; then
		ip "-$1" addr del "$(ours "$1" "$2")" dev lo 2>"$state/ip" || fail "$2" "$(message "$state/ip")"
	fi
	grep -vxF "$2" "$state/own" >"$state/own.new"
	mv "$state/own.new" "$state/own"
}

main()
{
	needs ip iproute2
	lock reroute
	if [ -z "$undo" ]; then
		each_route take
	else
		each_route give_away
	fi
	done_all
}
