#include "scheduler/dns/ask.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "xfer/base/buf.h"
#include "xfer/base/clock.h"
#include "xfer/base/fd.h"

enum {
	HEAD = 12,
	PORT = 53,
	TRIES = 3,
	SHARES = 7,	    /* of a server's time: one try takes 1, the next 2, the last 4 */
	SHORTEST_MS = 50,   /* of a try */
	LISTENED_MS = 1000, /* at most, before the clock is looked at again */
	SOCKETS = 8,	    /* a channel has one server, and of that one for UDP and one for TCP */
	TEXT_MOST = 64,
};

/* What is under way at one server. */
struct round {
	size_t left;
	size_t answered;
	bool no_memory;
};

struct under_way {
	struct round *round;
	struct ask *ask;
};

static int address_of(struct found_address *out, const char *text)
{
	*out = (struct found_address){ .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	return inet_pton(out->family, text, out->at) == 1 ? 0 : -EINVAL;
}

static int port_of(uint16_t *out, const char *text)
{
	unsigned n;
	int end = 0;
	if (strspn(text, "0123456789") != strlen(text) || sscanf(text, "%5u%n", &n, &end) != 1 || text[end] ||
	    !n || n > UINT16_MAX)
		return -EINVAL;
	*out = (uint16_t)n;
	return 0;
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53" */
static int server_of(struct ask_server *out, char *text)
{
	char *port = NULL, *colon = strchr(text, ':');
	out->port = PORT;
	if (text[0] == '[') {
		char *end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		port = end[1] ? end + 2 : NULL;
		*end = 0;
		text++;
	} else if (colon && !strchr(colon + 1, ':')) {
		port = colon + 1;
		*colon = 0;
	}
	int status = port ? port_of(&out->port, port) : 0;
	return status ? status : address_of(&out->address, text);
}

static int open_channel(ares_channel *out, int try_ms, struct err *err)
{
	struct ares_options options = { .flags = ARES_FLAG_NOCHECKRESP, .timeout = try_ms, .tries = TRIES };
	int status = ares_init_options(out, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	if (status == ARES_ENOMEM)
		return err_set(err, -ENOMEM, "DNS");
	return status ? err_say(err, -EIO, "DNS: %s", ares_strerror(status)) : 0;
}

static int system_servers(struct ask_servers *out, struct err *err)
{
	ares_channel channel;
	struct ares_addr_port_node *list = NULL;
	int status = open_channel(&channel, SHORTEST_MS, err);
	if (status)
		return status;
	if (ares_get_servers_ports(channel, &list))
		status = err_set(err, -ENOMEM, "DNS");
	for (struct ares_addr_port_node *s = list; s && out->count < ASK_SERVERS; s = s->next) {
		struct ask_server *to = &out->at[out->count++];
		to->address.family = s->family;
		memcpy(to->address.at, &s->addr, s->family == AF_INET ? 4 : 16);
		to->port = s->udp_port ? (uint16_t)s->udp_port : PORT;
	}
	ares_free_data(list);
	ares_destroy(channel);
	if (!status && !out->count)
		status = err_say(err, -EINVAL, "the system names no DNS server");
	return status;
}

int ask_servers_read(struct ask_servers *out, const char *text, struct err *err)
{
	*out = (struct ask_servers){ 0 };
	for (const char *p = text + strspn(text, ", \t"); *p; p += strspn(p, ", \t")) {
		char one[TEXT_MOST];
		size_t n = strcspn(p, ", \t");
		snprintf(one, sizeof one, "%.*s", (int)n, p);
		if (out->count == ASK_SERVERS)
			return err_say(err, -EINVAL, "more than %d DNS servers", ASK_SERVERS);
		if (n >= sizeof one || server_of(&out->at[out->count], one))
			return err_say(err, -EINVAL,
				       "\"%.*s\" is no DNS server: as in 192.0.2.1 or [2001:db8::1]:53",
				       (int)n, p);
		out->count++;
		p += n;
	}
	return out->count ? 0 : system_servers(out, err);
}

static bool has_records(const uint8_t *message)
{
	return message[6] || message[7];
}

/* From a whole message. */
static enum found_status told_by(const uint8_t *message)
{
	bool own = message[2] & 0x04, resolves = message[3] & 0x80;
	switch (message[3] & 0x0f) {
	case 0:
		/* neither its own data nor a resolver: it points to those who may know */
		return has_records(message) ? FOUND_DATA : own || resolves ? FOUND_NO_DATA : FOUND_REFUSED;
	case 3:
		return FOUND_NO_NAME;
	case 5:
		return FOUND_REFUSED;
	default:
		return FOUND_FAILED;
	}
}

static enum found_status told_without(int status)
{
	switch (status) {
	case ARES_ECONNREFUSED:
		return FOUND_UNREACHABLE;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION:
		return FOUND_TIMEOUT;
	default:
		return FOUND_UNREADABLE;
	}
}

static void answered(void *arg, int status, int timeouts, unsigned char *message, int len)
{
	(void)timeouts;
	struct under_way *u = arg;
	bool whole = message && len >= HEAD;
	enum found_status told = whole ? told_by(message) : told_without(status);
	u->round->left--;
	if (status == ARES_ENOMEM)
		u->round->no_memory = true;
	if (told < u->ask->status)
		u->ask->status = told;
	if (found_is_answer(told))
		u->round->answered++;
	if (!whole || told > FOUND_NO_NAME || !has_records(message))
		return;
	u->ask->answer = malloc((size_t)len);
	if (!u->ask->answer) {
		u->round->no_memory = true;
		return;
	}
	memcpy(u->ask->answer, message, (size_t)len);
	u->ask->len = (size_t)len;
}

/* Until when this may wait at most, in milliseconds, rounded up. */
static int wait_ms(ares_channel channel, uint64_t left)
{
	struct timeval most = { .tv_sec = LISTENED_MS / 1000 }, own;
	struct timeval *t = ares_timeout(channel, &most, &own);
	uint64_t ms = (uint64_t)t->tv_sec * 1000 + (uint64_t)t->tv_usec / 1000 + 1;
	uint64_t left_ms = left / (CLOCK_SECOND / 1000) + 1;
	return (int)(ms < left_ms ? ms : left_ms);
}

static void listen_once(ares_channel channel, uint64_t left)
{
	ares_socket_t sockets[SOCKETS];
	struct pollfd fds[SOCKETS];
	int bits = ares_getsock(channel, sockets, SOCKETS);
	nfds_t n = 0;
	for (unsigned i = 0; i < SOCKETS; i++) {
		short events = 0;
		if (ARES_GETSOCK_READABLE((unsigned)bits, i))
			events |= POLLIN;
		if (ARES_GETSOCK_WRITABLE((unsigned)bits, i))
			events |= POLLOUT;
		if (events)
			fds[n++] = (struct pollfd){ .fd = sockets[i], .events = events };
	}
	if (poll(fds, n, wait_ms(channel, left)) <= 0) {
		ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		return;
	}
	for (nfds_t i = 0; i < n; i++) {
		bool broken = fds[i].revents & (POLLERR | POLLHUP | POLLNVAL);
		ares_socket_t in = broken || (fds[i].revents & POLLIN) ? fds[i].fd : ARES_SOCKET_BAD;
		ares_socket_t out = broken || (fds[i].revents & POLLOUT) ? fds[i].fd : ARES_SOCKET_BAD;
		ares_process_fd(channel, in, out);
	}
}

static int point_at(ares_channel channel, const struct ask_server *s, struct err *err)
{
	struct ares_addr_port_node node = { .family = s->address.family,
					    .udp_port = s->port,
					    .tcp_port = s->port };
	memcpy(&node.addr, s->address.at, s->address.family == AF_INET ? 4 : 16);
	int status = ares_set_servers_ports(channel, &node);
	return status ? err_say(err, -EIO, "DNS: %s", ares_strerror(status)) : 0;
}

/* Asks one server what is still open. */
static int ask_round(struct under_way *open, size_t count, const struct ask_server *s, uint64_t until,
		     struct err *err)
{
	uint64_t now = clock_now(), left = until > now ? until - now : 0;
	uint64_t share_ms = left / (CLOCK_SECOND / 1000) / SHARES;
	struct round *round = open->round;
	ares_channel channel;
	int status = open_channel(&channel, share_ms > SHORTEST_MS ? (int)share_ms : SHORTEST_MS, err);
	if (status)
		return status;
	status = point_at(channel, s, err);
	if (!status) {
		round->left = count;
		for (size_t i = 0; i < count; i++)
			ares_query(channel, open[i].ask->name, 1, (int)open[i].ask->type, answered, &open[i]);
	}
	while (!status && round->left && (now = clock_now()) < until)
		listen_once(channel, until - now);
	ares_cancel(channel);
	ares_destroy(channel);
	return !status && round->no_memory ? err_set(err, -ENOMEM, "DNS") : status;
}

int ask_all(struct ask *asks, size_t count, struct ask_servers *servers, uint64_t until, struct err *err)
{
	AUTO(fd_free_buffer) struct under_way *open = calloc(count ? count : 1, sizeof *open);
	int status = open ? 0 : err_set(err, -ENOMEM, "DNS");
	for (size_t i = 0; i < count; i++) {
		asks[i].status = FOUND_TIMEOUT;
		asks[i].answer = NULL;
	}
	size_t first = servers->first;
	for (size_t turn = 0; !status && turn < servers->count; turn++) {
		size_t at = (first + turn) % servers->count, left = 0;
		struct round round = { 0 };
		for (size_t i = 0; i < count; i++)
			if (!found_is_answer(asks[i].status))
				open[left++] = (struct under_way){ &round, &asks[i] };
		uint64_t now = clock_now();
		if (!left || now >= until)
			break;
		status = ask_round(open, left, &servers->at[at],
				   now + (until - now) / (servers->count - turn), err);
		if (round.answered)
			servers->first = at;
	}
	return status;
}

void ask_fini(struct ask *asks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(asks[i].answer);
		asks[i].answer = NULL;
	}
}
