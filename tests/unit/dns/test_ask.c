#include "scheduler/dns/ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "scheduler/dns/lookup.h"
#include "xfer/base/clock.h"

enum { HEAD = 12, MESSAGE = 4096, FAR_S = 60 /* nobody waits for it */ };

/* What a peer sends back the turn-th time for one query, into out; 0: nothing more. */
typedef size_t answer(uint8_t out[MESSAGE], const uint8_t *query, size_t len, unsigned turn);

struct peer {
	int fd;
	uint16_t port;
	answer *reply;
	pthread_t thread;
};

/* A message without anything in it ends it. */
static void *serve(void *arg)
{
	struct peer *p = arg;
	for (;;) {
		uint8_t query[MESSAGE], out[MESSAGE];
		struct sockaddr_in from;
		socklen_t size = sizeof from;
		ssize_t n = recvfrom(p->fd, query, sizeof query, 0, (struct sockaddr *)&from, &size);
		if (n < HEAD)
			return NULL;
		size_t len;
		for (unsigned turn = 0; (len = p->reply(out, query, (size_t)n, turn)); turn++)
			sendto(p->fd, out, len, 0, (struct sockaddr *)&from, size);
	}
}

static struct sockaddr_in address_of(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* Without a reply it listens and says nothing. */
static void peer_start(struct peer *p, answer *reply)
{
	struct sockaddr_in a = address_of(0);
	socklen_t size = sizeof a;
	*p = (struct peer){ .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), .reply = reply };
	assert_int_equal(bind(p->fd, (struct sockaddr *)&a, size), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&a, &size), 0);
	p->port = ntohs(a.sin_port);
	if (reply)
		assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

/* It answers no more, and its port is nobody else's: a socket that is connected takes nothing from others. */
static void peer_leave(struct peer *p)
{
	struct sockaddr_in a = address_of(p->port), nobody = address_of(9);
	if (p->reply) {
		assert_int_equal(sendto(p->fd, "", 0, 0, (struct sockaddr *)&a, sizeof a), 0);
		pthread_join(p->thread, NULL);
	}
	p->reply = NULL;
	assert_int_equal(connect(p->fd, (struct sockaddr *)&nobody, sizeof nobody), 0);
}

static void peer_end(struct peer *p)
{
	peer_leave(p);
	close(p->fd);
}

/* The query's head and question with these flags, and so many answers to follow. */
static size_t head(uint8_t *out, const uint8_t *query, size_t len, unsigned flags, unsigned answers)
{
	memcpy(out, query, len);
	out[2] = (uint8_t)(0x80 | flags >> 8);
	out[3] = (uint8_t)flags;
	out[6] = 0, out[7] = (uint8_t)answers;
	return len;
}

enum { OWN = 0x0400, CUT = 0x0200, RESOLVES = 0x0080 };

/* A record of the name that was asked for. */
static size_t record(uint8_t *out, size_t len, uint8_t type, const void *data, uint8_t size)
{
	const uint8_t start[] = { 0xc0, HEAD, 0, type, 0, 1, 0, 0, 0, 60, 0, size };
	memcpy(out + len, start, sizeof start);
	memcpy(out + len + sizeof start, data, size);
	return len + sizeof start + size;
}

static const uint8_t right[] = { 192, 0, 2, 10 }, wrong[] = { 192, 0, 2, 66 };

static size_t truth(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : record(out, head(out, query, len, RESOLVES, 1), ASK_A, right, 4);
}

/* What somebody else could send, before the one who was asked does. */
static size_t lies_and_truth(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	size_t n = record(out, head(out, query, len, RESOLVES, 1), ASK_A, wrong, 4);
	switch (turn) {
	case 0:
		out[1] ^= 1; /* the number of another question */
		return n;
	case 1:
		out[HEAD + 1] ^= 1; /* another name */
		return n;
	case 2:
		memset(out, 0xff, MESSAGE);
		return 100;
	case 3:
		return HEAD - 1;
	default:
		return turn == 4 ? truth(out, query, len, 0) : 0;
	}
}

static size_t fails(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : head(out, query, len, RESOLVES | 2, 0);
}

static size_t refuses(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : head(out, query, len, 5, 0);
}

static size_t refers(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : head(out, query, len, 0, 0);
}

static size_t has_none(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : head(out, query, len, OWN, 0);
}

static size_t no_name(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : head(out, query, len, OWN | 3, 0);
}

static size_t cuts_off(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : head(out, query, len, CUT | RESOLVES, 0);
}

/* The domain is an alias of x.example, which one tells who knows. */
static size_t is_alias(uint8_t *out, const uint8_t *query, size_t len, unsigned flags, bool told)
{
	static const char target[] = "\1x\7example", name[] = "\0\012\2M2\7exaMple"; /* and the end */
	uint8_t type = query[len - 3], at = (uint8_t)(len + HEAD);
	size_t n = record(out, head(out, query, len, flags, 1 + told), 5, target, sizeof target);
	if (!told)
		return n;
	size_t m = type == ASK_A    ? record(out, n, type, right, 4)
		   : type == ASK_MX ? record(out, n, type, name, sizeof name)
		   : type == ASK_NS ? record(out, n, type, target, sizeof target)
				    : n;
	out[n + 1] = at;
	out[7] = (uint8_t)(1 + (m > n));
	return m;
}

static size_t knows_alias(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : is_alias(out, query, len, RESOLVES, true);
}

static size_t cuts_alias(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : is_alias(out, query, len, OWN, false);
}

static size_t ends_alias(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : is_alias(out, query, len, RESOLVES, false);
}

/* Five answers are announced, and one begins. */
static size_t half(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return turn ? 0 : record(out, head(out, query, len, RESOLVES, 5), query[len - 3], right, 4) - 2;
}

/* A name that points to itself. */
static size_t loops(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	uint8_t data[] = { 0, 10, 0xc0, (uint8_t)(len + HEAD + 2) };
	bool mx = query[len - 3] == ASK_MX;
	if (turn)
		return 0;
	data[3] = (uint8_t)(len + HEAD + (mx ? 2 : 0));
	return record(out, head(out, query, len, RESOLVES, 1), query[len - 3], mx ? data : data + 2,
		      mx ? 4 : 2);
}

/* What no host is called. */
static size_t strange(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	static const char data[] = "\0\012\7a\033[2J\"b\7example"; /* 0 10, two labels, the end */
	return turn ? 0 : record(out, head(out, query, len, RESOLVES, 1), query[len - 3], data, sizeof data);
}

static void servers_of(struct ask_servers *s, const struct peer *peers, size_t count)
{
	char text[512] = "";
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, " 127.0.0.1:%u,", peers[i].port);
	assert_int_equal(ask_servers_read(s, text, NULL), 0);
	assert_int_equal(s->count, count);
}

/* The status that one question gets. */
static enum found_status ask_peers(struct peer *peers, size_t count, uint64_t ns)
{
	struct ask ask = { .name = "shop.example", .type = ASK_A };
	struct ask_servers s;
	servers_of(&s, peers, count);
	assert_int_equal(ask_all(&ask, 1, &s, clock_now() + ns, NULL), 0);
	ask_fini(&ask, 1);
	return ask.status;
}

static enum found_status ask_one(answer *reply)
{
	struct peer p;
	peer_start(&p, reply);
	enum found_status status = ask_peers(&p, 1, FAR_S * CLOCK_SECOND);
	peer_end(&p);
	return status;
}

static void what_a_server_says_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(ask_one(truth), FOUND_DATA);
	assert_int_equal(ask_one(has_none), FOUND_NO_DATA);
	assert_int_equal(ask_one(no_name), FOUND_NO_NAME);
	assert_int_equal(ask_one(fails), FOUND_FAILED);
	assert_int_equal(ask_one(refuses), FOUND_REFUSED);
	assert_int_equal(ask_one(refers), FOUND_REFUSED);
}

static void a_port_at_which_nobody_listens_is_unreachable_and_not_waited_for(void **state)
{
	(void)state;
	struct peer p;
	peer_start(&p, NULL);
	peer_leave(&p);
	assert_int_equal(ask_peers(&p, 1, FAR_S * CLOCK_SECOND), FOUND_UNREACHABLE);
	peer_end(&p);
	/* cut off over UDP, and nobody there over TCP */
	assert_int_equal(ask_one(cuts_off), FOUND_UNREACHABLE);
}

static void silence_ends_with_the_limit(void **state)
{
	(void)state;
	struct peer p[ASK_SERVERS];
	for (size_t i = 0; i < ASK_SERVERS; i++)
		peer_start(&p[i], NULL);
	uint64_t begin = clock_now();
	assert_int_equal(ask_peers(p, ASK_SERVERS, CLOCK_SECOND / 10), FOUND_TIMEOUT);
	assert_true(clock_now() - begin >= CLOCK_SECOND / 10);
	assert_true(clock_now() - begin < 10 * CLOCK_SECOND);
	assert_int_equal(ask_peers(p, ASK_SERVERS, 0), FOUND_TIMEOUT);
	for (size_t i = 0; i < ASK_SERVERS; i++)
		peer_end(&p[i]);
}

static void the_next_server_is_asked_what_the_first_did_not_answer_and_is_the_first_from_then_on(void **state)
{
	(void)state;
	answer *const bad[] = { fails, refuses, refers, cuts_off };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct peer p[2];
		struct ask asks[2] = { { .name = "shop.example", .type = ASK_A },
				       { .name = "www.shop.example", .type = ASK_A } };
		struct ask_servers s;
		peer_start(&p[0], bad[i]);
		peer_start(&p[1], truth);
		servers_of(&s, p, 2);
		assert_int_equal(ask_all(asks, 2, &s, clock_now() + FAR_S * CLOCK_SECOND, NULL), 0);
		assert_int_equal(asks[0].status, FOUND_DATA);
		assert_int_equal(asks[1].status, FOUND_DATA);
		assert_int_equal(s.first, 1);
		ask_fini(asks, 2);
		peer_leave(&p[1]); /* why the one failed is not forgotten because the other is gone */
		assert_int_equal(ask_peers(p, 2, FAR_S * CLOCK_SECOND), bad[i] == fails ? FOUND_FAILED
									: bad[i] == cuts_off
										? FOUND_UNREACHABLE
										: FOUND_REFUSED);
		peer_end(&p[0]);
		peer_end(&p[1]);
	}
}

/* The limit is ours: in one that is shorter than a first try, c-ares does not get to its three. */
static void nothing_is_asked_again_after_the_limit(void **state)
{
	(void)state;
	struct peer p;
	uint8_t query[MESSAGE];
	unsigned count = 0;
	peer_start(&p, NULL);
	assert_int_equal(ask_peers(&p, 1, CLOCK_SECOND / 100), FOUND_TIMEOUT);
	while (recv(p.fd, query, sizeof query, MSG_DONTWAIT) > 0)
		count++;
	assert_in_range(count, 0,
			2); /* none or two, if it was held up for longer than the limit or the try */
	peer_end(&p);
}

/* Of the longer name it knows nothing. */
static size_t knows_the_short_one(uint8_t *out, const uint8_t *query, size_t len, unsigned turn)
{
	return len < HEAD + 20 ? has_none(out, query, len, turn) : fails(out, query, len, turn);
}

static void what_one_server_answered_the_next_is_not_asked(void **state)
{
	(void)state;
	struct peer p[2];
	struct ask asks[2] = { { .name = "shop.example", .type = ASK_A },
			       { .name = "www.shop.example", .type = ASK_A } };
	struct ask_servers s;
	peer_start(&p[0], knows_the_short_one);
	peer_start(&p[1], truth);
	servers_of(&s, p, 2);
	assert_int_equal(ask_all(asks, 2, &s, clock_now() + FAR_S * CLOCK_SECOND, NULL), 0);
	assert_int_equal(asks[0].status, FOUND_NO_DATA);
	assert_int_equal(asks[1].status, FOUND_DATA);
	ask_fini(asks, 2);
	peer_end(&p[0]);
	peer_end(&p[1]);
}

static struct found *look(answer *reply)
{
	static struct found f;
	struct peer p;
	struct ask_servers s;
	struct err err = { 0 };
	peer_start(&p, reply);
	servers_of(&s, &p, 1);
	if (lookup(&f, "shop.example", &s, clock_now() + FAR_S * CLOCK_SECOND, &err))
		fail_msg("%s", err.text);
	peer_end(&p);
	return &f;
}

static void an_answer_that_nobody_asked_for_is_not_taken(void **state)
{
	(void)state;
	const struct found *f = look(lies_and_truth);
	assert_int_equal(f->host.a, FOUND_DATA);
	assert_int_equal(f->host.count, 1);
	assert_memory_equal(f->host.at[0].at, right, 4);
}

static void what_cannot_be_read_is_said_to_be_so(void **state)
{
	(void)state;
	const struct found *f = look(half);
	assert_int_equal(f->host.a, FOUND_UNREADABLE);
	assert_int_equal(f->mx, FOUND_UNREADABLE);
	assert_int_equal(f->ns, FOUND_UNREADABLE);
	assert_int_equal(f->exchanger_count, 0);
	f = look(loops);
	assert_int_equal(f->mx, FOUND_UNREADABLE);
	assert_int_equal(f->ns, FOUND_UNREADABLE);
	f = look(strange);
	assert_int_equal(f->mx, FOUND_UNREADABLE);
	assert_int_equal(f->exchanger_count, 0);
}

static void an_alias_has_what_its_target_has_and_no_zone_of_its_own(void **state)
{
	(void)state;
	const struct found *f = look(knows_alias);
	assert_true(f->alias);
	assert_int_equal(f->host.a, FOUND_DATA);
	assert_memory_equal(f->host.at[0].at, right, 4);
	assert_int_equal(f->host.aaaa, FOUND_NO_DATA);
	assert_int_equal(f->mx, FOUND_DATA);
	assert_string_equal(f->exchangers[0].name, "m2.example");
	assert_int_equal(f->ns, FOUND_NO_DATA);
	assert_int_equal(f->server_count, 0);
	f = look(ends_alias);
	assert_true(f->alias);
	assert_int_equal(f->host.a, FOUND_NO_DATA);
	assert_int_equal(f->mx, FOUND_NO_DATA);
	/* from one who does not look for the target */
	f = look(cuts_alias);
	assert_true(f->alias);
	assert_int_equal(f->host.a, FOUND_REFUSED);
	assert_int_equal(f->host.aaaa, FOUND_REFUSED);
	assert_int_equal(f->mx, FOUND_REFUSED);
}

static void servers_are_named_by_address_and_port(void **state)
{
	(void)state;
	struct ask_servers s;
	struct err err = { 0 };
	assert_int_equal(
		ask_servers_read(&s, "192.0.2.1, 192.0.2.2:5353 [2001:db8::1]:54,2001:db8::2, [2001:db8::3]",
				 &err),
		0);
	assert_int_equal(s.count, 5);
	assert_int_equal(s.at[0].port, 53);
	assert_int_equal(s.at[1].port, 5353);
	assert_int_equal(s.at[1].address.at[3], 2);
	assert_int_equal(s.at[2].port, 54);
	assert_int_equal(s.at[2].address.family, AF_INET6);
	assert_int_equal(s.at[3].port, 53);
	assert_int_equal(s.at[3].address.at[15], 2);
	assert_int_equal(s.at[4].address.at[15], 3);
	static const char *const bad[] = { "ns1.host.example", "192.0.2.1:0",	  "192.0.2.1:65536",
					   "192.0.2.1:",       "192.0.2.1:53x",	  "192.0.2.256",
					   "[2001:db8::1",     "[2001:db8::1]53", "2001:db8::1::",
					   "192.0.2.1;",       "[192.0.2.1.1]:53" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (!ask_servers_read(&s, bad[i], &err))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_non_null(strstr(err.text, bad[i]));
	}
	assert_int_equal(
		ask_servers_read(&s,
				 "1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,8.8.8.8,9.9.9.9",
				 &err),
		-EINVAL);
	/* the system's: what they are is its business, c-ares falls back to this host */
	assert_int_equal(ask_servers_read(&s, "", &err), 0);
	assert_true(s.count >= 1 && s.at[0].port > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_says_is_told_apart),
		cmocka_unit_test(a_port_at_which_nobody_listens_is_unreachable_and_not_waited_for),
		cmocka_unit_test(silence_ends_with_the_limit),
		cmocka_unit_test(
			the_next_server_is_asked_what_the_first_did_not_answer_and_is_the_first_from_then_on),
		cmocka_unit_test(nothing_is_asked_again_after_the_limit),
		cmocka_unit_test(what_one_server_answered_the_next_is_not_asked),
		cmocka_unit_test(an_answer_that_nobody_asked_for_is_not_taken),
		cmocka_unit_test(what_cannot_be_read_is_said_to_be_so),
		cmocka_unit_test(an_alias_has_what_its_target_has_and_no_zone_of_its_own),
		cmocka_unit_test(servers_are_named_by_address_and_port),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
