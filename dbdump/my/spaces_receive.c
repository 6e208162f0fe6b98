#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/grow.h"
#include "dbdump/my/spaces.h"
#include "xfer/base/fd.h"

enum {
	NOTE_MOST = 16, /* pieces of what a server wrote beside a file */
	TABLES_MOST = 1 << 20,
	NAME_MOST = 1024,
};

int my_offer(struct session *s, struct buf *out, struct err *err)
{
	spaces_drop_stale(s);
	if (s->job.options->mode == MODE_LOGICAL)
		return 0;
	s->spaces = spaces_new(NULL, s);
	if (!s->spaces)
		return err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	return session_status(s, spaces_offer(s->spaces, out, err), err);
}

static int nonsense(struct err *err)
{
	return err_say(err, -EBADMSG, "what comes of tables' files makes no sense");
}

static char *get_name(struct reader *in)
{
	size_t len;
	const char *s = reader_string(in, &len, NAME_MOST);
	in->failed = in->failed || (len && memchr(s, '\0', len));
	return in->failed ? NULL : strndup(s, len);
}

static int open_copy(const struct spaces *ss, const struct space *sp, const char *what, int flags)
{
	char name[32];
	int fd = openat(ss->staging, spaces_staged_name(name, sp->number, what),
			flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int disk_error(const struct spaces *ss, const struct space *sp, int rc, struct err *err)
{
	if (rc == -EFBIG)
		return nonsense(err);
	return rc < 0 ? err_set(err, rc,
				"table %s.%s: its file, as %s/%zu.BAK in the destination's folder of data",
				sp->schema, sp->name, ss->name, sp->number)
		      : 0;
}

static int take_table(struct spaces *ss, const struct piece *p, struct err *err)
{
	struct reader in = reader_of(p->data, p->len);
	if (p->file != ss->count || ss->count >= TABLES_MOST)
		return nonsense(err);
	struct space *grown = grow_by_one(ss->at, ss->count, sizeof *grown);
	if (!grown)
		return err_set(err, -ENOMEM, "%s", ss->target->job.uri->shown);
	ss->at = grown;
	struct space *sp = &grown[ss->count++];
	*sp = (struct space){ .number = p->file, .staged.fd = -1 };
	sp->schema = get_name(&in);
	sp->name = get_name(&in);
	sp->size = reader_u64(&in);
	if (!reader_done(&in))
		return nonsense(err);
	if (!sp->schema || !sp->name)
		return err_set(err, -ENOMEM, "%s", ss->target->job.uri->shown);
	AUTO(fd_closep) int file = open_copy(ss, sp, "", O_WRONLY | O_CREAT | O_EXCL);
	AUTO(fd_closep) int cfg = open_copy(ss, sp, ".cfg", O_WRONLY | O_CREAT | O_EXCL);
	return disk_error(ss, sp, file < 0 ? file : cfg < 0 ? cfg : 0, err);
}

/* Digests are kept of so many chunks more; all files together have a bound. */
static bool affords(struct spaces *ss, const struct space *sp, uint64_t chunks)
{
	uint64_t more = chunks > sp->staged.count ? chunks - sp->staged.count : 0;
	if (more > STAGED_CHUNKS - ss->chunks)
		return false;
	ss->chunks += more;
	return true;
}

static int take_chunk(struct spaces *ss, struct space *sp, const struct piece *p, struct err *err)
{
	AUTO(fd_closep) int fd = open_copy(ss, sp, "", O_WRONLY);
	if (fd < 0)
		return disk_error(ss, sp, fd, err);
	sp->staged.fd = fd;
	int rc = affords(ss, sp, (uint64_t)p->chunk + 1) ? staged_take(&sp->staged, p->chunk, p->data, p->len)
							 : -EFBIG;
	sp->staged.fd = -1;
	return disk_error(ss, sp, rc, err);
}

static int take_note(struct spaces *ss, struct space *sp, const struct piece *p, struct err *err)
{
	if (p->chunk >= NOTE_MOST)
		return nonsense(err);
	AUTO(fd_closep) int fd = open_copy(ss, sp, ".cfg", O_WRONLY);
	return disk_error(ss, sp,
			  fd < 0 ? fd : fd_write_at(fd, p->data, p->len, (uint64_t)p->chunk * PIECE_MOST),
			  err);
}

/* What lies there is what the other end's server wrote. */
static int same_note(const struct spaces *ss, const struct space *sp, bool *same)
{
	AUTO(fd_free_buffer) uint8_t *data = malloc(sp->cfg_len + 1);
	AUTO(fd_closep) int fd = open_copy(ss, sp, ".cfg", O_RDONLY);
	if (!data || fd < 0)
		return fd < 0 ? fd : -ENOMEM;
	ssize_t n = fd_read_at(fd, data, sp->cfg_len + 1, 0);
	if (n < 0)
		return (int)n;
	struct digest hash = hash_of(data, (size_t)n);
	*same = (size_t)n == sp->cfg_len && digest_equal(&hash, &sp->cfg_hash);
	return 0;
}

static int same_file(struct spaces *ss, struct space *sp, uint64_t size, const struct digest *sent,
		     bool *same)
{
	struct digest hash;
	AUTO(fd_closep) int fd = open_copy(ss, sp, "", O_WRONLY);
	if (fd < 0)
		return fd;
	if (!affords(ss, sp, size / HASH_CHUNK + 1))
		return -EFBIG;
	sp->staged.fd = fd;
	int rc = staged_end(&sp->staged, size);
	sp->staged.fd = -1;
	if (rc == 0)
		rc = staged_hash(&hash, &sp->staged);
	*same = rc == 0 && digest_equal(&hash, sent);
	return rc;
}

static void get_digest(struct reader *in, struct digest *out)
{
	const uint8_t *bytes = reader_bytes(in, DIGEST_SIZE);
	if (bytes)
		memcpy(out->byte, bytes, DIGEST_SIZE);
}

static int take_whole(struct spaces *ss, struct space *sp, const struct piece *p, struct err *err)
{
	struct reader in = reader_of(p->data, p->len);
	struct digest sent = { 0 };
	bool same = false;
	uint64_t size = reader_u64(&in);
	get_digest(&in, &sent);
	uint64_t cfg_len = reader_u64(&in);
	get_digest(&in, &sp->cfg_hash);
	if (!reader_done(&in) || cfg_len > (uint64_t)NOTE_MOST * PIECE_MOST)
		return nonsense(err);
	sp->cfg_len = (size_t)cfg_len;
	int rc = same_file(ss, sp, size, &sent, &same);
	if (rc == 0 && same)
		rc = same_note(ss, sp, &same);
	if (rc == 0 && !same)
		spaces_refuse(ss, sp, "what came of it is not what was sent");
	sp->whole = rc == 0 && same;
	return disk_error(ss, sp, rc, err);
}

int my_receive(struct session *s, const struct piece *p, struct err *err)
{
	static int (*const take[PIECE_KINDS])(struct spaces * ss, struct space * sp, const struct piece *p,
					      struct err *err) = {
		[PIECE_CHUNK] = take_chunk, [PIECE_NOTE] = take_note, [PIECE_WHOLE] = take_whole
	};
	struct spaces *ss = s->spaces;
	if (!ss || ss->staging < 0 || p->len > PIECE_MOST)
		return nonsense(err);
	if (p->kind == PIECE_TABLE)
		return take_table(ss, p, err);
	if (p->kind >= PIECE_KINDS || p->file >= ss->count || !p->len || ss->at[p->file].whole)
		return nonsense(err);
	return take[p->kind](ss, &ss->at[p->file], p, err);
}

void my_arrived(struct session *s, struct catalog *c)
{
	size_t count = 0;
	if (!s->spaces)
		return;
	spaces_sort(s->spaces);
	for (size_t i = 0; i < c->table_count; i++) {
		struct table *t = &c->tables[i];
		const struct space *sp = spaces_find(s->spaces, t->schema, t->name);
		t->by_file = sp && sp->whole && t->rows_kind != ROWS_NONE;
		count += t->by_file;
	}
	if (!count) {
		spaces_free(s->spaces);
		s->spaces = NULL;
	}
}
