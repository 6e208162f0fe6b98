#include "dbdump/my/taken.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* mysql_warning_count ends at 65,535. */
static uint64_t count_warnings(struct conn *c)
{
	const char *info = mysql_info(c->db), *told = info ? strstr(info, "Warnings: ") : NULL;
	return told ? strtoull(told + strlen("Warnings: "), NULL, 10) : mysql_warning_count(c->db);
}

int taken_begin(struct conn *c, struct err *err)
{
	return conn_run(c, err, "DO LAST_INSERT_ID(0)");
}

int taken_check(struct conn *c, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	char zeros[32];
	uint64_t count = count_warnings(c);
	if (!count)
		return 0;
	int status = conn_select(c, &r, err, "SHOW WARNINGS LIMIT 1");
	if (!status)
		status = conn_value(c, zeros, sizeof zeros, err, "SELECT LAST_INSERT_ID()");
	if (!status && strtoull(zeros, NULL, 10) == count)
		return taken_begin(c, err);
	if (status)
		return status;
	return err_say(err, -EIO,
		       "%s: the server did not take the rows as they are, %" PRIu64
		       " warnings, the first: %s",
		       c->shown, count, rows_next(&r) ? r.at[2] : "");
}
