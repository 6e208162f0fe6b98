/* mail_list.h - names of messages, found by base name: those of one mailbox (new and cur), or of many.
 *
 * All in memory, some 40 bytes a name beyond the name: a million take less than 128 MiB. More than MAIL_LIST_MOST are refused.
 * One owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAIL_LIST_MOST = 1500 * 1000, MAIL_LIST_NONE = UINT32_MAX };

struct mail_item {
	uint64_t hash;		     /* of the base name */
	uint32_t text, next;	     /* next of the same hash: MAIL_LIST_NONE ends it */
	uint32_t where;		     /* the caller's number of its directory */
	uint8_t len, base_len, type; /* type as in struct dirent; base_len 0: not a message */
	bool taken;		     /* the caller's */
};

struct mail_list {
	struct mail_item *item;
	size_t count, room;
	char *text;
	size_t text_len, text_room;
	uint32_t *slot;
	size_t slots;
};

void mail_list_init(struct mail_list *l);
void mail_list_fini(struct mail_list *l);
/* Forgets all names, and keeps the memory for the next. */
void mail_list_clear(struct mail_list *l);

/* 0, -ENOMEM, or -EOVERFLOW when there are too many. */
int mail_list_add(struct mail_list *l, const char *name, size_t len, uint8_t type, uint32_t where);
/* Adds all names in the directory fd, from its beginning. 0 or -errno. */
int mail_list_read(struct mail_list *l, int fd, uint32_t where);

/* Not terminated. */
const char *mail_list_name(const struct mail_list *l, const struct mail_item *i);
/* The item with this name there. NULL: there is none. */
struct mail_item *mail_list_exact(const struct mail_list *l, const char *name, size_t len, uint32_t where);
/* The next message behind after (NULL: the first) that has this base name. */
struct mail_item *mail_list_base(const struct mail_list *l, const struct mail_item *after, const char *base,
				 size_t base_len);
