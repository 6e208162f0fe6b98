/* An archive that anything may have been written into. As a file: what is in it is listed, read and made SQL of. Through a pipe:
 * it is loaded into a server that takes all there is. Every row is a whole line; where nothing is said to be missing, as many are
 * there as the archive says; what a pipe gave and nobody complained of is what its parts say, by their digests.
 *
 *   input = u8 how, records
 *   record = u8 type, u8 flags (those of format.h, ALSO_), varints section, table, part, rows, length, payload
 *   how bit 0: the rest is the archive as it stands, no records; 1: PostgreSQL's, else MariaDB's; 2: --damaged=skip; 3: it ends,
 *   with its index; 4: a bit is flipped, where the two bytes behind how say */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dbdump/archive/extent.h"
#include "dbdump/archive/flow.h"
#include "dbdump/archive/mixed.h"
#include "dbdump/archive/source.h"
#include "dbdump/copy.h"
#include "dbdump/lines.h"
#include "xfer/base/exit.h"

enum { HOW_RAW = 1, HOW_POSTGRESQL = 2, HOW_SKIP = 4, HOW_ENDS = 8, HOW_FLIP = 16 };
enum { ALSO_MISSING = 64, ALSO_TWICE = 128 }; /* a number is left out; is the one before's */
enum { ARCHIVE_MOST = 1 << 20, PIPE_MOST = 1 << 16 };

/* The archive that an input means. */
struct made {
	struct buf bytes, index;
	struct payload payload;
	struct place last;
	uint64_t number;
};

static const uint8_t id[FORMAT_ID] = "an archive's id";

static void put_edge(struct made *m, bool last, uint64_t offset)
{
	uint8_t edge[FORMAT_EDGE];
	struct edge e = { .last = last, .version = FORMAT_VERSION, .offset = offset };
	memcpy(e.id, id, sizeof id);
	edge_pack(edge, &e);
	buf_bytes(&m->bytes, edge, sizeof edge);
}

static void put_record(struct made *m, struct record *r, const uint8_t *raw, size_t len)
{
	uint8_t head[RECORD_HEAD];
	payload_pack(&m->payload, r, raw, len);
	r->number = m->number++;
	const struct place p = place_of_record(r, m->bytes.len);
	record_pack(head, r, id);
	buf_bytes(&m->bytes, head, sizeof head);
	buf_bytes(&m->bytes, m->payload.bytes, r->stored);
	if (r->type >= RECORD_INDEX)
		return;
	place_pack(&m->index, &p, &m->last);
	m->last = p;
}

static void put_records(struct made *m, struct reader *in)
{
	while (in->at < in->end && m->bytes.len < ARCHIVE_MOST / 2) {
		struct record r = { .type = reader_u8(in) };
		uint8_t flags = reader_u8(in);
		size_t len;
		r.flags = flags & (RECORD_MORE | RECORD_REST);
		r.section = (uint32_t)reader_varint(in);
		r.table = (uint32_t)reader_varint(in);
		r.part = (uint32_t)reader_varint(in);
		r.rows = (uint32_t)reader_varint(in);
		const uint8_t *raw = fuzz_part(in, &len);
		if (in->failed)
			return;
		m->number += (flags & ALSO_MISSING) != 0;
		m->number -= (flags & ALSO_TWICE) && m->number;
		put_record(m, &r, raw, len);
	}
}

static void put_end(struct made *m)
{
	struct record index = { .type = RECORD_INDEX }, end = { .type = RECORD_END };
	uint64_t offset = m->bytes.len;
	static const uint8_t count[8];
	put_record(m, &index, m->index.data, m->index.len);
	put_record(m, &end, count, sizeof count);
	put_edge(m, true, offset);
}

static void make(struct made *m, uint8_t how, struct reader *in)
{
	unsigned bit = 0;
	if (how & HOW_FLIP) {
		bit = reader_u8(in);
		bit |= (unsigned)reader_u8(in) << 8;
	}
	buf_clear(&m->bytes);
	buf_clear(&m->index);
	m->last = (struct place){ 0 };
	m->number = 0;
	if (how & HOW_RAW) {
		buf_bytes(&m->bytes, in->at, fuzz_left(in));
	} else {
		put_edge(m, false, 0);
		put_records(m, in);
		if (how & HOW_ENDS)
			put_end(m);
	}
	CHECK(!m->bytes.failed);
	if (how & HOW_FLIP && m->bytes.len)
		m->bytes.data[bit / 8 % m->bytes.len] ^= (uint8_t)(1 << bit % 8);
}

/* A server that takes all that is written to it. */

struct session {
	unsigned char nothing;
};

static uint64_t lines_taken;

static void take_lines(const uint8_t *lines, size_t len)
{
	struct rows_digest d = { 0 };
	CHECK(len && lines[len - 1] == '\n');
	rows_digest_lines(&d, lines, len);
	__atomic_add_fetch(&lines_taken, d.rows, __ATOMIC_RELAXED);
}

static int sink_open(struct session **out, const struct session_job *job, struct err *err)
{
	(void)job, (void)err;
	*out = calloc(1, sizeof **out);
	CHECK(*out);
	return 0;
}

static void sink_close(struct session *s)
{
	free(s);
}

static int sink_info(struct session *s, struct server_info *out, struct err *err)
{
	(void)s, (void)err;
	*out = (struct server_info){ .version = "a sink" };
	return 0;
}

static int sink_prepare(struct session *s, struct err *err)
{
	(void)s, (void)err;
	return 0;
}

static int sink_execute(struct session *s, unsigned conn, const struct statement *st, struct err *err)
{
	(void)s, (void)conn, (void)err;
	for (size_t i = 0; i < st->sql.count; i++)
		CHECK(strlen(st->sql.at[i]) < ARCHIVE_MOST);
	return 0;
}

static int sink_write(struct session *s, unsigned conn, const struct table *t, struct feed *feed,
		      uint64_t *rows, struct err *err)
{
	const uint8_t *lines;
	size_t len;
	int rc;
	(void)s, (void)conn, (void)t;
	while ((rc = feed->next(feed, &lines, &len, err)) > 0) {
		struct rows_digest d = { 0 };
		rows_digest_lines(&d, lines, len);
		take_lines(lines, len);
		*rows += d.rows;
	}
	return rc;
}

static unsigned sink_load(struct session *s)
{
	(void)s;
	return 0;
}

static void sink_cancel(struct session *s)
{
	(void)s;
}

static int sink_marked(struct session *s, const char *mark, bool *same, struct err *err)
{
	(void)s, (void)mark, (void)err;
	*same = false;
	return 0;
}

static int sink_finish(struct session *s, struct err *err)
{
	(void)s, (void)err;
	return 0;
}

static const struct engine sink_engine = { .name = "sink",
					   .open = sink_open,
					   .close = sink_close,
					   .info = sink_info,
					   .marked = sink_marked,
					   .finish = sink_finish,
					   .prepare = sink_prepare,
					   .execute = sink_execute,
					   .write = sink_write,
					   .load = sink_load,
					   .cancel = sink_cancel };

static struct mixed_kind kind = { .engine = &sink_engine };

static int any_databases(struct strings *out, const struct uri *uri, const struct options *o, struct err *err)
{
	return mixed_databases(&kind, out, uri, o, err);
}

static int any_open(struct session **out, const struct session_job *job, struct err *err)
{
	return mixed_open(&kind, out, job, err);
}

/* Reading. */

static struct archive *open_archive(const char *path)
{
	struct archive *a = NULL;
	struct err err = { 0 };
	int rc = archive_open(&a, path, NULL, &err);
	CHECK(rc == 0 || (rc == err.code && err.text[0]));
	return rc == 0 ? a : NULL;
}

static void read_rows(struct session *s, const struct table *t, const struct engine *of,
		      const struct extent *e)
{
	struct rows_digest got = { 0 };
	struct buf lines, sql;
	struct err err = { 0 };
	char name[256];
	bool whole = !e->lacks;
	int rc = source_engine.read_begin(s, 0, t, "", &err);
	buf_init(&lines, ARCHIVE_MOST);
	buf_init(&sql, 16 * ARCHIVE_MOST);
	kind.archived->sql_rows_begin(&sql, t);
	while (rc >= 0 && (rc = source_engine.read(s, 0, &lines, &err)) > 0) {
		CHECK(lines.len && lines_are_rows(lines.data, lines.len, t->column_count));
		rows_digest_lines(&got, lines.data, lines.len);
		kind.archived->sql_rows(&sql, t, lines.data, lines.len);
		of->row_name(t, lines.data, line_length(lines.data, lines.len), name, sizeof name);
		CHECK(memchr(name, '\0', sizeof name));
		buf_clear(&lines);
	}
	kind.archived->sql_rows_end(&sql, t);
	CHECK(source_engine.read_end(s, 0, &err) == 0);
	if (rc == 0 && whole && !archive_damages(source_archive(s))->count)
		CHECK(got.rows == e->total.rows);
	buf_fini(&lines);
	buf_fini(&sql);
}

static void read_section(struct archive *a, const struct strings *databases, const struct options *o,
			 const struct engine *of)
{
	const struct uri uri = { .kind = URI_ARCHIVE, .shown = (char *)(uintptr_t) "it", .archive = a };
	const struct session_job job = {
		.uri = &uri, .options = o, .databases = databases, .connections = 1
	};
	struct session *s;
	struct section again = { 0 };
	struct catalog c = { 0 };
	struct script script = { 0 };
	struct err err = { 0 };
	if (source_open(&s, &job, kind.archived, &err) < 0) {
		CHECK(err.text[0]);
		return;
	}
	unsigned number = source_section(s);
	CHECK(archive_section(a, &again, number, kind.archived, &err) == 0);
	struct extent *extents = extents_new(a, number, &again);
	CHECK(extents);
	CHECK(source_engine.catalog(s, &c, &err) == 0 && source_engine.script(s, &c, &script, &err) == 0);
	for (size_t i = 0; i < script.count; i++) {
		struct buf sql;
		buf_init(&sql, 16 * ARCHIVE_MOST);
		kind.archived->sql_statement(&sql, &script.statements[i]);
		CHECK(!sql.failed);
		buf_fini(&sql);
	}
	for (size_t i = 0; i < c.table_count; i++)
		read_rows(s, &c.tables[i], of, &extents[i]);
	extents_free(extents, c.table_count);
	section_fini(&again);
	script_fini(&script);
	catalog_fini(&c);
	source_engine.close(s);
}

static void as_file(const struct made *m, const struct options *o, const struct engine *of)
{
	char path[64];
	int fd = memfd_create("archive", MFD_CLOEXEC);
	CHECK(fd >= 0 && write(fd, m->bytes.data, m->bytes.len) == (ssize_t)m->bytes.len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct archive *a = open_archive(path);
	for (size_t i = 0; a && i < archive_hello(a)->databases.count && i < 4; i++) {
		const struct strings *all = &archive_hello(a)->databases, one = { &all->at[i], 1 };
		read_section(a, archive_hello(a)->one_section ? all : &one, o, of);
		if (archive_hello(a)->one_section)
			break;
	}
	archive_close(a);
	close(fd);
}

/* What a load says of itself is right. */
static void check_report(const struct report *r, const struct archive *a)
{
	uint64_t taken = 0;
	for (size_t i = 0; i < r->table_count; i++)
		taken += r->tables[i].taken;
	if (r->status == EXIT_OK && !archive_damages(a)->count)
		CHECK(taken == r->rows && r->rows == lines_taken);
}

static void through_pipe(const struct made *m, const struct options *o)
{
	char path[64];
	int ends[2];
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(write(ends[1], m->bytes.data, m->bytes.len) == (ssize_t)m->bytes.len);
	close(ends[1]);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
	struct archive *a = open_archive(path);
	if (a) {
		struct engine engine = mixed_engine(&sink_engine);
		const struct uri from = { .kind = URI_ARCHIVE,
					  .shown = (char *)(uintptr_t) "it",
					  .archive = a };
		const struct uri to = { .kind = URI_MYSQL, .shown = (char *)(uintptr_t) "there" };
		const struct observer observer = { 0 };
		struct report report = { 0 };
		engine.databases = any_databases;
		engine.open = any_open;
		engine.spans = archive_hello(a)->one_section;
		const struct run_job job = { .engine = &engine,
					     .uris = { &from, &to },
					     .options = o,
					     .observer = &observer,
					     .rows = flow_run };
		lines_taken = 0;
		copy_run(&report, &job);
		if (report.error.code == 0)
			archive_end(a);
		check_report(&report, a);
		report_fini(&report);
	}
	archive_close(a);
	close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct made made;
	struct reader in = reader_of(data, size);
	uint8_t how = reader_u8(&in);
	const struct options o = { .jobs = 2,
				   .verify = VERIFY_NONE,
				   .json_fd = -1,
				   .damaged = how & HOW_SKIP ? DAMAGED_SKIP : DAMAGED_FAIL };
	if (!made.bytes.limit) {
		buf_init(&made.bytes, ARCHIVE_MOST);
		buf_init(&made.index, ARCHIVE_MOST);
		CHECK(payload_init(&made.payload) == 0);
	}
	if (in.failed || size > ARCHIVE_MOST / 4)
		return 0;
	kind.archived = how & HOW_POSTGRESQL ? &archived_postgresql : &archived_mariadb;
	make(&made, how, &in);
	as_file(&made, &o, how & HOW_POSTGRESQL ? &engine_postgresql : &engine_mariadb);
	if (made.bytes.len <= PIPE_MOST)
		through_pipe(&made, &o);
	return 0;
}
