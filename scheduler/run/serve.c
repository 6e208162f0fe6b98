#include "scheduler/run/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scheduler/model/bill.h"
#include "scheduler/run/ahead.h"
#include "scheduler/run/campaign_run.h"
#include "scheduler/run/cutover_run.h"
#include "scheduler/run/lock.h"
#include "xfer/base/clock.h"
#include "xfer/base/fd.h"

enum {
	LOOK_MS = 500,
	AGAIN_S = 2,	   /* after a worker that has failed, or was not needed */
	ASSIGN_S = 5,	   /* between looks at the line for transit servers */
	BILL_S = 600,	   /* at the bills */
	AHEAD_AT_ONCE = 2, /* passes that copy ahead, of all accounts */
	STUCK_FIRST_S = 60,
	STUCK_MOST_S = 3600,
	WORKERS_MOST = 256,
};

struct worker {
	pid_t pid; /* 0: it has ended */
	char kind[16], who[STORE_NAME];
	uint64_t not_before; /* clock_now() */
};

struct daemon {
	const struct serve *v;
	struct work work;
	struct worker workers[WORKERS_MOST];
	size_t running;
	uint64_t assigned, billed;
	bool due; /* something was started, or is about to be */
};

extern char **environ;

/* Its place; an ended one of the same work, whose pause counts, or any. NULL: there are too many. */
static struct worker *place_of(struct daemon *d, const char *kind, const char *who)
{
	struct worker *unused = NULL;
	for (size_t i = 0; i < WORKERS_MOST; i++) {
		struct worker *w = &d->workers[i];
		if (!strcmp(w->kind, kind) && !strcmp(w->who, who))
			return w;
		if (!unused && !w->pid && w->not_before <= clock_now())
			unused = w;
	}
	return unused;
}

static int spawn(const struct serve *v, const char *kind, const char *who, pid_t *pid)
{
	char *const argv[] = { "scheduler", "--config", (char *)v->config, "work", (char *)kind,
			       (char *)who, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	sigemptyset(&none);
	int rc = posix_spawn_file_actions_init(&files);
	if (rc)
		return -rc;
	rc = posix_spawnattr_init(&attr);
	if (!rc) {
		posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&files, v->log, 1);
		posix_spawn_file_actions_adddup2(&files, v->log, 2);
		posix_spawnattr_setsigmask(&attr, &none);
		/* a signal to our group, or to our terminal, does not end an account's cutover */
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
		rc = posix_spawn(pid, "/proc/self/exe", &files, &attr, argv, environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

/* Unless it is at work, or has ended just now. */
static void want(struct daemon *d, const char *kind, const char *who)
{
	struct worker *w = place_of(d, kind, who);
	d->due = true;
	if (!w || w->pid || w->not_before > clock_now())
		return;
	snprintf(w->kind, sizeof w->kind, "%s", kind);
	snprintf(w->who, sizeof w->who, "%s", who);
	int status = spawn(d->v, kind, who, &w->pid);
	if (status) {
		work_log(&d->work, "%s %s cannot be started: %s", kind, who, strerror(-status));
		w->pid = 0;
		w->not_before = clock_now() + AGAIN_S * CLOCK_SECOND;
		return;
	}
	d->running++;
}

static void reap(struct daemon *d)
{
	for (size_t i = 0; i < WORKERS_MOST; i++) {
		struct worker *w = &d->workers[i];
		int status;
		if (!w->pid || waitpid(w->pid, &status, WNOHANG) != w->pid)
			continue;
		w->pid = 0;
		d->running--;
		bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		w->not_before = clock_now() + (good ? LOOK_MS * UINT64_C(1000000) : AGAIN_S * CLOCK_SECOND);
		if (WIFSIGNALED(status))
			work_log(&d->work, "%s %s was ended by signal %d", w->kind, w->who, WTERMSIG(status));
	}
}

/* who NULL: all of this kind */
static size_t count_running(const struct daemon *d, const char *kind, const char *who)
{
	size_t n = 0;
	for (size_t i = 0; i < WORKERS_MOST; i++)
		n += d->workers[i].pid && !strcmp(d->workers[i].kind, kind) &&
		     (!who || !strcmp(d->workers[i].who, who));
	return n;
}

/* What is due. */

static int look_at_cutover(void *arg, const struct store_cutover *c)
{
	char who[32];
	snprintf(who, sizeof who, "%lld", (long long)c->account);
	if (c->state != CUTOVER_PLANNED || c->planned <= time(NULL))
		want(arg, "cutover", who);
	return 0;
}

struct accounts {
	struct daemon *daemon;
	enum campaign_state state;
};

static int look_at_account(void *arg, const struct store_account *a)
{
	const struct accounts *all = arg;
	struct daemon *d = all->daemon;
	char who[32];
	bool unknown = a->bytes[0] < 0 || a->bytes[1] < 0;
	bool wanted = ahead_wanted(all->state, a->state);
	int64_t every = d->v->site->precopy_every_s, now = time(NULL);
	if (a->precopy_cause[0] && every > STUCK_FIRST_S)
		every = STUCK_FIRST_S;
	if (a->state == ACCOUNT_REMOVED || (!wanted && !unknown))
		return 0;
	/* what was done in a time to come was done before the clock was set back */
	if (a->precopied && a->precopied <= now && now - a->precopied < every)
		return 0;
	snprintf(who, sizeof who, "%lld", (long long)a->id);
	if (count_running(d, "ahead", NULL) < AHEAD_AT_ONCE && !count_running(d, "cutover", who))
		want(d, "ahead", who);
	return 0;
}

static bool is_stuck(const struct store_campaign *c)
{
	int64_t wait = c->tries ? STUCK_FIRST_S << (c->tries < 7 ? c->tries - 1 : 6) : 0, now = time(NULL);
	return c->tries && now >= c->tried && now - c->tried < (wait < STUCK_MOST_S ? wait : STUCK_MOST_S);
}

/* The campaigns are kept first: while rows are read nothing else is asked. */
struct campaigns {
	struct store_campaign *at;
	size_t count;
};

static int keep_campaign(void *arg, const struct store_campaign *c)
{
	struct campaigns *all = arg;
	if (campaign_ended(c->state))
		return 0;
	struct store_campaign *grown = reallocarray(all->at, all->count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	all->at = grown;
	grown[all->count++] = *c;
	return 0;
}

static bool is_time(uint64_t *last, unsigned seconds)
{
	uint64_t now = clock_now();
	if (*last && now - *last < seconds * CLOCK_SECOND)
		return false;
	*last = now;
	return true;
}

static int look_at_campaigns(struct daemon *d, struct err *err)
{
	struct campaigns all = { 0 };
	bool waits = false;
	int status = store_each_campaign(d->work.store, keep_campaign, &all, err);
	for (size_t i = 0; !status && i < all.count; i++) {
		const struct store_campaign *c = &all.at[i];
		struct accounts accounts = { d, c->state };
		waits |= c->state == CAMPAIGN_WAITING;
		bool ahead = campaign_work(c->state) == CAMP_DO_PRECOPY ||
			     campaign_work(c->state) == CAMP_DO_PRECOPY_BACK;
		if (campaign_work(c->state) != CAMP_DO_NOTHING && !is_stuck(c))
			want(d, "campaign", c->name);
		if (!ahead) /* that copies all of them itself */
			status = store_each_account(d->work.store, c->id, look_at_account, &accounts, err);
	}
	free(all.at);
	size_t given = 0;
	if (!status && waits && is_time(&d->assigned, ASSIGN_S))
		status = desk_assign(work_desk(&d->work), &given, err);
	d->due |= given > 0;
	return status;
}

/* Bills. */

struct due_bills {
	struct store_use at[16];
	size_t count;
};

static int keep_use(void *arg, const struct store_use *u)
{
	struct due_bills *b = arg;
	if (!u->until && b->count < sizeof b->at / sizeof *b->at)
		b->at[b->count++] = *u;
	return 0;
}

static int warn_of_bill(struct daemon *d, const struct store_use *u, struct err *err)
{
	AUTO(calendar_freep) struct calendar *zone = NULL;
	struct party p = { 0 };
	char key[96], text[160];
	int status = store_get_campaign(d->work.store, &p.campaign, u->campaign, err);
	if (!status)
		status = calendar_new(&zone, p.campaign.zone, err);
	if (status)
		return status;
	struct bill_terms terms = { calendar_date(zone, u->since), (unsigned)u->free_days, u->month_cents };
	struct calendar_date today = calendar_date(zone, time(NULL));
	int64_t left = bill_days_left(&terms, &today);
	if (!bill_warns(&terms, &today) || u->warned == left)
		return 0;
	snprintf(key, sizeof key, "use-%lld-%lld", (long long)u->id, (long long)left);
	snprintf(text, sizeof text,
		 "transit server %.60s is free for %lld more days, and paid for after that", u->transit,
		 (long long)left);
	work_notify(&d->work, &p, key, "bill", text);
	return desk_billed(work_desk(&d->work), u, left, err);
}

static int look_at_bills(struct daemon *d, struct err *err)
{
	struct due_bills due = { .count = 0 };
	if (!is_time(&d->billed, BILL_S))
		return 0;
	int status = store_each_use(d->work.store, keep_use, &due, err);
	for (size_t i = 0; !status && i < due.count; i++)
		status = warn_of_bill(d, &due.at[i], err);
	return status;
}

static int look(struct daemon *d, struct err *err)
{
	d->due = false;
	int status = store_each_cutover(d->work.store, look_at_cutover, d, err);
	if (!status)
		status = look_at_campaigns(d, err);
	return status ? status : look_at_bills(d, err);
}

/* A store that is away for a while is opened anew: what comes back may be another file. */
static void reopen(struct daemon *d, const struct err *why)
{
	struct err err = { 0 };
	work_log(&d->work, "the store: %s", why->text);
	store_close(d->work.store);
	d->work.store = NULL;
	if (store_open(&d->work.store, d->v->site->store, false, &err))
		work_log(&d->work, "%s", err.text);
	d->work.desk.store = d->work.store;
}

static void run(struct daemon *d)
{
	for (;;) {
		struct err err = { 0 };
		reap(d);
		if (work_quit && !d->running)
			return;
		if (!work_quit && !d->work.store)
			reopen(d, &err);
		if (!work_quit && d->work.store && look(d, &err))
			reopen(d, &err);
		if (d->v->once && !d->due && !d->running)
			return;
		work_pause(LOOK_MS);
	}
}

int serve_run(const struct serve *v, struct err *err)
{
	struct daemon *d = calloc(1, sizeof *d);
	if (!d)
		return err_set(err, -ENOMEM, "daemon");
	d->v = v;
	int status = work_open(&d->work, v->site, v->log, err);
	if (!status && (d->work.lock = lock_take(v->site->store, "serve", err)) < 0)
		status = d->work.lock;
	if (!status) {
		work_log(&d->work, "serving %s", v->site->store);
		run(d);
	}
	work_close(&d->work);
	free(d);
	return status;
}

int serve_work(const struct serve *v, const char *kind, const char *who, struct err *err)
{
	struct work w;
	char name[STORE_NAME + 16];
	bool campaign = !strcmp(kind, "campaign");
	int64_t account = campaign ? 0 : strtoll(who, NULL, 10);
	snprintf(name, sizeof name, "%s-%s", campaign ? "campaign" : "account", who);
	int status = work_open(&w, v->site, v->log, err);
	if (!status && (w.lock = lock_take(v->site->store, name, err)) < 0)
		status = w.lock;
	if (!status && campaign)
		status = campaign_run(&w, who, err);
	else if (!status && !strcmp(kind, "cutover"))
		status = cutover_run(&w, account, err);
	else if (!status)
		status = ahead_run(&w, account, err);
	work_close(&w);
	return status;
}
