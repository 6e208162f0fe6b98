# shellcheck shell=sh disable=SC2154
# frozen.sh - at the source: what the account's freeze has stopped there. Given: owner.

main()
{
	lock freeze
	record=$state/freeze.$owner
	[ -d "$record" ] || fail "$owner" "it is not frozen here"
	for name in users events postgresql units; do
		[ ! -f "$record/$name" ] || say "value $name $(cat "$record/$name")"
	done
	users=''
	for file in "$record"/crontab.*; do
		[ -f "$file" ] || continue
		users="$users ${file##*/crontab.}"
		say "value ${file##*/} $(cat "$file")"
	done
	say "value crontabs $users"
	done_all
}
