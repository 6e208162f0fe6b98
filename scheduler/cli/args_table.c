#include "scheduler/cli/args_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/cli/command.h"
#include "xfer/front/value.h"

#define AT(f) .at = offsetof(struct options, f)
#define ITEM .at = offsetof(struct options, items)
#define PART .at = offsetof(struct options, parts)

enum { WAIT_MOST = 3600, CORES_MOST = 4096, GB_MOST = 1 << 20, SECONDS_MOST = 30 * 86400 };

/* In the order in which the help shows them; a line of help fits 80 columns. */
const struct opt_row opt_rows[] = {
	{ "print-config", 0, OPT_FLAG, OF_INIT, AT(print_config), .section = "What is done",
	  .help = "make nothing: print all keys with their defaults" },

	{ "ssh", 0, OPT_TEXT, OF_SERVER, AT(ssh), .arg = "HOST", .section = "What the server is",
	  .help = "[user@]host; empty: this machine" },
	{ "rsh", 0, OPT_TEXT, OF_SERVER, AT(rsh), .arg = "COMMAND",
	  .help = "remote shell with options (ssh)" },
	{ "root", 0, OPT_TEXT, OF_SERVER, AT(root), .arg = "FOLDER",
	  .help = "accounts' paths are below it (/)" },
	{ "mariadb", 0, OPT_TEXT, OF_SERVER, AT(mariadb), .arg = "URI",
	  .help = "mysql://..., as seen from there, no database" },
	{ "postgresql", 0, OPT_TEXT, OF_SERVER, AT(postgresql), .arg = "URI",
	  .help = "postgresql://..., likewise" },
	{ "addresses", 0, OPT_TEXT, OF_SERVER, AT(addresses), .arg = "LIST",
	  .help = "IPv4 and IPv6, with spaces between" },
	{ "cores", 0, OPT_WHOLE, OF_SERVER, AT(cores), .max = CORES_MOST, .arg = "N",
	  .help = "of its configuration" },
	{ "memory", 0, OPT_WHOLE, OF_SERVER, AT(memory_gb), .max = GB_MOST, .arg = "GB",
	  .help = "of its configuration" },
	{ "disk", 0, OPT_WHOLE, OF_SERVER, AT(disk_gb), .max = GB_MOST, .arg = "GB",
	  .help = "of its configuration" },
	{ "generation", 0, OPT_TEXT, OF_SERVER, AT(generation), .arg = "WORD",
	  .help = "of its configuration" },

	{ "server", 0, OPT_STRING, OF_CAMPAIGN, AT(server), .arg = "NAME", .section = "What the campaign is",
	  .help = "the client's; scheduler server add knows it" },
	{ "month-cents", 0, OPT_WHOLE, OF_CAMPAIGN, AT(month_cents), .max = 100000000, .arg = "N",
	  .help = "what that server costs in a month" },
	{ "zone", 0, OPT_STRING, OF_CAMPAIGN, AT(zone), .arg = "ZONE",
	  .help = "Europe/Paris ([hours] zone)" },
	{ "configuration", 0, OPT_STRING, OF_CAMPAIGN | OF_TRANSIT, AT(configuration), .arg = "WORDS",
	  .help = "campaign and transit server match by it (own)" },

	{ "files", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "PATH",
	  .section = "What the account consists of, each as often as needed", .help = "a folder" },
	{ "mail", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "PATH", .help = "a folder of maildirs" },
	{ "mariadb", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "NAME", .help = "a database" },
	{ "postgresql", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "NAME", .help = "a database" },
	{ "domain", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "NAME", .help = "the host runs its DNS" },
	{ "domain-elsewhere", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "NAME", .help = "the host does not" },
	{ "address", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "IP",
	  .help = "of the server, for this account alone" },
	{ "unit", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "NAME", .help = "of systemd, this account's alone" },
	{ "crontab", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "USER", .help = "a user's crontab" },
	{ "user", 0, OPT_ITEM, OF_ITEMS, ITEM, .arg = "USER", .help = "a user of the system" },

	{ "at", 0, OPT_STRING, OF_WHEN, AT(at), .arg = "TIME", .section = "When",
	  .help = "then or not at all: 2026-12-01T03:00+01:00" },
	{ "now", 0, OPT_FLAG, OF_WHEN, AT(now), .help = "now or not at all" },
	{ "next", 0, OPT_FLAG, OF_WHEN, AT(next), .help = "in the next slot that holds it; from --at on" },
	{ "back", 0, OPT_FLAG, OF_BACK, AT(back), .help = "to where its last cutover came from" },
	{ "seconds", 0, OPT_WHOLE, OF_SECONDS, AT(seconds), .min = 1, .max = SECONDS_MOST, .arg = "N",
	  .help = "so much more than was promised" },

	{ "expected", 0, OPT_STRING, OF_TRANSIT | OF_EXPECTED, AT(expected), .arg = "DAY",
	  .help = "when it will be free: 2026-12-24" },

	{ "part", 0, OPT_ITEM, OF_RESYNC, PART, .arg = "KIND", .section = "What is copied",
	  .help = "files, mail, mariadb or postgresql (all it has)" },
	{ "to", 0, OPT_STRING, OF_RESYNC, AT(to), .arg = "SERVER",
	  .help = "onto it (the side that does not serve)" },
	{ "go", 0, OPT_FLAG, OF_RESYNC, AT(go), .help = "copy; else only say what would change" },
	{ "force", 0, OPT_FLAG, OF_RESYNC, AT(force), .help = "onto the side that serves, too" },
	{ "on", 0, OPT_STRING, OF_REHEARSE, AT(on), .arg = "SERVER", .section = "Where",
	  .help = "a test server, which serves nobody" },

	{ "format", 0, OPT_CHOICE, OF_REPORT, AT(format), .arg = "HOW", .choices = "text|json|markdown",
	  .help = "text (default), json or markdown" },

	{ "campaign", 0, OPT_STRING, OF_AUDIT, AT(campaign), .arg = "NAME", .section = "What is shown",
	  .help = "of it alone" },
	{ "since", 0, OPT_STRING, OF_AUDIT, AT(since), .arg = "TIME",
	  .help = "from then on: 2026-12-01T03:00Z" },

	{ "as", 0, OPT_STRING, OF_STORE, AT(as), .arg = "WHO", .section = "For the audit log",
	  .help = "who: support, or client NAME (root: support)" },
	{ "why", 0, OPT_TEXT, OF_STORE, AT(why), .arg = "TEXT", .help = "why" },

	{ "config", 0, OPT_STRING, OF_ALL, AT(config), .arg = "FILE", .section = "For every command",
	  .help = "configuration (/etc/scheduler/scheduler.ini)" },
	{ "store-wait", 0, OPT_WHOLE, OF_STORE, AT(store_wait_s), .max = WAIT_MOST, .arg = "SECS",
	  .help = "so long another's change is waited for (60)" },
	{ "json", 0, OPT_FLAG, OF_ALL, AT(json), .help = "JSON, one object a line" },
	{ "help", 0, OPT_HELP, OF_ALL, .help = "show this" },
	{ "version", 'V', OPT_VERSION, OF_ALL, .help = "show the version" },
};
const size_t opt_row_count = sizeof opt_rows / sizeof *opt_rows;

const struct opt_row *opt_by_name(const char *name, size_t n, unsigned groups)
{
	const struct opt_row *other = NULL;
	for (size_t i = 0; i < opt_row_count; i++) {
		if (strlen(opt_rows[i].name) != n || memcmp(opt_rows[i].name, name, n) != 0)
			continue;
		if (opt_rows[i].groups & groups)
			return &opt_rows[i];
		other = &opt_rows[i];
	}
	return other;
}

static int add_item(const struct opt_row *row, struct strings *to, const char *text, struct err *err)
{
	if (!*text)
		return err_say(err, -EINVAL, "option --%s: the value is empty", row->name);
	int r = strings_add(to, row->name, strlen(row->name));
	if (!r)
		r = strings_add(to, text, strlen(text));
	return r ? err_set(err, r, "option --%s", row->name) : 0;
}

static int set_text(const struct opt_row *row, char **to, const char *text, struct err *err)
{
	char *copy = strdup(text);
	if (!copy)
		return err_set(err, -ENOMEM, "option --%s", row->name);
	free(*to);
	*to = copy;
	return 0;
}

int opt_set(const struct opt_row *row, struct options *o, const char *text, struct err *err)
{
	const struct value v = { row->name, text, err };
	void *to = (char *)o + row->at;
	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)to = true;
		return 0;
	case OPT_WHOLE:
		return value_whole(to, &v, row->min, row->max);
	case OPT_STRING:
		return value_string(to, &v);
	case OPT_TEXT:
		return set_text(row, to, text, err);
	case OPT_CHOICE:
		return value_choice(to, &v, row->choices);
	case OPT_ITEM:
		return add_item(row, to, text, err);
	case OPT_HELP:
	case OPT_VERSION:
		break;
	}
	err_broken(__FILE__, __LINE__, "an option with a field");
}
