/* sender_impl.h - what sender.c (the loop) and sender_pending.c (entries that are not settled yet) and sender_held.c (what the
 * receiver has of them) share. */
#pragma once
#include "xfer/io/gentle.h"
#include "xfer/tree/file_source.h"
#include "xfer/tree/sender.h"

enum {
	LIST_FRAME = 32 * 1024, /* a LIST is sent when it is this long, or the turn ends */
	LIST_SLICE = 2048,	/* names listed before content has its turn */
	LIST_STEP = 128,
	AHEAD_MOST = 8 << 20, /* bytes of LIST frames held before there is a receiver */
};

/* What of a wanted file the receiver has, as it comes. */
struct held {
	struct buf bytes; /* of FRAME_BASE, not whole yet */
	struct signature signature;
	bool is_whole;
	size_t cost; /* bytes held */
};

/* An entry that was listed and is not decided, or wanted and not sent. */
struct pending {
	uint64_t seq;
	bool used, wanted, counts; /* counts: part of the digest */
	struct dir *at;		   /* regular files only, as the name */
	char *name;
	struct item item;
	uint32_t attrs_len;
	uint64_t dev, ino;     /* the file must still be this one; 0: any */
	bool message, by_name; /* as of the entry */
	bool have_content;
	struct digest content;
	struct held *held; /* NULL: it is sent without asking what of it is there */
};

struct sender {
	const struct sender_job *job;
	struct walk *walk;
	struct walk_target target; /* its: this sender */
	struct file_source *source;
	struct account account;
	struct err err; /* of what is sent from inside the walk */
	struct tree_digest digest;
	bool listed;
	struct progress progress; /* its totals are the account's */
	uint64_t queued;	  /* of the link's payload, what counts as moved already */
	uint64_t under_way;	  /* bytes of what is being sent that progress does not count yet */
	struct gentle_pause pause;

	struct buf list; /* LIST records not yet sent */
	struct entry_state list_state;
	uint64_t list_first;
	bool list_has_entry;
	bool running;	  /* there is a receiver, and what it is sent first is on its way */
	struct buf ahead; /* LIST frames from before: u64 offset, string payload */

	struct pending *pending; /* a ring of window slots: seq modulo window */
	size_t window, attrs_bytes, held_bytes;
	uint64_t oldest, newest; /* of the seqs in use: [oldest, newest) */
	uint64_t decided;	 /* all below are */
	uint64_t *want;		 /* a ring as large: seqs to send, in order */
	size_t want_first, want_count;
};

int pending_init(struct sender *s);
void pending_fini(struct sender *s);
bool pending_room(const struct sender *s);
bool pending_empty(const struct sender *s);
int pending_add(struct sender *s, const struct entry *e, struct dir *at, const struct digest *dir_path,
		bool is_root);
struct pending *pending_at(struct sender *s, uint64_t seq);
void pending_drop(struct sender *s, struct pending *p);
/* Takes a WANT apart. */
int pending_decide(struct sender *s, const struct frame *f, struct err *err);
/* Tells a failure of the entry, by its path. */
void pending_tell(struct sender *s, const struct pending *p, int error, const char *what);
void want_push(struct sender *s, uint64_t seq);
void want_pop(struct sender *s);
/* Progress: a file's content has to be sent, or was read to be compared; is. */
void sender_asked(struct sender *s, uint64_t bytes);
void sender_handled(struct sender *s, uint64_t bytes, uint64_t items, uint64_t moved);

/* sender_held.c: what the receiver has of large files */
struct held *held_new(void);
void held_free(struct sender *s, struct held *h);
/* Takes a BASE apart; the file is wanted when it is whole. */
int held_take(struct sender *s, const struct frame *f, struct err *err);
