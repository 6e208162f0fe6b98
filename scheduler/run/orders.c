#include "scheduler/run/orders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"

enum { WORD_MOST = 16 << 10 };

const char *orders_kind(enum window_engine engine)
{
	return engine == ENGINE_MARIADB ? "mariadb" : "postgresql";
}

/* -ENOMEM sticks in *status. */
static void add(struct strings *out, int *status, const char *word)
{
	if (!*status)
		*status = strings_add(out, word, strlen(word));
}

static void add_buf(struct strings *out, int *status, struct buf *b)
{
	if (!*status)
		*status = b->failed ? -ENOMEM : strings_add(out, (const char *)b->data, b->len);
	buf_fini(b);
}

static void text(struct buf *b, const char *s)
{
	buf_bytes(b, s, strlen(s));
}

/* The one remote shell of both. "": none was said. */
static int choose_shell(const struct orders *o, const char **out, struct err *err)
{
	const struct store_server *a = &o->party->from, *b = &o->party->to;
	*out = a->rsh[0] ? a->rsh : b->rsh;
	if (a->ssh[0] && b->ssh[0] && strcmp(a->rsh, b->rsh) != 0)
		return err_say(
			err, -EINVAL,
			"servers %s and %s have remote shells of their own (rsh): one for both is needed, and "
			"what differs belongs into ssh's configuration",
			a->name, b->name);
	return 0;
}

/* Files. */

static void add_place(struct strings *out, int *status, const struct store_server *v, const char *path)
{
	struct buf b = { .limit = WORD_MOST };
	size_t root = strlen(v->root);
	if (v->ssh[0]) {
		text(&b, v->ssh);
		text(&b, ":");
	}
	while (root && v->root[root - 1] == '/')
		root--;
	buf_bytes(&b, v->root, root);
	text(&b, path);
	if (path[0] && path[strlen(path) - 1] != '/')
		text(&b, "/");
	add_buf(out, status, &b);
}

static void add_pass(struct strings *out, int *status, enum orders_pass pass)
{
	static const char *const words[][6] = {
		[PASS_AHEAD] = { "sync", "-aHAXS", "--delete", "--mkpath", "--nice" },
		[PASS_FINAL] = { "sync", "-aHAXS", "--delete", "--mkpath" },
		[PASS_SCAN] = { "sync", "-aHAXSn", "--delete" },
		[PASS_LIST] = { "sync", "-r", "--list-only" },
		[PASS_ADD] = { "sync", "-aHAXS0", "--ignore-existing", "--omit-dir-times" },
		[PASS_READ] = { "verify", "-aHAX" },
		[PASS_TRY] = { "sync", "-aHAXSn", "--delete", "--mkpath" },
		[PASS_INTO] = { "sync", "-aHAXSu", "--mkpath" },
		[PASS_TRY_INTO] = { "sync", "-aHAXSun", "--mkpath" },
		[PASS_MAIL_INTO] = { "sync", "-aHAXS", "--ignore-existing", "--omit-dir-times", "--mkpath" },
		[PASS_TRY_MAIL_INTO] = { "sync", "-aHAXSn", "--ignore-existing", "--omit-dir-times",
					 "--mkpath" },
	};
	for (size_t i = 0; i < 6 && words[pass][i]; i++)
		add(out, status, words[pass][i]);
}

int orders_files(struct strings *out, const struct orders *o, const struct store_item *item,
		 enum orders_pass pass, const char *list, struct err *err)
{
	const struct party *p = o->party;
	const char *shell;
	int status = choose_shell(o, &shell, err);
	if (status)
		return status;
	if (item->value[0] != '/')
		return err_say(err, -EINVAL, "account %s: %s %s is no absolute path", p->account.name,
			       item->kind, item->value);
	add(out, &status, o->site->xfer);
	add_pass(out, &status, pass);
	add(out, &status, "--json");
	if (p->from.ssh[0] || (p->to.ssh[0] && pass != PASS_LIST)) {
		if (shell[0]) {
			add(out, &status, "-e");
			add(out, &status, shell);
		}
		add(out, &status, "--xfer-path");
		add(out, &status, o->site->remote_xfer);
	}
	if (list) {
		add(out, &status, "--files-from");
		add(out, &status, list);
	}
	add(out, &status, "--");
	add_place(out, &status, &p->from, item->value);
	if (pass != PASS_LIST)
		add_place(out, &status, &p->to, item->value);
	return status ? err_set(err, status, "xfer's command") : 0;
}

/* Databases. */

static const char *uri_of(const struct store_server *v, enum window_engine engine)
{
	return engine == ENGINE_MARIADB ? v->mariadb : v->postgresql;
}

/* Percent-encoded, as in a URI's path. Each of dbdump's patterns is escaped too: a name is a name. */
static void add_name(struct buf *b, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	for (const char *c = name; *c; c++) {
		char code[4];
		snprintf(code, sizeof code, "%%%02X", (unsigned char)*c);
		if (strchr(plain, *c))
			buf_u8(b, (uint8_t)*c);
		else
			text(b, code);
	}
}

static void add_names(struct buf *b, const struct party *p, enum window_engine engine)
{
	bool first = true;
	for (size_t i = 0; i < p->item_count; i++) {
		if (strcmp(p->items[i].kind, orders_kind(engine)) != 0)
			continue;
		text(b, first ? "" : ",");
		add_name(b, p->items[i].value);
		first = false;
	}
}

/* "mysql://root@host/shop,blog?socket=..." of "mysql://root@host/?socket=..."; names: with them. */
static void add_uri(struct strings *out, int *status, const struct orders *o, const char *uri,
		    enum window_engine engine, bool names)
{
	struct buf b = { .limit = WORD_MOST };
	size_t head = strcspn(uri, "?");
	const char *slashes = strstr(uri, "://");
	size_t begin = slashes && (size_t)(slashes - uri) < head ? (size_t)(slashes - uri) + 3 : 0;
	const char *path = memchr(uri + begin, '/', head - begin);
	buf_bytes(&b, uri, path ? (size_t)(path - uri) : head);
	text(&b, "/");
	if (names)
		add_names(&b, o->party, engine);
	text(&b, uri + head);
	add_buf(out, status, &b);
}

static int check_engine(const struct store_server *v, enum window_engine engine, struct err *err)
{
	return uri_of(v, engine)[0] ? 0
				    : err_say(err, -EINVAL, "server %s: there is no URI of its %s", v->name,
					      orders_kind(engine));
}

static void add_agent(struct strings *out, int *status, const char *option, const char *host)
{
	if (!host[0])
		return;
	add(out, status, option);
	add(out, status, host);
}

static void add_agents(struct strings *out, int *status, const struct orders *o, const char *shell)
{
	const struct party *p = o->party;
	add_agent(out, status, "--source-host", p->from.ssh);
	add_agent(out, status, "--target-host", p->to.ssh);
	if (!p->from.ssh[0] && !p->to.ssh[0])
		return;
	add_agent(out, status, "--rsh", shell);
	add(out, status, "--dbdump-path");
	add(out, status, o->site->remote_dbdump);
}

/* Of a copy. */
static int check_ends(const struct orders *o, enum window_engine engine, const char **shell, struct err *err)
{
	int status = choose_shell(o, shell, err);
	if (!status)
		status = check_engine(&o->party->from, engine, err);
	return status ? status : check_engine(&o->party->to, engine, err);
}

int orders_copy(struct strings *out, const struct orders *o, enum window_engine engine, bool verify,
		struct err *err)
{
	const struct party *p = o->party;
	const char *shell;
	int status = check_ends(o, engine, &shell, err);
	if (status)
		return status;
	add(out, &status, o->site->dbdump);
	add(out, &status, "copy");
	add(out, &status, "--json");
	add(out, &status, "--users");
	if (!verify)
		add(out, &status, "--verify=none");
	if (p->again)
		add(out, &status, "--drop-existing");
	add_agents(out, &status, o, shell);
	add(out, &status, "--");
	add_uri(out, &status, o, uri_of(&p->from, engine), engine, true);
	add_uri(out, &status, o, uri_of(&p->to, engine), engine, false);
	return status ? err_set(err, status, "dbdump's command") : 0;
}

/* From here: on this machine, or at a host that the URI names. */
static bool is_near(const struct store_server *v, const char *uri)
{
	const char *authority = strstr(uri, "://");
	if (!v->ssh[0])
		return true;
	if (!authority)
		return false;
	authority += 3;
	const char *end = authority + strcspn(authority, "/?");
	const char *at = memchr(authority, '@', (size_t)(end - authority));
	const char *host = at ? at + 1 : authority;
	size_t len = (size_t)(end - host);
	return len && *host != ':' && strncmp(host, "localhost", 9) != 0 && strncmp(host, "127.", 4) != 0 &&
	       strncmp(host, "[::1]", 5) != 0;
}

bool orders_reach(const struct orders *o, enum window_engine engine)
{
	return is_near(&o->party->from, uri_of(&o->party->from, engine)) &&
	       is_near(&o->party->to, uri_of(&o->party->to, engine));
}

int orders_verify(struct strings *out, const struct orders *o, enum window_engine engine, struct err *err)
{
	int status = 0;
	add(out, &status, o->site->dbdump);
	add(out, &status, "verify");
	add(out, &status, "--json");
	add(out, &status, "--");
	add_uri(out, &status, o, uri_of(&o->party->from, engine), engine, true);
	add_uri(out, &status, o, uri_of(&o->party->to, engine), engine, true);
	return status ? err_set(err, status, "dbdump's command") : 0;
}

/* For a shell at the other end of ssh. */
static void add_quoted(struct buf *b, const char *word)
{
	text(b, "'");
	for (const char *c = word; *c; c++)
		if (*c == '\'')
			text(b, "'\\''");
		else
			buf_u8(b, (uint8_t)*c);
	text(b, "' ");
}

/* The words as one of the remote shell's, behind what starts it. */
static int send(struct strings *out, const struct store_server *v, struct strings *words, struct err *err)
{
	int status = 0;
	struct buf b = { .limit = WORD_MOST };
	char shell[STORE_TEXT], *save = NULL;
	snprintf(shell, sizeof shell, "%s", v->rsh[0] ? v->rsh : "ssh");
	for (char *w = strtok_r(shell, " ", &save); w; w = strtok_r(NULL, " ", &save))
		add(out, &status, w);
	add(out, &status, v->ssh);
	for (size_t i = 0; i < words->count; i++)
		add_quoted(&b, words->at[i]);
	add_buf(out, &status, &b);
	return status ? err_set(err, status, "remote command") : 0;
}

int orders_size(struct strings *out, const struct orders *o, enum window_engine engine, struct err *err)
{
	AUTO(strings_fini) struct strings words = { 0 };
	const struct store_server *v = &o->party->from;
	int status = check_engine(v, engine, err);
	if (status)
		return status;
	bool near = is_near(v, uri_of(v, engine));
	add(&words, &status, near ? o->site->dbdump : o->site->remote_dbdump);
	add(&words, &status, "size");
	add(&words, &status, "--json");
	add(&words, &status, "--");
	add_uri(&words, &status, o, uri_of(v, engine), engine, true);
	if (status)
		return err_set(err, status, "dbdump's command");
	if (!near)
		return send(out, v, &words, err);
	*out = words;
	words = (struct strings){ 0 };
	return 0;
}

int orders_rehearse(struct strings *out, const struct orders *o, enum window_engine engine,
		    const char *output, struct err *err)
{
	const char *shell;
	int status = check_ends(o, engine, &shell, err);
	if (status)
		return status;
	add(out, &status, o->site->dbdump);
	add(out, &status, "rehearse");
	add(out, &status, "--json");
	add(out, &status, "--drop-existing");
	add(out, &status, "--output");
	add(out, &status, output);
	add_agents(out, &status, o, shell);
	add(out, &status, "--");
	add_uri(out, &status, o, uri_of(&o->party->from, engine), engine, true);
	add_uri(out, &status, o, uri_of(&o->party->to, engine), engine, false);
	return status ? err_set(err, status, "dbdump's command") : 0;
}
