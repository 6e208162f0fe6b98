#include "scheduler/cli/session.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scheduler/site/hours.h"
#include "xfer/base/exit.h"
#include "xfer/base/utf8.h"
#include "xfer/front/process.h"

#define CONFIG_DEFAULT "/etc/scheduler/scheduler.ini"

volatile int session_quit;

const char *session_operand(const struct session *s)
{
	return s->operands->count ? s->operands->at[0] : NULL;
}

bool session_is_client(const struct session *s)
{
	return strncmp(s->desk.actor.who, "client ", strlen("client ")) == 0;
}

int session_check_name(const char *what, const char *name, struct err *err)
{
	size_t len = strlen(name), n;
	uint32_t point;
	if (!len || len >= STORE_NAME)
		return err_say(err, -EINVAL, "%s: a name has 1 to %d bytes", what, STORE_NAME - 1);
	if (*name == '-' || *name == '.' || strchr(name, '/'))
		return err_say(err, -EINVAL,
			       "%s \"%s\": a name has no / in it, and begins with neither - nor .", what,
			       name);
	for (size_t i = 0; i < len; i += n) {
		n = utf8_next(name + i, len - i, &point);
		if (!n || !utf8_is_shown(point))
			return err_say(err, -EINVAL,
				       "%s \"%s\": a name is of characters in UTF-8 that can be seen", what,
				       name);
	}
	return 0;
}

int session_moment(int64_t *out, const char *option, const char *text, struct err *err)
{
	if (hours_moment(out, text))
		return err_say(err, -EINVAL, "option --%s: \"%s\" is no time as in 2026-12-01T03:00+01:00",
			       option, text);
	return 0;
}

/* Beginning. */

const char *session_config(const struct session *s)
{
	const char *named = s->o->config ? s->o->config : getenv("SCHEDULER_CONFIG");
	return named && *named ? named : CONFIG_DEFAULT;
}

static int read_config(struct session *s)
{
	if (s->command->flags & NO_CONFIG || s->o->print_config)
		return site_init(&s->site, &s->err);
	return site_read(&s->site, session_config(s), &s->err);
}

/* Who asks, unless it is said: root is support. */
static int know_actor(struct session *s)
{
	struct passwd entry, *pw = NULL;
	char names[4096];
	if (!s->o->as && geteuid() && getpwuid_r(geteuid(), &entry, names, sizeof names, &pw))
		pw = NULL;
	snprintf(s->user, sizeof s->user, "%s", pw ? pw->pw_name : geteuid() ? "somebody" : "support");
	s->desk.actor = (struct store_actor){ .who = s->o->as ? s->o->as : s->user,
					      .why = s->o->why ? s->o->why : "",
					      .at = (int64_t)time(NULL) };
	return 0;
}

static int know_account(struct session *s)
{
	const char *name = session_operand(s), *slash = strchr(name, '/');
	if (!slash || slash == name || !slash[1] || (size_t)(slash - name) >= sizeof s->account_campaign)
		return err_say(&s->err, -EINVAL, "\"%s\" is no account: it is named as in CAMPAIGN/ACCOUNT",
			       name);
	snprintf(s->account_campaign, sizeof s->account_campaign, "%.*s", (int)(slash - name), name);
	s->account = (struct desk_account){ s->account_campaign, slash + 1 };
	return 0;
}

static int begin(struct session *s)
{
	char name[COMMAND_NAME];
	int r = know_actor(s);
	if (!r && s->command->flags & TAKES_ACCOUNT)
		r = know_account(s);
	if (r)
		return r;
	if (s->command->flags & SUPPORT_ONLY && session_is_client(s))
		return err_say(&s->err, -EPERM, "scheduler %s is support's, and not %s's",
			       command_name(name, s->command), s->desk.actor.who);
	return 0;
}

/* What it stands on. Its failures are those of a program that cannot start. */
static int open_all(struct session *s)
{
	int r = read_config(s);
	if (r || s->command->flags & NO_STORE)
		return r;
	r = store_open(&s->desk.store, s->site.store, false, &s->err);
	if (!r)
		store_patience(s->desk.store, s->o->store_wait_s * 1000);
	return r;
}

/* Ending. */

static int status_of(const struct session *s, int code)
{
	switch (code) {
	case 0:
		return EXIT_OK;
	case -EINVAL:
		return EXIT_USAGE;
	case -ENOENT:
		return EXIT_SELECT;
	case -EPERM:
	case -EEXIST:
	case -ESTALE: /* somebody else was faster */
		return EXIT_REFUSED;
	case -ENOSPC: /* no slot, or no room in the store's file system */
		return s->desk.store && store_is_full(s->desk.store) ? EXIT_FILE_IO : EXIT_REFUSED;
	case -EIO:
		return EXIT_FILE_IO;
	default:
		return EXIT_START;
	}
}

static const char *code_word(int status)
{
	return status == EXIT_USAGE	? "usage"
	       : status == EXIT_SELECT	? "unknown"
	       : status == EXIT_REFUSED ? "refused"
					: "failed";
}

/* To standard error for whoever reads logs, and as an event for whoever asked for those. */
static void say_error(struct session *s, int status)
{
	/* the text may be the system's alone */
	const char *text = s->err.text[0] ? s->err.text : strerror(EIO);
	process_complain("scheduler", text);
	if (!s->tell.json)
		return;
	tell_begin(&s->tell, "error", NULL);
	tell_whole(&s->tell, "status", status);
	tell_text(&s->tell, "kind", code_word(status));
	tell_text(&s->tell, "text", text);
	tell_end(&s->tell);
}

/* Names what it was about, where the text does not. */
static void name_subject(struct session *s)
{
	const char *subject = session_operand(s);
	const char *own = s->account.account ? s->account.account : subject;
	if (subject && !strstr(s->err.text, own))
		err_context(&s->err, "%s %s", s->account.account ? "account" : s->command->group, subject);
}

static int act(struct session *s)
{
	int r = begin(s), status;
	if (r) {
		status = status_of(s, r);
	} else if ((r = open_all(s))) {
		status = r == -EIO || r == -ENOSPC ? EXIT_FILE_IO : EXIT_START;
	} else {
		r = s->command->run(s);
		status = status_of(s, r);
		if (r)
			name_subject(s);
	}
	if (r)
		say_error(s, status);
	return s->status >= 0 ? s->status : status;
}

int session_run(const struct args *a)
{
	struct session s = { .command = a->which, .o = a->o, .operands = a->operands, .status = -1 };
	s.desk.site = &s.site;
	tell_open(&s.tell, a->o->json || a->o->format == REPORT_JSON);
	int status = act(&s);
	store_close(s.desk.store);
	site_fini(&s.site);
	/* what was not told is no success */
	return tell_close(&s.tell) && !status ? EXIT_FILE_IO : status;
}
