#include "xfer/tree/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "xfer/tree/attrs.h"

enum { SPECIAL_BITS = 07000, PERM_BITS = 07777 };

int meta_rules_init(struct meta_rules *r, const struct options *o, struct ids *ids,
		    const struct chmod_spec *chmod)
{
	*r = (struct meta_rules){ .o = o, .ids = ids, .chmod = chmod, .uid = geteuid(), .gid = getegid() };
	r->may_chown = r->uid == 0;
	r->umask = umask(0);
	int n = getgroups(0, NULL);
	r->groups = malloc(((size_t)(n > 0 ? n : 0) + 1) * sizeof *r->groups);
	if (!r->groups)
		return -ENOMEM;
	n = n > 0 ? getgroups(n, r->groups) : 0;
	r->group_count = n > 0 ? (size_t)n : 0;
	r->groups[r->group_count++] = getegid();
	return 0;
}

void meta_rules_fini(struct meta_rules *r)
{
	umask(r->umask);
	free(r->groups);
	r->groups = NULL;
}

static bool may_have_group(const struct meta_rules *r, gid_t gid)
{
	if (r->may_chown)
		return true;
	for (size_t i = 0; i < r->group_count; i++)
		if (r->groups[i] == gid)
			return true;
	return false;
}

void meta_wanted(struct meta *out, const struct meta_rules *r, const struct entry *e, const struct stat *old)
{
	const struct options *o = r->o;
	mode_t mode = chmod_apply(r->chmod, e->mode);
	if (!o->perms && !S_ISLNK(mode)) {
		if (old && (old->st_mode & S_IFMT) == (mode & S_IFMT))
			mode = old->st_mode;
		else
			mode = (mode & S_IFMT) | (mode & ~r->umask & 0777);
	}
	*out = (struct meta){
		.mode = mode,
		.uid = old ? old->st_uid : r->uid,
		.gid = old ? old->st_gid : (gid_t)-1,
		.mtime = { .tv_sec = e->mtime, .tv_nsec = e->mtime_ns },
		.attrs = e->attrs,
		.attrs_len = e->attrs_len,
	};
	/* without the right to, an owner is left as it is, as rsync does: a user's copy is the user's */
	if (o->owner && r->may_chown)
		out->uid = ids_map(r->ids, ID_USER, e->uid);
	if (o->group) {
		gid_t gid = ids_map(r->ids, ID_GROUP, e->gid);
		if (may_have_group(r, gid))
			out->gid = gid;
	}
}

bool meta_keeps_times(const struct options *o, mode_t mode)
{
	return o->times && !(S_ISDIR(mode) && o->omit_dir_times) && !(S_ISLNK(mode) && o->omit_link_times);
}

bool meta_same_time(const struct options *o, const struct timespec *a, const struct timespec *b)
{
	if (o->modify_window <= 0)
		return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
	int64_t d = a->tv_sec > b->tv_sec ? a->tv_sec - b->tv_sec : b->tv_sec - a->tv_sec;
	return d <= o->modify_window;
}

static int compare_attrs(const struct meta_rules *r, const struct meta *want, int dirfd, const char *name)
{
	int diff = 0;
	struct err ignored;
	if (r->o->acls && !S_ISLNK(want->mode)) {
		int same = attrs_equal(dirfd, name, want->attrs, want->attrs_len, r->ids, true, false,
				       &ignored);
		if (same < 0)
			return same;
		diff |= same ? 0 : DIFF_ACL;
	}
	if (r->o->xattrs) {
		int same = attrs_equal(dirfd, name, want->attrs, want->attrs_len, r->ids, false, true,
				       &ignored);
		if (same < 0)
			return same;
		diff |= same ? 0 : DIFF_XATTR;
	}
	return diff;
}

int meta_compare(const struct meta_rules *r, const struct meta *want, const struct stat *now, int dirfd,
		 const char *name)
{
	int diff = 0;
	if (meta_keeps_times(r->o, want->mode) && !meta_same_time(r->o, &want->mtime, &now->st_mtim))
		diff |= DIFF_TIME;
	if (!S_ISLNK(want->mode) && ((want->mode ^ now->st_mode) & PERM_BITS))
		diff |= DIFF_PERMS;
	if (want->uid != now->st_uid)
		diff |= DIFF_OWNER;
	if (want->gid != (gid_t)-1 && want->gid != now->st_gid)
		diff |= DIFF_GROUP;
	if (r->o->acls || r->o->xattrs) {
		int more = compare_attrs(r, want, dirfd, name);
		if (more < 0)
			return more;
		diff |= more;
	}
	return diff;
}

static char *self_path(char out[static 40], int fd)
{
	snprintf(out, 40, "/proc/self/fd/%d", fd);
	return out;
}

static int set_mode(int fd, mode_t mode, bool is_o_path)
{
	char path[40];
	int r = is_o_path ? chmod(self_path(path, fd), mode) : fchmod(fd, mode);
	return r < 0 ? -errno : 0;
}

static int set_times(int fd, const struct timespec *mtime, bool is_o_path)
{
	char path[40];
	struct timespec ts[2] = { { .tv_nsec = UTIME_OMIT }, *mtime };
	int r = is_o_path ? utimensat(AT_FDCWD, self_path(path, fd), ts, 0) : futimens(fd, ts);
	return r < 0 ? -errno : 0;
}

static int set_owner(const struct meta *want, int fd, const struct stat *now)
{
	uid_t uid = want->uid != now->st_uid ? want->uid : (uid_t)-1;
	gid_t gid = want->gid != now->st_gid ? want->gid : (gid_t)-1;
	if (uid == (uid_t)-1 && gid == (gid_t)-1)
		return 0;
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 1;
}

int meta_apply(const struct meta_rules *r, const struct meta *want, int fd, const struct stat *now,
	       bool is_o_path, bool times, struct err *err)
{
	bool is_link = S_ISLNK(now->st_mode);
	int code = set_owner(want, fd, now);
	if (code < 0)
		return err_set(err, code, "change owner");
	bool chowned = code > 0;
	if ((r->o->acls || r->o->xattrs) && !want->attrs_done) {
		code = attrs_apply(fd, NULL, want->attrs, want->attrs_len, r->ids, r->o->acls && !is_link,
				   r->o->xattrs, err);
		if (code < 0)
			return code;
	}
	/* chown clears setuid and setgid */
	if (!is_link &&
	    (((want->mode ^ now->st_mode) & PERM_BITS) || (chowned && (want->mode & SPECIAL_BITS)))) {
		code = set_mode(fd, want->mode & PERM_BITS, is_o_path);
		if (code < 0)
			return err_set(err, code, "change mode");
	}
	if (times && meta_keeps_times(r->o, want->mode) &&
	    (want->mtime.tv_sec != now->st_mtim.tv_sec || want->mtime.tv_nsec != now->st_mtim.tv_nsec)) {
		code = set_times(fd, &want->mtime, is_o_path);
		if (code < 0)
			return err_set(err, code, "set its time");
	}
	return 0;
}
