/* answer.c - conn.h's part that takes what a server answers: it may be anybody's, and answer another thing, or without end. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "dbdump/pg/conn.h"
#include "dbdump/sockets.h"

enum {
	ANSWER_MOST = 256 << 20, /* bytes of an answer: a million columns of tables are half of it */
	ROW_COST = 64,
	NOTICES_MOST = 100000, /* of a connection */
	RESULTS_MOST = 10000,  /* of a statement, or several that are sent as one */
	WAIT_MOST_MS = 512,
	AROUND_MOST = 32 << 20, /* bytes that come with an answer and are none of it */
	LINE_MOST = 1 << 30,	/* of a row of COPY: none can be larger */
	LINE_HEAD = 5,
	AROUND_LINES = 8, /* a part of the rows' bytes, for what TLS adds to them */
};

static char nothing[] = "";

char *pg_cell(const PGresult *r, int row, int column)
{
	bool there = row >= 0 && row < PQntuples(r);
	/* (where there is no such column libpq tells conn_hear_notice) */
	char *value = there ? PQgetvalue(r, row, column) : NULL;
	return value ? value : nothing;
}

static void flood(struct heard *h)
{
	if (!h->fault)
		sockets_end(PQsocket(h->pg));
	h->fault = "the server's answer has no end, or is too large";
}

static void note(struct heard *h)
{
	if (++h->notices > NOTICES_MOST)
		flood(h);
}

/* What libpq says itself has no SQLSTATE: of a column that is not there, a message that must not come. */
void conn_hear_notice(void *ctx, const PGresult *r)
{
	struct heard *h = ctx;
	if (!h->fault && !PQresultErrorField(r, PG_DIAG_SQLSTATE))
		h->fault = "the server answers something else than it was asked";
	note(h);
}

void conn_hush(struct conn *c)
{
	for (PGnotify *told; (told = PQnotifies(c->pg)) != NULL; PQfreemem(told))
		note(c->heard);
}

static uint64_t came(const struct conn *c)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof info;
	return getsockopt(PQsocket(c->pg), IPPROTO_TCP, TCP_INFO, &info, &len) ? 0 : info.tcpi_bytes_received;
}

static void expect(struct conn *c, uint64_t most)
{
	c->heard->begun = came(c);
	c->heard->most = most;
}

void conn_weigh(struct conn *c)
{
	uint64_t now = came(c);
	if (now > c->heard->begun && now - c->heard->begun > c->heard->most)
		flood(c->heard);
}

/* Takes what has come. What TLS has taken from the socket already poll does not see: it is asked for again, soon at first. False: nothing
 * more will come. */
static bool await(struct conn *c, int *ms)
{
	struct pollfd p = { .fd = PQsocket(c->pg), .events = POLLIN };
	bool came = poll(&p, 1, *ms) > 0, goes_on = PQconsumeInput(c->pg);
	*ms = came ? 1 : *ms < WAIT_MOST_MS ? 2 * *ms : WAIT_MOST_MS;
	conn_hush(c);
	conn_weigh(c);
	return goes_on;
}

PGresult *conn_next(struct conn *c)
{
	for (int ms = 1; PQisBusy(c->pg) && await(c, &ms);)
		;
	PGresult *r = PQgetResult(c->pg);
	if (r && PQresultStatus(r) != PGRES_SINGLE_TUPLE && ++c->heard->results > RESULTS_MOST)
		flood(c->heard);
	return r;
}

int conn_line(struct conn *c, char **line)
{
	int n;
	for (int ms = 1; (n = PQgetCopyData(c->pg, line, 1)) == 0;)
		if (!await(c, &ms))
			return -1; /* what comes next says why */
	if (n > 0)
		c->heard->most += (uint64_t)n + LINE_HEAD + (uint64_t)n / AROUND_LINES;
	return n;
}

/* The rows of one statement so far. */
struct taking {
	PGresult *rows;
	size_t bytes;
};

static bool keep_row(struct taking *t, const PGresult *row)
{
	if (!t->rows)
		t->rows = PQcopyResult(row, PG_COPYRES_ATTRS | PG_COPYRES_NOTICEHOOKS);
	bool ok = t->rows != NULL;
	int at = ok ? PQntuples(t->rows) : 0;
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
		t->bytes += ROW_COST;
		if (!PQnfields(r) &&
		    !t->rows) { /* (nothing can be added to it: it says that there are any) */
			t->rows = r;
			return false;
		}
		if (t->bytes > ANSWER_MOST || (PQnfields(r) && !c->heard->fault && !keep_row(t, r)))
			flood(c->heard);
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
		expect(c, (uint64_t)LINE_MOST + AROUND_MOST);
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

PGresult *conn_answer(struct conn *c)
{
	struct taking t = { 0 };
	PGresult *r, *last = NULL;
	c->heard->results = 0;
	expect(c, ANSWER_MOST + AROUND_MOST);
	if (!PQsetSingleRowMode(c->pg))
		return NULL;
	while ((r = conn_next(c)) != NULL)
		if (take(c, &t, r, &last))
			break;
	PQclear(t.rows);
	return last;
}

PGresult *conn_exec(struct conn *c, const char *sql, bool one)
{
	PGresult *r;
	if (c->heard && c->heard->fault)
		return NULL;
	/* what a statement before left there */
	while ((r = conn_next(c)) != NULL) {
		ExecStatusType status = PQresultStatus(r);
		PQclear(r);
		if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH ||
		    (status == PGRES_COPY_IN && PQputCopyEnd(c->pg, "it was given up") != 1))
			return NULL;
	}
	int sent = one ? PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0)
		       : PQsendQuery(c->pg, sql);
	return sent ? conn_answer(c) : NULL;
}
