#include "dbdump/my/sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "xfer/base/err.h"

static void name(struct buf *b, const char *text)
{
	buf_u8(b, '`');
	for (const char *p = text; *p; p++) {
		if (*p == '`')
			buf_u8(b, '`');
		buf_u8(b, (uint8_t)*p);
	}
	buf_u8(b, '`');
}

void sql_string(struct buf *b, const void *p, size_t n)
{
	const uint8_t *at = p;
	buf_u8(b, '\'');
	for (size_t i = 0; i < n; i++) {
		if (at[i] == '\'' || at[i] == '\\')
			buf_u8(b, '\\');
		buf_u8(b, at[i]);
	}
	buf_u8(b, '\'');
}

static void number(struct buf *b, uint64_t v, const char *sign)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%s%" PRIu64, sign, v);
	buf_bytes(b, text, (size_t)n);
}

static void convert(struct buf *b, char how, va_list *ap)
{
	const char *text;
	int64_t d;
	switch (how) {
	case 's':
		text = va_arg(*ap, const char *);
		buf_bytes(b, text, strlen(text));
		break;
	case 'i':
		name(b, va_arg(*ap, const char *));
		break;
	case 'q':
		text = va_arg(*ap, const char *);
		sql_string(b, text, strlen(text));
		break;
	case 'u':
		number(b, va_arg(*ap, unsigned), "");
		break;
	case 'U':
		number(b, va_arg(*ap, uint64_t), "");
		break;
	case 'd':
		d = va_arg(*ap, int64_t);
		number(b, d < 0 ? -(uint64_t)d : (uint64_t)d, d < 0 ? "-" : "");
		break;
	default:
		CHECK(how == '%');
		buf_u8(b, '%');
	}
}

void sql_vadd(struct buf *b, const char *fmt, va_list given)
{
	va_list ap;
	va_copy(ap, given);
	for (;;) {
		size_t n = strcspn(fmt, "%");
		buf_bytes(b, fmt, n);
		if (!fmt[n])
			break;
		convert(b, fmt[n + 1], &ap);
		fmt += n + 2;
	}
	va_end(ap);
}

void sql_add(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	sql_vadd(b, fmt, ap);
	va_end(ap);
}

const char *sql_text(struct buf *b)
{
	uint8_t *end = buf_reserve(b, 1);
	if (!end)
		return NULL;
	*end = '\0';
	return (const char *)b->data;
}

char *sql_take(struct buf *b)
{
	if (!sql_text(b))
		return NULL;
	char *text = (char *)b->data;
	*b = (struct buf){ .limit = b->limit };
	return text;
}
