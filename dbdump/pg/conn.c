#include "dbdump/pg/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/text.h"
#include "dbdump/sockets.h"

void conn_clearp(PGresult **r)
{
	PQclear(*r);
	*r = NULL;
}

void pg_close(struct conn *c)
{
	sockets_drop(c->socket);
	cancel_free(c->cancel);
	PQfinish(c->pg);
	free(c->heard);
	*c = (struct conn){ 0 };
}

int conn_major(const struct conn *c)
{
	return PQserverVersion(c->pg) / 10000;
}

/* What a class or code of SQLSTATE is among ours. */
static int code_of(const char *state)
{
	static const struct {
		const char *begins;
		int code;
	} codes[] = {
		{ "53100", -ENOSPC },	  { "42501", -EPERM },	      { "55P03", -ETIMEDOUT },
		{ "40001", -EAGAIN },	  { "40P01", -EAGAIN },	      { "57P01", -ECONNRESET },
		{ "57P02", -ECONNRESET }, { "57P03", -ECONNREFUSED }, { "08", -ECONNRESET },
		{ "28", -EACCES },	  { "3D000", -ENOENT },	      { "53200", -ENOMEM },
	};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strncmp(state, codes[i].begins, strlen(codes[i].begins)))
			return codes[i].code;
	return -EIO;
}

/* libpq's own words end in newlines. */
static void first_line(char *out, size_t cap, const char *text)
{
	snprintf(out, cap, "%s", text ? text : "");
	out[strcspn(out, "\n")] = '\0';
}

int conn_fail(struct conn *c, PGresult *r, const char *what, struct err *err)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	const char *said = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *detail = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL) : NULL;
	/* of these classes it shows rows, which are nobody's business but their owner's */
	if (state && (!strncmp(state, "22", 2) || !strncmp(state, "23", 2)))
		detail = NULL;
	bool lost = PQstatus(c->pg) == CONNECTION_BAD;
	int code = lost ? -ECONNRESET : state ? code_of(state) : -EIO;
	if (c->stop && atomic_load(c->stop))
		code = -EINTR;
	if (c->heard && c->heard->fault) {
		err_say(err, code = -EIO, "%s: %s: %s: not believed", c->where, what, c->heard->fault);
	} else if (state && said) {
		err_say(err, code, "%s: %s: %s%s%s [%s]", c->where, what, said, detail ? ": " : "",
			detail ? detail : "", state);
	} else {
		char words[256];
		first_line(words, sizeof words, PQerrorMessage(c->pg));
		err_say(err, code, "%s: %s: %s", c->where, what,
			lost	 ? "the connection is lost"
			: *words ? words
				 : "no answer");
	}
	PQclear(r);
	return code;
}

bool conn_failed_as(const struct err *err, const char *sqlstate)
{
	size_t len = err ? strlen(err->text) : 0;
	return len >= 7 && err->text[len - 1] == ']' && !strncmp(err->text + len - 6, sqlstate, 5);
}

static int stopped(const struct conn *c, const char *what, struct err *err)
{
	if (c->stop && atomic_load(c->stop))
		return err_say(err, -EINTR, "%s: %s: ended as asked", c->where, what);
	return 0;
}

static int finish(PGresult **out, struct conn *c, PGresult *r, const char *what, struct err *err)
{
	ExecStatusType status = PQresultStatus(r);
	/* the last is rows without columns */
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_SINGLE_TUPLE)
		return conn_fail(c, r, what, err);
	if (out)
		*out = r;
	else
		PQclear(r);
	return 0;
}

int conn_query(PGresult **out, struct conn *c, const char *what, const char *sql, struct err *err)
{
	int r = stopped(c, what, err);
	if (r)
		return r;
	if (!sql)
		return err_set(err, -ENOMEM, "%s: %s", c->where, what);
	return finish(out, c, conn_exec(c, sql, false), what, err);
}

int pg_run(struct conn *c, const char *what, const char *sql, struct err *err)
{
	return conn_query(NULL, c, what, sql, err);
}

int conn_run_one(struct conn *c, const char *what, const char *sql, struct err *err)
{
	int r = stopped(c, what, err);
	if (r)
		return r;
	return finish(NULL, c, conn_exec(c, sql, true), what, err);
}

int pg_value(char **out, struct conn *c, const char *what, const char *sql, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, c, what, sql, err);
	if (r)
		return r;
	if (PQntuples(rows) < 1)
		return err_say(err, -EIO, "%s: %s: no row", c->where, what);
	*out = strdup(pg_cell(rows, 0, 0));
	return *out ? 0 : err_set(err, -ENOMEM, "%s: %s", c->where, what);
}
