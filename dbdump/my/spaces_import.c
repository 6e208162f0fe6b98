#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/spaces.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

/* One table on its way in. */
struct import {
	struct spaces *ss;
	struct space *sp;
	struct conn *c;
	const char *db, *table;
	char *create;	  /* what makes it anew */
	char *file, *cfg; /* below the destination's folder */
};

static void import_fini(struct import *i)
{
	free(i->create);
	free(i->file);
	free(i->cfg);
}

/* What the table is called on disk, and what makes it. */
static int begin(struct import *i, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 }, name = { 0 };
	int status = conn_select(i->c, &r, err, "SHOW CREATE TABLE %i.%i", i->db, i->table);
	if (!status && rows_next(&r) && !(i->create = strdup(r.at[1])))
		return err_set(err, -ENOMEM, "%s", i->c->shown);
	if (!status)
		status = conn_select(i->c, &name, err,
				     "SELECT CONCAT(" SQL_AS_FILE("%q") ", '/', " SQL_AS_FILE("%q") ")",
				     i->db, i->table);
	if (status)
		return status;
	if (!rows_next(&name) || !name.at[0] || !i->create)
		return err_say(err, -EIO, "%s: its definition cannot be read", i->c->shown);
	if (asprintf(&i->file, "%s.ibd", name.at[0]) < 0 || asprintf(&i->cfg, "%s.cfg", name.at[0]) < 0)
		return err_set(err, -ENOMEM, "%s", i->c->shown);
	return 0;
}

/* From the staging folder to its place. No table's file is replaced; of a broken-off run a .cfg may be left. */
static int place(const struct import *i, const char *what, const char *to, struct err *err)
{
	const struct spaces *ss = i->ss;
	char name[32];
	spaces_staged_name(name, i->sp->number, what);
	AUTO(fd_closep) int fd = openat(ss->staging, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, ss->owner.st_uid, ss->owner.st_gid) < 0 || fchmod(fd, 0660) < 0 ||
	    renameat2(ss->staging, name, ss->to, to, *what ? 0 : RENAME_NOREPLACE) < 0)
		return err_set(err, -errno, "%s, in the destination's folder of data", to);
	return 0;
}

/* A server that is told not to wait for the disk is not waited for. The first file takes the renames of all others along, if not more:
 * table by table each would wait for a commit of the file system. */
int spaces_settle(const struct spaces *ss, struct err *err)
{
	for (size_t i = 0; ss->syncs && i < ss->count; i++) {
		const char *placed = ss->at[i].placed;
		AUTO(fd_closep)
		int fd = placed ? openat(ss->to, placed, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
		if (placed && (fd < 0 || fsync(fd) < 0))
			return err_set(err, -errno, "%s, in the destination's folder of data", placed);
	}
	return 0;
}

static int bring_in(const struct import *i, struct err *err)
{
	int status = conn_run(i->c, err, "ALTER TABLE %i.%i DISCARD TABLESPACE", i->db, i->table);
	if (!status)
		status = place(i, "", i->file, err);
	if (!status)
		status = place(i, ".cfg", i->cfg, err);
	if (!status)
		status = conn_run(i->c, err, "ALTER TABLE %i.%i IMPORT TABLESPACE", i->db, i->table);
	unlinkat(i->ss->to, i->cfg, 0);
	return status;
}

/* As if nothing had been tried. */
static int make_anew(const struct import *i, struct err *err)
{
	int status = conn_run(i->c, err, "DROP TABLE IF EXISTS %i.%i", i->db, i->table);
	if (status)
		return status;
	unlinkat(i->ss->to, i->file,
		 0); /* of a table that is without its file a server may leave what lies there */
	status = conn_run(i->c, err, "USE %i", i->db);
	return status ? status : conn_send(i->c, i->create, strlen(i->create), err);
}

int my_import(struct session *s, unsigned conn, const struct table *t, bool *in, struct err *err)
{
	*in = false;
	if (!s->spaces)
		return 0;
	__attribute__((cleanup(import_fini))) struct import i = {
		.ss = s->spaces,
		.sp = spaces_find(s->spaces, t->schema, t->name),
		.c = &s->links[conn].conn,
		.db = table_own(t)->target,
		.table = t->name,
	};
	struct err why = { 0 };
	int status = begin(&i, err);
	if (status)
		return session_status(s, status, err);
	status = bring_in(&i, &why);
	*in = !status;
	if (status == -ECONNRESET || status == -EINTR || status == -ENOMEM || status == -ENOSPC) {
		if (err)
			*err = why;
	} else if (status) {
		spaces_refuse(s->spaces, i.sp, "%s", why.text);
		status = make_anew(&i, err);
	}
	staged_fini(&i.sp->staged);
	if (*in)
		i.sp->placed = TAKE(i.file);
	if (status)
		err_context(err, "table %s.%s", i.db, i.table);
	return session_status(s, status, err);
}
