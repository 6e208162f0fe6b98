/* receiver_impl.h - what the receiver's parts share:
 *
 *   receiver.c          the loop: takes frames and LIST records apart
 *   receiver_dir.c      directories: made, found, put in place, finished
 *   receiver_node.c     which of them are remembered, and those whose listing is to come
 *   receiver_delete.c   what the source does not have: whether it may go
 *   receiver_look.c     what is there under a name: several are looked up ahead
 *   receiver_decide.c   one entry against what is there: leave, make, change or want
 *   receiver_want.c     what was wanted and has not come: from a verdict to its name
 *   receiver_commit.c   when what is whole gets its name, and what is on disk by then
 *   receiver_mail.c     mailboxes: messages that are here under another name, and what is deleted at the end
 *   receiver_elsewhere.c  messages that are here in another folder
 *   receiver_link.c     hard links
 *   receiver_leader.c   the first names of files with several, once they are settled
 *   receiver_small.c    bundles: small files, whole
 *   receiver_base.c     what of a large file is here already: found, and told to the sender
 *   receiver_parts.c    a file put together from that and from what comes
 *   receiver_write.c    large files, chunk by chunk
 */
#pragma once
#include <sys/stat.h>

#include "xfer/base/spill_list.h"
#include "xfer/io/gentle.h"
#include "xfer/tree/change.h"
#include "xfer/tree/dir.h"
#include "xfer/tree/item.h"
#include "xfer/tree/mail_list.h"
#include "xfer/tree/maildir.h"
#include "xfer/tree/meta.h"
#include "xfer/tree/nameset.h"
#include "xfer/tree/prune.h"
#include "xfer/tree/receiver.h"
#include "xfer/tree/space.h"
#include "xfer/tree/temp_name.h"

enum { LOCKS_MOST = 64 };
enum { ATTRS_HELD_MOST = ATTRS_HELD + (16 << 20) }; /* some slack for what is under way */
enum { WANT_WINDOW = 1 << 18, NODES_MAX = 1 << 18, WANT_FLUSH = 16 * 1024 };

/* The mailbox whose folders are being listed, as it is here. */
struct box {
	uint64_t seq; /* of its directory */
	bool open, usable;
	unsigned flags;		      /* of the listings of its folders */
	struct rnode *node[MAIL_TMP]; /* a share; NULL: not listed yet */
	bool was_read[MAIL_TMP];
	struct mail_list list;
};

/* A directory of the destination. */
struct rnode {
	uint64_t seq;
	struct rnode *parent; /* a share in its pending; NULL: the root */
	struct dir *dir;      /* NULL: not there (dry run) or not to be there */
	char *name;	      /* the final one; dir's may be temporary still */
	struct digest path;
	struct filter_dir *rules;
	struct meta meta; /* to be applied at the end; attrs are owned */
	bool have_meta;
	bool fresh;	     /* made by this run: nothing in it needs to be looked at */
	bool adopted;	     /* staged, and made by a run that was interrupted */
	bool staged;	     /* under a temporary name */
	bool leave;	     /* everything below it is left out too (--existing, failures) */
	bool listed;	     /* its listing has ended */
	unsigned mail;	     /* a folder of a mailbox: 1 + enum mail_folder; else 0 */
	struct dir *through; /* where its files are made: the mailbox's tmp; NULL: in dir */
	bool seen_listing;   /* DIR came */
	bool leads;	     /* a settled leader is in or below it */
	size_t files;	     /* names in it that are not in place yet */
	size_t pending;	     /* reasons to keep it: its listing, its files, its subdirectories */
	struct rnode *hash_next;
	/* its subdirectories whose listing is to come, in the order of the entries: nodes, and behind them records */
	struct rnode *kids_first, *kids_last;
	struct spill_list parked;
	struct rnode *next; /* among the kids of its parent, or on the stack */
};

/* The names of one file with several, whose content was asked for. */
struct linkgroup {
	uint64_t leader;
	struct rnode *node; /* where the first of them stands */
	char *name;
	struct follower *waiting;
	struct linkgroup *hash_next;
};

/* The first of these names. */
struct leader {
	enum leader_state {
		LEADER_THERE = 1,
		LEADER_FAILED,
		LEADER_LEFT, /* by an option */
		LEADER_DIRECTORY
	} state;
	struct dir *
		dir; /* NULL in a dry run that would make it; as dir_path valid until the next is looked for */
	const char *dir_path; /* with a slash at its end, but for the root */
	char name[NAME_LIMIT + 1];
};

struct follower {
	struct rnode *node;
	char *name;
	bool existed;
	struct item item;
	struct follower *next;
};

/* What a large file that is wanted can be made from. */
struct base {
	uint64_t seq;
	struct base *next; /* of those that the sender was not told of yet */
	bool is_signed;	   /* it was */
	bool left;	   /* an interrupted run left some of it, under its temporary name */
	uint64_t kept;	   /* bytes of that which were offered */
	bool have_old;
	struct stat old; /* the old version, under its name */
	size_t cost;	 /* bytes told */
};

/* A regular file whose content was asked for. */
struct wanted {
	uint64_t seq;
	bool done, under_way; /* under_way: its content came in a bundle, and it is being written */
	bool whole;	      /* on disk, waiting for its name */
	struct rnode *node;
	char *name;
	struct item item;
	struct meta meta;	       /* attrs are owned */
	bool sparse, existed, created; /* created: nothing of its type was there, as the itemised line says */
	int diff;		       /* of meta_diff, for the itemised line */
	uint64_t listed,
		counted;     /* its size in the listing, and the part of it that progress counts as done */
	bool large;	     /* it comes chunk by chunk, counted as they come */
	uint64_t need, gain; /* bytes this takes, and gives back when the old one goes */
	struct linkgroup *group;
	struct base *base; /* NULL: it comes whole */
};

/* The one large file under way. */
struct writing {
	struct wanted *wanted; /* NULL: none */
	int fd, error;
	struct content head;
	uint64_t next; /* chunks come in order: the first offset that may come */
	char name[TEMP_NAME_SIZE > NAME_LIMIT + 1 ? TEMP_NAME_SIZE : NAME_LIMIT + 1];
	struct file_hash *hash;
	struct parts *parts; /* made from what is here too; NULL: from what comes alone */
};

struct receiver {
	const struct receiver_job *job;
	const struct options *o;
	struct meta_rules rules;
	struct account account;
	struct tree_digest digest;
	struct prune prune;
	struct space space;
	bool compare, list_only; /* nothing is changed; nothing is even looked at */

	struct rnode *root, *now; /* now: whose listing is being taken */
	struct rnode **node_hash;
	size_t node_slots, node_count;
	struct rnode *stack; /* listed, and some of their subdirectories are not: the walk goes depth first */
	size_t waiting;	     /* nodes among those */
	struct spill *parked;	  /* the other ones' lists, in the stack's order */
	char *renamed_from;	  /* the name at the source when job->rename is another; else NULL */
	const struct entry *sent; /* the entry being decided about, under the source's name */
	bool counted_later; /* it is not there yet, but will not be asked for: another name of a file under way */
	struct nameset *seen; /* names of now, when extra ones are to be deleted */
	bool need_seen;
	uint64_t next_seq;  /* of the next entry; all below are decided */
	uint64_t dirs_open; /* announced and not yet listed */

	int lock[64]; /* on the directories of arguments */
	size_t lock_count;
	size_t attrs_bytes; /* of what is wanted */
	struct buf wants;   /* pairs not yet sent */
	bool wants_due;	    /* an entry came since the last were sent: the sender waits */
	uint64_t want_last;
	struct wanted *wanted; /* a ring, ascending by seq */
	size_t wanted_first, wanted_count;
	struct writing writing;
	struct commit *commit;		     /* NULL: nothing is written */
	struct journal *journal;	     /* to be written to; NULL: none */
	bool partial;			     /* a listing was, so that not every file is looked at */
	struct base *base_first, **base_end; /* a queue of those that the sender must be told of */
	size_t base_out;		     /* bytes told of files that have not come yet */
	struct pool *base_pool;		     /* see receiver_base_pool; NULL until it is needed */
	struct content_hasher *hasher;	     /* NULL: nothing that is there is hashed */
	struct smalls *smalls;		     /* small files under way; NULL until the first bundle */
	struct looks *looks;		     /* NULL: none is looked up ahead */
	bool looks_tried, look_due;	     /* due: at the next entry it may be worth it */

	struct linkgroup **group_hash;
	size_t group_slots, group_count, followers; /* followers: that wait */
	struct leaders *leaders;
	struct box box;
	struct doomed *doomed, **doomed_end; /* to be deleted when all is here */
	bool mail_is_quiet;		     /* QUIET came */
	struct elsewhere *elsewhere;	     /* NULL: not looked for yet */
	bool was_renamed;		     /* the entry at hand is here by its new name now */

	struct buf path;	  /* scratch for receiver_path */
	struct progress progress; /* its totals are the account's */
	struct gentle_pause pause;
};

/* The path of name in n relative to the root, terminated; valid until the next call. */
const char *receiver_path(struct receiver *r, const struct rnode *n, const char *name, size_t len,
			  size_t *path_len);
/* Tells that an item failed, and counts it. error: -errno. */
void receiver_fail(struct receiver *r, const struct rnode *n, const char *name, size_t len, int error,
		   const char *what);
void receiver_fail_err(struct receiver *r, const struct rnode *n, const char *name, const struct err *e);
/* Tells a change in rsync's form. */
void receiver_item(struct receiver *r, const struct rnode *n, const char *name, size_t len,
		   const char *change, bool is_dir, const char *suffix);
/* True for errors of the destination that end the run; then err is filled. */
bool receiver_is_fatal(int error);
void receiver_add_digest(struct receiver *r, const struct item *item, const struct digest *content);
/* Which name is used on disk for a new object called name in n. */
const char *receiver_disk_name(const struct rnode *n, const char *name, size_t len,
			       char temp[static NAME_LIMIT + 1]);
/* Where that is, if it is a temporary one. */
struct dir *receiver_temp_dir(const struct rnode *n);
void receiver_temp_name(const struct rnode *n, char temp[static TEMP_NAME_SIZE], const char *name,
			size_t len);
/* Frees the name in n for something new: unlinks, or removes a directory where that is allowed. */
int receiver_make_way(struct receiver *r, struct rnode *n, const char *name, const struct stat *st,
		      mode_t coming);

/* Renames temp, which is whole, to name in n; a directory that has the name is removed first, where that is allowed. */
int receiver_put(struct receiver *r, struct rnode *n, const char *temp, const char *name, mode_t mode);

/* receiver_node.c */
int node_table_init(struct receiver *r);
void node_table_fini(struct receiver *r);
struct rnode *node_find(struct receiver *r, uint64_t seq);
/* For an entry of the listing under way. NULL: no memory, or there are too many. */
struct rnode *node_new(struct receiver *r, const struct entry *e);
void node_free(struct receiver *r, struct rnode *n);
/* n waits for its listing; it is not to be used until node_next gives it back. */
int node_wait(struct receiver *r, struct rnode *n, struct err *err);
/* The listing of n has ended: those found in it are the next. */
void node_wait_kids(struct receiver *r, struct rnode *n);
/* The directory whose listing must come now; NULL: none. 0 or -errno. */
int node_next(struct receiver *r, struct rnode **out, struct err *err);
/* Calls visit for each one that is remembered, on the way out of a failed run; those that waited are forgotten then. */
void nodes_each_waiting(struct receiver *r, void (*visit)(struct receiver *r, struct rnode *n));

/* receiver_dir.c */
int nodes_init(struct receiver *r, struct err *err);
void nodes_fini(struct receiver *r);
/* Decides about a directory; st NULL: there is none. Fatal errors only. */
int node_decide(struct receiver *r, const struct entry *e, const struct stat *st, enum verdict *verdict,
		struct err *err);
/* One below which everything is left out still has to be remembered: its listing will come. */
int node_leave(struct receiver *r, const struct entry *e, struct err *err);
int node_root(struct receiver *r, const struct entry *e, struct err *err);
/* Its listing begins, ends. */
int node_list_begin(struct receiver *r, struct rnode *n, struct err *err);
int node_list_end(struct receiver *r, struct rnode *n, unsigned flags, struct err *err);
/* receiver_delete.c: at the end of a listing. Deletes what the source does not have, if this listing allows it. */
int node_delete_extra(struct receiver *r, struct rnode *n, unsigned flags, struct err *err);
void node_hold(struct rnode *n, bool file);
/* Gives a share back; puts the directory in place and finishes it when it was the last. */
void node_release(struct receiver *r, struct rnode *n, bool file);
/* Puts directories that are staged in place, on the way out of a failed run. */
void nodes_unstage(struct receiver *r);

/* receiver_look.c */
/* What is called name in fd? 1: st; 0: nothing; -errno. */
int receiver_stat(int fd, const char *name, size_t len, struct stat *st);
/* in stands in an entry of the listing of r->now: begins to look up its name and those that follow. */
void receiver_look_ahead(struct receiver *r, const struct reader *in, const struct entry_state *state);
/* Was name, of the entry at hand, looked up? Then *code is what receiver_stat said. */
bool receiver_looked(struct receiver *r, const char *name, struct stat *st, int *code);
/* Before the frame goes: what was begun is over. */
void receiver_look_end(struct receiver *r);
void looks_free(struct looks *s);

/* receiver_decide.c: 0, or -errno to end the run */
int receiver_decide(struct receiver *r, const struct entry *e, struct err *err);

/* receiver_mail.c */
void mail_init(struct receiver *r);
void mail_fini(struct receiver *r);
/* The listing of n, which is this folder of a mailbox, begins; ends, with its flags. */
int mail_begin(struct receiver *r, struct rnode *n, struct err *err);
int mail_end(struct receiver *r, struct rnode *n, unsigned flags, struct err *err);
/* An entry of such a listing: is it here, perhaps under another name? 1: st; 0: nothing; -errno; 2: it is, and *verdict says all. */
int mail_look_up(struct receiver *r, const struct entry *e, struct stat *st, enum verdict *verdict);
/* Has it the content of the entry, as far as can be told without reading? */
bool mail_is_same(const struct receiver *r, const struct entry *e, const struct stat *st);
/* A name that the source has and does not send. */
void mail_left_out(struct receiver *r, const char *name, size_t len);
/* The source does not have this name in r->now; true: it is not to be deleted now. */
bool mail_spares(void *ctx, struct dir *d, const char *name, bool is_dir);
/* All is here: what the source does not have goes. */
int mail_delete(struct receiver *r, struct err *err);

/* receiver_elsewhere.c */
/* A message that is here in another folder gets the name in r->now, too. 1: it did, st; 0: there is none. */
int elsewhere_link(struct receiver *r, const struct entry *e, const char *name, struct stat *st);
void elsewhere_free(struct elsewhere *w);

/* receiver_want.c */
int wanted_init(struct receiver *r);
void wanted_fini(struct receiver *r);
int wanted_add(struct receiver *r, const struct wanted *w, struct err *err);
struct wanted *wanted_find(struct receiver *r, uint64_t seq);
/* It waits for its name now: content can no longer come for it, and its attributes are set. */
void wanted_is_whole(struct receiver *r, struct wanted *w);
/* What is whole under disk_name gets its name, or the content failed. */
int wanted_put(struct receiver *r, struct wanted *w, const char *disk_name, const struct digest *content,
	       struct err *err);
void wanted_failed(struct receiver *r, struct wanted *w);
/* Progress: the content of w is here up to this offset. moved: what is new of that was transferred just now. */
void receiver_count(struct receiver *r, struct wanted *w, uint64_t upto, bool moved);
void wanted_verdict(struct receiver *r, uint64_t seq, enum verdict verdict);
int wanted_flush(struct receiver *r, struct err *err);

/* receiver_commit.c: with --fsync a batch of whole files is on disk before the first of them gets its name. What is on disk
 * goes into the journal; without --fsync the file system is synced behind our back every BACKGROUND_SECONDS. */
int commit_init(struct receiver *r, struct err *err);
/* Before anything is changed. */
int commit_begin(struct receiver *r, struct err *err);
/* Drops what has no name yet. */
void commit_fini(struct receiver *r);
/* The content of w came and is whole under disk_name: it gets its name, now or with its batch. */
int wanted_commit(struct receiver *r, struct wanted *w, const char *disk_name, const struct digest *content,
		  struct err *err);
/* Another file of n has this temporary name, if the sender lies and lists a name twice: then that file gets its name first. */
int commit_clear(struct receiver *r, const struct rnode *n, const char *temp, struct err *err);
/* All that waits gets its name. */
int commit_flush(struct receiver *r, struct err *err);
/* The run's last word on durability: with --fsync all names are on disk too. */
int commit_end(struct receiver *r, struct err *err);
/* receiver_base.c: 0 or -errno */
/* Sets w->base if there is anything. there: what has the name; NULL: nothing. */
int base_find(struct receiver *r, struct wanted *w, const struct stat *there);
/* Tells the sender of as many as it may hold. */
int base_sign_some(struct receiver *r, struct err *err);
/* A descriptor, to write and read; to read. -ESTALE: it is not what it was. */
int base_open_left(struct receiver *r, const struct wanted *w);
int base_open_old(const struct wanted *w);
/* The threads that read and hash what of large files is here. NULL: err is filled. */
struct pool *receiver_base_pool(struct receiver *r, struct err *err);

/* receiver_small.c */
int receiver_on_bundle(struct receiver *r, const struct frame *f, struct err *err);
/* Waits for the small files under way and commits them: for what must find nobody else at work in the tree. */
int receiver_drain_small(struct receiver *r, struct err *err);
/* At the end of any run: what is whole is committed, all else removed. */
void receiver_drop_small(struct receiver *r);

/* receiver_write.c: the frames of a large file */
int receiver_on_file(struct receiver *r, const struct frame *f, struct err *err);
int receiver_on_data(struct receiver *r, const struct frame *f, struct err *err);
int receiver_on_file_end(struct receiver *r, const struct frame *f, struct err *err);
int receiver_on_copy(struct receiver *r, const struct frame *f, struct err *err);
/* The run ends, with this code: what is under way stays for the next one, if that may be. */
void receiver_stop_writing(struct receiver *r, int code);
/* What the source's descriptor said replaces what its listing said. */
void receiver_take_fresh(struct receiver *r, struct wanted *w, const struct content *c);
/* Creates the file for w in its directory, under the name that is written to name. Its descriptor or -errno. */
int receiver_create(struct receiver *r, const struct wanted *w, char name[static NAME_LIMIT + 1],
		    struct err *err);
/* Gives up on a file: removes what was made of it, tells e, and decides whether the run goes on (0). */
int receiver_give_up(struct receiver *r, struct wanted *w, const char *disk_name, struct err *e,
		     struct err *err);

/* receiver_link.c */
int links_init(struct receiver *r);
void links_fini(struct receiver *r);
/* The first name of a file with several, whose content was asked for. NULL: no memory. */
struct linkgroup *link_lead(struct receiver *r, const struct entry *e);
/* It is in place, or it is not. */
void link_settled(struct receiver *r, struct linkgroup *g, bool there);
/* Another name; st as for decide. */
int link_follow(struct receiver *r, const struct entry *e, const struct stat *st, enum verdict *verdict,
		struct err *err);

/* receiver_leader.c */
int leaders_init(struct receiver *r);
void leaders_fini(struct receiver *r);
/* Remembers the first name of several, in n. If that is impossible, leader_find says why. */
void leader_put(struct receiver *r, uint64_t seq, struct rnode *n, const char *name, enum leader_state state);
/* n is finished and about to be freed: it has to be found without its node. */
void leader_dir_done(struct receiver *r, struct rnode *n);
/* Fills out but for its state and name. */
void leader_in_node(struct receiver *r, struct leader *out, struct rnode *n);
/* 1; 0: there is no such leader; -errno. */
int leader_find(struct receiver *r, struct leader *out, uint64_t seq, struct err *err);
