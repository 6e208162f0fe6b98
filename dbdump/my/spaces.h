/* spaces.h - InnoDB tables that go from server to server as their files (--mode), which is quicker than as rows by far.
 *
 *   meet      which tables can: those that the destination's IMPORT TABLESPACE takes, of servers whose folders of data are here.
 *             Their files are copied as they are at that moment, while their owner goes on
 *   snapshot  FLUSH TABLES ... FOR EXPORT on a connection of its own: writers of these tables wait. Then the snapshot of all
 *             others is taken, by the ways of snapshot.c (none of which minds this lock), and so all is of one moment: who has
 *             written to a locked table has committed, and who has not committed has written to none. What the files have got since
 *             is copied, and the lock is gone
 *   import    behind CREATE TABLE: DISCARD TABLESPACE, the file is moved in, IMPORT TABLESPACE. A server that refuses gets the rows
 *
 * That a folder is the server's own is not guessed from its name: at the destination the server is told to make a database, which
 * must appear in the folder, and in it is what is copied (so it is on the same file system); at the source each table's .cfg must
 * appear as it is locked. A database of that kind, dbdump_staging_..., that a broken-off run has left is known by the lock of its name, which
 * nobody has, and is dropped by the next one; its files are called .BAK, which DROP DATABASE takes along.
 *
 * Nothing of it goes into the binary log of the destination, so one that has such a log gets rows.
 *
 * Between hosts (ferry.h) each end has half of it: spaces without a target choose by what that one offered, and put what they read where
 * ferry_out says (spaces_ship.c); spaces without a source are filled with what came (spaces_receive.c), and imported from as any. While
 * the tables are locked a link that takes nothing for --lock-wait costs the files that are not yet whole: the lock goes, and they go as rows.
 *
 * The target's session owns the spaces, which hold its source's until spaces_leave; without a target it is the source's. One thread, but
 * for what import does. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "dbdump/ferry.h"
#include "dbdump/my/lookout.h"
#include "dbdump/my/session.h"
#include "dbdump/my/staged.h"

enum { SPACE_REASON = 240 };

/* A table. */
struct space {
	size_t number;	     /* how its copy is called (spaces_staged_name), and it between hosts */
	char *schema, *name; /* at the source */
	char *file;	     /* its file below the folder, without .ibd: as InnoDB calls it */
	char *created;
	bool innodb;
	uint64_t id;		   /* of its file */
	uint64_t page, page_size;  /* where its rows begin */
	char reason[SPACE_REASON]; /* why it goes as rows; "": as its file */
	bool small;		   /* which needs no excuse */
	uint64_t size;		   /* of its file, when it was looked at last */
	struct staged staged;
	struct stat cfg; /* as it was before the lock; st_ino 0: there was none */
	size_t cfg_len;	 /* between hosts: of what the server wrote, and its hash */
	struct digest cfg_hash;
	bool whole;   /* what was sent has come */
	char *placed; /* where it has come in, below the destination's folder; NULL: it has not */
};

struct spaces {
	struct session *source, *target;
	struct gate *gate;
	struct watch *watch;
	int from, to, staging; /* folders; -1: not open */
	char name[64];	       /* of the staging database; "": there is none */
	struct stat owner;     /* of the destination's folder */
	bool syncs;	       /* the destination waits for its disk */
	uint64_t page_size;
	char row_format[16]; /* that a table gets at the destination whose definition does not say */
	struct space *at;    /* sorted by schema and name */
	size_t count;
	size_t chunks; /* that have come from another host, of all files */
	struct conn locker;
	const struct ferry_out *out; /* where files go that another host gets; NULL */
	struct lookout *lookout;     /* over the lock, then; NULL */
};

/* With nothing in it; one of the two may be NULL. NULL: no memory. */
struct spaces *spaces_new(struct session *source, struct session *target);
/* What both ends together say. The folders are opened; *why stays "" when tables can go by their files. */
int spaces_hindrance(struct spaces *ss, char why[static SPACE_REASON], struct err *err); /* spaces_ends.c */
/* The same of a target of another host: what it offers, and what that says of a source that is here. -EBADMSG: it is no offer. */
int spaces_offer(struct spaces *ss, struct buf *out, struct err *err);
int spaces_weigh(struct spaces *ss, const struct ferry_out *from, char why[static SPACE_REASON],
		 struct err *err);
/* The tables of the source's databases, each with its reason. Needs what spaces_hindrance found. */
int spaces_choose(struct spaces *ss, struct err *err); /* spaces_choose.c */
/* Opens the source's file; -1 and errno. Nobody keeps it open: there may be more tables than a process may have files. */
int spaces_open(const struct spaces *ss, const struct space *sp);
/* As the file is now: is it the server's, and one that can be taken? Fills reason if not. */
void spaces_look(const struct spaces *ss, struct space *sp, bool locked);
struct space *spaces_find(struct spaces *ss, const char *schema, const char *name);
/* Gives a reason, the first one, and warns of it where the user wanted all tables to go by file. */
void spaces_refuse(const struct spaces *ss, struct space *sp, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
size_t spaces_left(const struct spaces *ss);
/* Those are left that go by their files: small ones, and others, have been refused. */
int spaces_find_tables(struct spaces *ss, char why[static SPACE_REASON], struct err *err);
/* The session that is here; with both, the target's. */
const struct session *spaces_here(const struct spaces *ss);
/* For spaces_find, when there are no more to come. */
void spaces_sort(struct spaces *ss);

/* The folder for what is copied: made; and what others have left, dropped. *why as above. spaces_staging.c */
int spaces_make_staging(struct spaces *ss, char why[static SPACE_REASON], struct err *err);
void spaces_drop_staging(struct spaces *ss);
void spaces_drop_stale(struct session *target);
/* What space number i is called there: its file, its .cfg. */
char *spaces_staged_name(char out[static 32], size_t i, const char *what);

/* Around the snapshot. */
int spaces_lock(struct spaces *ss, struct err *err);		  /* spaces_lock.c */
int spaces_copy(struct spaces *ss, bool locked, struct err *err); /* spaces_copy.c */
void spaces_unlock(struct spaces *ss);
/* To another host. The first error of the stream is the run's, which is stopped then. spaces_ship.c */
int spaces_put(const struct spaces *ss, const struct piece *p, struct err *err);
/* What the server wrote of a locked table. */
int spaces_ship_cfg(struct spaces *ss, struct space *sp, const uint8_t *data, size_t len, struct err *err);
/* A table of the source's catalog: does it go by file? */
bool spaces_take(struct spaces *ss, const struct table *t);
/* All that has come in is on the disk. */
int spaces_settle(const struct spaces *ss, struct err *err); /* spaces_import.c */
/* The source is closed. */
void spaces_leave(struct spaces *ss);
/* Accepts NULL. */
void spaces_free(struct spaces *ss);
