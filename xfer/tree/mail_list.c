#include "xfer/tree/mail_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/codec/hash.h"
#include "xfer/tree/mail_name.h"

enum { FIRST_ITEMS = 1024, FIRST_TEXT = 64 * 1024, BLOCK = 64 * 1024 };

void mail_list_init(struct mail_list *l)
{
	*l = (struct mail_list){ 0 };
}

void mail_list_fini(struct mail_list *l)
{
	free(l->item);
	free(l->text);
	free(l->slot);
	mail_list_init(l);
}

void mail_list_clear(struct mail_list *l)
{
	l->count = l->text_len = 0;
	if (l->slot)
		memset(l->slot, 0xff, l->slots * sizeof *l->slot);
}

static uint64_t hash_base(const char *base, size_t len)
{
	struct digest d = hash_of(base, len);
	uint64_t half;
	memcpy(&half, d.byte, sizeof half);
	return half;
}

static void chain(struct mail_list *l, uint32_t number)
{
	struct mail_item *i = &l->item[number];
	uint32_t *slot = &l->slot[i->hash & (l->slots - 1)];
	i->next = *slot;
	*slot = number;
}

static int make_room(struct mail_list *l, size_t len)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : FIRST_ITEMS;
		struct mail_item *more = realloc(l->item, room * sizeof *more);
		if (!more)
			return -ENOMEM;
		l->item = more;
		l->room = room;
		uint32_t *slot = realloc(l->slot, room * sizeof *slot);
		if (!slot)
			return -ENOMEM;
		l->slot = slot;
		l->slots = room;
		memset(l->slot, 0xff, room * sizeof *slot);
		for (size_t i = 0; i < l->count; i++)
			chain(l, (uint32_t)i);
	}
	while (l->text_room - l->text_len < len) {
		size_t room = l->text_room ? l->text_room * 2 : FIRST_TEXT;
		char *more = realloc(l->text, room);
		if (!more)
			return -ENOMEM;
		l->text = more;
		l->text_room = room;
	}
	return 0;
}

int mail_list_add(struct mail_list *l, const char *name, size_t len, uint8_t type, uint32_t where)
{
	if (l->count >= MAIL_LIST_MOST || len > UINT8_MAX)
		return -EOVERFLOW;
	int r = make_room(l, len);
	if (r < 0)
		return r;
	struct mail_name m = mail_name_parse(name, len);
	/* what is no message is found by its whole name */
	size_t key = m.base_len ? m.base_len : len;
	l->item[l->count] = (struct mail_item){
		.hash = hash_base(name, key),
		.text = (uint32_t)l->text_len,
		.where = where,
		.len = (uint8_t)len,
		.base_len = (uint8_t)m.base_len,
		.type = type,
	};
	memcpy(l->text + l->text_len, name, len);
	l->text_len += len;
	chain(l, (uint32_t)l->count++);
	return 0;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

int mail_list_read(struct mail_list *l, int fd, uint32_t where)
{
	_Alignas(struct dirent64) uint8_t block[BLOCK];
	ssize_t n;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -EACCES; /* an O_PATH descriptor */
	while ((n = getdents64(fd, block, sizeof block)) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const struct dirent64 *)(block + at);
			at += e->d_reclen;
			int r = is_dots(e->d_name)
					? 0
					: mail_list_add(l, e->d_name, strlen(e->d_name), e->d_type, where);
			if (r < 0)
				return r;
		}
	return n < 0 ? -errno : 0;
}

const char *mail_list_name(const struct mail_list *l, const struct mail_item *i)
{
	return l->text + i->text;
}

static struct mail_item *next_of(const struct mail_list *l, uint32_t number, uint64_t hash)
{
	for (; number != MAIL_LIST_NONE; number = l->item[number].next)
		if (l->item[number].hash == hash)
			return &l->item[number];
	return NULL;
}

static struct mail_item *first_of(const struct mail_list *l, uint64_t hash)
{
	return l->slots ? next_of(l, l->slot[hash & (l->slots - 1)], hash) : NULL;
}

struct mail_item *mail_list_exact(const struct mail_list *l, const char *name, size_t len, uint32_t where)
{
	size_t base = mail_name_parse(name, len).base_len;
	uint64_t hash = hash_base(name, base ? base : len);
	for (struct mail_item *i = first_of(l, hash); i; i = next_of(l, i->next, hash))
		if (i->where == where && i->len == len && memcmp(mail_list_name(l, i), name, len) == 0)
			return i;
	return NULL;
}

struct mail_item *mail_list_base(const struct mail_list *l, const struct mail_item *after, const char *base,
				 size_t base_len)
{
	uint64_t hash = hash_base(base, base_len);
	struct mail_item *i = after ? next_of(l, after->next, hash) : first_of(l, hash);
	for (; i; i = next_of(l, i->next, hash))
		if (i->base_len == base_len && memcmp(mail_list_name(l, i), base, base_len) == 0)
			return i;
	return NULL;
}
