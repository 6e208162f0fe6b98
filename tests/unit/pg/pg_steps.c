/* pg_steps.c - the PostgreSQL engine, a step at a time, so that a script can do something between two of them. pg_copy.sh.
 *
 *	pg_steps URI	opens the source, takes the snapshot and the catalog, then obeys standard input, a command a line:
 *	begin TABLE	begins to read schema public's table
 *	read		reads all of it
 *	end		ends it
 *	cancel		as another thread would
 *	quit
 * Each is answered with a line: "ok" and how many rows, or the error. */
#include <stdio.h>
#include <string.h>

#include "dbdump/engine.h"

static const struct engine *const engine = &engine_postgresql;

struct steps {
	struct session *session;
	struct catalog catalog;
	uint64_t rows;
	struct err err;
};

static int begin(struct steps *s, const char *name)
{
	const struct table *t = catalog_find_table(&s->catalog, "public", name);
	return t ? engine->read_begin(s->session, 0, t, "", &s->err) : err_say(&s->err, -1, "no such table");
}

static int read_all(struct steps *s)
{
	AUTO(buf_fini) struct buf lines;
	buf_init(&lines, 64 << 20);
	int r;
	while ((r = engine->read(s->session, 0, &lines, &s->err)) > 0) {
		for (size_t i = 0; i < lines.len; i++)
			s->rows += lines.data[i] == '\n';
		buf_clear(&lines);
	}
	return r;
}

static int obey(struct steps *s, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	s->rows = 0;
	if (!strncmp(line, "begin ", 6))
		return begin(s, line + 6);
	if (!strcmp(line, "read"))
		return read_all(s);
	if (!strcmp(line, "end"))
		return engine->read_end(s->session, 0, &s->err);
	if (!strcmp(line, "cancel"))
		engine->cancel(s->session);
	return 0;
}

static int prepare(struct steps *s, const char *text)
{
	static struct uri uri;
	static struct strings databases;
	static struct options options = { .jobs = 1, .lock_wait_s = 5 };
	struct snapshot snapshot;
	int r = uri_parse(&uri, text, &s->err);
	if (!r)
		r = engine->databases(&databases, &uri, &options, &s->err);
	struct session_job job = { .uri = &uri,
				   .options = &options,
				   .databases = &databases,
				   .role = ROLE_SOURCE,
				   .connections = 1 };
	if (!r)
		r = engine->open(&s->session, &job, &s->err);
	if (!r)
		r = engine->snapshot(s->session, &snapshot, &s->err);
	return r ? r : engine->catalog(s->session, &s->catalog, &s->err);
}

static void answer(const struct steps *s, int r)
{
	if (r)
		printf("%d %s\n", r, s->err.text);
	else
		printf("ok %llu\n", (unsigned long long)s->rows);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct steps s = { 0 };
	char line[256];
	if (argc != 2)
		return 2;
	answer(&s, prepare(&s, argv[1]));
	while (s.session && fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0)
		answer(&s, obey(&s, line));
	engine->close(s.session);
	catalog_fini(&s.catalog);
	return 0;
}
