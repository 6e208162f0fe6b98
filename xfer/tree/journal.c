#include "xfer/tree/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/fd.h"
#include "xfer/codec/hash.h"
#include "xfer/tree/instance.h"

enum { NAME_SIZE = 2 * DIGEST_SIZE + 16, READ_MOST = 1024 * JOURNAL_RECORD };
#define MIN_BETWEEN INT64_C(1000000000) /* ns between two records */

struct journal {
	int dir, fd; /* fd -1: there is none yet */
	bool read_only, begun;
	char name[NAME_SIZE];
	int64_t opened, recorded;
	uint64_t instance;
	struct journal_state state; /* with this run in it */
};

int64_t journal_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The same directory again has the same name, after a boot too; another one made in its place has not. */
static int name_of(char name[static NAME_SIZE], int root)
{
	struct statx st = { 0 };
	struct {
		uint64_t inode, born, born_ns;
		char path[4096];
	} id;
	char link[40];
	memset(&id, 0, sizeof id);
	snprintf(link, sizeof link, "/proc/self/fd/%d", root);
	ssize_t n = readlink(link, id.path, sizeof id.path);
	if (n < 0 || n == sizeof id.path || statx(root, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return n < 0 || n < (ssize_t)sizeof id.path ? -errno : -ENAMETOOLONG;
	id.inode = st.stx_ino;
	if (st.stx_mask & STATX_BTIME) {
		id.born = (uint64_t)st.stx_btime.tv_sec;
		id.born_ns = st.stx_btime.tv_nsec;
	}
	struct digest d = hash_of(&id, sizeof id);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		snprintf(name + 2 * i, 3, "%02x", d.byte[i]);
	memcpy(name + 2 * DIGEST_SIZE, ".journal", sizeof ".journal");
	return 0;
}

/* What the journal says, if there is one; from now on nobody removes it. The folder is locked. */
static int load(struct journal *j)
{
	struct stat st;
	bool known = false;
	if (j->fd < 0)
		j->fd = openat(j->dir, j->name,
			       (j->read_only ? O_RDONLY : O_RDWR | O_APPEND) | O_NOFOLLOW | O_NONBLOCK |
				       O_CLOEXEC);
	if (j->fd < 0 && errno != ENOENT)
		return -errno;
	if (j->fd >= 0) {
		(void)flock(j->fd, LOCK_SH | LOCK_NB);
		uint8_t *data = malloc(READ_MOST + JOURNAL_RECORD);
		if (!data || fstat(j->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
			free(data);
			return data ? -EINVAL : -ENOMEM;
		}
		uint64_t size = (uint64_t)st.st_size;
		/* only the end counts */
		uint64_t from = size > READ_MOST ? (size - READ_MOST) / JOURNAL_RECORD * JOURNAL_RECORD : 0;
		ssize_t n = fd_read_at(j->fd, data, READ_MOST + JOURNAL_RECORD, from);
		known = n >= 0 && journal_parse(data, (size_t)n, &j->state);
		free(data);
		if (n < 0)
			return (int)n;
	}
	journal_begin_state(&j->state, known, j->opened, j->instance);
	return 0;
}

int journal_open(struct journal **out, int dir, int root, bool read_only, struct err *err)
{
	struct journal *j = calloc(1, sizeof *j);
	*out = NULL;
	if (!j) {
		close(dir);
		return err_set(err, -ENOMEM, "journal");
	}
	*j = (struct journal){ .dir = dir, .fd = -1, .read_only = read_only };
	j->opened = journal_now();
	j->instance = instance_of(root);
	int code = name_of(j->name, root);
	(void)flock(dir, LOCK_EX);
	if (code == 0)
		code = load(j);
	(void)flock(dir, LOCK_UN);
	if (code < 0) {
		journal_close(j);
		return err_set(err, code, "read the journal of the destination");
	}
	*out = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	close(j->dir);
	free(j);
}

bool journal_suspects(const struct journal *j, const struct timespec *changed)
{
	return j && journal_is_suspect(&j->state, (int64_t)changed->tv_sec * 1000000000 + changed->tv_nsec);
}

bool journal_suspects_any(const struct journal *j)
{
	return j && j->state.since <= j->state.doubt;
}

/* Puts a journal of one record in the place of what there is; it appears when it is on disk. */
static int replace(struct journal *j)
{
	char temp[NAME_SIZE + 4];
	uint8_t record[JOURNAL_RECORD];
	snprintf(temp, sizeof temp, "%s.new", j->name);
	journal_pack(record, &j->state);
	int fd = openat(j->dir, temp, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	(void)flock(fd, LOCK_SH | LOCK_NB);
	int code = fd_write_at(fd, record, sizeof record, 0);
	if (code == 0 && fsync(fd) < 0)
		code = -errno;
	if (code == 0 && renameat(j->dir, temp, j->dir, j->name) < 0)
		code = -errno;
	if (code < 0) {
		close(fd);
		unlinkat(j->dir, temp, 0);
		return code;
	}
	if (j->fd >= 0)
		close(j->fd);
	j->fd = fd;
	return fsync(j->dir) < 0 ? -errno : 0;
}

/* One write: a record is there whole, or torn at the end, where it is ignored. */
static int append(struct journal *j)
{
	uint8_t record[JOURNAL_RECORD];
	journal_pack(record, &j->state);
	ssize_t n = write(j->fd, record, sizeof record);
	if (n != (ssize_t)sizeof record)
		return n < 0 ? -errno : -ENOSPC;
	j->recorded = journal_now();
	return fdatasync(j->fd) < 0 ? -errno : 0;
}

/* Does no other run use it? The folder is locked. */
static bool is_alone(struct journal *j)
{
	if (j->fd < 0 || flock(j->fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	(void)flock(j->fd, LOCK_SH | LOCK_NB); /* the failed call gave the lock up */
	return false;
}

int journal_begin(struct journal *j, struct err *err)
{
	if (!j || j->begun || j->read_only)
		return 0;
	j->begun = true;
	(void)flock(j->dir, LOCK_EX);
	int code = load(j); /* another run may have begun since */
	if (code == 0)
		code = is_alone(j) ? replace(j) : append(j);
	(void)flock(j->dir, LOCK_UN);
	return code < 0 ? err_set(err, code, "write the journal of the destination") : 0;
}

int journal_durable(struct journal *j, int64_t moment, struct err *err)
{
	if (!j || j->read_only)
		return 0;
	j->state.until = moment;
	if (!j->begun || j->fd < 0 || journal_now() - j->recorded < MIN_BETWEEN)
		return 0;
	int code = append(j);
	return code < 0 ? err_set(err, code, "write the journal of the destination") : 0;
}

void journal_failed(struct journal *j)
{
	if (!j || j->read_only || j->fd < 0)
		return;
	journal_distrust(&j->state, journal_now());
	(void)append(j); /* the run fails anyway */
}

int64_t journal_age(const struct journal *j)
{
	return j && j->begun ? (journal_now() - j->state.until) / 1000000000 : 0;
}

void journal_end(struct journal *j, bool settled, bool durable)
{
	if (!j || j->read_only || j->fd < 0)
		return;
	if (settled) {
		j->state.since = INT64_MAX;
		j->state.doubt = INT64_MIN;
	}
	(void)flock(j->dir, LOCK_EX);
	if (durable && j->state.since > j->state.doubt && is_alone(j))
		(void)unlinkat(j->dir, j->name, 0);
	else if (j->begun || settled)
		(void)append(j); /* what was written before is true all the same, and says less */
	(void)flock(j->dir, LOCK_UN);
}
