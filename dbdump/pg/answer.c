/* answer.c - conn.h's part that takes what a server answers: it may be anybody's, and answer another thing, or without end. */
#include <stdlib.h>

#include "dbdump/pg/conn.h"
#include "dbdump/sockets.h"

enum {
	ANSWER_MOST = 256 << 20, /* bytes of an answer: a million columns of tables are half of it */
	ROW_COST = 64,
	NOTICES_MOST = 100000, /* of a connection */
};

static char nothing[] = "";

char *pg_cell(const PGresult *r, int row, int column)
{
	bool there = row >= 0 && row < PQntuples(r) && column >= 0 && column < PQnfields(r);
	return there ? PQgetvalue(r, row, column) : nothing;
}

void conn_hear_notice(void *ctx, const PGresult *r)
{
	struct notices *n = ctx;
	(void)r;
	if (++n->count == NOTICES_MOST)
		sockets_end(PQsocket(n->pg));
}

/* The rows of one statement so far. */
struct taking {
	PGresult *rows;
	size_t bytes;
};

static bool keep_row(struct taking *t, const PGresult *row)
{
	if (!t->rows)
		t->rows = PQcopyResult(row, PG_COPYRES_ATTRS);
	bool ok = t->rows != NULL;
	int at = ok ? PQntuples(t->rows) : 0;
	t->bytes += ROW_COST;
	for (int i = 0; ok && i < PQnfields(row); i++) {
		bool null = PQgetisnull(row, 0, i);
		int len = PQgetlength(row, 0, i);
		t->bytes += (size_t)len + ROW_COST;
		ok = t->bytes <= ANSWER_MOST &&
		     PQsetvalue(t->rows, at, i, null ? NULL : PQgetvalue(row, 0, i), null ? -1 : len);
	}
	return ok;
}

/* What becomes of one of libpq's results: true, and it is what the caller gets. */
static bool take(struct conn *c, struct taking *t, PGresult *r, PGresult **last)
{
	switch (PQresultStatus(r)) {
	case PGRES_SINGLE_TUPLE:
		if (!PQnfields(r) &&
		    !t->rows) { /* (nothing can be added to it: it says that there are any) */
			t->rows = r;
			return false;
		}
		if (!c->flooded && PQnfields(r) && !keep_row(t, r)) {
			c->flooded = true;
			sockets_end(PQsocket(c->pg));
		}
		PQclear(r);
		return false;
	case PGRES_TUPLES_OK: /* the end of those */
		if (t->rows) {
			PQclear(r);
			r = t->rows;
		}
		*t = (struct taking){ 0 };
		break;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		PQclear(*last);
		*last = r;
		return true;
	default:
		break;
	}
	/* as PQexec has it: the last one, or the first that failed */
	if (*last && PQresultStatus(*last) == PGRES_FATAL_ERROR) {
		PQclear(r);
		return false;
	}
	PQclear(*last);
	*last = r;
	return false;
}

PGresult *conn_exec(struct conn *c, const char *sql, bool one)
{
	struct taking t = { 0 };
	PGresult *r, *last = NULL;
	/* what a statement before left there */
	while ((r = PQgetResult(c->pg)) != NULL) {
		ExecStatusType status = PQresultStatus(r);
		PQclear(r);
		if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH ||
		    (status == PGRES_COPY_IN && PQputCopyEnd(c->pg, "it was given up") != 1))
			return NULL;
	}
	int sent = one ? PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0)
		       : PQsendQuery(c->pg, sql);
	if (!sent || !PQsetSingleRowMode(c->pg))
		return NULL;
	while ((r = PQgetResult(c->pg)) != NULL)
		if (take(c, &t, r, &last))
			break;
	PQclear(t.rows);
	return last;
}
