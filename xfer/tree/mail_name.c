#include "xfer/tree/mail_name.h"

#include <string.h>

const char *const mail_last[MAIL_LAST] = { "dovecot-uidlist", "dovecot-keywords", "courierimapuiddb" };

/* Takes ",S=1234" out of the base name, wherever it stands. */
static void take_size(struct mail_name *m, const char *base)
{
	for (size_t at = 0; at + 3 < m->base_len; at++) {
		if (memcmp(base + at, ",S=", 3) != 0)
			continue;
		size_t i = at + 3;
		uint64_t size = 0;
		/* 18 digits fit, whatever they are */
		for (; i < m->base_len && i < at + 21 && base[i] >= '0' && base[i] <= '9'; i++)
			size = size * 10 + (uint64_t)(base[i] - '0');
		m->has_size = i > at + 3 && (i == m->base_len || base[i] == ',');
		m->size = m->has_size ? size : 0;
		return;
	}
}

struct mail_name mail_name_parse(const char *name, size_t len)
{
	struct mail_name m = { 0 };
	if (len == 0 || name[0] == '.')
		return m;
	const char *colon = memchr(name, ':', len);
	m.base_len = colon ? (size_t)(colon - name) : len;
	take_size(&m, name);
	return m;
}

static bool begins(const char *name, size_t len, const char *with)
{
	size_t n = strlen(with);
	return len >= n && memcmp(name, with, n) == 0;
}

static bool is(const char *name, size_t len, const char *what)
{
	return len == strlen(what) && memcmp(name, what, len) == 0;
}

enum mail_file mail_file_kind(const char *name, size_t len)
{
	for (size_t i = 0; i < MAIL_LAST; i++) {
		size_t n = strlen(mail_last[i]);
		if (is(name, len, mail_last[i]))
			return MAIL_FILE_LAST;
		if (begins(name, len, mail_last[i]) &&
		    (is(name + n, len - n, ".lock") || is(name + n, len - n, ".tmp")))
			return MAIL_FILE_LOCK;
	}
	if (begins(name, len, "dovecot.index") || begins(name, len, "dovecot.list.index"))
		return MAIL_FILE_INDEX;
	return MAIL_FILE_OTHER;
}
