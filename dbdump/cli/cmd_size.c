#include "dbdump/cli/cmd.h"

#include <errno.h>
#include <string.h>

#include "dbdump/cli/ends.h"
#include "dbdump/cli/meaning.h"
#include "dbdump/cli/output.h"
#include "dbdump/cli/sizes.h"
#include "dbdump/outcome.h"
#include "xfer/front/process.h"

/* Seconds a gigabyte of tables and indexes takes to be copied and compared where two servers share two cores: what `make bench` said
 * of shop-mariadb and shop-postgresql (25.8 and 31.9, bench/NOTES.md). */
static const struct rate {
	double seconds_per_gb;
	const char *measured;
} rates[] = { [URI_MYSQL] = { 26, "MariaDB 10.11" }, [URI_POSTGRESQL] = { 32, "PostgreSQL 15" } };

struct asked {
	const struct options *o;
	const struct ends *ends;
	struct output *out;
	struct sizes *sizes;
	struct err *err;
};

static void warn(void *ctx, const char *text)
{
	output_warning(ctx, text);
}

static int ask_session(const struct asked *a, struct session *s, const char *database)
{
	const struct engine *engine = a->ends->engine;
	struct snapshot snapshot;
	struct catalog catalog = { 0 };
	int r = engine->snapshot(s, &snapshot, a->err);
	if (!r)
		r = engine->catalog(s, &catalog, a->err);
	if (!r && sizes_add(a->sizes, database, &catalog) < 0)
		r = err_set(a->err, -ENOMEM, "the sizes of %zu tables", catalog.table_count);
	catalog_fini(&catalog);
	return r;
}

/* databases: all that the session has; database: the one, for an engine whose sessions have no other. */
static int ask(const struct asked *a, const struct strings *databases, const char *database)
{
	const struct engine *engine = a->ends->engine;
	struct session *s = NULL;
	/* one connection reads a moment of its own without any lock */
	const struct session_job job = {
		.uri = &a->ends->at[0],
		.options = a->o,
		.databases = databases,
		.role = ROLE_COMPARE,
		.connections = 1,
		.warn = warn,
		.ctx = a->out,
	};
	if (cmd_quit)
		return err_say(a->err, -EINTR, "interrupted");
	int r = engine->open(&s, &job, a->err);
	if (!r)
		r = ask_session(a, s, database);
	engine->close(s);
	return r;
}

static int ask_all(const struct asked *a)
{
	const struct engine *engine = a->ends->engine;
	AUTO(strings_fini) struct strings names = { 0 };
	int r = engine->databases(&names, &a->ends->at[0], a->o, a->err);
	for (size_t i = 0; !r && i < names.count; i++) {
		struct strings one = { &names.at[i], 1 };
		r = sizes_add_database(a->sizes, names.at[i]);
		if (!r && !engine->spans)
			r = ask(a, &one, names.at[i]);
	}
	return r || !engine->spans ? r : ask(a, &names, NULL);
}

/* Returns the exit status. */
static int tell(struct output *out, const struct sizes *s, const struct options *o, const struct err *err)
{
	int status = outcome_of_error(err->code);
	struct line *l = err->code ? NULL : output_line(out);
	struct event *e = output_event(out);
	if (err->code)
		output_error(out, err->text);
	if (l) {
		sizes_text(l, s, o->verbose);
		output_end(out);
	}
	for (size_t i = 0; e && !err->code && i < s->table_count; i++) {
		event_begin(e, "item");
		sizes_event_table(e, &s->tables[i]);
		output_end_event(out);
	}
	if (e) {
		event_begin(e, "report");
		event_text(e, "verb", "size");
		event_bool(e, "ok", status == EXIT_OK);
		event_i64(e, "exit", status);
		event_text(e, "meaning", meaning_of(status));
		event_string(e, "reason", err->text, strlen(err->text));
		sizes_event(e, s);
		output_end_event(out);
	}
	return status || !output_failed(out) ? status : EXIT_FILE_IO;
}

int cmd_size(const struct options *o, const struct strings *operands)
{
	AUTO(output_closep) struct output *out = NULL;
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(sizes_fini) struct sizes sizes = { 0 };
	struct err err = { 0 };
	if (output_open(&out, o, "size", &err) < 0) {
		process_complain("dbdump", err.text);
		return outcome_of_error(err.code);
	}
	if (ends_parse(&ends, operands, ARGS_SIZE, &err) == 0) {
		output_start(out, ends.at[0].shown, NULL);
		sizes.seconds_per_gb = rates[ends.at[0].kind].seconds_per_gb;
		sizes.measured = rates[ends.at[0].kind].measured;
		ask_all(&(struct asked){ o, &ends, out, &sizes, &err });
		sizes_sort(&sizes);
	}
	return tell(out, &sizes, o, &err);
}
