#include "scheduler/run/hook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/buf.h"

enum { PATH_MOST = 4096, TEMPORARY = 75 /* EX_TEMPFAIL of sysexits.h */ };

static int path_of(char out[static PATH_MOST], const struct site *site, const char *name, struct err *err)
{
	int n = snprintf(out, PATH_MOST, "%s/%s", site->hooks, name);
	return n < PATH_MOST ? 0 : err_say(err, -ENAMETOOLONG, "hook %s: its path is too long", name);
}

bool hook_is_there(const struct site *site, const char *name)
{
	char path[PATH_MOST];
	return !path_of(path, site, name, NULL) && access(path, F_OK) == 0;
}

/* What jansson refuses is no UTF-8: a name is never changed in silence. *failed sticks. */
static void put(json_t *object, const char *key, json_t *value, bool *failed)
{
	*failed |= !value || json_object_set_new(object, key, value);
}

static json_t *addresses_of(const struct store_server *v, bool *failed)
{
	char text[STORE_TEXT], *save = NULL;
	json_t *list = json_array();
	snprintf(text, sizeof text, "%s", v->addresses);
	for (char *a = strtok_r(text, " ,", &save); a; a = strtok_r(NULL, " ,", &save))
		*failed |= json_array_append_new(list, json_string(a)) != 0;
	return list;
}

static json_t *server_of(const struct store_server *v, bool *failed)
{
	json_t *o = json_object();
	put(o, "name", json_string(v->name), failed);
	put(o, "ssh", json_string(v->ssh), failed);
	if (v->rsh[0])
		put(o, "rsh", json_string(v->rsh), failed);
	put(o, "root", json_string(v->root[0] ? v->root : "/"), failed);
	put(o, "mariadb", json_string(v->mariadb), failed);
	put(o, "postgresql", json_string(v->postgresql), failed);
	put(o, "addresses", addresses_of(v, failed), failed);
	return o;
}

static json_t *account_of(const struct party *p, bool *failed)
{
	json_t *o = json_object(), *items = json_array();
	put(o, "name", json_string(p->account.name), failed);
	for (size_t i = 0; i < p->item_count; i++) {
		json_t *item = json_object();
		put(item, "kind", json_string(p->items[i].kind), failed);
		put(item, "value", json_string(p->items[i].value), failed);
		*failed |= json_array_append_new(items, item) != 0;
	}
	put(o, "items", items, failed);
	return o;
}

static json_t *campaign_of(const struct hook *h, bool *failed)
{
	json_t *o = json_object();
	put(o, "name", json_string(h->party->campaign.name), failed);
	put(o, "server", json_string(h->party->campaign.server), failed);
	put(o, "transit", json_string(h->transit ? h->transit : ""), failed);
	return o;
}

/* The caller frees. NULL: a name is no UTF-8, or there is no memory. */
static char *input_of(const struct site *site, const struct hook *h)
{
	bool failed = false;
	json_t *o = json_object();
	put(o, "version", json_integer(1), &failed);
	put(o, "hook", json_string(h->name), &failed);
	put(o, "key", json_string(h->key), &failed);
	put(o, "limit_s", json_integer(site->hook_limit_s), &failed);
	put(o, "undo", json_boolean(h->undo), &failed);
	put(o, "campaign", campaign_of(h, &failed), &failed);
	if (h->party->account.id)
		put(o, "account", account_of(h->party, &failed), &failed);
	if (h->where)
		put(o, "server", server_of(h->where, &failed), &failed);
	if (h->party->from.name[0])
		put(o, "from", server_of(&h->party->from, &failed), &failed);
	if (h->party->to.name[0])
		put(o, "to", server_of(&h->party->to, &failed), &failed);
	if (h->event)
		put(o, "what", json_string(h->event), &failed);
	if (h->text)
		put(o, "text", json_string(h->text), &failed);
	char *text = failed ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

int hook_start(struct child **out, const struct site *site, const struct hook *h, struct err *err)
{
	char path[PATH_MOST];
	int status = path_of(path, site, h->name, err);
	if (status)
		return status;
	if (access(path, F_OK))
		return err_set(err, -errno, "hook %s", path);
	char *input = input_of(site, h);
	if (!input)
		return err_say(err, -EINVAL, "hook %s: a name is no text in UTF-8", h->name);
	const char *argv[] = { path, NULL };
	struct child_spec spec = { .name = h->name,
				   .argv = argv,
				   .input = input,
				   .inherit_fd = -1, /* it may have to start a daemon */
				   .limit_s = site->hook_limit_s,
				   .log_fd = h->log_fd,
				   .hear = h->hear,
				   .arg = h->arg };
	status = child_start(out, &spec, err);
	free(input);
	return status;
}

bool hook_may_retry(const struct child *c)
{
	int status = child_look(c)->status;
	return status == TEMPORARY || status == CHILD_LIMIT;
}

bool hook_untouched(const struct child *c)
{
	const struct child_news *n = child_look(c);
	return !child_succeeded(c) && n->report && json_is_true(json_object_get(n->report, "untouched"));
}
