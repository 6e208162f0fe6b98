#!/usr/bin/env bash
# hooks that fail in every way that a program can, a store that is away for a while, and a clock that is set, within a cutover
# modes: release
# takes: 30
# shellcheck disable=SC2016,SC2154,SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/campaign_kit.sh
. "$ROOT/tests/campaign_kit.sh"

# One account that has files alone, between two folders of this machine; each hook does what its file of commands says.
mkdir -p "$KIT/hooks" "$KIT/do" "$A/home/blog" "$T"
echo one >"$A/home/blog/one"
cat >"$KIT/ini" <<-END
	[store]
	path = $KIT/store/state.db
	[hours]
	back =
	[hooks]
	folder = $KIT/hooks
	limit = 5
	[programs]
	xfer = $XFER
	dbdump = $DBDUMP
	[window]
	least = 600
	[precopy]
	every = 1
	[mail]
	gather-for = 1
	gather-every = 1
END
for name in freeze thaw clear switch unswitch remove-languages install-transit notify; do
	kit_hook "$name" "[ ! -f '$KIT/do/$name' ] || . '$KIT/do/$name'"
done
mkdir "$KIT/store"

world()
{
	scheduler init && scheduler server add web1 --root "$A" --cores 1 && scheduler server add t1 --root "$T" --cores 1 &&
		scheduler transit add t1 && scheduler campaign add anna --server web1 --month-cents 1 &&
		scheduler account add anna/blog --files /home/blog
}

# The clock of all programs of this script is the system's, and what this file adds to it.
echo +0 >"$KIT/clock"
LD_PRELOAD=$(dpkg -L libfaketime | grep 'libfaketimeMT.so.1$')
export LD_PRELOAD FAKETIME_TIMESTAMP_FILE=$KIT/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1

check "one account, and two servers" world
kit_serve
check "steps 1 to 4" kit_bring_out blog

# last_of FILTER - of its last cutover
last_of()
{
	scheduler report anna --format=json | jq -s "map(select(.event == \"cutover\")) | last | $1"
}

called()
{
	grep -c "^$1	" "$KIT/calls"
}

# moves - it is asked for, and ends one way or the other
ended()
{
	case $(last_of .state) in
	'"done"' | '"rolled-back"') [ "$1" = "$(state_of blog)" ] ;;
	*) return 1 ;;
	esac
}
moves()
{
	check "$1: it begins" scheduler account request anna/blog --now
	check "and ends $3" kit_until ended "$2"
}
# Home again, for the next one.
returns()
{
	scheduler account request anna/blog --now --back >/dev/null && kit_until ended ready
}

cat >"$KIT/do/freeze" <<'END'
head -c 100000 /dev/urandom
printf '\n{"event":7}\n\377\376\n'
yes '{' | head -n 2000
head -c 2000000 /dev/zero
echo
END
moves "a hook that says garbage before its report" away "well"
rm "$KIT/do/freeze"
check "home again" returns

echo 'exit 0' >"$KIT/do/freeze"
moves "one that ends without its report" ready "rolled back"
check "it says so" grep 'freeze.*ended without a report' <(last_of .cause)
echo 'kill -KILL $$' >"$KIT/do/freeze"
moves "one that is killed" ready "rolled back"
check "it says so" grep 'freeze.*signal' <(last_of .cause)
echo 'echo "{\"event\":\"report\",\"ok\":false,\"error\":\"no such unit\"}"; exit 0' >"$KIT/do/freeze"
moves "one that says that it failed" ready "rolled back"
check "with its words" grep 'no such unit' <(last_of .cause)
rm "$KIT/do/freeze"

# It hangs once, with a child that hangs too; the second time it does not.
echo "[ -e '$KIT/hung' ] || { : >'$KIT/hung'; trap '' TERM; cat <> <(:) & wait; }" >"$KIT/do/switch"
before=$(called switch)
moves "one that hangs is ended at its limit and done again" away "well"
check "it was called twice" [ "$(called switch)" -eq $((before + 2)) ]
rm "$KIT/do/switch"
check "home again" returns

# While the switch works the store is taken away, until that was noticed; then it is where it was.
echo "mv '$KIT/store' '$KIT/away'" >"$KIT/do/switch"
check "the store is away for a while: it begins" scheduler account request anna/blog --now
check "that is noticed" kit_until grep -q 'state.db: cannot be opened' "$KIT/log"
check_exit 5 "a command says that it is not there" scheduler status
check "with its path" says "$KIT/store/state.db"
rm "$KIT/do/switch"
mv "$KIT/away" "$KIT/store"
check "and the move ends well" kit_until ended away
check "home again" returns

# The clock is set back, and then forward, while it is down.
echo "echo -2h >'$KIT/clock'" >"$KIT/do/freeze"
echo "echo +3h >'$KIT/clock'" >"$KIT/do/switch"
moves "the clock is set back by hours and then forward" away "well"
check "how long it was down is known all the same" is true last_of '.down_s >= 0 and .down_s < 600'
rm "$KIT/do/freeze" "$KIT/do/switch"
echo 'echo "{\"event\":\"report\",\"ok\":false}"; exit 1' >"$KIT/do/freeze"
echo "echo +0 >'$KIT/clock'" >"$KIT/do/thaw"
check "back: it begins" scheduler account request anna/blog --now --back
check "the clock is set back as it is rolled back" kit_until ended away
check "it was not down for long" is true last_of '.down_s >= 0 and .down_s < 600'
rm "$KIT/do/freeze" "$KIT/do/thaw"
check "home again" returns
check "its file is there" cmp "$A/home/blog/one" "$T/home/blog/one"
finish
