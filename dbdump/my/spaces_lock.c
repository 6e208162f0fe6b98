#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/my/spaces.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

enum { CFG_MOST = 16 << 20 };

/* The server writes it as the table is locked, and takes it away afterwards. */
static int open_cfg(const struct spaces *ss, const struct space *sp)
{
	AUTO(fd_free_buffer) char *path = NULL;
	if (asprintf(&path, "%s.cfg", sp->file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	int fd = openat(ss->from, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void note_cfg(const struct spaces *ss, struct space *sp)
{
	AUTO(fd_closep) int fd = open_cfg(ss, sp);
	sp->cfg = (struct stat){ 0 };
	if (fd >= 0 && fstat(fd, &sp->cfg) < 0)
		sp->cfg.st_ino = 0;
}

static bool is_new(const struct stat *now, const struct stat *before)
{
	return now->st_ino != before->st_ino || now->st_mtim.tv_sec != before->st_mtim.tv_sec ||
	       now->st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

static int save_cfg(struct spaces *ss, size_t i, int from, size_t size, struct err *err)
{
	char name[32];
	AUTO(fd_free_buffer) uint8_t *data = malloc(size + 1);
	if (!data)
		return err_set(err, -ENOMEM, "%s", ss->source->job.uri->shown);
	ssize_t n = fd_read_at(from, data, size, 0);
	if (n < 0)
		return err_set(err, (int)n, "%s.cfg, in the source's folder of data", ss->at[i].file);
	if (ss->out)
		return spaces_ship_cfg(ss, &ss->at[i], data, (size_t)n, err);
	AUTO(fd_closep)
	int to = openat(ss->staging, spaces_staged_name(name, ss->at[i].number, ".cfg"),
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = to < 0 ? -errno : fd_write_at(to, data, (size_t)n, 0);
	return rc ? err_set(err, rc, "%s, in the destination's folder of data", ss->name) : 0;
}

/* A locked table: what the server has written of it must be in our folder, and its file is now what it will be. */
static int take_locked(struct spaces *ss, size_t i, struct err *err)
{
	struct space *sp = &ss->at[i];
	struct stat now;
	AUTO(fd_closep) int fd = open_cfg(ss, sp);
	if (fd < 0 || fstat(fd, &now) < 0 || !is_new(&now, &sp->cfg) || now.st_size > CFG_MOST) {
		spaces_refuse(
			ss, sp,
			"the folder that is here under the name of the source's is not the one that its server "
			"has: what that writes as it locks the table does not appear in it");
		return 0;
	}
	struct space seen = *sp;
	spaces_look(ss, &seen, true);
	sp->size = seen.size;
	if (seen.reason[0]) {
		spaces_refuse(ss, sp, "%s", seen.reason);
		return 0;
	}
	return save_cfg(ss, i, fd, (size_t)now.st_size, err);
}

static int lock(struct spaces *ss, struct err *err)
{
	struct session *s = ss->source;
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	const char *between = "FLUSH LOCAL TABLES ";
	for (size_t i = 0; i < ss->count; i++) {
		if (ss->at[i].reason[0])
			continue;
		sql_add(&sql, "%s%i.%i", between, ss->at[i].schema, ss->at[i].name);
		between = ", ";
	}
	sql_add(&sql, " FOR EXPORT");
	if (sql.failed)
		return err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	int status = conn_open(&ss->locker, s->job.uri, false, err);
	if (status)
		return status;
	pthread_mutex_lock(&s->aside_lock);
	s->locker = mysql_thread_id(ss->locker.db);
	pthread_mutex_unlock(&s->aside_lock);
	status = conn_run(&ss->locker, err, "SET SESSION lock_wait_timeout = %u",
			  s->job.options->lock_wait_s);
	return status ? status : conn_send(&ss->locker, (const char *)sql.data, sql.len, err);
}

static void refuse_all(struct spaces *ss, const char *why)
{
	for (size_t i = 0; i < ss->count; i++)
		spaces_refuse(ss, &ss->at[i], "they could not be locked: %s", why);
}

/* Nobody else uses the connection meanwhile. */
static void release(void *locker)
{
	conn_run(locker, NULL, "UNLOCK TABLES");
}

int spaces_lock(struct spaces *ss, struct err *err)
{
	struct session *s = ss->source;
	struct err why = { 0 };
	if (!spaces_left(ss))
		return 0;
	for (size_t i = 0; i < ss->count; i++)
		if (!ss->at[i].reason[0])
			note_cfg(ss, &ss->at[i]);
	int status = lock(ss, &why);
	if (status == -ECONNRESET || status == -ECONNREFUSED || status == -EINTR || status == -ENOMEM) {
		if (err)
			*err = why;
		return status;
	}
	if (status) {
		refuse_all(ss, why.text);
		spaces_unlock(ss);
		return 0;
	}
	if (ss->out)
		status = lookout_start(&ss->lookout, release, &ss->locker, s->job.options->lock_wait_s, err);
	for (size_t i = 0; !status && i < ss->count; i++)
		if (!ss->at[i].reason[0])
			status = take_locked(ss, i, err);
	return status;
}

void spaces_unlock(struct spaces *ss)
{
	struct session *s = ss->source;
	lookout_end(ss->lookout);
	ss->lookout = NULL;
	pthread_mutex_lock(&s->aside_lock);
	s->locker = 0;
	pthread_mutex_unlock(&s->aside_lock);
	if (ss->locker.db)
		conn_run(&ss->locker, NULL, "UNLOCK TABLES");
	conn_close(&ss->locker);
}
