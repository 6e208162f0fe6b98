/* maildir.h - a mailbox on disk: what it is known by, and a listing of it that can be relied upon.
 *
 * Whoever reads a mail renames it, from new/ into cur/ and from one set of flags to another, so that one reading of the two
 * directories can miss a message or see it twice. maildir_list reads both again until neither changed meanwhile (mtime and ctime, which
 * are as coarse as the kernel's tick: one that changed a moment ago counts as changing). If that does not come about, it says so:
 * then all names in the list were there, but others may be too, and nothing may be deleted by it.
 * A message that moves between two mailboxes can be missed even so, when the one was listed before and the other after that: who
 * deletes asks in the end whether any mailbox changed since (maildir_changed).
 * Descriptors are the caller's. One thread. */
#pragma once
#include <stdbool.h>
#include <time.h>

#include "xfer/tree/mail_list.h"
#include "xfer/tree/options.h"

enum mail_folder { MAIL_NEW, MAIL_CUR, MAIL_TMP, MAIL_FOLDERS };
extern const char *const mail_folder_names[MAIL_FOLDERS];

/* Do these options ask for mailboxes to be treated as such? */
bool maildir_wanted(const struct options *o);
/* May a message that carries its size in its name be listed without being looked at? */
bool maildir_by_name(const struct options *o);
/* Are there cur, new and tmp, all of them directories, in fd? */
bool maildir_is(int fd);
/* One of the three; MAIL_FOLDERS: no. */
enum mail_folder maildir_folder(const char *name, size_t len);

/* When new and cur last changed. */
struct maildir_moment {
	struct timespec mtime[MAIL_TMP], ctime[MAIL_TMP];
};

/* Reads both into out, where is the folder. *sure: see above; *at: the state of the list, if it is. waits: how often it may still wait for a tick. 0 or -errno; -EOVERFLOW
 * when there are too many names. fd -1: that one is not to be read. */
int maildir_list(struct mail_list *out, const int fd[static MAIL_TMP], bool *sure, struct maildir_moment *at,
		 unsigned *waits);
/* Did either change since then, or can it not be told? */
bool maildir_changed(const struct maildir_moment *at, const int fd[static MAIL_TMP]);

/* The name that this message has by now, as long as it is in one of the two. MAIL_TMP: none; -errno. name: NAME_MAX + 1 bytes. */
int maildir_find(char *name, const int fd[static MAIL_TMP], const char *base, size_t base_len);
