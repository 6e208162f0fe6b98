/* state_dir.h - the folder for what outlives a run (journals) or does not fit into memory, on this host. */
#pragma once
#include "xfer/base/err.h"

/* Where it is by default: $XFER_STATE_DIR; /var/lib/xfer for root; else $XDG_STATE_HOME/xfer or ~/.local/state/xfer. The caller
 * frees it. NULL: no home is known, or no memory. */
char *state_dir_default(void);
/* Opens it; makes it, with what is missing above it, with mode 0700 unless read_only. Its descriptor, or -errno with err
 * naming path. -EXDEV: it stands inside the directory root, whose files are somebody else's. */
int state_dir_open(const char *path, int root, bool read_only, struct err *err);
/* Which of named (NULL: none) and the usual one is there, may be written to and does not stand inside the directory root (-1: of
 * no matter), for the caller to free; makes nothing. NULL: neither, or no memory. */
char *state_dir_present(const char *named, int root);
