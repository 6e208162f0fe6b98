/* mixed.h - an engine of whose two ends one may be an archive: sessions of a server are the engine's, those of an archive source.h's.
 *
 * So a copy out of an archive is a copy, and a comparison with one a comparison. Made by whoever knows the engines (cli): databases and
 * open have no session yet that says whose it is, and are functions of his that call these two. */
#pragma once
#include "dbdump/archived.h"

struct mixed_kind {
	const struct engine *engine;
	const struct archived *archived;
};

int mixed_databases(const struct mixed_kind *k, struct strings *out, const struct uri *uri,
		    const struct options *o, struct err *err);
int mixed_open(const struct mixed_kind *k, struct session **out, const struct session_job *job,
	       struct err *err);

/* The engine but for databases and open. */
struct engine mixed_engine(const struct engine *engine);

/* The engine's own session; NULL: it is an archive's, which the other one gives. */
struct session *mixed_server(struct session *s);
struct session *mixed_source(struct session *s);
