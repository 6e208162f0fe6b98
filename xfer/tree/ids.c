#include "xfer/tree/ids.h"
#include "xfer/base/buf.h"
#include "xfer/tree/idmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

enum { SLOTS_FIRST = 64, KINDS = 2 };

/* What is known of one id. A source uses name and announced, a destination local. */
struct slot {
	char *name; /* owned; NULL: not asked yet */
	uint32_t id, local;
	bool used, learned, announced;
};

/* Open addressing, at most half full. */
struct table {
	struct slot *at;
	size_t count;
	unsigned bits; /* 1 << bits slots; 0: none yet */
};

struct ids {
	struct table tables[KINDS];
	struct idmap *maps[KINDS];
	uint64_t multiplier;
	bool numeric;
};

/* The multiplier is random, so that a peer cannot choose ids that all fall on one place. */
static uint64_t random_odd(void)
{
	uint64_t v = 0x9e3779b97f4a7c15;
	const void *from_kernel = (const void *)getauxval(AT_RANDOM);
	if (from_kernel)
		memcpy(&v, from_kernel, sizeof v);
	return v | 1;
}

/* The slot of id, or the free one where it belongs. */
static struct slot *table_seek(const struct table *t, uint64_t multiplier, uint32_t id)
{
	size_t i = (size_t)((id + 1) * multiplier >> (64 - t->bits));
	while (t->at[i].used && t->at[i].id != id)
		i = (i + 1) & (((size_t)1 << t->bits) - 1);
	return &t->at[i];
}

static int table_grow(struct table *t, uint64_t multiplier)
{
	size_t old_slots = t->bits ? (size_t)1 << t->bits : 0,
	       slots = old_slots ? old_slots * 2 : SLOTS_FIRST;
	struct slot *at = calloc(slots, sizeof *at);
	if (!at)
		return -ENOMEM;
	struct table grown = { at, t->count, (unsigned)__builtin_ctzl(slots) };
	for (size_t i = 0; i < old_slots; i++)
		if (t->at[i].used)
			*table_seek(&grown, multiplier, t->at[i].id) = t->at[i];
	free(t->at);
	*t = grown;
	return 0;
}

static struct slot *ids_find(const struct ids *s, enum id_kind kind, uint32_t id)
{
	const struct table *t = &s->tables[kind];
	if (!t->bits)
		return NULL;
	struct slot *slot = table_seek(t, s->multiplier, id);
	return slot->used ? slot : NULL;
}

/* The slot of id, made when there is none: -ENOSPC when the table is full. */
static int ids_slot(struct slot **out, struct ids *s, enum id_kind kind, uint32_t id)
{
	struct table *t = &s->tables[kind];
	*out = ids_find(s, kind, id);
	if (*out)
		return 0;
	if (t->count == IDS_MAX)
		return -ENOSPC;
	if (!t->bits || (t->count + 1) * 2 > (size_t)1 << t->bits) {
		int rc = table_grow(t, s->multiplier);
		if (rc)
			return rc;
	}
	*out = table_seek(t, s->multiplier, id);
	**out = (struct slot){ .id = id, .local = id, .used = true };
	t->count++;
	return 0;
}

static int parse_chown(struct ids *s, const char *chown, struct err *err)
{
	const char *group = strchrnul(chown, ':');
	const struct {
		const char *to;
		size_t len;
	} sides[KINDS] = {
		[ID_USER] = { chown, (size_t)(group - chown) },
		[ID_GROUP] = { group + !!*group, strlen(group + !!*group) },
	};
	for (int kind = 0; kind < KINDS; kind++) {
		if (!sides[kind].len)
			continue;
		if (s->maps[kind])
			return err_say(err, -EINVAL, "--chown=%s cannot be used together with %s", chown,
				       kind == ID_USER ? "--usermap" : "--groupmap");
		int rc = idmap_all_to(&s->maps[kind], kind, sides[kind].to, sides[kind].len, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int parse_maps(struct ids *s, const struct options *o, struct err *err)
{
	int rc = 0;
	if (o->usermap)
		rc = idmap_parse(&s->maps[ID_USER], ID_USER, "--usermap", o->usermap, err);
	if (!rc && o->groupmap)
		rc = idmap_parse(&s->maps[ID_GROUP], ID_GROUP, "--groupmap", o->groupmap, err);
	if (!rc && o->chown)
		rc = parse_chown(s, o->chown, err);
	return rc;
}

static void ids_freep(struct ids **s)
{
	ids_free(*s);
}

int ids_new(struct ids **out, const struct options *o, struct err *err)
{
	AUTO(ids_freep) struct ids *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "owners");
	s->multiplier = random_odd();
	if (o) {
		s->numeric = o->numeric_ids;
		int rc = parse_maps(s, o, err);
		if (rc)
			return rc;
	}
	*out = TAKE(s);
	return 0;
}

void ids_free(struct ids *s)
{
	if (!s)
		return;
	for (int kind = 0; kind < KINDS; kind++) {
		struct table *t = &s->tables[kind];
		for (size_t i = 0; t->bits && i < (size_t)1 << t->bits; i++)
			free(t->at[i].name);
		free(t->at);
		idmap_free(s->maps[kind]);
	}
	free(s);
}

/* The rules of ids.h in their order, for an id that the peer calls name. */
static int resolve(const struct ids *s, enum id_kind kind, uint32_t id, const char *name, uint32_t *local)
{
	*local = id;
	if (idmap_match(s->maps[kind], id, name, local) || !id || !*name)
		return 0;
	int rc = id_of_name(local, kind, name);
	return rc == -ENOENT ? 0 : rc;
}

int ids_learn(struct ids *s, enum id_kind kind, uint32_t id, const char *name, size_t len, struct err *err)
{
	const char *what = kind == ID_USER ? "user" : "group";
	if (len > ID_NAME_MAX || (len && memchr(name, 0, len)))
		return err_say(err, -EPROTO, "the peer's %s %u has no proper name", what, id);
	char text[ID_NAME_MAX + 1] = "";
	if (len && !s->numeric)
		memcpy(text, name, len);

	uint32_t local;
	int rc = resolve(s, kind, id, text, &local);
	if (rc)
		return err_set(err, rc, "look up %s %s", what, text);
	struct slot *slot;
	rc = ids_slot(&slot, s, kind, id);
	if (rc == -ENOSPC)
		return err_say(err, -EPROTO, "the peer announces more than %d %ss", IDS_MAX, what);
	if (rc)
		return err_set(err, rc, "learn %s %s", what, text);
	slot->local = local;
	slot->learned = true;
	return 0;
}

uint32_t ids_map(struct ids *s, enum id_kind kind, uint32_t id)
{
	const struct slot *slot = ids_find(s, kind, id);
	if (slot && slot->learned)
		return slot->local;
	/* not kept: there may be as many as the peer likes, and looking through the rules is all it costs */
	uint32_t local = id;
	idmap_match(s->maps[kind], id, "", &local);
	return local;
}

const char *ids_name(struct ids *s, enum id_kind kind, uint32_t id)
{
	struct slot *slot;
	if (ids_slot(&slot, s, kind, id))
		return "";
	if (!slot->name) {
		int rc = id_name_of(&slot->name, kind, id);
		if (rc == -ENOENT) /* when the database failed, the next call asks it again */
			slot->name = strdup("");
	}
	return slot->name ? slot->name : "";
}

bool ids_first_use(struct ids *s, enum id_kind kind, uint32_t id)
{
	struct slot *slot;
	int rc = ids_slot(&slot, s, kind, id);
	if (rc)
		return rc != -ENOSPC; /* without memory, rather twice than never */
	bool first = !slot->announced;
	slot->announced = true;
	return first;
}
