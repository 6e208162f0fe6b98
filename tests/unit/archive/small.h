/* small.h - a small archive in memory, and what comes of reading it: whole, cut or damaged. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dbdump/archive/archive.h"
#include "dbdump/archive/source.h"
#include "dbdump/archive/writer.h"

/* A small archive in memory: one section of two tables, the second one in two parts. */

enum { TABLES = 2, PARTS = 3, MOST = 1 << 16 };

static const char *const rows_of[PARTS] = { "1\tone\n2\ttwo\n", "../../etc/passwd\n",
					    "a\\nb\n\\N\nlong row of two\n" };
static const uint32_t table_of[PARTS] = { 0, 1, 1 };

static inline void no_pack(const struct table *t, struct buf *out)
{
	(void)t;
	(void)out;
}

static inline int no_unpack(struct table *t, struct reader *in)
{
	(void)t;
	(void)in;
	return 0;
}

static const struct archived plain = { .pack = no_pack, .unpack = no_unpack };

static inline void fill_catalog(struct catalog *c)
{
	static const char *const names[TABLES] = { "../evil\n", "things" };
	for (size_t i = 0; i < TABLES; i++) {
		struct table *t = catalog_add_table(c);
		t->schema = strdup("shop");
		t->name = strdup(names[i]);
		t->data_bytes = 100;
		for (size_t k = i; k < TABLES; k++) { /* two, one */
			struct column *column = table_add_column(t);
			column->name = strdup("v");
			column->type = strdup("text");
		}
	}
}

static inline void put_section(struct writer *w, struct payload *p)
{
	struct catalog c = { 0 };
	struct script script = { 0 };
	uint32_t ranks[TABLES];
	char *name = (char *)(uintptr_t) "shop", *where = (char *)(uintptr_t) "id < 9";
	const struct strings names = { &name, 1 };
	struct part parts[PARTS] = { { .table = 0, .where = "" },
				     { .table = 1, .where = where },
				     { .table = 1, .where = "" } };
	const struct server_info info = { .version = "toy 1" };
	const struct snapshot snapshot = { .how = "a moment", .position = "toy:1" };
	const struct plan plan = { .parts = parts, .count = PARTS };
	const struct options options = { 0 };
	struct err err;
	struct buf b;
	buf_init(&b, MOST);
	fill_catalog(&c);
	statement_sql(script_add(&script, PHASE_BEFORE, "table", "shop.things"), "CREATE");
	const struct section_source s = { &names, &info,    &snapshot, &c,     &script,
					  &plan,  &options, true,      &plain, "" };
	section_pack(&b, ranks, &s);
	assert_false(b.failed);
	assert_int_equal(writer_put_long(w, p, &(struct record){ .type = RECORD_SECTION }, b.data, b.len,
					 &err),
			 0);
	catalog_fini(&c);
	script_fini(&script);
	buf_fini(&b);
}

/* A record for each row; the long row is in two. */
static inline void put_line(struct writer *w, struct payload *p, const struct record *of, const uint8_t *line,
			    size_t len)
{
	static const char begin[] = "long row ";
	struct record r = *of;
	struct err err;
	if (len > strlen(begin) && memcmp(line, begin, strlen(begin)) == 0) {
		r.flags = RECORD_MORE;
		assert_int_equal(writer_put(w, p, &r, line, strlen(begin), &err), 0);
		r.flags = RECORD_REST;
		line += strlen(begin);
		len -= strlen(begin);
	}
	r.rows = 1;
	assert_int_equal(writer_put(w, p, &r, line, len, &err), 0);
}

static inline void put_part(struct writer *w, struct payload *p, uint32_t part)
{
	struct record r = { .type = RECORD_ROWS, .table = table_of[part], .part = part };
	const uint8_t *lines = (const uint8_t *)rows_of[part];
	size_t len = strlen(rows_of[part]);
	struct part_over over = { 0 };
	struct err err;
	struct buf b;
	buf_init(&b, MOST);
	rows_digest_lines(&over.digest, lines, len);
	for (size_t at = 0, n; at < len; at += n) {
		n = line_length(lines + at, len - at);
		put_line(w, p, &r, lines + at, n);
	}
	r = (struct record){ .type = RECORD_PART, .table = table_of[part], .part = part };
	part_over_pack(&b, &over);
	assert_int_equal(writer_put(w, p, &r, b.data, b.len, &err), 0);
	buf_fini(&b);
}

/* Of that name, in the test's folder. */
static inline void write_archive(const char *path)
{
	char *name = (char *)(uintptr_t) "shop";
	const struct hello h = { .engine = "toy",
				 .program = "0",
				 .databases = { &name, 1 },
				 .sources = { &name, 1 },
				 .one_section = true };
	struct strings none = { 0 };
	struct file *f;
	struct writer *w;
	struct payload p;
	struct err err;
	struct buf b;
	buf_init(&b, MOST);
	assert_int_equal(payload_init(&p), 0);
	assert_int_equal(file_open(&f, path, true, &err), 0);
	assert_int_equal(writer_new(&w, f, &h, &err), 0);
	put_section(w, &p);
	for (uint32_t i = 0; i < PARTS; i++)
		put_part(w, &p, i);
	put_section(w, &p);
	failed_pack(&b, &none);
	assert_int_equal(writer_put(w, &p, &(struct record){ .type = RECORD_OVER }, b.data, b.len, &err), 0);
	assert_int_equal(writer_end(w, &err), 0);
	assert_int_equal(file_commit(f, &err), 0);
	writer_free(w);
	file_close(f);
	payload_fini(&p);
	buf_fini(&b);
}

/* The archive's bytes, and a place in memory that can be opened as a file. */
static uint8_t bytes[MOST];
static size_t size;
static char memory[64];
static int memory_fd;

static inline int setup(void **state)
{
	char path[] = "/tmp/test_archive.XXXXXX";
	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	write_archive(path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof bytes);
	assert_true(n > 0 && n < MOST);
	size = (size_t)n;
	close(fd);
	unlink(path);
	memory_fd = memfd_create("archive", MFD_CLOEXEC);
	snprintf(memory, sizeof memory, "/proc/self/fd/%d", memory_fd);
	return memory_fd < 0;
}

static inline int teardown(void **state)
{
	(void)state;
	return close(memory_fd);
}

static inline void put_memory(const uint8_t *data, size_t len)
{
	assert_int_equal(ftruncate(memory_fd, 0), 0);
	assert_int_equal(pwrite(memory_fd, data, len, 0), (ssize_t)len);
}

/* What came of reading all of an archive. */
struct outcome {
	bool opened, complained;
	struct rows_digest tables[TABLES];
	struct err err;
	char text[4096]; /* of the complaints */
};

static inline void complain(struct outcome *o, const char *text)
{
	size_t len = strlen(o->text);
	assert_true(text[0]);
	o->complained = true;
	snprintf(o->text + len, sizeof o->text - len, "%s\n", text);
}

/* Whatever is damaged, no row is read that was not there. */
static inline void expect_known(const uint8_t *lines, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		bool known = false;
		n = line_length(lines + at, len - at);
		for (size_t i = 0; i < PARTS && !known; i++) {
			const char *row = memmem(rows_of[i], strlen(rows_of[i]), lines + at, n);
			known = row && (row == rows_of[i] || row[-1] == '\n');
		}
		if (!known)
			fail_msg("a row that never was: %.*s", (int)n, (const char *)lines + at);
	}
}

static inline void read_table(struct outcome *o, struct session *s, const struct table *t, size_t i)
{
	struct buf lines;
	int rc = source_engine.read_begin(s, 0, t, "", &o->err);
	buf_init(&lines, MOST);
	while (rc >= 0 && (rc = source_engine.read(s, 0, &lines, &o->err)) > 0) {
		rows_digest_lines(&o->tables[i], lines.data, lines.len);
		expect_known(lines.data, lines.len);
		buf_clear(&lines);
	}
	if (rc < 0)
		complain(o, o->err.text);
	buf_fini(&lines);
}

static inline void read_section(struct outcome *o, struct archive *a, enum damaged_mode mode)
{
	const struct options options = { .damaged = mode };
	const struct uri uri = { .kind = URI_ARCHIVE, .shown = memory, .archive = a };
	const struct session_job job = {
		.uri = &uri, .options = &options, .databases = &archive_hello(a)->databases, .connections = 1
	};
	struct session *s;
	struct catalog c = { 0 };
	if (source_open(&s, &job, &plain, &o->err) < 0) {
		complain(o, o->err.text);
		return;
	}
	assert_int_equal(source_engine.catalog(s, &c, &o->err), 0);
	assert_int_equal(c.table_count, TABLES);
	assert_string_equal(c.tables[0].name, "../evil\n");
	for (size_t i = 0; i < TABLES; i++)
		read_table(o, s, &c.tables[i], i);
	catalog_fini(&c);
	source_engine.close(s);
}

static inline void read_memory(struct outcome *o, enum damaged_mode mode)
{
	struct archive *a;
	*o = (struct outcome){ 0 };
	int rc = archive_open(&a, memory, NULL, &o->err);
	if (rc < 0) {
		complain(o, o->err.text);
		return;
	}
	o->opened = true;
	read_section(o, a, mode);
	const struct strings *d = archive_damages(a);
	for (size_t i = 0; i < d->count; i += 3)
		complain(o, d->at[i + 2]);
	archive_close(a);
}

static inline void expect_rows(const struct outcome *o, size_t table)
{
	struct rows_digest wanted = { 0 };
	for (size_t i = 0; i < PARTS; i++)
		if (table_of[i] == table)
			rows_digest_lines(&wanted, (const uint8_t *)rows_of[i], strlen(rows_of[i]));
	assert_true(rows_digest_equal(&o->tables[table], &wanted));
}
