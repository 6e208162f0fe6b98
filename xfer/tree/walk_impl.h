/* walk_impl.h - what walk.c (which directory, which name next), walk_entry.c (one name) and walk_mail.c (mailboxes) share. */
#pragma once
#include "xfer/base/spill_list.h"
#include "xfer/tree/linkmap.h"
#include "xfer/tree/walk.h"

/* A directory to be listed, as the receiver sees it: perhaps made of several on disk. */
struct vdir {
	struct vdir *parent; /* a reference; for the path */
	unsigned refs;
	char *name;
	uint64_t seq;
	struct digest path;  /* hash of the path */
	struct dir **origin; /* what is listed here */
	size_t origins;
	const struct pick *pick; /* chosen names instead of, or besides, all */
	struct filter_dir *rules;
	bool incomplete; /* a part of a union could not be read: what is missing here may be there */
	bool argument;	 /* the root, or a directory that was named as an argument */
	bool closed;	 /* not to be listed: another file system, or no recursion */
	bool maildir;	 /* its new, cur and tmp come first, and what goes by the names in them after these */
	unsigned last;	 /* bits of mail_last: held back until then */
	enum mail_folder folder; /* of a maildir; MAIL_FOLDERS: none */
	bool listed;		 /* on the stack for its parked kids */
	struct spill_list parked;
	struct vdir *next; /* the stack */
};

/* A directory of one origin, as nearly all are, waits as a record in the spill until its turn comes: all else of it
 * follows from the one that it was found in. */
struct parked {
	uint64_t seq;
	bool closed;
	char name[NAME_LIMIT]; /* as much of it as there is */
};

/* A mailbox, as it was when it was listed. */
struct box_seen {
	struct dir *folder[MAIL_TMP];
	struct maildir_moment at;
};

struct walk {
	const struct options *o;
	const struct filter *filter;
	struct dirs *pool;
	struct ids *ids;
	struct content_hasher *hasher; /* NULL: nothing is hashed */
	struct link *link;	       /* kept alive while content is hashed; may be NULL */
	const struct tell *tell;
	const struct walk_target *target;
	uint64_t next_seq, content_read;
	size_t pending;

	struct vdir *stack;		     /* to be listed, or its parked kids to be, next first */
	struct spill *parked;		     /* the lists of those */
	struct vdir *now;		     /* being listed */
	size_t origin, kid;		     /* position in it */
	bool began;			     /* origin is open, pinned and rewound */
	unsigned flags;			     /* of this listing */
	uint64_t seen;			     /* names in it */
	struct vdir *kids_first, *kids_last; /* found in it */
	/* in a union: which names were listed already, numbered, and which of them are directories */
	struct linkmap *union_names;
	struct union_dir {
		uint64_t number;
		struct vdir *dir; /* borrowed: one of the kids */
	} * union_dir;
	size_t union_dirs, union_room;
	uint64_t union_count, union_now; /* now: the number of the name at hand; 0 outside of unions */

	uint8_t *block; /* getdents64 */
	size_t block_at, block_end;

	/* the mailbox whose folders are being listed */
	bool mail, by_name;
	struct mail_list box;
	struct vdir *box_of; /* a share; NULL: none */
	bool box_sure;
	size_t box_at;
	struct box_seen *boxes; /* all that were listed */
	size_t box_count, box_room;
	bool restless;		     /* a mailbox changed while it was listed */
	unsigned waits, found_again; /* left to it */
	uint32_t box_uid, box_gid;   /* of the folder */
	bool message, in_parent;     /* what walk_name has at hand */

	struct buf path; /* of now, with a slash at the end unless it is the root; a name is put behind */
	struct buf attrs;
	char target_text[TARGET_LIMIT + 1];
	struct linkmap *links;
	struct err err; /* what ends the walk from within a name */
};

/* Puts name behind the path of the current directory. Returns the whole, terminated; valid until the next call. */
const char *walk_path(struct walk *w, const char *name, size_t len, size_t *path_len);
/* errnum as in tell.h. */
void walk_tell(struct walk *w, const char *name, size_t len, int error, const char *what, int errnum);

/* One name of the directory w->now, standing in at: decides, hands it over, remembers a directory for later. */
int walk_name(struct walk *w, struct dir *at, int at_fd, const char *name, size_t len,
	      const struct pick *pick);
/* The root's own entry. */
int walk_root(struct walk *w, struct dir *at, int at_fd);

/* Puts the path of v into path. */
int walk_set_path(struct walk *w, const struct vdir *v);
/* walk_entry.c: the user's filter leaves it out. */
bool walk_excluded(struct walk *w, const char *name, size_t len, bool is_dir);

/* walk_mail.c. The listing of v begins: if it is a folder of a mailbox, which? The names in the mailbox are read then. 0 or -errno. */
int walk_mail_begin(struct walk *w, struct vdir *v);
/* The directory at was opened: if it is a mailbox, its folders come first. */
int walk_mail_first(struct walk *w, struct dir *at, int fd);
/* Is this name of a mailbox not to be listed with the others? Then it was seen to. */
bool walk_mail_apart(struct walk *w, const char *name, size_t len);
/* Lists some messages. 1: there is more; 0: none; -errno. */
int walk_mail_step(struct walk *w, struct dir *at, int fd, unsigned *max);
/* A message is not under the name that it was listed by: if it has another one it will be listed by that. */
int walk_mail_moved(struct walk *w, const char *name, size_t len);
void walk_mail_fini(struct walk *w);

/* --prune-empty-dirs: something other than directories is in or below name (walk_prune.c). */
bool walk_has_files(struct walk *w, struct dir *at, const char *name, size_t len);

/* A new directory to list. NULL: no memory. */
struct vdir *vdir_new(struct vdir *parent, const char *name, size_t len, uint64_t seq);
int vdir_add_origin(struct vdir *v, struct dir *d);
void vdir_unref(struct vdir *v);
