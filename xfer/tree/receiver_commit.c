#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/io/syncer.h"
#include "xfer/tree/receiver_impl.h"

enum { BATCH_FILES = 1024, BATCH_BYTES = 64 << 20, BATCH_SECONDS = 5, PATIENCE_MS = 1000 };
enum { BACKGROUND_SECONDS = 30 }; /* as old as the kernel lets dirty pages become */

/* What is whole and waits for its name until all of it is on disk. */
struct commit {
	struct syncer *syncer;
	bool covered;	/* the destination can be synced */
	bool syncing;	/* in the background */
	int64_t moment; /* before the sync began: what was written before is on disk after it */
	bool failed;	/* it is not known what is on disk: nothing gets a name any more */
	uint64_t began; /* clock_now of the first */
	uint64_t bytes;
	size_t next, count; /* those below next have theirs */
	struct {
		struct wanted *wanted;
		struct digest content;
		char temp[TEMP_NAME_SIZE]; /* empty: it has its own name there */
	} file[BATCH_FILES];
};

/* Has the file system that directory d is on synced too. */
static int cover(struct receiver *r, struct dir *d)
{
	int fd = dir_fd(d);
	return fd < 0 ? fd : syncer_cover(r->commit->syncer, dir_dev(d), fd);
}

int commit_init(struct receiver *r, struct err *err)
{
	if (r->compare || !r->job->root)
		return 0;
	r->journal = r->job->journal;
	r->commit = calloc(1, sizeof *r->commit);
	if (r->commit)
		r->commit->syncer = syncer_new();
	if (!r->commit || !r->commit->syncer)
		return err_set(err, -ENOMEM, "receiver");
	int code = cover(r, r->job->root);
	r->commit->covered = code == 0;
	return code < 0 && r->o->fsync ? err_set(err, code, "open the destination to sync it") : 0;
}

/* A journal in a folder that the user named must be kept; without the usual one the run goes on. */
static int journal_result(struct receiver *r, int code, struct err *err)
{
	if (code == 0 || r->o->state_dir)
		return code;
	r->job->tell->warning(r->job->tell->ctx, err->text);
	*err = (struct err){ 0 };
	r->journal = NULL;
	return 0;
}

int commit_begin(struct receiver *r, struct err *err)
{
	return journal_result(r, journal_begin(r->journal, err), err);
}

static void start(struct commit *c)
{
	c->moment = journal_now();
	c->syncing = true;
	syncer_start(c->syncer);
}

/* The sync has ended with code. */
static int synced(struct receiver *r, int code, struct err *err)
{
	struct commit *c = r->commit;
	c->syncing = false;
	if (code == 0)
		return journal_result(r, journal_durable(r->journal, c->moment, err), err);
	c->failed = true;
	journal_failed(r->journal);
	return err_set(err, code, "write the destination to disk");
}

/* Waits for the sync that has begun. The peer, who waits too, hears from us meanwhile; on the way out he does not. */
static int await(struct receiver *r, bool way_out, struct err *err)
{
	int code;
	while ((code = syncer_wait(r->commit->syncer, way_out ? -1 : PATIENCE_MS)) == -EAGAIN) {
		int tick = link_tick(r->job->link, err);
		if (tick < 0)
			return tick;
	}
	return synced(r, code, err);
}

/* All that was written so far is on disk when it returns 0. */
static int sync_now(struct receiver *r, bool way_out, struct err *err)
{
	struct commit *c = r->commit;
	if (c->failed)
		return err_set(err, -EIO, "write the destination to disk");
	int code = c->syncing ? await(r, true, err) : 0; /* one that was not waited for to its end */
	if (code < 0)
		return code;
	start(c);
	return await(r, way_out, err);
}

/* Without --fsync: what was written some time ago is brought to disk while the run goes on, so that the journal can say so. */
static int sync_behind(struct receiver *r, struct err *err)
{
	struct commit *c = r->commit;
	if (c->syncing) {
		int code = syncer_wait(c->syncer, 0);
		return code == -EAGAIN ? 0 : synced(r, code, err);
	}
	if (c->covered && journal_age(r->journal) >= BACKGROUND_SECONDS)
		start(c);
	return 0;
}

/* The directory's descriptor. */
static int disk_name(const struct wanted *w, char name[static NAME_LIMIT + 1])
{
	receiver_disk_name(w->node, w->name, strlen(w->name), name);
	return dir_fd(receiver_temp_dir(w->node));
}

static int flush(struct receiver *r, bool way_out, struct err *err)
{
	struct commit *c = r->commit;
	char name[NAME_LIMIT + 1];
	if (!c || !c->count)
		return 0;
	int code = sync_now(r, way_out, err);
	while (code == 0 && c->next < c->count) {
		size_t i = c->next++;
		(void)disk_name(c->file[i].wanted, name);
		code = wanted_put(r, c->file[i].wanted, name, &c->file[i].content, err);
		c->failed |= code < 0;
	}
	if (code == 0)
		c->next = c->count = c->bytes = 0;
	return code;
}

int commit_flush(struct receiver *r, struct err *err)
{
	return flush(r, false, err);
}

int commit_clear(struct receiver *r, const struct rnode *n, const char *temp, struct err *err)
{
	struct commit *c = r->commit;
	for (size_t i = c ? c->next : 0; c && i < c->count; i++)
		if (c->file[i].wanted->node == n && strcmp(c->file[i].temp, temp) == 0)
			return commit_flush(r, err);
	return 0;
}

/* Was every file of the destination that may be suspect looked at? */
static bool is_settled(const struct receiver *r)
{
	const struct options *o = r->o;
	return o->recurse && r->root->have_meta && !r->partial && !o->one_file_system &&
	       !o->have_files_from && filter_is_empty(r->job->filter) && !r->account.items.failed &&
	       !r->account.items.skipped;
}

int commit_end(struct receiver *r, struct err *err)
{
	int code = !r->commit		? 0
		   : r->o->fsync	? sync_now(r, false, err)
		   : r->commit->syncing ? await(r, false, err)
					: 0;
	if (code == 0)
		journal_end(r->journal, is_settled(r), r->o->fsync);
	return code;
}

void commit_fini(struct receiver *r)
{
	struct commit *c = r->commit;
	struct err ignored;
	if (!c)
		return;
	/* the run has failed, but what is whole need not be sent again */
	(void)flush(r, true, &ignored);
	for (; c->next < c->count; c->next++) {
		char name[NAME_LIMIT + 1];
		int dir = disk_name(c->file[c->next].wanted, name);
		if (dir >= 0)
			unlinkat(dir, name, 0);
	}
	syncer_free(c->syncer);
	free(c);
	r->commit = NULL;
}

int wanted_commit(struct receiver *r, struct wanted *w, const char *disk_name, const struct digest *content,
		  struct err *err)
{
	struct commit *c = r->commit;
	if (!r->o->fsync) {
		int put = wanted_put(r, w, disk_name, content, err);
		return put < 0 ? put : sync_behind(r, err);
	}
	if (!c->count)
		c->began = clock_now();
	bool is_temp = strcmp(disk_name, w->name) != 0;
	snprintf(c->file[c->count].temp, TEMP_NAME_SIZE, "%s", is_temp ? disk_name : "");
	c->file[c->count].wanted = w;
	c->file[c->count++].content = *content;
	c->bytes += w->item.size;
	wanted_is_whole(r, w);
	int code = cover(r, w->node->dir);
	if (code < 0) {
		c->failed = true;
		return err_set(err, code, "%s: open its directory to sync it", w->name);
	}
	bool due = c->count == BATCH_FILES || c->bytes >= BATCH_BYTES ||
		   clock_now() - c->began > BATCH_SECONDS * CLOCK_SECOND;
	return due ? commit_flush(r, err) : 0;
}
