#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/cli/secret.h"

/* text NULL: as it is. */
static int take(char *to, size_t size, const char *option, const char *text, struct err *err)
{
	if (text && strlen(text) >= size)
		return err_say(err, -EINVAL, "option --%s: longer than %zu bytes", option, size - 1);
	if (text)
		snprintf(to, size, "%s", text);
	return 0;
}

static int check_endpoint(const char *option, const char *scheme, const char *text, struct err *err)
{
	if (text && *text && strncmp(text, scheme, strlen(scheme)) != 0)
		return err_say(err, -EINVAL, "option --%s: it begins with %s", option, scheme);
	return 0;
}

static int take_options(struct store_server *v, const struct options *o, struct err *err)
{
	const struct {
		const char *option, *text;
		char *to;
		size_t size;
	} texts[] = {
		{ "ssh", o->ssh, v->ssh, sizeof v->ssh },
		{ "rsh", o->rsh, v->rsh, sizeof v->rsh },
		{ "root", o->root, v->root, sizeof v->root },
		{ "mariadb", o->mariadb, v->mariadb, sizeof v->mariadb },
		{ "postgresql", o->postgresql, v->postgresql, sizeof v->postgresql },
		{ "addresses", o->addresses, v->addresses, sizeof v->addresses },
		{ "generation", o->generation, v->generation, sizeof v->generation },
	};
	int r = check_endpoint("mariadb", "mysql://", o->mariadb, err);
	if (!r)
		r = check_endpoint("postgresql", "postgresql://", o->postgresql, err);
	for (size_t i = 0; !r && i < sizeof texts / sizeof *texts; i++)
		r = take(texts[i].to, texts[i].size, texts[i].option, texts[i].text, err);
	v->cores = o->cores == NOT_SAID ? v->cores : o->cores;
	v->memory_gb = o->memory_gb == NOT_SAID ? v->memory_gb : o->memory_gb;
	v->disk_gb = o->disk_gb == NOT_SAID ? v->disk_gb : o->disk_gb;
	if (!v->root[0])
		snprintf(v->root, sizeof v->root, "/");
	if (!r && v->root[0] != '/')
		r = err_say(err, -EINVAL, "option --root: it is an absolute path");
	return r;
}

static void cover(char out[static STORE_TEXT], const char *uri)
{
	snprintf(out, STORE_TEXT, "%s", uri);
	secret_cover(out);
}

static int show(void *arg, const struct store_server *v)
{
	struct tell *t = arg;
	char uri[STORE_TEXT], configuration[STORE_NAME];
	desk_configuration(configuration, v);
	tell_begin(t, "server", v->name);
	if (t->json)
		tell_text(t, "name", v->name);
	tell_text(t, "ssh", v->ssh);
	tell_text(t, "rsh", v->rsh);
	tell_text(t, "root", v->root);
	cover(uri, v->mariadb);
	tell_text(t, "mariadb", uri);
	cover(uri, v->postgresql);
	tell_text(t, "postgresql", uri);
	tell_text(t, "addresses", v->addresses);
	tell_whole(t, "cores", v->cores);
	tell_whole(t, "memory_gb", v->memory_gb);
	tell_whole(t, "disk_gb", v->disk_gb);
	tell_text(t, "generation", v->generation);
	tell_text(t, "configuration", configuration);
	tell_end(t);
	return 0;
}

static int list(void *arg, const struct store_server *v)
{
	struct tell *t = arg;
	char configuration[STORE_NAME];
	desk_configuration(configuration, v);
	if (t->json)
		return show(t, v);
	tell_line(t, "%-20s %-30s %s", v->name, v->ssh[0] ? v->ssh : "(here)", configuration);
	return 0;
}

int cmd_server_add(struct session *s)
{
	struct store_server v = { 0 };
	int r = session_check_name("server", session_operand(s), &s->err);
	if (r)
		return r;
	snprintf(v.name, sizeof v.name, "%s", session_operand(s));
	r = take_options(&v, s->o, &s->err);
	if (!r)
		r = desk_add_server(&s->desk, &v, &s->err);
	return r ? r : show(&s->tell, &v);
}

int cmd_server_set(struct session *s)
{
	struct store_server v = { 0 };
	int r = store_find_server(s->desk.store, &v, session_operand(s), &s->err);
	if (!r)
		r = take_options(&v, s->o, &s->err);
	if (!r)
		r = desk_set_server(&s->desk, &v, &s->err);
	return r ? r : show(&s->tell, &v);
}

int cmd_server_show(struct session *s)
{
	struct store_server v = { 0 };
	if (!session_operand(s))
		return store_each_server(s->desk.store, show, &s->tell, &s->err);
	int r = store_find_server(s->desk.store, &v, session_operand(s), &s->err);
	return r ? r : show(&s->tell, &v);
}

int cmd_server_list(struct session *s)
{
	return store_each_server(s->desk.store, list, &s->tell, &s->err);
}
