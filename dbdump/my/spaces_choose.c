#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "dbdump/grow.h"
#include "dbdump/my/columns.h"
#include "dbdump/my/spaces.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

enum {
	/* Bytes of a file below which rows are quicker: whatever a table's size, its import waits for the disk some times, and what came
	 * in so is read from the disk to be verified, where rows that were written just now are in memory. Measured, with
	 * verification: a table of 0.4 MB takes 8 ms longer as a file, one of 2.6 MB (its file has 10 MiB) a sixth less time, of
	 * 3.8 MB (12 MiB) a fifth less, of 134 MB three quarters less. Between 2 and 9 MiB InnoDB makes few files. */
	SMALL = 8 << 20,
	/* of FLAG, which InnoDB says of a table */
	HAS_DATA_DIRECTORY = 64,
	PAGE_COMPRESSED = 128,
	/* of a page */
	PAGE_SPACE = 34, /* where the number of its space stands, four bytes */
	PAGE_TYPE = 24,	 /* what it is, two */
	TYPE_INSTANT = 18,
	HEAD = 38,
};

static void give_reason(struct space *sp, const char *fmt, va_list ap)
{
	if (!sp->reason[0])
		vsnprintf(sp->reason, sizeof sp->reason, fmt, ap);
}

void spaces_refuse(const struct spaces *ss, struct space *sp, const char *fmt, ...)
{
	bool first = !sp->reason[0];
	va_list ap;
	va_start(ap, fmt);
	give_reason(sp, fmt, ap);
	va_end(ap);
	if (first && spaces_here(ss)->job.options->mode == MODE_TABLESPACE)
		session_warn(spaces_here(ss), "table %s.%s goes as rows, not as its file: %s", sp->schema,
			     sp->name, sp->reason);
}

static void refuse(struct space *sp, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void refuse(struct space *sp, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	give_reason(sp, fmt, ap);
	va_end(ap);
}

static uint64_t big_endian(const uint8_t *at, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | at[i];
	return v;
}

/* What the server has not written yet is zeros; when a table is locked it has. */
static bool is_its(uint64_t id, const struct space *sp, bool locked)
{
	return id == sp->id || (!id && !locked);
}

int spaces_open(const struct spaces *ss, const struct space *sp)
{
	AUTO(fd_free_buffer) char *path = NULL;
	if (asprintf(&path, "%s.ibd", sp->file) < 0) {
		path = NULL;
		return -1;
	}
	return openat(ss->from, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

void spaces_look(const struct spaces *ss, struct space *sp, bool locked)
{
	uint8_t first[HEAD] = { 0 }, root[HEAD] = { 0 };
	struct stat st = { 0 };
	AUTO(fd_closep) int fd = spaces_open(ss, sp);
	if (fd < 0)
		refuse(sp, "its file, %.100s.ibd: %s", sp->file, strerror(errno));
	else if (fd_read_at(fd, first, HEAD, 0) < 0 ||
		 fd_read_at(fd, root, HEAD, sp->page * sp->page_size) < 0)
		refuse(sp, "its file cannot be read");
	else if (!is_its(big_endian(first + PAGE_SPACE, 4), sp, locked))
		refuse(sp, "what lies in the folder under its name is not the server's file");
	else if (fstat(fd, &st) < 0)
		refuse(sp, "its file: %s", strerror(errno));
	else if (big_endian(root + PAGE_TYPE, 2) == TYPE_INSTANT)
		refuse(sp, "it was altered instantly, and so are rows of it as they were before");
	sp->size = (uint64_t)st.st_size;
	sp->small = sp->size < SMALL;
}

/* What information_schema.TABLES has. */
static int add_table(struct spaces *ss, const char *schema, const struct rows *r)
{
	struct space *grown = grow_by_one(ss->at, ss->count, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	ss->at = grown;
	struct space *sp = &grown[ss->count++];
	*sp = (struct space){ .staged.fd = -1 };
	const char *engine = r->at[1], *format = r->at[2], *options = r->at[3];
	sp->schema = strdup(schema);
	sp->name = strdup(r->at[0]);
	sp->created = strdup(r->at[4]);
	sp->file = strdup(r->at[5]);
	sp->innodb = !strcmp(engine, "InnoDB");
	if (!sp->innodb)
		refuse(sp, "its engine is %s", engine);
	else if (strstr(options, "partitioned"))
		refuse(sp, "it has partitions");
	else if (!strcasestr(options, "row_format=") && strcasecmp(format, ss->row_format) != 0)
		refuse(sp,
		       "its definition does not say its ROW_FORMAT, %s, and the destination's default is %s",
		       format, ss->row_format);
	return sp->schema && sp->name && sp->created && sp->file ? 0 : -ENOMEM;
}

static int by_name(const void *a, const void *b)
{
	const struct space *x = a, *y = b;
	int order = strcmp(x->schema, y->schema);
	return order ? order : strcmp(x->name, y->name);
}

void spaces_sort(struct spaces *ss)
{
	if (ss->count)
		qsort(ss->at, ss->count, sizeof *ss->at, by_name);
}

struct space *spaces_find(struct spaces *ss, const char *schema, const char *name)
{
	const struct space key = { .schema = (char *)schema, .name = (char *)name };
	return ss->count ? bsearch(&key, ss->at, ss->count, sizeof key, by_name) : NULL;
}

static int list_tables(struct spaces *ss, const char *schema, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	struct session *s = ss->source;
	int status =
		conn_select(&s->control, &r, err,
			    "SELECT TABLE_NAME, ENGINE, ROW_FORMAT, CREATE_OPTIONS, CREATE_TIME, "
			    "CONCAT(" SQL_AS_FILE("%q") ", '/', " SQL_AS_FILE(
				    "TABLE_NAME") ") "
						  "FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
						  "AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
			    schema, schema);
	while (!status && rows_next(&r))
		if (session_wants(s, schema, r.at[0]) && r.at[1] && table_keeps_rows(r.at[1]) &&
		    add_table(ss, schema, &r))
			status = err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	return status;
}

static int list_fulltext(struct spaces *ss, const char *schema, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&ss->source->control, &r, err,
				 "SELECT DISTINCT TABLE_NAME FROM information_schema.STATISTICS "
				 "WHERE TABLE_SCHEMA = %q AND INDEX_TYPE = 'FULLTEXT'",
				 schema);
	while (!status && rows_next(&r)) {
		struct space *sp = spaces_find(ss, schema, r.at[0]);
		if (sp)
			refuse(sp, "it has a fulltext index, which is in other files");
	}
	return status;
}

static int by_file(const void *a, const void *b)
{
	const struct space *const *x = a, *const *y = b;
	return strcmp((*x)->file, (*y)->file);
}

static void take_file(const struct spaces *ss, struct space *sp, char *const *at)
{
	unsigned long flags = strtoul(at[2], NULL, 10), zip = strtoul(at[3], NULL, 10);
	sp->id = strtoull(at[1], NULL, 10);
	sp->page_size = zip ? zip : ss->page_size;
	sp->page = strtoull(at[4], NULL, 10);
	if (!sp->id)
		refuse(sp, "it is in the system tablespace");
	if (flags & HAS_DATA_DIRECTORY)
		refuse(sp, "it has a DATA DIRECTORY");
	if (flags & PAGE_COMPRESSED)
		refuse(sp, "its pages are compressed (PAGE_COMPRESSED)");
}

/* What InnoDB says of all tables that it has. */
static int take_files(struct spaces *ss, struct space **by, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&ss->source->control, &r, err,
				 "SELECT t.NAME, t.SPACE, FLAG, ZIP_PAGE_SIZE, PAGE_NO "
				 "FROM information_schema.INNODB_SYS_TABLES t "
				 "JOIN information_schema.INNODB_SYS_INDEXES i USING (TABLE_ID) "
				 "WHERE i.TYPE & 1");
	while (!status && rows_next(&r)) {
		const struct space key = { .file = r.at[0] }, *find = &key;
		struct space **sp = bsearch(&find, by, ss->count, sizeof *by, by_file);
		if (sp)
			take_file(ss, *sp, r.at);
	}
	return status;
}

static int take_encrypted(struct spaces *ss, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(
		&ss->source->control, &r, err,
		"SELECT SPACE FROM information_schema.INNODB_TABLESPACES_ENCRYPTION WHERE ENCRYPTION_SCHEME > 0");
	while (!status && rows_next(&r))
		for (size_t i = 0; i < ss->count; i++)
			if (ss->at[i].id == strtoull(r.at[0], NULL, 10))
				refuse(&ss->at[i], "it is encrypted");
	return status;
}

/* Which files they are, and whether these are here. */
static int look_at_files(struct spaces *ss, struct err *err)
{
	AUTO(fd_free_buffer) struct space **by = calloc(ss->count + 1, sizeof *by);
	if (!by)
		return err_set(err, -ENOMEM, "%s", ss->source->job.uri->shown);
	for (size_t i = 0; i < ss->count; i++)
		by[i] = &ss->at[i];
	qsort(by, ss->count, sizeof *by, by_file);
	int status = take_files(ss, by, err);
	if (!status)
		status = take_encrypted(ss, err);
	for (size_t i = 0; !status && i < ss->count; i++) {
		struct space *sp = &ss->at[i];
		if (!sp->page_size)
			refuse(sp, "the server does not say which its file is");
		if (!sp->reason[0])
			spaces_look(ss, sp, false);
	}
	return status;
}

int spaces_choose(struct spaces *ss, struct err *err)
{
	const struct strings *all = ss->source->job.databases;
	int status = 0;
	for (size_t i = 0; !status && i < all->count; i++)
		status = list_tables(ss, all->at[i], err);
	spaces_sort(ss);
	for (size_t i = 0; i < ss->count; i++)
		ss->at[i].number = i;
	for (size_t i = 0; !status && i < all->count; i++)
		status = list_fulltext(ss, all->at[i], err);
	return status ? status : look_at_files(ss, err);
}
