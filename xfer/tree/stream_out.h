/* stream_out.h - where a stream goes: into a new file that gets its name when it is whole, or straight to what takes bytes as
 * they come (standard output, a fifo, a device).
 *
 * The file's directory is opened once, and everything in it named by one component (dir.h). The new file is locked
 * while it is written, so that a second writer of the same name is refused and a left-over one is told from it. One thread. */
#pragma once
#include "xfer/tree/options.h"
#include "xfer/wire/link.h"

struct stream_out;

/* path NULL: standard output. link: kept alive while a slow reader is waited for. -EISDIR, -ELOOP for a symlink, -EBUSY. */
int stream_out_open(struct stream_out **out, const char *path, const struct options *o, struct link *link,
		    struct err *err);
/* Appends. */
int stream_out_write(struct stream_out *s, const uint8_t *data, size_t len, struct err *err);
/* All has come and is right: durable where --fsync asks for it, and under its name. */
int stream_out_commit(struct stream_out *s, struct err *err);
/* Was there a file of this name before? */
bool stream_out_existed(const struct stream_out *s);
/* Its last component; NULL for what is written straight. */
const char *stream_out_name(const struct stream_out *s);
/* Takes away what was not committed. Accepts NULL. */
void stream_out_free(struct stream_out *s);
