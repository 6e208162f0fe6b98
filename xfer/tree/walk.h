/* walk.h - the listing of the source: which names there are, in the order in which they are sent.
 *
 * A directory is listed whole before any of its subdirectories, which then follow depth first. What is listed is
 * a tree of struct pick, made from the user's arguments: the root's own content (a trailing slash), names put
 * into it, names below implied directories (--relative, --files-from), and unions of these.
 *
 * Memory: a few MiB; directories not yet listed wait in a spill, and so do files with several names. Only what the user names,
 * and the directories of one directory in a union of several sources, are all in memory.
 * Everything goes through dir.h, so nothing outside of the arguments' trees is ever opened. One thread. */
#pragma once
#include <sys/stat.h>

#include "xfer/base/err.h"
#include "xfer/tree/dir.h"
#include "xfer/tree/entry.h"
#include "xfer/tree/filter.h"
#include "xfer/tree/ids.h"
#include "xfer/tree/maildir.h"
#include "xfer/tree/tell.h"
#include "xfer/wire/link.h"

/* A chosen name, or the root. */
struct pick {
	char *name;
	struct dir *at;	      /* where the name stands; NULL for the root */
	struct dir **content; /* directories whose content stands here: the root of "src/", merged */
	size_t contents;
	struct pick *kids; /* chosen names below it, when not all of it is */
	size_t kid_count;
	bool whole;   /* with everything below it */
	bool missing; /* something that was chosen here was not there: nothing may be deleted */
};

void pick_fini(struct pick *p);

/* What the walk hands over. */
struct walk_target {
	/* folder: MAIL_FOLDERS when it is not one of a mailbox */
	void (*dir)(void *ctx, uint64_t seq, enum mail_folder folder);
	/* dir_path: hash of the directory's path; at: the directory that holds it. 0, or -errno to end the walk. */
	int (*entry)(void *ctx, const struct entry *e, struct dir *at, const struct digest *dir_path,
		     bool is_root);
	void (*dir_end)(void *ctx, unsigned flags);
	void (*owner)(void *ctx, enum id_kind kind, uint32_t id, const char *name);
	/* A name that is there and not sent (its type is not wanted, --safe-links): it must not be deleted. */
	void (*left_out)(void *ctx, const char *name, size_t len);
	void *ctx;
};

struct walk;

/* Borrows everything for the life of the walk. ids: of the source's machine. hash_content: entries carry the content's digest
 * (--checksum); reread: by reading the disk and not the page cache. */
int walk_new(struct walk **out, const struct pick *root, const struct options *o, const struct filter *f,
	     struct dirs *pool, struct ids *ids, const struct tell *tell, const struct walk_target *target,
	     struct err *err);
void walk_free(struct walk *w);
/* Keeps this link alive while files are hashed. */
void walk_keep_alive(struct walk *w, struct link *link);

/* Lists at most about max names more. 1: there is more; 0: all is listed; -errno. Items that cannot be read are told, not
 * returned. */
int walk_step(struct walk *w, unsigned max, struct err *err);

/* All is listed: had no mailbox changed since it was listed? Then no message is missing because it moved. False when there is none. */
bool walk_mail_is_quiet(struct walk *w);

/* Entries numbered so far; the next one's seq. The root is 0. */
uint64_t walk_next_seq(const struct walk *w);
/* Directories found and not listed yet. */
size_t walk_pending(const struct walk *w);
/* Hands these over as owners, if it did not. */
void walk_announce(struct walk *w, uint32_t uid, uint32_t gid);
uint64_t walk_content_read(const struct walk *w); /* bytes read for digests */
