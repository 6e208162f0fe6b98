/* same.c - session.h's question whether source and target are one server. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dbdump/pg/session.h"
#include "dbdump/pg/text.h"
#include "xfer/base/fd.h"

static int ask(bool *yes, struct conn *c, struct buf *sql, struct err *err)
{
	AUTO(fd_free_buffer) char *answer = NULL;
	int r = pg_value(&answer, c, "see which server it is", text_of(sql), err);
	*yes = !r && answer && !strcmp(answer, "t");
	return r;
}

/* The lock's number stands between the two. */
static int ask_about_lock(bool *yes, struct conn *c, const char *const around[2], int64_t number,
			  struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql, "%s%" PRId64 "%s", around[0], number, around[1]);
	return ask(yes, c, &sql, err);
}

/* A standby has its primary's databases. The identifier alone does not tell: copies of one data directory share it. */
static int same_cluster(bool *same, struct session *source, struct session *target, struct err *err)
{
	static const char who[] =
		"SELECT pg_catalog.pg_is_in_recovery() || ' ' || system_identifier FROM pg_catalog.pg_control_system()";
	AUTO(fd_free_buffer) char *a = NULL;
	AUTO(fd_free_buffer) char *b = NULL;
	int r = pg_value(&a, &source->control, "see which server it is", who, err);
	if (!r)
		r = pg_value(&b, &target->control, "see which server it is", who, err);
	*same = !r && a && b && (a[0] == 't' || b[0] == 't') && strchr(a, ' ') && strchr(b, ' ') &&
		!strcmp(strchr(a, ' '), strchr(b, ' '));
	return r == -EPERM ? 0 : r;
}

/* Names and addresses do not tell. A lock that is taken at the one and seen at the other does. */
int session_same(struct session *source, struct session *target, bool *same, struct err *err)
{
	static const char *const take[] = { "SELECT pg_catalog.pg_try_advisory_lock(", ")" },
				 *const leave[] = { "SELECT pg_catalog.pg_advisory_unlock(", ")" },
				 *const see[] = { "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE"
						  " locktype = 'advisory' AND objsubid = 1"
						  " AND classid::bigint << 32 | objid::bigint = ",
						  ")" };
	int64_t number;
	bool ours;
	*same = false;
	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return err_set(err, -errno, "a random number");
	int r = ask_about_lock(&ours, &source->control, take, number, err);
	if (!r)
		r = ask_about_lock(same, &target->control, see, number, err);
	if (!r)
		r = ask_about_lock(&ours, &source->control, leave, number, err);
	return r || *same ? r : same_cluster(same, source, target, err);
}
