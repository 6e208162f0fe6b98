#!/usr/bin/env bash
# the daemon and its worker are killed before and after everything that a move does, and the move ends as if nothing had been
# modes: release
# takes: 70
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"
# shellcheck source=tests/campaign_kit.sh
. "$ROOT/tests/campaign_kit.sh"

# deadly PATH WHAT - what is there is wrapped: before it does its work for the first time its parent, the worker, and the daemon are
# killed, and after it has done it for the first time again; what it says then is lost. WHAT, in the wrapper's words, is its work's name.
deadly()
{
	mv "$1" "$1.real"
	cat >"$1" <<-END
		#!/usr/bin/env bash
		exec 4<&0
		input=
		[ ! -f /dev/stdin ] || input=\$(cat)
		what=\$(tr -c 'a-zA-Z0-9\\n' - <<<"${1##*/}-$2")
		die()
		{
			mkdir "$KIT/dead/\$what.\$1" 2>/dev/null || return 0
			kill -KILL "\$(cat "$KIT/daemon")" \$PPID \$\$
		}
		die before
		out=\$("\$0.real" "\$@" <<<"\$input")
		status=\$?
		die after
		printf '%s\\n' "\$out"
		exit \$status
	END
	chmod +x "$1"
}

# A daemon, whenever there is none; then is WANTED COMMAND...
served()
{
	kill -0 "$kit_daemon" 2>/dev/null || {
		wait "$kit_daemon" 2>/dev/null
		kit_serve
		echo "$kit_daemon" >"$KIT/daemon"
	}
	is "$@"
}

kit_servers || exit 1
kit_hooks
mkdir "$KIT/dead"
for hook in freeze thaw; do
	rm "$KIT/hooks/$hook"
	cat >"$KIT/hooks/$hook" <<-END
		#!/usr/bin/env bash
		exec "${HOOKS:-$ROOT/scheduler/hooks}/$hook"
	END
	chmod +x "$KIT/hooks/$hook"
done
for hook in freeze thaw switch remove-languages install-transit; do
	deadly "$KIT/hooks/$hook" "\$(jq -r .key <<<\"\$input\")"
done
deadly "$KIT/xfer" "\$1-\$2-\$3-\$4-\$5"
deadly "$KIT/dbdump" "\$1"
check "servers, a campaign and its accounts" kit_world || exit 1
check "blog alone is to move" scheduler account remove anna/shop
check "of three" scheduler account remove anna/wiki
mariadb_rows a blog >"$KIT/rows"
tree_listing "$A/home/blog" >"$KIT/files"
tree_listing "$A/var/mail/blog" >"$KIT/mail"
kit_serve
echo "$kit_daemon" >"$KIT/daemon"

as_client account ready anna/blog >/dev/null
check "the campaign begins" as_client campaign request anna
check "step 2 is done, whatever was killed" kit_until served checking campaign_state
check "a transit server is asked for" scheduler campaign transit anna
check "step 3 is done, too" kit_until served out campaign_state
check "the account's client presses the button" as_client account request anna/blog --now
check "and it arrives" kit_until served away state_of blog

# What killed, and what came of it.
killed=$(find "$KIT/dead" -mindepth 1 | wc -l)
check "that was in spite of so many deaths: $killed" [ "$killed" -ge 16 ]
for what in freeze-cutover-1 xfer-sync--aHAXS---delete---mkpath---nice xfer-sync--aHAXS---delete---mkpath---json xfer-sync--aHAXSn \
	xfer-sync--r---list-only dbdump-copy switch-cutover-1 thaw-cutover-1; do
	check "before and after $what" ls -d "$KIT/dead/$what"*.before "$KIT/dead/$what"*.after
done
check "a step has one key, however often it was tried" is '1 1 1 1' awk -F '\t' '
	$1 != "notify" && !seen[$1 $2]++ { keys[$1]++ }
	END { print keys["remove-languages"], keys["install-transit"], keys["switch"], keys["notify"] + 1 }' "$KIT/calls"
check "the rows are there, once" diff "$KIT/rows" <(mariadb_rows t blog)
check "the files are" diff "$KIT/files" <(tree_listing "$T/home/blog")
check "the mail is" diff "$KIT/mail" <(tree_listing "$T/var/mail/blog")
check "each step that succeeded is in the report once" is 'copying freeze mariadb scan switch thaw' \
	bash -c "\"\$0\" --config '$KIT/ini' report anna --format=json | jq -r 'select(.event == \"cutover\").phases[] | select(.ok).name' |
		grep -vx -e files -e mail -e 'late mail' | sort -u | tr '\n' ' ' | sed 's/ \$//'" "$SCHEDULER"
check "the source is frozen still" not mariadb_sql a -ublog -pb -h127.0.0.1 -P"$(mariadb_port a)" --protocol=tcp -e "SELECT 1"
check "the destination serves" mariadb_sql t -ublog -pb -h127.0.0.1 -P"$(mariadb_port t)" --protocol=tcp -e "SELECT COUNT(*) FROM blog.posts"
check "the cutover ends" kit_until served 'done' bash -c \
	"\"\$0\" --config '$KIT/ini' report anna --format=json | jq -r 'select(.event == \"cutover\").state'" "$SCHEDULER"
finish
