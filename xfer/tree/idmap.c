#include "xfer/tree/idmap.h"
#include "xfer/base/buf.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum from { FROM_NAME, FROM_PATTERN, FROM_RANGE };

struct rule {
	enum from from;
	char *name; /* owned */
	uint32_t low, high, to;
};

struct idmap {
	size_t count;
	struct rule at[];
};

/* A rule as it was given, for the messages. */
struct given {
	const char *option, *rule;
	int len;
};

void idmap_free(struct idmap *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++)
		free(map->at[i].name);
	free(map);
}

static void idmap_freep(struct idmap **map)
{
	idmap_free(*map);
}

static void charp_free(char **p)
{
	free(*p);
}

static struct idmap *idmap_alloc(size_t count)
{
	struct idmap *map = calloc(1, sizeof *map + count * sizeof *map->at);
	if (map)
		map->count = count;
	return map;
}

static int refuse(const struct given *g, const char *why, struct err *err)
{
	return err_say(err, -EINVAL, "%s: \"%.*s\": %s", g->option, g->len, g->rule, why);
}

static int parse_to(uint32_t *out, enum id_kind kind, const struct given *g, const char *to, struct err *err)
{
	size_t len = (size_t)(g->rule + g->len - to);
	if (!len)
		return refuse(g, "nothing after the colon", err);
	if (id_parse(out, to, len))
		return 0;
	AUTO(charp_free) char *name = strndup(to, len);
	if (!name)
		return err_set(err, -ENOMEM, "%s", g->option);
	int rc = id_of_name(out, kind, name);
	if (rc == -ENOENT)
		return refuse(g, kind == ID_USER ? "no such user here" : "no such group here", err);
	if (rc)
		return err_set(err, rc, "%s: look up %s", g->option, name);
	return 0;
}

static int parse_range(struct rule *r, const struct given *g, size_t len, struct err *err)
{
	const char *dash = memchr(g->rule, '-', len);
	size_t low_len = dash ? (size_t)(dash - g->rule) : len;
	if (!id_parse(&r->low, g->rule, low_len))
		return refuse(g, "not a number", err);
	r->high = r->low;
	if (dash && !id_parse(&r->high, dash + 1, len - low_len - 1))
		return refuse(g, "not a range of numbers", err);
	if (r->high < r->low)
		return refuse(g, "the range ends before it starts", err);
	r->from = FROM_RANGE;
	return 0;
}

static int parse_rule(struct rule *r, enum id_kind kind, const struct given *g, struct err *err)
{
	const char *colon = memchr(g->rule, ':', (size_t)g->len);
	if (!colon)
		return refuse(g, "no colon", err);
	size_t len = (size_t)(colon - g->rule);
	if (len && *g->rule >= '0' && *g->rule <= '9') {
		int rc = parse_range(r, g, len, err);
		if (rc)
			return rc;
	} else {
		r->name = strndup(g->rule, len);
		if (!r->name)
			return err_set(err, -ENOMEM, "%s", g->option);
		r->from = strpbrk(r->name, "*?[") ? FROM_PATTERN : FROM_NAME;
	}
	return parse_to(&r->to, kind, g, colon + 1, err);
}

int idmap_parse(struct idmap **out, enum id_kind kind, const char *option, const char *text, struct err *err)
{
	size_t count = 1;
	for (const char *p = text; *p; p++)
		count += *p == ',';
	AUTO(idmap_freep) struct idmap *map = idmap_alloc(count);
	if (!map)
		return err_set(err, -ENOMEM, "%s", option);

	for (size_t i = 0; i < count; i++) {
		struct given g = { option, text, (int)(strchrnul(text, ',') - text) };
		int rc = parse_rule(&map->at[i], kind, &g, err);
		if (rc)
			return rc;
		text += g.len + 1;
	}
	*out = TAKE(map);
	return 0;
}

int idmap_all_to(struct idmap **out, enum id_kind kind, const char *to, size_t len, struct err *err)
{
	AUTO(idmap_freep) struct idmap *map = idmap_alloc(1);
	if (!map)
		return err_set(err, -ENOMEM, "--chown");
	map->at[0] = (struct rule){ .from = FROM_RANGE, .high = UINT32_MAX };
	struct given g = { "--chown", to, (int)len };
	int rc = parse_to(&map->at[0].to, kind, &g, to, err);
	if (rc)
		return rc;
	*out = TAKE(map);
	return 0;
}

static bool rule_matches(const struct rule *r, uint32_t id, const char *name)
{
	switch (r->from) {
	case FROM_NAME:
		return !strcmp(r->name, name);
	case FROM_PATTERN:
		return !fnmatch(r->name, name, 0);
	case FROM_RANGE:
		return id >= r->low && id <= r->high;
	}
	return false;
}

bool idmap_match(const struct idmap *map, uint32_t id, const char *name, uint32_t *to)
{
	for (size_t i = 0; map && i < map->count; i++) {
		if (rule_matches(&map->at[i], id, name)) {
			*to = map->at[i].to;
			return true;
		}
	}
	return false;
}
