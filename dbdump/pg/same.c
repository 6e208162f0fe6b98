/* same.c - session.h's question whether source and target are one server. A mark is a lock's number, 'true' for a standby, and the
 * identifier of its cluster. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dbdump/pg/session.h"
#include "dbdump/pg/text.h"
#include "xfer/base/fd.h"

/* The lock's number stands between the two. */
static int ask_about_lock(bool *yes, struct conn *c, const char *const around[2], int64_t number,
			  struct err *err)
{
	AUTO(fd_free_buffer) char *answer = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql, "%s%" PRId64 "%s", around[0], number, around[1]);
	int r = pg_value(&answer, c, "see which server it is", text_of(&sql), err);
	*yes = !r && answer && !strcmp(answer, "t");
	return r;
}

/* NULL where it may not be asked for. */
static int cluster(char **out, struct conn *c, struct err *err)
{
	static const char who[] =
		"SELECT pg_catalog.pg_is_in_recovery() || ' ' || system_identifier FROM pg_catalog.pg_control_system()";
	*out = NULL;
	int r = pg_value(out, c, "see which server it is", who, err);
	return r == -EPERM ? 0 : r;
}

/* Names and addresses do not tell. A lock that is taken at the one and seen at the other does. */
int session_mark(struct session *s, char *out, struct err *err)
{
	static const char *const take[] = { "SELECT pg_catalog.pg_try_advisory_lock(", ")" };
	AUTO(fd_free_buffer) char *name = NULL;
	int64_t number;
	bool ours;
	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return err_set(err, -errno, "a random number");
	int r = ask_about_lock(&ours, &s->control, take, number, err);
	if (!r)
		r = cluster(&name, &s->control, err);
	if (!r)
		snprintf(out, MARK_MOST, "%" PRId64 " %s", number, name ? name : "");
	return r;
}

/* A standby has its primary's databases. The identifier alone does not tell: copies of one data directory share it. */
static bool same_cluster(const char *a, const char *b)
{
	const char *x = strchr(a, ' '), *y = strchr(b, ' ');
	return (*a == 't' || *b == 't') && x && y && !strcmp(x, y);
}

int session_marked(struct session *s, const char *mark, bool *same, struct err *err)
{
	static const char *const see[] = { "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE"
					   " locktype = 'advisory' AND objsubid = 1"
					   " AND classid::bigint << 32 | objid::bigint = ",
					   ")" };
	AUTO(fd_free_buffer) char *name = NULL;
	char *rest;
	int64_t number = strtoll(mark, &rest, 10);
	int r = ask_about_lock(same, &s->control, see, number, err);
	if (!r && !*same)
		r = cluster(&name, &s->control, err);
	if (!r && name && *rest == ' ')
		*same = *same || same_cluster(rest + 1, name);
	return r;
}

int session_same(struct session *source, struct session *target, bool *same, struct err *err)
{
	char mark[MARK_MOST];
	*same = false;
	int r = session_mark(source, mark, err);
	return r ? r : session_marked(target, mark, same, err);
}
