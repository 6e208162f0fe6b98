# shellcheck shell=bash
# hooks.bash - what the tests of the hooks share; sourced after lib.sh.

HOOKS=$ROOT/scheduler/hooks
export SCHEDULER_HOOKS_CONF=$TEST_TMP/hooks.conf # a test's own, never this machine's
: >"$SCHEDULER_HOOKS_CONF"

# conf KEY=VALUE... - the settings
conf()
{
	printf '%s\n' "$@" >"$SCHEDULER_HOOKS_CONF"
}

# server NAME SSH RSH ROOT ADDRESS... - as the input has it
server()
{
	local name=$1 ssh=$2 rsh=$3 root=$4
	shift 4
	# shellcheck disable=SC2016
	jq -n '{$name, $ssh, $rsh, $root, addresses: $ARGS.positional}' --arg name "$name" --arg ssh "$ssh" --arg rsh "$rsh" --arg root "$root" \
		--args "$@"
}

# hook NAME INPUT [FILTER] - runs it; the filter changes the input first
hook()
{
	jq ".version = 1 | .hook = \"$1\" | .limit_s //= 60 | .key //= \"test-$1\" | ${3:-.}" <<<"$2" | "$HOOKS/$1"
}

# says_report TRUE|FALSE - the last check's last event is a report of this, and all of them are objects, one a line
says_report()
{
	local events
	events=$(grep '^{' "$TEST_TMP/out" | jq -sc .) && [ "$(jq ".[-1] | .event == \"report\" and .ok == $1" <<<"$events")" = true ] &&
		[ "$(jq '[.[] | select(.event == "report")] | length' <<<"$events")" = 1 ]
}

# Network namespaces.

# spaces NAME... - as many, and $NAME is what `ip netns exec` calls each. Fails where this machine forbids them.
spaces()
{
	local name
	for name; do
		printf -v "$name" 'hook%d%s' "$$" "$name"
		ip netns add "${!name}" 2>/dev/null || return 1
		at_exit ip netns del "${!name}"
		ip -n "${!name}" link set lo up
		ip netns exec "${!name}" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0 || return 1
	done
}

# wire A B - a link between two of them: A has an interface called B, and B one called A
wire()
{
	ip -n "${!1}" link add "$2" type veth peer name "$1" netns "${!2}" && ip -n "${!1}" link set "$2" up && ip -n "${!2}" link set "$1" up
}

# owns SPACE INTERFACE ADDRESS/LENGTH...
owns()
{
	local space=$1 interface=$2 one
	shift 2
	for one; do
		ip -n "${!space}" addr add "$one" dev "$interface" || return 1
	done
}

# says_its_name SPACE ADDRESS... - at each of them, on TCP port 80 and UDP port 53
says_its_name()
{
	local space=$1 one kind bind
	shift
	for one; do
		kind=4 bind=$one
		[[ $one != *:* ]] || kind=6 bind="[$one]"
		server_in "$space" "TCP$kind-LISTEN:80,bind=$bind,fork,reuseaddr"
		server_in "$space" "UDP$kind-RECVFROM:53,bind=$bind,fork"
		until_answered "$space" tcp "$one" && until_answered "$space" udp "$one" || return 1
	done
}

server_in()
{
	ip netns exec "${!1}" socat "$2" "SYSTEM:echo $1" >/dev/null 2>>"$TEST_TMP/socat.log" &
	at_exit kill "$!"
}

# They start by themselves: asked until they answer.
until_answered()
{
	local turn patience=1
	for ((turn = 0; turn < 1000; turn++)); do
		[ "$(answer "$@" 2>/dev/null)" != "$1" ] || return 0
	done
	echo "$1 does not answer on $2 at $3"
	return 1
}

# answer SPACE tcp|udp ADDRESS - who answers there, asked from this one. (bash's own read would take one byte of a datagram.)
answer()
{
	local port=80
	[ "$2" = tcp ] || port=53
	# shellcheck disable=SC2016
	ip netns exec "${!1}" bash -c 'exec 5<>"/dev/$1/$2/$3" && { [ "$1" = tcp ] || echo hello >&5; } && timeout "$4" head -n 1 <&5 | grep .' \
		- "$2" "$3" "$port" "${patience:-2}"
}

# answers SPACE WHO ADDRESS... - each is answered by this one, on TCP and on UDP. A datagram may be lost, and is sent again.
answers()
{
	local space=$1 who=$2 one proto said
	shift 2
	for one; do
		for proto in tcp udp; do
			said=$(answer "$space" "$proto" "$one" || patience=5 answer "$space" "$proto" "$one" || patience=10 answer "$space" "$proto" "$one")
			[ "$said" = "$who" ] || {
				echo "$proto to $one: \"$said\" answers, not $who"
				return 1
			}
		done
	done
}
