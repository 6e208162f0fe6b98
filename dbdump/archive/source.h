/* source.h - an archive as an engine: what a source and an end of a comparison are asked for (engine.h), told from an archive.
 *
 * A session is a section. Its URI has the archive that is open (uri.archive). Of a pipe there is one read of the rows, in the order in
 * which they come (flow.h); what reads otherwise is told so. A target it is not: dump.h writes archives. */
#pragma once
#include "dbdump/archive/archive.h"

int source_databases(struct strings *out, const struct uri *uri, const struct options *o, struct err *err);
/* The archived of the engine that the archive is of. */
int source_open(struct session **out, const struct session_job *job, const struct archived *archived,
		struct err *err);

/* What is asked of an open session; databases, open, row_name and what a target does are NULL. */
extern const struct engine source_engine;

struct archive *source_archive(const struct session *s);
unsigned source_section(const struct session *s);
const struct options *source_options(const struct session *s);
/* The parts in which tables were dumped: how many, of which table, and for messages, which of its rows. */
size_t source_parts(const struct session *s);
uint32_t source_table(const struct session *s, uint32_t part);
const char *source_where(const struct session *s, uint32_t part);
