/* rogue_mariadb - a MariaDB server that lies; rogue.h says how it is run. WHAT:
 *
 *   infile    asks for the file GOT.secret instead of answering, notes what comes, and says that all is well
 *   endless   repeats the answer's first row for ever
 *   columns   repeats what it says of the answer's first column for ever
 *   results   says that another result follows, for ever
 *   fewer     leaves out the answer's last column; nulls: says NULL everywhere; nothing: answers with no rows and no columns
 *   long      100 MiB in the last column; claim: a row of 1 GiB that does not come
 *   named     the first column's name has 1 MiB
 *   swap      SWAP_FROM in the answer is SWAP_TO, both from the environment, as one value of a row
 *   params    a prepared statement wants 60,000 values
 *   warned    every answer has 65,535 warnings
 *   flip      PATTERN is a seed: now and then something of what the server says is damaged, as it is for this seed */
#include "tests/hostile/rogue.h"

enum { HEAD = 4, FULL = 0xffffff, QUERY = 3, PREPARE = 22, EOF_BYTE = 0xfe, MORE = 8 };

struct packet {
	uint8_t *data;
	size_t len;
	uint8_t number;
};

/* Of the answer to the statement that was meant. */
enum part { PART_NONE, PART_HEAD, PART_COLUMNS, PART_ROWS };

static void get(int fd, struct packet *p)
{
	uint8_t head[HEAD];
	rogue_read(fd, head, HEAD);
	*p = (struct packet){ rogue_room, head[0] | head[1] << 8 | (size_t)head[2] << 16, head[3] };
	rogue_read(fd, p->data, p->len);
}

/* Announces claimed bytes, and sends those that there are. */
static void put_as(int fd, const struct packet *p, size_t claimed)
{
	uint8_t head[HEAD] = { (uint8_t)claimed, (uint8_t)(claimed >> 8), (uint8_t)(claimed >> 16),
			       p->number };
	rogue_write(fd, head, HEAD);
	rogue_write(fd, p->data, p->len);
}

static void put(int fd, const struct packet *p)
{
	put_as(fd, p, p->len);
}

static void say(struct rogue *r, uint8_t number, const char *bytes, size_t n)
{
	struct packet p = { (uint8_t *)(uintptr_t)bytes, n, number };
	put(r->client, &p);
}

static const char ok[] = "\0\0\0\2\0\0";

static void ask_for_file(struct rogue *r)
{
	char path[4096];
	struct packet p;
	int n = snprintf(path, sizeof path, "\xfb%s.secret", r->got);
	say(r, 1, path, (size_t)n);
	do {
		get(r->client, &p);
		rogue_note(r, p.data, p.len);
	} while (p.len);
	say(r, (uint8_t)(p.number + 1), ok, sizeof ok);
}

/* Where a value of a row ends. */
static size_t value_end(const struct packet *p, size_t at)
{
	size_t n = p->data[at];
	if (n == 0xfb)
		return at + 1;
	if (n == 0xfc)
		return at + 3 + p->data[at + 1] + ((size_t)p->data[at + 2] << 8);
	if (n == 0xfd)
		return at + 4 + p->data[at + 1] + ((size_t)p->data[at + 2] << 8) +
		       ((size_t)p->data[at + 3] << 16);
	return at + 1 + n;
}

static size_t last_value(const struct packet *p)
{
	size_t at = 0;
	for (size_t end; (end = value_end(p, at)) < p->len;)
		at = end;
	return at;
}

/* 256 at a time, with the numbers that follow. */
static _Noreturn void repeat(struct rogue *r, const struct packet *p)
{
	size_t n = p->len + HEAD;
	uint8_t *many = malloc(256 * n);
	if (!many)
		rogue_die("memory");
	for (size_t i = 0; i < 256; i++) {
		uint8_t head[HEAD] = { (uint8_t)p->len, (uint8_t)(p->len >> 8), (uint8_t)(p->len >> 16),
				       (uint8_t)(p->number + i) };
		memcpy(many + i * n, head, HEAD);
		memcpy(many + i * n + HEAD, p->data, p->len);
	}
	for (;;)
		rogue_write(r->client, many, 256 * n);
}

/* A row whose last value has that many bytes, of which some come. */
static void put_long(struct rogue *r, struct packet *p, size_t claimed, size_t sent)
{
	size_t at = last_value(p), len = at + 9 + sent;
	uint8_t *row = malloc(len);
	if (!row)
		rogue_die("memory");
	memset(row, 'x', len);
	memcpy(row, p->data, at);
	row[at] = 0xfe; /* eight bytes of length */
	for (size_t i = 0; i < 8; i++)
		row[at + 1 + i] = (uint8_t)(claimed >> (8 * i));
	for (size_t done = 0, piece; done < len; done += piece) {
		piece = len - done < FULL ? len - done : FULL;
		struct packet part = { row + done, piece, p->number++ };
		put_as(r->client, &part, claimed > sent ? FULL : piece);
	}
	free(row);
}

/* Puts one value in the place of another in a row. */
static void swap(struct packet *p)
{
	const char *from = getenv("SWAP_FROM"), *to = getenv("SWAP_TO");
	uint8_t *f = memmem(p->data, p->len, from, strlen(from));
	size_t at = 0, n = strlen(to);
	if (!f)
		return;
	for (size_t end; (end = value_end(p, at)) <= (size_t)(f - p->data);)
		at = end;
	size_t old = value_end(p, at), rest = p->len - old, put_at = at + 3;
	memmove(p->data + put_at + n, p->data + old, rest);
	p->data[at] = 0xfc;
	p->data[at + 1] = (uint8_t)n;
	p->data[at + 2] = (uint8_t)(n >> 8);
	memcpy(p->data + put_at, to, n);
	p->len = put_at + n + rest;
}

/* What is known of a column begins with the values catalog, database, table, table's own name, name. */
static void rename_column(struct packet *p)
{
	enum { NAME = 1 << 20 };
	size_t at = 0;
	for (int i = 0; i < 4; i++)
		at = value_end(p, at);
	size_t end = value_end(p, at);
	memmove(p->data + at + 4 + NAME, p->data + end, p->len - end);
	memcpy(p->data + at, "\xfd\0\0\x10", 4);
	memset(p->data + at + 4, 'n', NAME);
	p->len += at + 4 + NAME - end;
}

static void change_row(struct rogue *r, struct packet *p)
{
	if (rogue_does(r, "endless"))
		repeat(r, p);
	if (rogue_does(r, "fewer"))
		p->len = last_value(p);
	if (rogue_does(r, "nulls")) {
		size_t n = 0;
		for (size_t at = 0; at < p->len; at = value_end(p, at))
			n++;
		memset(p->data, 0xfb, n);
		p->len = n;
	}
	if (rogue_does(r, "long")) {
		put_long(r, p, 100 << 20, 100 << 20);
		r->quiet = true;
	}
	if (rogue_does(r, "claim")) {
		put_long(r, p, 1 << 30, 1 << 20);
		_exit(0);
	}
	if (rogue_does(r, "swap"))
		swap(p);
}

static bool ends(const struct packet *p)
{
	return p->len < 9 && p->len && p->data[0] == EOF_BYTE;
}

/* Passes on a packet of the answer that is meant, or something else. */
static void change(struct rogue *r, enum part *part, struct packet *p)
{
	static unsigned columns, left;
	bool end = ends(p);
	if (*part == PART_HEAD) {
		columns = left = p->len <= 2 ? p->data[0] : 0; /* the second byte: whether they are told */
		*part = columns && columns < 0xfb ? PART_COLUMNS : PART_NONE;
		if (*part && rogue_does(r, "fewer"))
			p->data[0]--;
	} else if (*part == PART_COLUMNS && !end) {
		if (rogue_does(r, "columns"))
			repeat(r, p);
		if (left == columns && rogue_does(r, "named"))
			rename_column(p);
		if (!--left && rogue_does(r, "fewer"))
			return;
	} else if (*part == PART_COLUMNS) {
		*part = PART_ROWS;
	} else if (*part == PART_ROWS && (end || p->data[0] == 0xff)) {
		*part = PART_NONE;
	} else if (*part == PART_ROWS) {
		change_row(r, p);
		if (r->quiet) { /* the row was sent; an end is needed */
			say(r, (uint8_t)(p->number + 1), "\xfe\0\0\2\0", 5);
			*part = PART_NONE;
			r->quiet = false;
			return;
		}
	}
	put(r->client, p);
}

/* Damages one packet in so many, each in another way. */
static void flip(struct rogue *r, struct packet *p)
{
	uint64_t dice = rogue_random(r);
	size_t at = p->len ? (size_t)(rogue_random(r) % p->len) : 0, claimed = p->len;
	static const uint8_t odd[] = { 0, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0x80 };
	if (dice % 40 || !p->len) {
		put(r->client, p);
		return;
	}
	r->acts = true;
	switch (dice / 64 % 6) {
	case 0:
		p->data[at] ^= (uint8_t)(1 << (dice >> 40) % 8);
		break;
	case 1:
		p->data[at] = odd[(dice >> 40) % sizeof odd];
		break;
	case 2:
		p->len = claimed = at;
		break;
	case 3:
		p->data[0] = odd[(dice >> 40) % sizeof odd];
		break;
	case 4:
		claimed = (size_t)(dice >> 40) % (1 << 24);
		break;
	default:
		p->number ^= (uint8_t)(dice >> 40);
	}
	put_as(r->client, p, claimed);
}

/* Answers in the server's place. False: the server is to be asked, and *part is what comes. */
static bool answer(struct rogue *r, const struct packet *p, enum part *part)
{
	static const char more[] = "\0\0\0\x0a\0\0";
	bool prepares = rogue_does(r, "params");
	if (!p->len || p->data[0] != (prepares ? PREPARE : QUERY) || !rogue_has(p->data, p->len, r->pattern))
		return false;
	if (rogue_does(r, "infile")) {
		ask_for_file(r);
		return true;
	}
	if (rogue_does(r, "nothing")) {
		say(r, 1, ok, sizeof ok);
		return true;
	}
	for (uint8_t n = 1; rogue_does(r, "results"); n++)
		say(r, n, more, sizeof more);
	*part = PART_HEAD;
	return false;
}

static void from_server(struct rogue *r, struct packet *p, enum part *part)
{
	if (rogue_does(r, "flip"))
		flip(r, p);
	else if (rogue_does(r, "params") && *part) {
		if (p->len == 12 && !p->data[0])
			memcpy(p->data + 7, "\x60\xea", 2);
		*part = PART_NONE;
		put(r->client, p);
	} else if (rogue_does(r, "warned") && p->len >= 7 && p->len != 12 && !p->data[0] && p->number == 1) {
		memcpy(p->data + 5, "\xff\xff", 2);
		put(r->client, p);
	} else {
		change(r, part, p);
	}
}

static void serve(struct rogue *r)
{
	enum part part = PART_NONE;
	struct packet p;
	bool in = false; /* the login is over */
	while (!in) {
		int fd = rogue_next(r);
		get(fd, &p);
		put(fd == r->client ? r->server : r->client, &p);
		in = fd == r->server && p.number > 1 && p.len && p.data[0] != EOF_BYTE && p.data[0] != 1;
	}
	for (;;) {
		int fd = rogue_next(r);
		get(fd, &p);
		if (fd == r->server)
			from_server(r, &p, &part);
		else if (!answer(r, &p, &part))
			put(r->server, &p);
	}
}

int main(int argc, char **argv)
{
	return rogue_main(argc, argv, serve);
}
