#include "scheduler/site/site.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/site/hours.h"

enum kind { KIND_TEXT, KIND_WHOLE, KIND_REAL };

#define AT(member) offsetof(struct site, member)

/* clang-format off */
static const struct key {
	const char *group, *name;
	enum kind kind;
	size_t at;
	double least, most; /* of numbers */
	const char *value;  /* the default */
	const char *help;
} keys[] = {
	{ "store", "path", KIND_TEXT, AT(store), 0, 0, "/var/lib/scheduler/state.db", "file; scheduler init makes it" },
	{ "hours", "zone", KIND_TEXT, AT(zone), 0, 0, "UTC", "time zone of campaigns that name none" },
	{ "hours", "out", KIND_TEXT, AT(out), 0, 0, "", "when accounts may move out: mon-fri 09:00-17:00, sat 10:00-12:00; empty: always" },
	{ "hours", "back", KIND_TEXT, AT(back), 0, 0, "mon-fri 09:00-17:00", "when they may move back" },
	{ "hours", "holidays", KIND_TEXT, AT(holidays), 0, 0, "", "days without hours on the way back: 2026-12-25, 2027-01-01" },
	{ "hours", "blackouts", KIND_TEXT, AT(blackouts), 0, 0, "",
	  "no cutover in either direction: 2026-11-27T00:00Z/2026-12-01T00:00Z, ..." },
	{ "limits", "all", KIND_WHOLE, AT(most.all), 0, 1000, "8", "cutovers at the same time; 0: any number" },
	{ "limits", "server", KIND_WHOLE, AT(most.server), 0, 1000, "2", "of those at one server" },
	{ "limits", "pair", KIND_WHOLE, AT(most.pair), 0, 1000, "1", "of those between one pair of servers" },
	{ "window", "factor", KIND_REAL, AT(factor), 1, 100, "1.5", "what is expected times this is promised" },
	{ "window", "freeze", KIND_REAL, AT(freeze_s), 0, 86400, "10", "seconds, until it was measured" },
	{ "window", "switch", KIND_REAL, AT(switch_s), 0, 86400, "10", "seconds, until it was measured" },
	{ "window", "thaw", KIND_REAL, AT(thaw_s), 0, 86400, "10", "seconds, until it was measured" },
	{ "window", "files", KIND_REAL, AT(files_s), 0, 86400, "600", "seconds of the final pass, for an account that was never copied ahead" },
	{ "window", "least", KIND_REAL, AT(least_s), 0, 86400, "60", "seconds; no window is shorter" },
	{ "window", "verify-files", KIND_WHOLE, AT(verify_files), 0, 1, "0",
	  "1: all files of both sides are read and compared within the window; 0: each was when it was sent" },
	{ "precopy", "every", KIND_WHOLE, AT(precopy_every_s), 1, 604800, "3600", "seconds between passes that copy files and mail ahead" },
	{ "mail", "gather-every", KIND_WHOLE, AT(gather_every_s), 1, 86400, "60", "seconds between looks for mail that came late to the old side" },
	{ "mail", "gather-for", KIND_WHOLE, AT(gather_for_s), 0, 604800, "900", "seconds for which it is looked for" },
	{ "hooks", "folder", KIND_TEXT, AT(hooks), 0, 0, "/etc/scheduler/hooks", "the site's executables" },
	{ "hooks", "limit", KIND_WHOLE, AT(hook_limit_s), 1, 86400, "300", "seconds, after which a hook has failed" },
	{ "programs", "xfer", KIND_TEXT, AT(xfer), 0, 0, "xfer", "program" },
	{ "programs", "dbdump", KIND_TEXT, AT(dbdump), 0, 0, "dbdump", "program" },
	{ "programs", "remote-xfer", KIND_TEXT, AT(remote_xfer), 0, 0, "xfer", "program at the servers" },
	{ "programs", "remote-dbdump", KIND_TEXT, AT(remote_dbdump), 0, 0, "dbdump", "program at the servers" },
	{ "transit", "free-days", KIND_WHOLE, AT(free_days), 0, 3650, "14", "days that cost nothing" },
	{ "dns", "domains", KIND_TEXT, AT(dns.domains), 0, 0, "", "the host's own, which its servers' names are below: host.example, host.net" },
	{ "dns", "name-servers", KIND_TEXT, AT(dns.name_servers), 0, 0, "", "its name servers: ns*.host.example; empty: all below domains" },
	{ "dns", "exchangers", KIND_TEXT, AT(dns.exchangers), 0, 0, "",
	  "where its clients' mail goes: 10 mx1.host.example, 20 mx2.host.example; empty: all below domains but the servers" },
	{ "dns", "resolvers", KIND_TEXT, AT(dns.resolvers), 0, 0, "", "who is asked: 192.0.2.1, [2001:db8::1]:5353; empty: the system's" },
	{ "dns", "limit", KIND_WHOLE, AT(dns.limit_s), 1, 3600, "10", "seconds for one domain" },
};
/* clang-format on */

enum { KEYS = sizeof keys / sizeof *keys };

static int set_number(struct site *c, const struct key *k, const char *text, struct err *err)
{
	char *end;
	errno = 0;
	double x = g_ascii_strtod(text, &end);
	if (end == text || *end || errno || !isfinite(x) || x < k->least || x > k->most)
		return err_say(err, -EINVAL, "\"%s\" is no number from %g to %g", text, k->least, k->most);
	if (k->kind == KIND_WHOLE && x != trunc(x))
		return err_say(err, -EINVAL, "\"%s\" is no whole number", text);
	if (k->kind == KIND_WHOLE)
		*(int64_t *)(void *)((char *)c + k->at) = (int64_t)x;
	else
		*(double *)(void *)((char *)c + k->at) = x;
	return 0;
}

static int set(struct site *c, const struct key *k, const char *text, struct err *err)
{
	if (k->kind != KIND_TEXT)
		return set_number(c, k, text, err);
	char **at = (char **)(void *)((char *)c + k->at), *copy = strdup(text);
	if (!copy)
		return err_set(err, -ENOMEM, "configuration");
	free(*at);
	*at = copy;
	return 0;
}

int site_init(struct site *c, struct err *err)
{
	*c = (struct site){ 0 };
	int status = 0;
	for (size_t i = 0; !status && i < KEYS; i++)
		status = set(c, &keys[i], keys[i].value, err);
	return status;
}

void site_fini(struct site *c)
{
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].kind == KIND_TEXT)
			free(*(char **)(void *)((char *)c + keys[i].at));
	*c = (struct site){ 0 };
}

static const struct key *find(const char *group, const char *name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (!strcmp(keys[i].group, group) && !strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static int read_key(struct site *c, GKeyFile *file, const char *group, const char *name, struct err *err)
{
	const struct key *k = find(group, name);
	if (!k)
		return err_say(err, -EINVAL, "[%s] %s: there is no such key", group, name);
	char *text = g_key_file_get_string(file, group, name, NULL);
	int status = text ? set(c, k, text, err) : err_say(err, -EINVAL, "it is no text in UTF-8");
	g_free(text);
	if (status)
		err_context(err, "[%s] %s", group, name);
	return status;
}

static int read_groups(struct site *c, GKeyFile *file, struct err *err)
{
	int status = 0;
	char **groups = g_key_file_get_groups(file, NULL);
	for (size_t g = 0; !status && groups[g]; g++) {
		char **names = g_key_file_get_keys(file, groups[g], NULL, NULL);
		for (size_t n = 0; !status && names && names[n]; n++)
			status = read_key(c, file, groups[g], names[n], err);
		g_strfreev(names);
	}
	g_strfreev(groups);
	return status;
}

/* What is wrong with the hours is said now, and not in the night in which they matter. */
static int check_hours(const struct site *c, struct err *err)
{
	for (int back = 0; back < 2; back++) {
		AUTO(calendar_freep) struct calendar *calendar = NULL;
		int status = site_calendar(&calendar, c, c->zone, back, err);
		if (status)
			return status;
	}
	return 0;
}

int site_read(struct site *c, const char *path, struct err *err)
{
	GError *why = NULL;
	GKeyFile *file = g_key_file_new();
	int status = site_init(c, err);
	if (!status && !g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &why)) {
		status = g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? -ENOENT : -EINVAL;
		err_say(err, status, "%s", why->message);
		g_error_free(why);
	}
	if (!status)
		status = read_groups(c, file, err);
	if (!status)
		status = check_hours(c, err);
	if (status)
		err_context(err, "%s", path);
	g_key_file_free(file);
	return status;
}

static void add(struct buf *b, const char *text)
{
	buf_bytes(b, text, strlen(text));
}

void site_describe(struct buf *out)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (!i || strcmp(keys[i].group, keys[i - 1].group) != 0) {
			add(out, i ? "\n[" : "[");
			add(out, keys[i].group);
			add(out, "]\n");
		}
		add(out, "# ");
		add(out, keys[i].help);
		add(out, "\n");
		add(out, keys[i].name);
		add(out, keys[i].value[0] ? " = " : " =");
		add(out, keys[i].value);
		add(out, "\n");
	}
}

int site_calendar(struct calendar **out, const struct site *c, const char *zone, bool back, struct err *err)
{
	AUTO(calendar_freep) struct calendar *made = NULL;
	int status = calendar_new(&made, zone, err);
	if (!status && (status = hours_add(made, back ? c->back : c->out, err)))
		err_context(err, "[hours] %s", back ? "back" : "out");
	if (!status && back && (status = hours_add_holidays(made, c->holidays, err)))
		err_context(err, "[hours] holidays");
	if (!status && (status = hours_add_blackouts(made, c->blackouts, err)))
		err_context(err, "[hours] blackouts");
	if (!status)
		*out = TAKE(made);
	return status;
}

void site_limits(struct limits *out, const struct site *c)
{
	*out = (struct limits){ (unsigned)c->most.all, (unsigned)c->most.server, (unsigned)c->most.pair };
}
