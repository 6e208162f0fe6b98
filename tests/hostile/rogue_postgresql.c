/* rogue_postgresql - a PostgreSQL server that lies; rogue.h says how it is run. WHAT happens to the answer to the statement that was
 * meant:
 *
 *   endless    its first row comes for ever; bare: rows without a column do
 *   results    its end comes for ever; notices: notices do; notified: what nobody listens for does
 *   settings   it is told of settings for ever, each time of another one
 *   fewer      its last column is not there; more: its last column is there twice; nulls: all is NULL; nothing: there are no rows
 *   long       its last column has 257 MiB; claim: a row has 1 GiB, and does not come
 *   swap       a value that is SWAP_FROM is SWAP_TO, both from the environment
 *   copying    it is rows of COPY; fed: it wants some
 *   error      it is an error, whose text is full of what a terminal must not get
 *   torn       rows of COPY have no line's end; split: have two; stop: one of them is "\."; wider: it has another number of columns
 *   interrupt  a row of COPY comes for ever, and after 64 MiB of it COMMAND gets SIGINT
 *   flip       PATTERN is a seed: now and then something of what the server says is damaged, as it is for this seed */
#include "tests/hostile/rogue.h"

enum { LONG = 257 << 20, HALF = 64 << 20, TEXT = 64 << 10, MANY = 512 };

struct message {
	char type;
	uint8_t *data;
	size_t len; /* of data */
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void set32(uint8_t *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(n >> (24 - 8 * i));
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void set16(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
}

/* With a type, or without one, as what comes before the login. */
static void get(int fd, struct message *m, bool typed)
{
	uint8_t head[5] = { 0 };
	rogue_read(fd, head + !typed, 4 + typed);
	*m = (struct message){ (char)head[0], rogue_room, get32(head + 1) - 4 };
	if (m->len > ROGUE_ROOM)
		rogue_die("a message too large for the test");
	rogue_read(fd, m->data, m->len);
}

/* Announces claimed bytes, and sends those that there are. */
static void put_as(int fd, const struct message *m, size_t claimed)
{
	uint8_t head[5] = { (uint8_t)m->type };
	set32(head + 1, (uint32_t)claimed + 4);
	rogue_write(fd, head + !m->type, 4 + (m->type != 0));
	rogue_write(fd, m->data, m->len);
}

static void put(int fd, const struct message *m)
{
	put_as(fd, m, m->len);
}

static void say(struct rogue *r, char type, const char *bytes, size_t n)
{
	struct message m = { type, (uint8_t *)(uintptr_t)bytes, n };
	put(r->client, &m);
}

/* For ever, some at a time; after so many bytes COMMAND is interrupted (0: never). */
static _Noreturn void repeat(struct rogue *r, const struct message *m, uint64_t interrupt)
{
	size_t n = m->len + 5;
	uint64_t sent = 0;
	uint8_t *many = malloc(MANY * n);
	if (!many)
		rogue_die("memory");
	for (size_t i = 0; i < MANY; i++) {
		many[i * n] = (uint8_t)m->type;
		set32(many + i * n + 1, (uint32_t)m->len + 4);
		memcpy(many + i * n + 5, m->data, m->len);
	}
	for (;;) {
		rogue_write(r->client, many, MANY * n);
		sent += MANY * n;
		if (interrupt && sent > interrupt) {
			kill(r->command, SIGINT);
			interrupt = 0;
		}
	}
}

/* A row: where its last value begins, with the length in front. */
static size_t last_value(const struct message *m)
{
	unsigned columns = get16(m->data);
	size_t at = 2, last = 2;
	for (unsigned i = 0; i < columns; i++) {
		uint32_t n = get32(m->data + at);
		last = at;
		at += 4 + (n == UINT32_MAX ? 0 : n);
	}
	return last;
}

/* What is known of columns: where the last one begins, its name first. */
static size_t last_column(const struct message *m)
{
	unsigned columns = get16(m->data);
	size_t at = 2, last = 2;
	for (unsigned i = 0; i < columns; i++) {
		last = at;
		at += strlen((char *)m->data + at) + 1 + 18;
	}
	return last;
}

/* Leaves out the last item, or has it twice. */
static void change_count(const struct rogue *r, struct message *m, size_t last)
{
	unsigned columns = get16(m->data);
	if (!columns)
		return;
	if (rogue_does(r, "fewer")) {
		m->len = last;
		set16(m->data, columns - 1);
	} else if (rogue_does(r, "more")) {
		memcpy(m->data + m->len, m->data + last, m->len - last);
		m->len += m->len - last;
		set16(m->data, columns + 1);
	}
}

static void put_long(struct rogue *r, const struct message *m)
{
	size_t at = last_value(m), len = at + 4 + LONG;
	uint8_t *row = malloc(len);
	if (!row)
		rogue_die("memory");
	memset(row, 'x', len);
	memcpy(row, m->data, at);
	set32(row + at, LONG);
	struct message large = { 'D', row, len };
	put(r->client, &large);
	free(row);
}

static void put_nulls(struct rogue *r, struct message *m)
{
	unsigned columns = get16(m->data);
	memset(m->data + 2, 0xff, 4 * columns);
	m->len = 2 + 4 * columns;
	put(r->client, m);
}

static void swap(struct message *m)
{
	const char *from = getenv("SWAP_FROM"), *to = getenv("SWAP_TO");
	size_t old = strlen(from), new = strlen(to), at = 2;
	for (unsigned i = get16(m->data); i; i--) {
		uint32_t n = get32(m->data + at);
		if (n == old && !memcmp(m->data + at + 4, from, old)) {
			memmove(m->data + at + 4 + new, m->data + at + 4 + old, m->len - at - 4 - old);
			memcpy(m->data + at + 4, to, new);
			set32(m->data + at, (uint32_t) new);
			m->len = m->len - old + new;
			n = (uint32_t) new;
		}
		at += 4 + (n == UINT32_MAX ? 0 : n);
	}
}

static void put_row(struct rogue *r, struct message *m)
{
	if (rogue_does(r, "endless"))
		repeat(r, m, 0);
	if (rogue_does(r, "bare"))
		repeat(r, &(struct message){ 'D', (uint8_t[]){ 0, 0 }, 2 }, 0);
	if (rogue_does(r, "claim")) {
		put_as(r->client, m, 1 << 30);
		_exit(0);
	}
	if (rogue_does(r, "long")) {
		put_long(r, m);
	} else if (rogue_does(r, "nulls")) {
		put_nulls(r, m);
	} else if (!rogue_does(r, "nothing") && !rogue_does(r, "copying") && !rogue_does(r, "fed")) {
		change_count(r, m, last_value(m));
		if (rogue_does(r, "swap"))
			swap(m);
		put(r->client, m);
	}
}

static void put_columns(struct rogue *r, struct message *m)
{
	static const char text_format[] = { 0, 0, 1, 0, 0 };
	if (rogue_does(r, "copying") || rogue_does(r, "fed")) {
		say(r, rogue_does(r, "fed") ? 'G' : 'H', text_format, sizeof text_format);
	} else if (rogue_does(r, "bare")) {
		say(r, 'T', "\0\0", 2);
	} else if (!rogue_does(r, "nothing")) {
		change_count(r, m, last_column(m));
		put(r->client, m);
	}
}

static void put_line(struct rogue *r, struct message *m)
{
	if (rogue_does(r, "interrupt"))
		repeat(r, m, HALF);
	if (rogue_does(r, "torn"))
		m->len--;
	if (rogue_does(r, "split"))
		m->data[m->len / 2] = '\n';
	if (rogue_does(r, "stop"))
		say(r, 'd', "\\.\n", 3);
	put(r->client, m);
}

static _Noreturn void flood(struct rogue *r)
{
	static const char notice[] = "SNOTICE\0C01000\0Mlook\0", told[] = "\0\0\0\1channel\0what it is about";
	struct message m = { 'N', (uint8_t *)(uintptr_t)notice, sizeof notice };
	if (rogue_does(r, "notified"))
		m = (struct message){ 'A', (uint8_t *)(uintptr_t)told, sizeof told };
	repeat(r, &m, 0);
}

static _Noreturn void put_settings(struct rogue *r)
{
	enum { SETTING = 29000 }; /* (libpq takes none of more than 30,000) */
	static char text[SETTING];
	memset(text, 'v', SETTING - 1);
	for (unsigned n = 0;; n++) {
		snprintf(text, SETTING, "s%08u", n); /* its end is the name's, too */
		say(r, 'S', text, SETTING);
	}
}

/* Moves the cursor, sets the title, goes back, rings, and ends the line, for as long as it likes. */
static void put_error(struct rogue *r)
{
	static const char head[] = "SERROR\0CXX000\0Mnonsense", odd[] = "\033[2J\033]0;owned\a\r\b\n\xc2\x9b";
	char *text = malloc(TEXT);
	size_t at = sizeof head - 1;
	if (!text)
		rogue_die("memory");
	memcpy(text, head, at);
	for (size_t n = sizeof odd - 1; at + n + 2 < TEXT; at += n)
		memcpy(text + at, odd, n);
	text[at] = text[at + 1] = '\0';
	say(r, 'E', text, at + 2);
	free(text);
}

/* What the server answers to what was meant. */
static void change(struct rogue *r, struct message *m)
{
	if (rogue_does(r, "notices") || rogue_does(r, "notified"))
		flood(r);
	if (rogue_does(r, "settings"))
		put_settings(r);
	if (rogue_does(r, "error")) {
		if (m->type == 'C')
			put_error(r);
		return;
	}
	if (m->type == 'C' && rogue_does(r, "results"))
		repeat(r, m, 0);
	switch (m->type) {
	case 'T':
		put_columns(r, m);
		return;
	case 'D':
		put_row(r, m);
		return;
	case 'd':
		put_line(r, m);
		return;
	case 'H':
		if (rogue_does(r, "wider"))
			set16(m->data + 1, get16(m->data + 1) + 1);
		memset(m->data + m->len, 0, 2);
		m->len += rogue_does(r, "wider") ? 2 : 0;
	}
	put(r->client, m);
}

/* Damages one message in so many, each in another way. */
static void flip(struct rogue *r, struct message *m)
{
	uint64_t dice = rogue_random(r);
	size_t at = m->len ? (size_t)(rogue_random(r) % m->len) : 0, claimed = m->len;
	static const char odd[] = "TDCdHGEZ";
	if (dice % 60 || !m->len) {
		put(r->client, m);
		return;
	}
	r->acts = true;
	switch (dice / 64 % 5) {
	case 0:
		m->data[at] ^= (uint8_t)(1 << (dice >> 40) % 8);
		break;
	case 1:
		m->type = odd[(dice >> 40) % (sizeof odd - 1)];
		break;
	case 2:
		m->len = claimed = at;
		break;
	case 3:
		claimed = (size_t)(dice >> 40) % (1 << 24);
		break;
	default:
		set32(m->data, (uint32_t)(dice >> 32));
	}
	put_as(r->client, m, claimed);
}

/* Until the server is ready for the first statement. TLS is not to be had. */
static void log_in(struct rogue *r)
{
	enum { ENCRYPTED = 1234U << 16 | 5679 };
	struct message m;
	get(r->client, &m, false);
	while (m.len == 4 && get32(m.data) >= ENCRYPTED) {
		rogue_write(r->client, "N", 1);
		get(r->client, &m, false);
	}
	put(r->server, &m);
	do {
		int fd = rogue_next(r);
		get(fd, &m, true);
		put(fd == r->client ? r->server : r->client, &m);
	} while (m.type != 'Z');
}

static bool is_meant(const struct rogue *r, const struct message *m)
{
	return (m->type == 'Q' || m->type == 'P') && !rogue_does(r, "flip") &&
	       rogue_has(m->data, m->len, r->pattern);
}

static void serve(struct rogue *r)
{
	bool meant = false;
	log_in(r);
	for (;;) {
		struct message m;
		int fd = rogue_next(r);
		get(fd, &m, true);
		if (fd == r->client) {
			meant = meant || is_meant(r, &m);
			put(r->server, &m);
			continue;
		}
		meant = meant && m.type != 'Z';
		if (rogue_does(r, "flip"))
			flip(r, &m);
		else if (meant)
			change(r, &m);
		else
			put(r->client, &m);
	}
}

int main(int argc, char **argv)
{
	return rogue_main(argc, argv, serve);
}
