#include "dbdump/my/spaces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/identity.h"

struct spaces *spaces_new(struct session *source, struct session *target)
{
	struct spaces *ss = calloc(1, sizeof *ss);
	if (ss)
		*ss = (struct spaces){
			.source = source, .target = target, .from = -1, .to = -1, .staging = -1
		};
	return ss;
}

const struct session *spaces_here(const struct spaces *ss)
{
	return ss->target ? ss->target : ss->source;
}

size_t spaces_left(const struct spaces *ss)
{
	size_t left = 0;
	for (size_t i = 0; i < ss->count; i++)
		left += !ss->at[i].reason[0];
	return left;
}

/* Small tables are quicker as rows; who wants files gets files. */
static void leave_small(struct spaces *ss)
{
	for (size_t i = 0; i < ss->count; i++)
		if (ss->at[i].small && spaces_here(ss)->job.options->mode == MODE_AUTO)
			spaces_refuse(ss, &ss->at[i], "it is small");
}

static void warn_of_each(const struct spaces *ss)
{
	for (size_t i = 0; i < ss->count; i++)
		if (ss->at[i].reason[0] && spaces_here(ss)->job.options->mode == MODE_TABLESPACE)
			session_warn(spaces_here(ss), "table %s.%s goes as rows, not as its file: %s",
				     ss->at[i].schema, ss->at[i].name, ss->at[i].reason);
}

int spaces_find_tables(struct spaces *ss, char why[static SPACE_REASON], struct err *err)
{
	struct err no = { 0 };
	int status = spaces_choose(ss, &no);
	if (status == -EPERM || status == -EIO) {
		snprintf(why, SPACE_REASON, "the server does not say where its tables are: %.150s", no.text);
		return 0;
	}
	if (status) {
		*err = no;
		return status;
	}
	warn_of_each(ss);
	leave_small(ss);
	return 0;
}

/* Ends with none, or with the first copy of the files of those that can go so. */
static int prepare(struct spaces *ss, char why[static SPACE_REASON], struct err *err)
{
	int status = spaces_hindrance(ss, why, err);
	if (!status && !why[0])
		status = spaces_find_tables(ss, why, err);
	if (status || why[0] || !spaces_left(ss))
		return status;
	status = spaces_make_staging(ss, why, err);
	return status || why[0] ? status : spaces_copy(ss, false, err);
}

int my_meet(const struct meeting *m, struct err *err)
{
	const struct options *o = m->target->job.options;
	spaces_drop_stale(m->target);
	if (o->mode == MODE_LOGICAL || o->schema_only)
		return 0;
	struct spaces *ss = spaces_new(m->source, m->target);
	char why[SPACE_REASON] = "";
	struct err failed = { 0 };
	if (!ss)
		return err_set(err, -ENOMEM, "%s", m->target->job.uri->shown);
	ss->gate = m->gate;
	ss->watch = m->watch;
	m->source->spaces = m->target->spaces = ss;
	int status = prepare(ss, why, &failed);
	if (!status && why[0] && o->mode == MODE_TABLESPACE)
		session_warn(m->target, "all tables go as rows, none as its file: %s", why);
	if (status && err)
		*err = failed;
	if (status || why[0] || !spaces_left(ss)) {
		m->source->spaces = m->target->spaces = NULL;
		spaces_free(ss);
	}
	return session_status(m->source, status, err);
}

bool spaces_take(struct spaces *ss, const struct table *t)
{
	struct space *sp = spaces_find(ss, t->schema, t->name);
	if (!sp || sp->reason[0])
		return false;
	if (identity_differs(sp->created, table_own(t)->created))
		spaces_refuse(ss, sp, "its definition was changed while the copy ran");
	return !sp->reason[0];
}

void spaces_leave(struct spaces *ss)
{
	spaces_unlock(ss);
	ss->source->spaces = NULL;
	ss->source = NULL;
	if (!ss->target)
		spaces_free(ss);
}

void spaces_free(struct spaces *ss)
{
	if (!ss)
		return;
	if (ss->source)
		spaces_unlock(ss);
	spaces_drop_staging(ss);
	for (size_t i = 0; i < ss->count; i++) {
		struct space *sp = &ss->at[i];
		free(sp->schema);
		free(sp->name);
		free(sp->file);
		free(sp->created);
		free(sp->placed);
		staged_fini(&sp->staged);
	}
	free(ss->at);
	if (ss->from >= 0)
		close(ss->from);
	if (ss->to >= 0)
		close(ss->to);
	free(ss);
}
