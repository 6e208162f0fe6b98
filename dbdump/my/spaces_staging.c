#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dbdump/my/spaces.h"

#define PREFIX "dbdump_staging_"

char *spaces_staged_name(char out[static 32], size_t i, const char *what)
{
	snprintf(out, 32, "%zu%s.BAK", i, what);
	return out;
}

/* Nobody has the lock of its name any more. */
static void drop_if_stale(struct session *s, const char *name)
{
	char lone[8];
	if (!conn_value(&s->control, lone, sizeof lone, NULL, "SELECT IS_FREE_LOCK(%q)", name) &&
	    !strcmp(lone, "1"))
		conn_run(&s->control, NULL, "DROP DATABASE %i", name);
}

void spaces_drop_stale(struct session *s)
{
	AUTO(rows_fini) struct rows r = { 0 };
	if (s->control.mariadb &&
	    !conn_select(&s->control, &r, NULL, "SHOW DATABASES LIKE 'dbdump\\_staging\\_%%'"))
		while (rows_next(&r))
			drop_if_stale(s, r.at[0]);
}

/* The server's own hands made it: 0700, on the file system of its data, its user's. */
static int open_staging(struct spaces *ss)
{
	ss->staging = openat(ss->to, ss->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return ss->staging < 0 ? -errno : 0;
}

int spaces_make_staging(struct spaces *ss, char why[static SPACE_REASON], struct err *err)
{
	struct conn *c = &ss->target->control;
	char name[sizeof ss->name], taken[8];
	uint64_t random;
	struct err no = { 0 };
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return err_set(err, -errno, "random numbers");
	snprintf(name, sizeof name, PREFIX "%016" PRIx64, random);
	int status = conn_value(c, taken, sizeof taken, &no, "SELECT GET_LOCK(%q, 0)", name);
	if (!status)
		status = conn_run(c, &no, "CREATE DATABASE %i", name);
	if (status == -ECONNRESET || status == -EINTR)
		return err_say(err, status, "%s", no.text);
	if (status) {
		snprintf(why, SPACE_REASON, "a database for what is copied cannot be made: %.150s", no.text);
		return 0;
	}
	memcpy(ss->name, name, sizeof name);
	if (open_staging(ss))
		snprintf(
			why, SPACE_REASON,
			"the folder that is here under the name of the destination's is not the one that its "
			"server has: a database made there does not appear in it");
	return 0;
}

void spaces_drop_staging(struct spaces *ss)
{
	char file[32];
	struct err err = { 0 };
	for (size_t i = 0; ss->staging >= 0 && i < ss->count; i++) {
		unlinkat(ss->staging, spaces_staged_name(file, i, ""), 0);
		unlinkat(ss->staging, spaces_staged_name(file, i, ".cfg"), 0);
	}
	if (ss->staging >= 0)
		close(ss->staging);
	ss->staging = -1;
	if (ss->name[0] && conn_run(&ss->target->control, &err, "DROP DATABASE IF EXISTS %i", ss->name))
		session_warn(ss->target, "database %s at the destination, with copies of files, is left: %s",
			     ss->name, err.text);
	ss->name[0] = '\0';
}
