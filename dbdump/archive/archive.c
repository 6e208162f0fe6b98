#include "dbdump/archive/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dbdump/archive/archive_impl.h"
#include "xfer/base/fd.h"

const struct hello *archive_hello(const struct archive *a)
{
	return &a->hello;
}

const char *archive_shown(const struct archive *a)
{
	return a->shown;
}

const uint8_t *archive_id(const struct archive *a)
{
	return a->id;
}

struct stream *archive_stream(struct archive *a)
{
	return a->stream;
}

uint64_t archive_bytes(const struct archive *a)
{
	return a->bytes;
}

enum {
	NOTED_ONCE = 1000
}; /* damages: that of more than these the same may be said twice is better than to seek long */

static void archive_closep(struct archive **a)
{
	archive_close(*a);
}

static int open_file(struct archive *a, const char *name, struct err *err)
{
	struct stat st;
	a->fd = strcmp(name, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				       : open(name, O_RDONLY | O_CLOEXEC);
	if (a->fd < 0)
		return err_set(err, errno == ENOENT ? -ENOENT : -EIO, "%s", a->shown);
	if (fstat(a->fd, &st) < 0)
		return err_set(err, -EIO, "%s", a->shown);
	if (S_ISDIR(st.st_mode))
		return err_say(err, -EPROTO, "%s is a directory, not an archive", a->shown);
	a->file = S_ISREG(st.st_mode);
	a->bytes = a->file ? (uint64_t)st.st_size : 0;
	return 0;
}

/* Of a pipe: its first record. */
static int await_hello(struct archive *a, struct buf *out, struct err *err)
{
	struct found f = { .record.flags = RECORD_MORE };
	int rc = 0;
	while (rc == 0 && (f.record.flags & RECORD_MORE)) {
		rc = stream_next(a->stream, &a->payload, &f, err);
		if (rc < 0)
			return rc;
		rc = rc == 0 || f.record.type != RECORD_HELLO ? -EBADMSG
							      : payload_unpack(&a->payload, &f.record, out);
	}
	return rc;
}

/* From place number at on, until a record says that it is the last one. 0 or -errno. */
static int read_long(struct archive *a, size_t at, struct buf *out, struct err *err)
{
	const struct place *p;
	int rc;
	do {
		p = &a->index.at[at++];
		rc = archive_read(a, p, &a->payload, out, err);
		if (rc == 0 && (p->flags & RECORD_MORE) &&
		    (at == a->index.count || a->index.at[at].type != p->type ||
		     a->index.at[at].section != p->section))
			rc = err_say(err, -EBADMSG, "%s: the archive ends within a definition", a->shown);
	} while (rc == 0 && (p->flags & RECORD_MORE));
	return rc;
}

/* Of a file: what there is twice, since all else depends on it. */
static int find_twice(struct archive *a, struct buf *out, enum record_type type, unsigned section,
		      struct err *err)
{
	struct err why = { 0 }; /* of one of the two, which is not to stay in *err when the other is whole */
	int rc = err_say(&why, -EBADMSG, "%s: nothing of the archive is left", a->shown);
	bool begins = true;
	for (size_t i = 0; i < a->index.count && rc == -EBADMSG; i++) {
		const struct place *p = &a->index.at[i];
		if (p->type == type && p->section == section && begins) {
			buf_clear(out);
			rc = read_long(a, i, out, &why);
			if (rc == -EBADMSG)
				archive_damaged(a, "definitions", a->shown, why.text);
		}
		begins = !(p->flags & RECORD_MORE);
	}
	if (rc < 0)
		*err = why;
	return rc;
}

static int read_hello(struct archive *a, struct err *err)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SECTION_MOST);
	int rc = a->file ? find_twice(a, &b, RECORD_HELLO, 0, err) : await_hello(a, &b, err);
	if (rc == 0)
		rc = hello_unpack(&a->hello, b.data, b.len);
	return rc == -EBADMSG ? err_say(err, rc, "%s: what the archive says of itself is damaged", a->shown)
			      : rc;
}

static void note_prefix(struct archive *a)
{
	uint8_t bytes[FORMAT_EDGE];
	struct edge prefix;
	if (fd_read_at(a->fd, bytes, sizeof bytes, 0) != sizeof bytes || edge_parse(&prefix, bytes) < 0)
		archive_damaged(a, "archive", a->shown, "its first bytes are damaged");
}

/* Prefix and trailer say the same: one of them may be damaged. */
static int begin(struct archive *a, const volatile int *stop, struct err *err)
{
	struct edge trailer;
	bool known = a->file && index_trailer(a, &trailer);
	const struct stream_job job = { a->fd, a->shown, known ? trailer.id : NULL, stop };
	if (a->file && lseek(a->fd, 0, SEEK_SET) < 0)
		return err_set(err, -EIO, "%s", a->shown);
	int rc = stream_new(&a->stream, &job, err);
	if (rc < 0)
		return rc;
	memcpy(a->id, stream_id(a->stream), FORMAT_ID);
	if (a->file) {
		stream_free(TAKE(a->stream));
		note_prefix(a);
		rc = index_load(a, known ? &trailer : NULL, stop, err);
	}
	return rc ? rc : read_hello(a, err);
}

int archive_open(struct archive **out, const char *name, const volatile int *stop, struct err *err)
{
	AUTO(archive_closep) struct archive *a = calloc(1, sizeof *a);
	if (!a)
		return err_set(err, -ENOMEM, "%s", name);
	a->fd = -1;
	pthread_mutex_init(&a->lock, NULL);
	a->shown = strdup(strcmp(name, "-") == 0 ? "standard input" : name);
	if (!a->shown || payload_init(&a->payload) < 0)
		return err_set(err, -ENOMEM, "%s", name);
	int rc = open_file(a, name, err);
	if (rc == 0)
		rc = begin(a, stop, err);
	if (rc == 0)
		*out = TAKE(a);
	return rc;
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	stream_free(a->stream);
	payload_fini(&a->payload);
	hello_fini(&a->hello);
	index_fini(&a->index);
	strings_fini(&a->kinds);
	strings_fini(&a->damages);
	pthread_mutex_destroy(&a->lock);
	if (a->fd >= 0)
		close(a->fd);
	free(a->shown);
	free(a);
}

int archive_find(const struct archive *a, const char *database)
{
	for (size_t i = 0; i < a->hello.databases.count; i++)
		if (!strcmp(a->hello.databases.at[i], database))
			return a->hello.one_section ? 0 : (int)i;
	return -1;
}

/* Of a pipe: the next one of this number. */
static int await_section(struct archive *a, struct buf *out, unsigned section, struct err *err)
{
	struct found f = { 0 };
	int rc = 1;
	bool whole = false;
	while (!whole && (rc = stream_next(a->stream, &a->payload, &f, err)) > 0) {
		if (f.record.section > section || f.record.type >= RECORD_INDEX) {
			stream_again(a->stream);
			break;
		}
		if (f.record.type != RECORD_SECTION || f.record.section != section)
			continue;
		if (f.missing)
			buf_clear(out);
		rc = payload_unpack(&a->payload, &f.record, out);
		if (rc < 0)
			break;
		whole = !(f.record.flags & RECORD_MORE);
	}
	return rc < 0 ? rc : whole ? 0 : -EBADMSG;
}

int archive_section(struct archive *a, struct section *out, unsigned section, const struct archived *archived,
		    struct err *err)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SECTION_MOST);
	int rc = a->stream ? await_section(a, &b, section, err)
			   : find_twice(a, &b, RECORD_SECTION, section, err);
	if (rc == 0)
		rc = section_unpack(out, archived, &a->kinds, b.data, b.len);
	if (rc == -EBADMSG)
		return err_say(err, rc, "%s: the definitions of %s are damaged or missing in the archive",
			       a->shown,
			       a->hello.one_section || section >= a->hello.databases.count
				       ? "its databases"
				       : a->hello.databases.at[section]);
	return rc == -ENOMEM ? err_set(err, rc, "%s", a->shown) : rc;
}

bool archive_over(struct archive *a, unsigned section, struct strings *failed)
{
	AUTO(buf_fini) struct buf b;
	struct err err;
	buf_init(&b, SECTION_MOST);
	*failed = (struct strings){ 0 };
	for (size_t i = 0; i < a->index.count; i++)
		if (a->index.at[i].type == RECORD_OVER && a->index.at[i].section == section)
			return read_long(a, i, &b, &err) == 0 && failed_unpack(failed, b.data, b.len) == 0;
	return false;
}

/* A record may be whole, and stand where another one was. */
static bool is_of_place(const struct record *r, const struct place *p)
{
	return r->type == p->type && r->flags == p->flags && r->section == p->section &&
	       r->table == p->table && r->part == p->part && r->rows == p->rows && r->stored == p->stored &&
	       (uint16_t)r->number == p->number;
}

int archive_read(struct archive *a, const struct place *p, struct payload *payload, struct buf *out,
		 struct err *err)
{
	uint8_t head[RECORD_HEAD];
	struct record r;
	ssize_t n = fd_read_at(a->fd, head, sizeof head, p->offset);
	if (n < 0)
		return err_set(err, -EIO, "%s: read", a->shown);
	int rc = n == sizeof head ? record_parse(&r, head, a->id) : -EBADMSG;
	if (rc == 0 && !is_of_place(&r, p))
		rc = -EBADMSG;
	if (rc == 0) {
		n = fd_read_at(a->fd, payload->stored.data, r.stored, p->offset + RECORD_HEAD);
		if (n < 0)
			return err_set(err, -EIO, "%s: read", a->shown);
		rc = (size_t)n == r.stored ? payload_unpack(payload, &r, out) : -EBADMSG;
	}
	if (rc == -EBADMSG)
		return err_say(err, rc, "%s: bytes %llu to %llu are damaged", a->shown,
			       (unsigned long long)p->offset,
			       (unsigned long long)(p->offset + RECORD_HEAD + p->stored));
	return rc < 0 ? err_set(err, rc, "%s", a->shown) : 0;
}

/* What is read to load it is read once more to compare it. */
static bool is_noted(const struct strings *d, const char *const words[static 3])
{
	bool noted = false;
	for (size_t i = 0; i + 2 < d->count && i < 3 * (size_t)NOTED_ONCE && !noted; i += 3)
		noted = !strcmp(d->at[i], words[0]) && !strcmp(d->at[i + 1], words[1]) &&
			!strcmp(d->at[i + 2], words[2]);
	return noted;
}

void archive_damaged(struct archive *a, const char *kind, const char *name, const char *text)
{
	const char *const words[] = { kind, name, text };
	pthread_mutex_lock(&a->lock);
	size_t before = a->damages.count;
	bool noted = is_noted(&a->damages, words);
	for (size_t i = 0; i < 3 && !noted; i++)
		if (strings_add(&a->damages, words[i], strlen(words[i]))) {
			strings_cut(&a->damages, before);
			break;
		}
	pthread_mutex_unlock(&a->lock);
}

void archive_failed(struct archive *a, const struct strings *failed)
{
	for (size_t i = 0; i + 2 < failed->count; i += 3)
		if (strcmp(failed->at[i], "rows") != 0)
			archive_damaged(a, "dump", failed->at[i + 1], failed->at[i + 2]);
}

/* A database that the dump could not read at all has an end, behind all others, and nothing else. */
static void note_over(struct archive *a, const struct record *r)
{
	AUTO(strings_fini) struct strings failed = { 0 };
	AUTO(buf_fini) struct buf b;
	buf_init(&b, RECORD_MOST);
	if (payload_unpack(&a->payload, r, &b) == 0 && failed_unpack(&failed, b.data, b.len) == 0)
		archive_failed(a, &failed);
}

void archive_end(struct archive *a)
{
	struct found f;
	struct err err;
	bool ended = false;
	int rc = 1;
	while (a->stream && (rc = stream_next(a->stream, &a->payload, &f, &err)) > 0) {
		ended = f.record.type == RECORD_END;
		if (f.record.type == RECORD_OVER)
			note_over(a, &f.record);
	}
	if (rc == 0 && !ended)
		archive_damaged(a, "archive", a->shown, "it is cut short");
}

const struct strings *archive_damages(const struct archive *a)
{
	return &a->damages;
}
