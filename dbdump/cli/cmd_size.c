#include "dbdump/cli/cmd.h"

#include <string.h>

#include "dbdump/cli/ends.h"
#include "dbdump/cli/meaning.h"
#include "dbdump/cli/output.h"
#include "dbdump/cli/sizes.h"
#include "dbdump/cli/sizes_read.h"
#include "dbdump/outcome.h"
#include "xfer/front/process.h"

/* Seconds a gigabyte of tables and indexes takes to be copied and compared where two servers share two cores: what `make bench` said
 * of shop-mariadb and shop-postgresql (25.8 and 31.9, bench/NOTES.md). */
static const struct {
	double seconds_per_gb;
	const char *measured;
} usual[] = { [URI_MYSQL] = { 26, "MariaDB 10.11" }, [URI_POSTGRESQL] = { 32, "PostgreSQL 15" } };

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

/* Of the rehearsal that the user names, or what is usual. */
static int choose_rate(struct sizes *s, struct rates *r, const struct ends *ends, const struct options *o,
		       struct err *err)
{
	s->seconds_per_gb = usual[ends->at[0].kind].seconds_per_gb;
	s->measured = usual[ends->at[0].kind].measured;
	if (!o->rates)
		return 0;
	int rc = rates_read(r, o->rates, ends->engine->name, err);
	if (rc)
		return rc;
	s->seconds_per_gb = r->seconds_per_gb;
	s->rates = r;
	return 0;
}

int cmd_size(const struct options *o, const struct strings *operands)
{
	AUTO(output_closep) struct output *out = NULL;
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(sizes_fini) struct sizes sizes = { 0 };
	struct rates rehearsed;
	struct err err = { 0 };
	if (output_open(&out, o, "size", &err) < 0) {
		process_complain("dbdump", err.text);
		return outcome_of_error(err.code);
	}
	if (ends_parse(&ends, operands, ARGS_SIZE, &err) == 0) {
		output_start(out, ends.at[0].shown, NULL);
		const struct observer observer = output_observer(out, &cmd_quit);
		const struct run_job job = {
			.engine = ends.engine, .uris = { &ends.at[0] }, .options = o, .observer = &observer
		};
		if (choose_rate(&sizes, &rehearsed, &ends, o, &err) == 0)
			sizes_read(&sizes, &job, &err);
	}
	return tell(out, &sizes, o, &err);
}
