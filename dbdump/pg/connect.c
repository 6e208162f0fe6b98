/* connect.c - how a connection of conn.h is made. */
#include <errno.h>
#include <poll.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/conn.h"
#include "dbdump/pg/text.h"
#include "dbdump/sockets.h"
#include "xfer/base/clock.h"

enum { CONNECT_SECONDS = 60, POLL_MS = 250, PARAMS_MAX = 80, GREETING_MOST = 16 << 20 };

void conn_params_fini(struct conn_params *p)
{
	strings_fini(&p->keys);
	strings_fini(&p->values);
}

const char *conn_params_get(const struct conn_params *p, const char *key)
{
	for (size_t i = 0; i < p->keys.count; i++)
		if (!strcmp(p->keys.at[i], key))
			return p->values.at[i];
	return NULL;
}

int conn_params_set(struct conn_params *p, const char *key, const char *value)
{
	for (size_t i = 0; i < p->keys.count; i++) {
		if (strcmp(p->keys.at[i], key))
			continue;
		char *copy = strdup(value);
		if (!copy)
			return -ENOMEM;
		free(p->values.at[i]);
		p->values.at[i] = copy;
		return 0;
	}
	if (strings_add(&p->keys, key, strlen(key)))
		return -ENOMEM;
	if (strings_add(&p->values, value, strlen(value))) {
		strings_cut(&p->keys, p->keys.count - 1);
		return -ENOMEM;
	}
	return 0;
}

/* Of what libpq took apart, all that is said. Defaults it finds by itself when it connects. */
static int take(struct conn_params *out, const PQconninfoOption *o)
{
	int r = 0;
	for (; !r && o->keyword; o++)
		if (o->val && strcmp(o->keyword, "dbname") != 0)
			r = conn_params_set(out, o->keyword, o->val);
	return r;
}

int conn_params_of(struct conn_params *out, const struct uri *uri, struct err *err)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(uri->text, &why);
	if (!options) {
		/* its words may repeat what it was given */
		PQfreemem(why);
		return err_say(err, -EINVAL, "%s: libpq does not understand this URI", uri->shown);
	}
	int r = take(out, options);
	PQconninfoFree(options);
	if (!r)
		r = conn_params_set(out, "fallback_application_name", "dbdump");
	if (!r)
		r = conn_params_set(out, "client_encoding", "UTF8");
	return r ? err_set(err, r, "%s", uri->shown) : 0;
}

int conn_params_pin(struct conn_params *p, const struct conn *c)
{
	const char *host = PQhost(c->pg), *port = PQport(c->pg);
	const char *address = conn_params_get(p, "hostaddr");
	int r = host && *host ? conn_params_set(p, "host", host) : 0;
	if (!r && port && *port)
		r = conn_params_set(p, "port", port);
	if (!r && address && strchr(address, ','))
		r = conn_params_set(p, "hostaddr", PQhostaddr(c->pg));
	return r;
}

/* With verbose errors, set before the server speaks, its FATAL carries the SQLSTATE: "FATAL:  28P01: ..." in whichever
 * language. */
static const char *state_in(const char *text)
{
	for (const char *p = text; (p = strstr(p, ":  ")); p++) {
		size_t n = strspn(p + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (n == 5 && p[8] == ':' && isdigit((unsigned char)p[3]))
			return p + 3;
	}
	return NULL;
}

/* What it says of who asks, or of this database alone, is another thing than that nobody is there. 28000: pg_hba.conf has no line
 * for it; a wrong password is 28P01, and is not to be tried again. 53300: too many connections; 55000: it takes none. */
static int code_of(const char *state)
{
	static const struct {
		const char *begins;
		int code;
	} codes[] = {
		{ "28000", -ECONNABORTED }, { "53300", -ECONNABORTED }, { "55000", -ECONNABORTED },
		{ "28", -EACCES },	    { "3D000", -ENOENT },	{ "42501", -EPERM },
	};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strncmp(state, codes[i].begins, strlen(codes[i].begins)))
			return codes[i].code;
	return -ECONNREFUSED;
}

static int refused(struct conn *c, struct err *err)
{
	const char *said = PQerrorMessage(c->pg), *state = state_in(said);
	char words[300];
	snprintf(words, sizeof words, "%s", state ? state + 7 : said);
	char *end = strstr(words, "\nLOCATION");
	if (end)
		*end = '\0';
	for (char *p = words; *p; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p;
	int code = state ? code_of(state) : -ECONNREFUSED;
	if (!state && PQconnectionNeedsPassword(c->pg))
		code = -EACCES;
	else if (!state && strstr(said, "expected authentication request"))
		code = -EPROTONOSUPPORT;
	return err_say(err, code, "%s: %s", c->where, words);
}

/* Lets libpq go on until the connection stands or fails; ends soon when asked to. */
static int settle(struct conn *c, int seconds, struct err *err)
{
	uint64_t until = clock_now() + (uint64_t)seconds * CLOCK_SECOND;
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;
	while (step != PGRES_POLLING_OK) {
		if (step == PGRES_POLLING_FAILED)
			return refused(c, err);
		if (c->stop && atomic_load(c->stop))
			return err_say(err, -EINTR, "%s: ended as asked", c->where);
		if (clock_now() > until)
			return err_say(err, -ECONNREFUSED, "%s: no answer for %d seconds", c->where, seconds);
		struct pollfd p = { .fd = PQsocket(c->pg),
				    .events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT };
		if (poll(&p, 1, POLL_MS) > 0)
			step = PQconnectPoll(c->pg);
		conn_hush(c);
		conn_weigh(c);
	}
	PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);
	c->socket = sockets_add(PQsocket(c->pg));
	return c->socket < 0 ? err_set(err, c->socket, "%s", c->where) : 0;
}

static const char pinned[] =
	"SET DateStyle = 'ISO, MDY'; SET IntervalStyle = postgres; SET extra_float_digits = 3; SET bytea_output = hex;"
	"SET TimeZone = 'UTC'; SET search_path = ''; SET row_security = off; SET statement_timeout = 0;"
	"SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lc_monetary = 'C';"
	"SET xmloption = content; SET standard_conforming_strings = on; SET check_function_bodies = off;"
	"SET client_min_messages = warning; SET default_transaction_read_only = off; SET synchronize_seqscans = off;"
	"SET quote_all_identifiers = off; SET escape_string_warning = off; SET array_nulls = on;"
	"SET transform_null_equals = off; SET default_tablespace = ''; SET jit = off";

/* What not every version knows; the last came with a security fix. */
static const char newer[] =
	"SELECT pg_catalog.set_config(name, value, false) FROM (VALUES ('idle_session_timeout', '0'), ('transaction_timeout', '0'),"
	" ('restrict_nonsystem_relation_kind', 'view, foreign-table')) s(name, value)"
	" WHERE pg_catalog.current_setting(name, true) IS NOT NULL";

static int start(struct conn *c, const struct conn_params *p, const char *database, struct err *err)
{
	const char *keys[PARAMS_MAX], *values[PARAMS_MAX];
	size_t n = 0;
	for (; n < p->keys.count && n < PARAMS_MAX - 2; n++) {
		keys[n] = p->keys.at[n];
		values[n] = p->values.at[n];
	}
	keys[n] = "dbname";
	values[n++] = database;
	keys[n] = values[n] = NULL;
	/* not expanded: a database may be called "host=elsewhere" */
	c->pg = PQconnectStartParams(keys, values, 0);
	if (!c->pg)
		return err_set(err, -ENOMEM, "%s", c->where);
	PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
	c->heard = calloc(1, sizeof *c->heard);
	if (!c->heard)
		return err_set(err, -ENOMEM, "%s", c->where);
	*c->heard = (struct heard){ .pg = c->pg, .most = GREETING_MOST };
	PQsetNoticeReceiver(c->pg, conn_hear_notice, c->heard);
	if (PQstatus(c->pg) == CONNECTION_BAD)
		return refused(c, err);
	const char *wait = conn_params_get(p, "connect_timeout");
	int seconds = wait ? (int)strtol(wait, NULL, 10) : 0;
	return settle(c, seconds > 0 ? seconds : CONNECT_SECONDS, err);
}

static int settings(struct conn *c, struct err *err)
{
	int r = pg_run(c, "settings", pinned, err);
	if (!r)
		r = pg_run(c, "settings", newer, err);
	/* bytes without an encoding travel as they are */
	const char *encoding = PQparameterStatus(c->pg, "server_encoding");
	if (!r && encoding && !strcmp(encoding, "SQL_ASCII"))
		r = pg_run(c, "settings", "SET client_encoding = SQL_ASCII", err);
	return r;
}

int pg_open(struct conn *c, const struct conn_params *p, const char *database, const atomic_bool *stop,
	    struct err *err)
{
	const char *host = conn_params_get(p, "host"), *port = conn_params_get(p, "port");
	*c = (struct conn){ .stop = stop };
	snprintf(c->where, sizeof c->where, "database \"%s\" at %s%s%s", database,
		 host ? host : "the default host", port ? ":" : "", port ? port : "");
	int r = start(c, p, database, err);
	if (!r)
		r = PQserverVersion(c->pg) >= 110000
			    ? settings(c, err)
			    : err_say(err, -EPROTONOSUPPORT,
				      "%s: PostgreSQL %s is too old: 11 is needed at least", c->where,
				      PQparameterStatus(c->pg, "server_version"));
	if (!r) {
		c->pid = PQbackendPID(c->pg);
		c->cancel = cancel_new(c->pg);
		r = c->cancel ? 0 : err_set(err, -ENOMEM, "%s", c->where);
	}
	if (r)
		pg_close(c);
	return r;
}
