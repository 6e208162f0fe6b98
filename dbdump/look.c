#include "dbdump/look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/room.h"

enum { QUERY_LIMIT = 64 << 20 };

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "preflight");
}

/* The query with our words filled in. NULL: no memory. */
static const char *write_query(struct buf *b, const struct look *l, enum check_end end, const char *sql)
{
	char number[16];
	snprintf(number, sizeof number, "%u", l->job->options->jobs + l->engine->beside);
	for (const char *at; (at = strchr(sql, '$')) != NULL; sql = at + 2) {
		buf_bytes(b, sql, (size_t)(at - sql));
		if (at[1] == 'J')
			buf_bytes(b, number, strlen(number));
		else
			l->engine->add_names(b, l->job->databases[end]);
	}
	buf_bytes(b, sql, strlen(sql) + 1);
	return b->failed ? NULL : (const char *)b->data;
}

int look_ask(struct look *l, enum check_end end, const char *sql, struct answer *out, struct err *err)
{
	AUTO(buf_fini) struct buf query = { .limit = QUERY_LIMIT };
	if (l->job->quit && *l->job->quit)
		return err_say(err, -EINTR, "interrupted");
	const char *text = write_query(&query, l, end, sql);
	return text ? l->engine->ask(l->at[end], text, out, err) : no_memory(err);
}

static int ask(void *ctx, enum check_end end, const char *sql, struct answer *out, struct err *err)
{
	return look_ask(ctx, end, sql, out, err);
}

int look_number(struct look *l, enum check_end end, const char *sql, uint64_t *out, struct err *err)
{
	AUTO(answer_fini) struct answer a = { 0 };
	int r = look_ask(l, end, sql, &a, err);
	*out = answer_rows(&a) ? strtoull(answer_cell(&a, 0, 0), NULL, 10) : 0;
	return r;
}

int look_found(struct look *l, const struct check *c, const char *const cells[LOOK_CELLS], struct err *err)
{
	return checks_found(&l->asker, c, cells, LOOK_CELLS, err);
}

int look_found_server(struct look *l, const struct check *c, const char *one, const char *two,
		      struct err *err)
{
	return look_found(l, c, (const char *const[]){ "server", "", "", one, two }, err);
}

/* Connects one end. One that is too old is a finding: *usable stays false. */
static int open_end(struct look *l, enum check_end end, bool *usable, struct err *err)
{
	static const struct check too_old[] = {
		{ .code = "version",
		  .kind = CHECK_SOURCE,
		  .reason = "$1",
		  .remedy = "upgrade it first, or copy with its own tools" },
		{ .code = "version", .kind = CHECK_TARGET, .reason = "$1", .remedy = "upgrade it first" },
	};
	const struct session_job job = { .uri = l->job->uris[end],
					 .options = l->job->options,
					 .databases = l->job->databases[end],
					 .role = end == END_SOURCE ? ROLE_SOURCE : ROLE_TARGET };
	struct err why = { 0 };
	int r = l->engine->open(l->at[end], &job, &l->server[end], &why);
	*usable = !r;
	if (r == -EPROTONOSUPPORT)
		return look_found_server(l, &too_old[end], why.text, "", err);
	if (r)
		*err = why;
	else
		l->asker.version[end] = l->server[end].version;
	return r;
}

static int look_versions(struct look *l, struct err *err)
{
	static const struct check newer = {
		.code = "version",
		.severity = SEVERITY_LIKELY,
		.kind = CHECK_TARGET,
		.reason = "it is of $2, older than the source's $1: what that has "
			  "learned since is missing",
		.remedy = "take a destination of the source's version or a later one"
	};
	static const struct check other = { .code = "vendor",
					    .severity = SEVERITY_LIKELY,
					    .kind = CHECK_TARGET,
					    .reason = "it is not of the source's kind: $1, $2",
					    .remedy = "rehearse the copy, and the applications on it" };
	const struct look_server *a = &l->server[END_SOURCE], *b = &l->server[END_TARGET];
	if (strcmp(a->vendor, b->vendor) != 0)
		return look_found_server(l, &other, a->shown, b->shown, err);
	return a->version / l->engine->series > b->version / l->engine->series
		       ? look_found_server(l, &newer, a->shown, b->shown, err)
		       : 0;
}

static int look_checks(struct look *l, struct err *err)
{
	return checks_run(&l->asker, l->engine->checks, l->engine->check_count, err);
}

/* What is there already, as a copy would say it, of each database. */
static int look_empty(struct look *l, struct err *err)
{
	static const struct check full = {
		.code = "not-empty",
		.kind = CHECK_TARGET,
		.reason = "$1",
		.remedy = "drop it, --rename the copy, or replace it with --drop-existing"
	};
	const struct strings *all = l->job->databases[END_TARGET];
	int r = 0;
	for (size_t i = 0; !r && i < all->count; i++) {
		const struct strings one = { &all->at[i], 1 };
		struct err why = { 0 };
		int found = l->engine->check_empty(l->at[END_TARGET], &one, &why);
		if (found == -ENOTEMPTY)
			r = look_found(l, &full,
				       (const char *const[]){ "database", "", all->at[i], why.text, "" },
				       err);
		else if (found && (r = checks_unseen(&l->asker, "not-empty", found, &why)))
			*err = why;
	}
	return r;
}

/* The same server under two names. */
static int look_same(struct look *l, struct err *err)
{
	static const struct check same = {
		.code = "same-server",
		.kind = CHECK_TARGET,
		.reason = "it is the source's own server, where database $1 is what would be copied",
		.remedy = "name another server, or --rename the copy"
	};
	bool is = false;
	const struct strings *from = l->job->databases[END_SOURCE], *to = l->job->databases[END_TARGET];
	int r = l->engine->same(l->at[END_SOURCE], l->at[END_TARGET], &is, err);
	for (size_t i = 0; !r && is && i < to->count; i++)
		for (size_t k = 0; k < from->count; k++)
			if (!strcmp(to->at[i], from->at[k]))
				return look_found_server(l, &same, to->at[i], "", err);
	return r;
}

static int look_disk(struct look *l, struct err *err)
{
	const struct look_engine *e = l->engine;
	struct session *target = l->at[END_TARGET];
	struct room room = { .local = e->is_local(target) };
	AUTO(answer_fini) struct answer directory = { 0 };
	if (l->job->options->schema_only)
		return 0;
	int r = e->bytes(l, END_SOURCE, &room.wanted, err);
	if (!r && l->asker.replaces)
		r = e->bytes(l, END_TARGET, &room.freed, err);
	/* most accounts may not know it */
	int told = r ? r : look_ask(l, END_TARGET, e->directory, &directory, err);
	if (told && told != -EPERM)
		return told;
	room.dir = answer_rows(&directory) ? answer_cell(&directory, 0, 0) : NULL;
	return room_look(&l->asker, &room, err);
}

/* One that the servers refuse does not keep the others from looking. */
static int look_parts(struct look *l, const struct look_part *parts, size_t count, struct err *err)
{
	int r = 0;
	for (size_t i = 0; !r && i < count; i++) {
		struct err why = { 0 };
		if (parts[i].both && !l->asker.has_target)
			continue;
		r = parts[i].look(l, &why);
		if (r && (r = checks_unseen(&l->asker, parts[i].what, r, &why)))
			*err = why;
	}
	return r;
}

static int look_all(struct look *l, struct err *err)
{
	static const struct look_part parts[] = {
		{ "version", look_versions, true }, { "checks", look_checks, false },
		{ "not-empty", look_empty, true },  { "same-server", look_same, true },
		{ "disk", look_disk, true },
	};
	int r = look_parts(l, parts, sizeof parts / sizeof *parts, err);
	return r ? r : look_parts(l, l->engine->parts, l->engine->part_count, err);
}

int look_run(const struct look_engine *engine, struct session *const at[2], const struct preflight_job *job,
	     struct err *err)
{
	struct look l = { .engine = engine, .job = job, .at = { at[END_SOURCE], at[END_TARGET] } };
	bool source = false, target = false;
	l.asker = (struct asker){ .ask = ask,
				  .ctx = &l,
				  .options = job->options,
				  .tables_alone = engine->tables_alone && job->options->only_tables.count,
				  .found = job->found };
	int r = open_end(&l, END_SOURCE, &source, err);
	if (!r && job->uris[END_TARGET])
		r = open_end(&l, END_TARGET, &target, err);
	l.asker.has_target = target;
	l.asker.replaces = target && engine->replaces(l.at[END_TARGET]);
	if (!r && source)
		r = look_all(&l, err);
	engine->close(l.at[END_SOURCE]);
	engine->close(l.at[END_TARGET]);
	return r;
}
