#include "dbdump/uri.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"

enum { TEXT_MOST = 1 << 20 };

/* A piece of the URI, not terminated. */
struct span {
	const char *at;
	size_t len;
};

/* The keys of mysql://; libpq knows its own. */
static const char *const mysql_keys[] = { "socket",	     "ssl-mode",     "ssl-ca",
					  "connect_timeout", "default-file", "rows" };

static const char *const mysql_ssl_modes[] = { "DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA",
					       "VERIFY_IDENTITY" };

static const char *const mysql_rows[] = { "bulk", "file", "insert" };

#define MYSQL_KEYS "socket, ssl-mode, ssl-ca, connect_timeout, default-file, rows"
#define MYSQL_SSL_MODES "DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of s: a byte, or what an escape stands for (*escaped). Negative: the escape is none, or of NUL. */
static int next_char(struct span *s, bool *escaped)
{
	*escaped = *s->at == '%';
	if (!*escaped) {
		s->len--;
		return (unsigned char)*s->at++;
	}
	int high = s->len > 2 ? hex(s->at[1]) : -1, low = s->len > 2 ? hex(s->at[2]) : -1;
	if (high < 0 || low < 0 || high + low == 0)
		return -EINVAL;
	s->at += 3;
	s->len -= 3;
	return high * 16 + low;
}

/* Decodes s; what it is called goes into the error, its text does not: it may be the password. */
static int decode(char **out, struct span s, const char *what, struct err *err)
{
	char *to = malloc(s.len + 1), *end = to;
	if (!to)
		return err_set(err, -ENOMEM, "URI");
	while (s.len) {
		bool escaped;
		int c = next_char(&s, &escaped);
		if (c < 0) {
			free(to);
			return err_say(
				err, -EINVAL,
				"%s in the URI has a %% that two hexadecimal digits (not 00) do not follow",
				what);
		}
		*end++ = (char)c;
	}
	*end = '\0';
	*out = to;
	return 0;
}

/* As decode, into a pattern: wildcards are those that stand there as they are. */
static int decode_pattern(struct strings *out, struct span s, struct err *err)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, TEXT_MOST);
	while (s.len) {
		bool escaped;
		int c = next_char(&s, &escaped);
		if (c < 0)
			return err_say(
				err, -EINVAL,
				"a database's name in the URI has a %% that two hexadecimal digits (not 00) "
				"do not follow");
		if (c == '\\' || (escaped && (c == '*' || c == '?')))
			buf_u8(&b, '\\');
		buf_u8(&b, (uint8_t)c);
	}
	if (!b.len)
		return err_say(err, -EINVAL, "a database's name in the URI is empty");
	if (b.failed || strings_add(out, (const char *)b.data, b.len) < 0)
		return err_set(err, -ENOMEM, "URI");
	return 0;
}

/* What comes before the first c of *rest, which moves behind it; all of it when there is none. */
static struct span cut(struct span *rest, char c, bool *found)
{
	const char *at = memchr(rest->at, c, rest->len);
	struct span head = { rest->at, at ? (size_t)(at - rest->at) : rest->len };
	size_t gone = head.len + (at != NULL);
	*rest = (struct span){ rest->at + gone, rest->len - gone };
	if (found)
		*found = at != NULL;
	return head;
}

static int parse_user(struct uri *u, struct span s, struct err *err)
{
	bool has_password;
	struct span user = cut(&s, ':', &has_password);
	int rc = user.len ? decode(&u->user, user, "the user", err) : 0;
	if (rc == 0 && has_password)
		rc = decode(&u->password, s, "the password", err);
	return rc;
}

static bool is_port(struct span s)
{
	unsigned v = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9' || (v = v * 10 + (unsigned)(s.at[i] - '0')) > 65535)
			return false;
	}
	return v > 0;
}

/* "host", "host:port", "[::1]:port"; *port is empty when there is none. */
static int split_host(struct span s, struct span *host, struct span *port, struct err *err)
{
	const char *colon;
	*port = (struct span){ s.at, 0 };
	if (s.len && *s.at == '[') {
		const char *end = memchr(s.at, ']', s.len);
		size_t whole = end ? (size_t)(end - s.at) + 1 : 0;
		if (!end || (whole < s.len && s.at[whole] != ':'))
			return err_say(err, -EINVAL, "the URI's host begins with [ and does not end with ]");
		*host = (struct span){ s.at + 1, whole - 2 };
		colon = whole < s.len ? s.at + whole : NULL;
	} else {
		colon = memrchr(s.at, ':', s.len);
		*host = (struct span){ s.at, colon ? (size_t)(colon - s.at) : s.len };
		if (memchr(host->at, ':', host->len))
			return err_say(err, -EINVAL,
				       "an IPv6 address in a URI stands in brackets, as in [::1]:5432");
	}
	if (colon)
		*port = (struct span){ colon + 1, s.len - (size_t)(colon + 1 - s.at) };
	if (port->len && !is_port(*port))
		return err_say(err, -EINVAL, "the URI's port is not a number from 1 to 65535");
	return 0;
}

/* libpq takes several hosts, separated by commas; a single one is a list of one. */
static int parse_hosts(struct uri *u, struct span s, struct err *err)
{
	AUTO(buf_fini) struct buf hosts, ports;
	bool more = true, any_port = false;
	buf_init(&hosts, TEXT_MOST);
	buf_init(&ports, TEXT_MOST);
	while (more) {
		struct span one = u->kind == URI_POSTGRESQL ? cut(&s, ',', &more) : s;
		struct span host = one, port = one;
		more = more && u->kind == URI_POSTGRESQL;
		int rc = split_host(one, &host, &port, err);
		if (rc < 0)
			return rc;
		any_port |= port.len > 0;
		buf_bytes(&hosts, host.at, host.len);
		buf_bytes(&ports, port.at, port.len);
		if (more) {
			buf_u8(&hosts, ',');
			buf_u8(&ports, ',');
		}
	}
	if (hosts.failed || ports.failed)
		return err_set(err, -ENOMEM, "URI");
	int rc = 0;
	if (hosts.len)
		rc = decode(&u->host, (struct span){ (char *)hosts.data, hosts.len }, "the host", err);
	if (rc == 0 && any_port)
		rc = decode(&u->port, (struct span){ (char *)ports.data, ports.len }, "the port", err);
	return rc;
}

static int parse_databases(struct uri *u, struct span s, struct err *err)
{
	/* both are what a password with a raw slash looks like: nothing of it may be taken for a name and told */
	if (memchr(s.at, '/', s.len) || memchr(s.at, '@', s.len))
		return err_say(
			err, -EINVAL,
			"the URI has a / or @ in or behind its path: in a user, password or name they are written "
			"%%2F and %%40");
	for (bool more = s.len > 0; more;) {
		int rc = decode_pattern(&u->databases, cut(&s, ',', &more), err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* A word that is mistyped must not mean less than what was meant. */
static int check_mysql_param(const struct uri_param *p, struct err *err)
{
	if (!is_among(p->key, mysql_keys, sizeof mysql_keys / sizeof *mysql_keys))
		return err_say(err, -EINVAL, "the URI has a key that is none of " MYSQL_KEYS);
	if (!strcmp(p->key, "ssl-mode") &&
	    !is_among(p->value, mysql_ssl_modes, sizeof mysql_ssl_modes / sizeof *mysql_ssl_modes))
		return err_say(err, -EINVAL, "the URI's ssl-mode is none of " MYSQL_SSL_MODES);
	if (!strcmp(p->key, "rows") &&
	    !is_among(p->value, mysql_rows, sizeof mysql_rows / sizeof *mysql_rows))
		return err_say(err, -EINVAL, "the URI's rows is none of bulk, file, insert");
	if (!strcmp(p->key, "connect_timeout") && (!*p->value || p->value[strspn(p->value, "0123456789")]))
		return err_say(err, -EINVAL, "the URI's connect_timeout is not a whole number of seconds");
	return 0;
}

static int parse_param(struct uri *u, struct span s, struct err *err)
{
	bool has_value;
	struct span key = cut(&s, '=', &has_value);
	if (!has_value || !key.len)
		return err_say(err, -EINVAL, "behind the URI's ? stand key=value, separated by &");
	struct uri_param *grown = reallocarray(u->params, u->param_count + 1, sizeof *grown);
	if (!grown)
		return err_set(err, -ENOMEM, "URI");
	u->params = grown;
	struct uri_param *p = &u->params[u->param_count++];
	*p = (struct uri_param){ 0 };
	int rc = decode(&p->key, key, "a key", err);
	if (rc == 0)
		rc = decode(&p->value, s, "a value", err);
	return rc || u->kind != URI_MYSQL ? rc : check_mysql_param(p, err);
}

static int parse_params(struct uri *u, struct span s, struct err *err)
{
	for (bool more = s.len > 0; more;) {
		int rc = parse_param(u, cut(&s, '&', &more), err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Where "key=value" begins behind a ?: other ones are wildcards. Returns the ? or the end. */
static size_t find_query(struct span s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	for (size_t i = 0; i < s.len; i++) {
		size_t n = s.at[i] == '?' ? strspn(s.at + i + 1, letters) : 0;
		if (n && s.at[i + 1 + n] == '=')
			return i;
	}
	return s.len;
}

static bool is_secret(struct span pair)
{
	static const char *const secrets[] = { "password=", "sslpassword=", "oauth_client_secret=",
					       "scram_" };
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		if (pair.len >= strlen(secrets[i]) &&
		    strncasecmp(pair.at, secrets[i], strlen(secrets[i])) == 0)
			return true;
	/* an escaped letter in a key: nobody needs it but to hide it */
	const char *equals = memchr(pair.at, '=', pair.len), *escape = memchr(pair.at, '%', pair.len);
	return escape && equals && escape < equals;
}

/* The query without what is secret. */
static void show_query(struct buf *b, struct span query)
{
	char between = '?';
	for (bool more = query.len > 0; more;) {
		struct span pair = cut(&query, '&', &more);
		if (is_secret(pair))
			continue;
		buf_u8(b, (uint8_t)between);
		buf_bytes(b, pair.at, pair.len);
		between = '&';
	}
}

struct pieces {
	struct span scheme, user, host, path, query;
};

static int make_shown(struct uri *u, const struct pieces *p)
{
	AUTO(buf_fini) struct buf b;
	struct span rest = p->user, user = cut(&rest, ':', NULL);
	buf_init(&b, TEXT_MOST);
	buf_bytes(&b, p->scheme.at, p->scheme.len);
	buf_bytes(&b, "://", 3);
	buf_bytes(&b, user.at, user.len);
	buf_bytes(&b, "@", user.len > 0);
	buf_bytes(&b, p->host.at, p->host.len);
	buf_u8(&b, '/');
	buf_bytes(&b, p->path.at, p->path.len);
	show_query(&b, p->query);
	buf_u8(&b, '\0');
	u->shown = b.failed ? NULL : strdup((char *)b.data);
	return u->shown ? 0 : -ENOMEM;
}

/* libpq ends the path at the first ?, so those that are wildcards are escaped for it. */
static int make_text(struct uri *u, const char *text, const struct pieces *p)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 3 * TEXT_MOST);
	for (const char *at = text; *at; at++) {
		bool in_path = at >= p->path.at && at < p->path.at + p->path.len;
		if (in_path && *at == '?')
			buf_bytes(&b, "%3F", 3);
		else
			buf_u8(&b, (uint8_t)*at);
	}
	buf_u8(&b, '\0');
	u->text = b.failed ? NULL : strdup((char *)b.data);
	return u->text ? 0 : -ENOMEM;
}

static int parse_scheme(struct uri *u, struct span s, struct err *err)
{
	static const struct {
		const char *scheme;
		enum uri_kind kind;
	} kinds[] = { { "mysql", URI_MYSQL },
		      { "mariadb", URI_MYSQL },
		      { "postgresql", URI_POSTGRESQL },
		      { "postgres", URI_POSTGRESQL } };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (s.len == strlen(kinds[i].scheme) && strncasecmp(s.at, kinds[i].scheme, s.len) == 0)
			u->kind = kinds[i].kind;
	if (u->kind)
		return 0;
	/* what does not look like a scheme may be anything, a password too */
	if (s.len && strspn(s.at, "abcdefghijklmnopqrstuvwxyz+.-0123456789") == s.len)
		return err_say(err, -EINVAL, "%.*s://: unknown scheme; known are mysql:// and postgresql://",
			       (int)s.len, s.at);
	return err_say(err, -EINVAL, "not a URI: it begins with mysql:// or postgresql://");
}

/* Takes text apart. */
static int take_apart(struct pieces *p, const char *text, struct err *err)
{
	const char *colon = strstr(text, "://");
	p->scheme = (struct span){ text, colon ? (size_t)(colon - text) : 0 };
	if (!colon)
		return 0;
	struct span rest = { colon + 3, strlen(colon + 3) };
	size_t query = find_query(rest);
	if (query < rest.len)
		p->query = (struct span){ rest.at + query + 1, rest.len - query - 1 };
	rest.len = query;
	struct span authority = cut(&rest, '/', NULL);
	p->path = rest;
	const char *at = memchr(authority.at, '@', authority.len);
	p->host = authority;
	p->user = (struct span){ authority.at, 0 };
	if (at) {
		p->user.len = (size_t)(at - authority.at);
		p->host = (struct span){ at + 1, authority.len - p->user.len - 1 };
	}
	/* the rest of a password must not become a host's name */
	if (memchr(p->host.at, '@', p->host.len))
		return err_say(err, -EINVAL,
			       "the URI has several @: in a user or password it is written %%40");
	if (memchr(p->host.at, '?', p->host.len))
		return err_say(err, -EINVAL, "behind the URI's ? stand key=value, separated by &");
	return 0;
}

static int parse(struct uri *u, const char *text, struct err *err)
{
	struct pieces p;
	memset(&p, 0, sizeof p);
	if (strlen(text) > TEXT_MOST)
		return err_say(err, -EINVAL, "the URI is too long");
	int rc = take_apart(&p, text, err);
	if (rc == 0)
		rc = parse_scheme(u, p.scheme, err);
	if (rc == 0)
		rc = parse_user(u, p.user, err);
	if (rc == 0)
		rc = parse_hosts(u, p.host, err);
	if (rc == 0)
		rc = parse_databases(u, p.path, err);
	if (rc == 0)
		rc = parse_params(u, p.query, err);
	if (rc == 0 && (make_shown(u, &p) < 0 || make_text(u, text, &p) < 0))
		rc = err_set(err, -ENOMEM, "URI");
	return rc;
}

int uri_parse(struct uri *out, const char *text, struct err *err)
{
	*out = (struct uri){ 0 };
	int rc = parse(out, text, err);
	if (rc < 0) {
		uri_fini(out);
		return rc;
	}
	return 0;
}

void uri_fini(struct uri *u)
{
	for (size_t i = 0; i < u->param_count; i++) {
		free(u->params[i].key);
		free(u->params[i].value);
	}
	free(u->params);
	strings_fini(&u->databases);
	free(u->user);
	free(u->password);
	free(u->host);
	free(u->port);
	free(u->text);
	free(u->shown);
	*u = (struct uri){ 0 };
}

const char *uri_param(const struct uri *u, const char *key)
{
	for (size_t i = u->param_count; i; i--)
		if (strcmp(u->params[i - 1].key, key) == 0)
			return u->params[i - 1].value;
	return NULL;
}
