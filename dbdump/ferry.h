/* ferry.h - what an engine must be able to do besides engine.h so that tables go as their files (--mode) from host to host, each end with a
 * dbdump of its own beside its server.
 *
 *   destination                       source
 *   offer     what it takes ->        ship      behind open: sends the files of those that it can take, while their owner goes on
 *                                     snapshot  sends what has changed since, under its lock
 *   receive                        <- shipped   behind catalog: these are whole, and go so
 *   arrived   flags them in the source's catalog, for engine.import
 *
 * A file that is not whole in the end has not come, and its rows are sent. What comes from the other host may be anything: no name in it
 * is a path, and no number makes anybody allocate. That a server takes the file whatever its pages say is another matter: whoever may
 * write the source's files must be trusted. */
#pragma once
#include "dbdump/engine.h"

enum piece_kind {
	PIECE_TABLE, /* a table will come as this file: its names at the destination, and how large it is */
	PIECE_CHUNK, /* HASH_CHUNK bytes of it (hash.h), or as many as are left; one that came before is not so any more */
	PIECE_NOTE,  /* what the server wrote beside it, from this chunk on */
	PIECE_WHOLE, /* the last: how large both are, and their hashes */
	PIECE_KINDS
};

enum { PIECE_MOST = 1 << 20 };

struct piece {
	enum piece_kind kind;
	uint32_t file, chunk;
	const uint8_t *data;
	size_t len; /* PIECE_MOST at most */
};

/* Where pieces go, until shipped was called; it stays where it is so long. */
struct ferry_out {
	const uint8_t *offer; /* for ship alone */
	size_t offer_len;
	int (*put)(void *ctx, const struct piece *p, struct err *err); /* any thread */
	void *ctx;
	struct gate *gate;
	struct watch *watch;
};

struct ferry {
	/* Appends what this server takes; with --mode=logical nothing. */
	int (*offer)(struct session *s, struct buf *out, struct err *err);
	int (*receive)(struct session *s, const struct piece *p, struct err *err);
	void (*arrived)(struct session *s, struct catalog *c);
	int (*ship)(struct session *s, const struct ferry_out *out, struct err *err);
	int (*shipped)(struct session *s, const struct catalog *c, struct err *err);
};

/* Does anybody want it? Both ends know, and say so in the same way. */
static inline bool ferry_wanted(const struct engine *engine, const struct options *o)
{
	return engine->ferry && o->mode != MODE_LOGICAL && !o->schema_only && !o->data_only;
}
