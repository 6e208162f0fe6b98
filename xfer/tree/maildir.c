#include "xfer/tree/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "xfer/tree/mail_name.h"

enum { TRIES = 4 };
#define TICK INT64_C(20000000) /* ns: the coarsest that kernels stamp files with, twice */

const char *const mail_folder_names[MAIL_FOLDERS] = { "new", "cur", "tmp" };

bool maildir_wanted(const struct options *o)
{
	if (o->maildir == MAILDIR_NEVER || o->list_only || o->existing || o->ignore_existing || o->update ||
	    o->ignore_times || o->size_only || o->min_size || o->max_size != UINT64_MAX || !o->recurse)
		return false;
	return o->maildir == MAILDIR_ALWAYS || (o->perms && o->times && o->links);
}

bool maildir_by_name(const struct options *o)
{
	return maildir_wanted(o) && o->perms && o->times && !o->full && !o->checksum && !o->hard_links &&
	       !o->acls && !o->xattrs;
}

bool maildir_is(int fd)
{
	struct stat st;
	for (int i = MAIL_CUR; i >= 0; i--)
		if (fstatat(fd, mail_folder_names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
			return false;
	return fstatat(fd, mail_folder_names[MAIL_TMP], &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

enum mail_folder maildir_folder(const char *name, size_t len)
{
	int i = MAIL_NEW;
	while (i < MAIL_FOLDERS && (len != 3 || memcmp(name, mail_folder_names[i], 3) != 0))
		i++;
	return (enum mail_folder)i;
}

static int moment_of(struct maildir_moment *out, const int fd[static MAIL_TMP])
{
	struct stat st;
	memset(out, 0, sizeof *out);
	for (int i = 0; i < MAIL_TMP; i++) {
		if (fd[i] < 0)
			continue;
		if (fstat(fd[i], &st) < 0)
			return -errno;
		out->mtime[i] = st.st_mtim;
		out->ctime[i] = st.st_ctim;
	}
	return 0;
}

/* Could another change have the same stamp? */
static bool is_recent(const struct maildir_moment *m)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	for (int i = 0; i < MAIL_TMP; i++) {
		int64_t age = (int64_t)(now.tv_sec - m->ctime[i].tv_sec);
		if (age <= 1 && age * 1000000000 + now.tv_nsec - m->ctime[i].tv_nsec < TICK)
			return true;
	}
	return false;
}

static int read_both(struct mail_list *out, const int fd[static MAIL_TMP])
{
	int r = 0;
	/* new first: what moves on meanwhile is rather seen twice than not at all */
	for (int i = 0; r == 0 && i < MAIL_TMP; i++)
		if (fd[i] >= 0)
			r = mail_list_read(out, fd[i], (uint32_t)i);
	return r;
}

static bool is_there(const struct mail_list *l, const struct mail_item *i, const int fd[static MAIL_TMP])
{
	char name[UINT8_MAX + 1];
	struct stat st;
	memcpy(name, mail_list_name(l, i), i->len);
	name[i->len] = '\0';
	return fstatat(fd[i->where], name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* In a list that was read while names changed: of a message that is in it by several names those that are gone count as taken. */
static void drop_gone(struct mail_list *l, const int fd[static MAIL_TMP])
{
	for (size_t k = 0; k < l->count; k++) {
		struct mail_item *i = &l->item[k];
		struct mail_item *other = i->base_len
						  ? mail_list_base(l, NULL, mail_list_name(l, i), i->base_len)
						  : NULL;
		if (other == i)
			other = mail_list_base(l, other, mail_list_name(l, i), i->base_len);
		if (other && !is_there(l, i, fd))
			i->taken = true;
	}
}

int maildir_list(struct mail_list *out, const int fd[static MAIL_TMP], bool *sure, struct maildir_moment *at,
		 unsigned *waits)
{
	static const struct timespec tick = { .tv_nsec = TICK };
	struct maildir_moment before = { 0 }, after;
	int r = 0;
	*sure = false;
	for (int i = 0; r == 0 && !*sure && i < TRIES; i++) {
		r = moment_of(&before, fd);
		if (r == 0 && is_recent(&before) && *waits) {
			--*waits;
			nanosleep(&tick, NULL);
			r = moment_of(&before, fd);
		}
		bool recent = is_recent(&before);
		mail_list_clear(out);
		if (r == 0)
			r = read_both(out, fd);
		if (r == 0)
			r = moment_of(&after, fd);
		*sure = r == 0 && !recent && memcmp(&before, &after, sizeof before) == 0;
	}
	*at = before;
	if (r == 0 && !*sure)
		drop_gone(out, fd);
	return r;
}

bool maildir_changed(const struct maildir_moment *at, const int fd[static MAIL_TMP])
{
	struct maildir_moment now;
	return moment_of(&now, fd) < 0 || memcmp(&now, at, sizeof now) != 0;
}

int maildir_find(char *name, const int fd[static MAIL_TMP], const char *base, size_t base_len)
{
	struct mail_list l;
	mail_list_init(&l);
	int r = read_both(&l, fd), where = MAIL_TMP;
	struct mail_item *i = NULL;
	while (r == 0 && where == MAIL_TMP && (i = mail_list_base(&l, i, base, base_len)))
		if (is_there(&l, i, fd)) {
			where = (int)i->where;
			memcpy(name, mail_list_name(&l, i), i->len);
			name[i->len] = '\0';
		}
	mail_list_fini(&l);
	return r < 0 ? r : where;
}
