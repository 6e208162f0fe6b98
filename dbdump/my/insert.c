#include "dbdump/my/insert.h"

#include <errno.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/sql.h"
#include "dbdump/my/taken.h"

enum {
	STATEMENT = 1 << 20, /* larger ones are no faster */
	PACKET_HEAD = 64,    /* what a packet may have besides the statement, and more */
	KEEP = 8 << 20,	     /* memory of a large row is given back */
};

/* More than a row of 1 GiB can become: what is too large is for send_until to say. */
static const size_t limit = (size_t)4 << 30;

struct insert {
	const struct insert_job *job;
	struct buf sql;	 /* a statement: its head, then rows, a comma behind each */
	size_t head;	 /* bytes of it that all statements have */
	uint64_t *taken; /* rows */
};

/* What must have a backslash in front: a quote that has none, or a backslash behind which nothing comes. end: there is none. */
static const uint8_t *next_quote(const uint8_t *at, const uint8_t *end, bool escapes)
{
	const uint8_t *quote = escapes ? at : memchr(at, '\'', (size_t)(end - at));
	if (!escapes)
		return quote ? quote : end;
	while (at < end && *at != '\'' && (*at != '\\' || at + 1 < end))
		at += *at == '\\' ? 2 : 1;
	return at;
}

/* The value's own escapes are SQL's, but that a quote has none; whatever it is, it ends where this says. */
static void add_string(struct buf *b, const uint8_t *value, size_t n)
{
	const uint8_t *end = value + n, *quote;
	bool escapes = memchr(value, '\\', n);
	sql_add(b, "_binary'");
	while ((quote = next_quote(value, end, escapes)) < end) {
		buf_bytes(b, value, (size_t)(quote - value));
		buf_bytes(b, "\\", 1);
		buf_bytes(b, quote, 1);
		value = quote + 1;
	}
	buf_bytes(b, value, (size_t)(end - value));
	buf_u8(b, '\'');
}

static void add_value(struct buf *b, const struct my_column *column, const uint8_t *value, size_t n)
{
	const char *rest = column->write ? column->write : "@v";
	if (n == 2 && !memcmp(value, "\\N", 2)) {
		sql_add(b, "NULL");
		return;
	}
	for (const char *v; (v = strstr(rest, "@v")) != NULL; rest = v + 2) {
		buf_bytes(b, rest, (size_t)(v - rest));
		add_string(b, value, n);
	}
	sql_add(b, "%s", rest);
}

void insert_values(struct buf *sql, const struct table *t, const uint8_t *line, size_t len)
{
	const uint8_t *end = line + len;
	if (len && end[-1] == '\n')
		end--;
	for (size_t i = 0; i < t->column_count; i++) {
		const uint8_t *tab = memchr(line, '\t', (size_t)(end - line));
		const uint8_t *over = tab ? tab : end;
		buf_u8(sql, i ? ',' : '(');
		add_value(sql, &table_own(t)->columns[i], line, (size_t)(over - line));
		line = tab ? tab + 1 : end;
	}
	buf_u8(sql, ')');
}

static int begin(struct insert *in, struct err *err)
{
	const struct table *t = in->job->table;
	buf_fini(&in->sql);
	in->sql = (struct buf){ .limit = limit };
	sql_add(&in->sql, "INSERT IGNORE INTO %i.%i (", table_own(t)->target, t->name);
	for (size_t i = 0; i < t->column_count; i++)
		sql_add(&in->sql, i ? ",%i" : "%i", t->columns[i].name);
	sql_add(&in->sql, ") VALUES ");
	in->head = in->sql.len;
	return in->sql.failed ? err_set(err, -ENOMEM, "%s", in->job->conn->shown) : 0;
}

/* Sends the statement up to end, where a row ends; what comes behind it stays for the next. */
static int send_until(struct insert *in, size_t end, struct err *err)
{
	struct conn *c = in->job->conn;
	if (end <= in->head)
		return 0;
	if (end + PACKET_HEAD > in->job->packet)
		return err_say(
			err, -EIO,
			"%s: a row of %zu bytes is too large for INSERT: max_allowed_packet is %zu there, and "
			"local_infile is OFF",
			c->shown, end, in->job->packet);
	if (mysql_real_query(c->db, (const char *)in->sql.data, end - 1))
		return conn_error(c, err);
	*in->taken += mysql_affected_rows(c->db);
	memmove(in->sql.data + in->head, in->sql.data + end, in->sql.len - end);
	in->sql.len -= end - in->head;
	int status = taken_check(c, err);
	return status || in->sql.len > in->head || in->sql.cap < KEEP ? status : begin(in, err);
}

static int add_line(struct insert *in, const uint8_t *line, size_t len, struct err *err)
{
	size_t before = in->sql.len;
	size_t most = in->job->packet < STATEMENT ? in->job->packet - PACKET_HEAD : STATEMENT;
	insert_values(&in->sql, in->job->table, line, len);
	buf_u8(&in->sql, ',');
	if (in->sql.failed)
		return err_set(err, -ENOMEM, "%s", in->job->conn->shown);
	if (in->sql.len <= most)
		return 0;
	int status = send_until(in, before, err);
	/* alone it may still be too much */
	return status || in->sql.len <= most ? status : send_until(in, in->sql.len, err);
}

static int add_lines(struct insert *in, const uint8_t *at, size_t len, struct err *err)
{
	const uint8_t *end = at + len;
	int status = 0;
	while (!status && at < end) {
		const uint8_t *over = memchr(at, '\n', (size_t)(end - at));
		over = over ? over + 1 : end;
		status = add_line(in, at, (size_t)(over - at), err);
		at = over;
	}
	return status;
}

int insert_rows(const struct insert_job *job, uint64_t *rows, bool *gave_up, struct err *err)
{
	struct insert in = { .job = job, .taken = rows };
	struct err fed = { 0 };
	const uint8_t *lines;
	size_t len;
	int status = begin(&in, err), more = 1;
	while (!status && (more = job->feed->next(job->feed, &lines, &len, &fed)) > 0)
		status = add_lines(&in, lines, len, err);
	*gave_up = more < 0;
	if (more < 0) {
		if (err)
			*err = fed;
		status = more;
	}
	if (!status)
		status = send_until(&in, in.sql.len, err);
	buf_fini(&in.sql);
	return status;
}
