#include <errno.h>
#include <string.h>

#include "dbdump/my/spaces.h"

int spaces_put(const struct spaces *ss, const struct piece *p, struct err *err)
{
	lookout_enter(ss->lookout);
	int status = ss->out->put(ss->out->ctx, p, err);
	lookout_leave(ss->lookout);
	return status;
}

int spaces_ship_cfg(struct spaces *ss, struct space *sp, const uint8_t *data, size_t len, struct err *err)
{
	int status = 0;
	sp->cfg_hash = hash_of(data, len);
	sp->cfg_len = len;
	for (size_t at = 0; !status && at < len; at += PIECE_MOST) {
		const struct piece p = { .kind = PIECE_NOTE,
					 .file = (uint32_t)sp->number,
					 .chunk = (uint32_t)(at / PIECE_MOST),
					 .data = data + at,
					 .len = len - at < PIECE_MOST ? len - at : PIECE_MOST };
		status = spaces_put(ss, &p, err);
	}
	return status;
}

/* The other end has a digest of each chunk in memory. Files grow until they are locked. */
static void leave_out_vast(struct spaces *ss)
{
	uint64_t all = 0;
	for (size_t i = 0; i < ss->count; i++)
		if (!ss->at[i].reason[0] && (all += ss->at[i].size) / HASH_CHUNK > STAGED_CHUNKS / 2)
			spaces_refuse(ss, &ss->at[i],
				      "all files together are too large to go to another host");
}

static int announce(struct spaces *ss, const struct space *sp, struct err *err)
{
	AUTO(buf_fini) struct buf b = { .limit = PIECE_MOST };
	const char *schema = session_target_name(ss->source, sp->schema);
	buf_string(&b, schema, strlen(schema));
	buf_string(&b, sp->name, strlen(sp->name));
	buf_u64(&b, sp->size);
	if (b.failed)
		return err_set(err, -ENOMEM, "%s", ss->source->job.uri->shown);
	const struct piece p = {
		.kind = PIECE_TABLE, .file = (uint32_t)sp->number, .data = b.data, .len = b.len
	};
	return spaces_put(ss, &p, err);
}

/* Ends with none, or with the first copy of the files of those that go. */
static int prepare(struct spaces *ss, char why[static SPACE_REASON], struct err *err)
{
	int status = spaces_weigh(ss, ss->out, why, err);
	if (!status && !why[0])
		status = spaces_find_tables(ss, why, err);
	if (status || why[0])
		return status;
	leave_out_vast(ss);
	if (!spaces_left(ss))
		return 0;
	/* from here on a file's number is that of those that were announced */
	size_t number = 0;
	for (size_t i = 0; !status && i < ss->count; i++) {
		if (ss->at[i].reason[0])
			continue;
		ss->at[i].number = number++;
		status = announce(ss, &ss->at[i], err);
	}
	return status ? status : spaces_copy(ss, false, err);
}

static int ship(struct session *s, const struct ferry_out *out, struct err *err)
{
	struct spaces *ss = spaces_new(s, NULL);
	char why[SPACE_REASON] = "";
	struct err failed = { 0 };
	if (!ss)
		return err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	ss->out = out;
	ss->gate = out->gate;
	ss->watch = out->watch;
	s->spaces = ss;
	int status = prepare(ss, why, &failed);
	if (!status && why[0] && s->job.options->mode == MODE_TABLESPACE)
		session_warn(s, "all tables go as rows, none as its file: %s", why);
	if (status && err)
		*err = failed;
	if (status || why[0] || !spaces_left(ss)) {
		s->spaces = NULL;
		spaces_free(ss);
	}
	return session_status(s, status, err);
}

static int tell_whole(struct spaces *ss, struct space *sp, struct err *err)
{
	AUTO(buf_fini) struct buf b = { .limit = PIECE_MOST };
	struct digest whole;
	if (staged_hash(&whole, &sp->staged) < 0)
		return err_set(err, -ENOMEM, "%s", ss->source->job.uri->shown);
	buf_u64(&b, sp->staged.size);
	buf_bytes(&b, whole.byte, sizeof whole.byte);
	buf_u64(&b, sp->cfg_len);
	buf_bytes(&b, sp->cfg_hash.byte, sizeof sp->cfg_hash.byte);
	if (b.failed)
		return err_set(err, -ENOMEM, "%s", ss->source->job.uri->shown);
	const struct piece p = {
		.kind = PIECE_WHOLE, .file = (uint32_t)sp->number, .data = b.data, .len = b.len
	};
	return spaces_put(ss, &p, err);
}

static int shipped(struct session *s, const struct catalog *c, struct err *err)
{
	int status = 0;
	for (size_t i = 0; s->spaces && !status && i < c->table_count; i++) {
		struct space *sp = spaces_find(s->spaces, c->tables[i].schema, c->tables[i].name);
		if (c->tables[i].by_file)
			status = tell_whole(s->spaces, sp, err);
	}
	return status;
}

const struct ferry ferry_mariadb = {
	.offer = my_offer,
	.receive = my_receive,
	.arrived = my_arrived,
	.ship = ship,
	.shipped = shipped,
};
