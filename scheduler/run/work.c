#include "scheduler/run/work.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scheduler/run/lock.h"
#include "xfer/base/clock.h"

enum { NOTICE_MS = 5000, LINE_MOST = 2048 };

volatile sig_atomic_t work_quit;

int work_open(struct work *w, const struct site *site, int log, struct err *err)
{
	*w = (struct work){ .site = site, .lock = -1, .log = log };
	w->desk = (struct desk){ .site = site, .actor = { "scheduler", "", 0 } };
	int status = store_open(&w->store, site->store, false, err);
	w->desk.store = w->store;
	return status;
}

void work_close(struct work *w)
{
	for (size_t i = 0; i < WORK_NOTICES; i++) {
		/* they have had their time; who is told nothing by then is told so by the log */
		struct child *c = w->notices[i];
		while (c && child_look(c)->running && child_wait(&c, 1, -1, NOTICE_MS, NULL) == 1)
			;
		child_free(c);
		w->notices[i] = NULL;
	}
	store_close(w->store);
	w->store = NULL;
	if (w->lock >= 0)
		close(w->lock);
}

struct desk *work_desk(struct work *w)
{
	w->desk.actor.at = time(NULL);
	return &w->desk;
}

enum { DUE_S = 15, LOCK_PAUSE_MS = 200 }; /* before its cutover starts what gives way to it ends */

bool work_gives_way(struct work *w, int64_t account)
{
	struct store_cutover c = { 0 };
	if (work_quit)
		return true;
	if (store_find_cutover(w->store, &c, account, NULL) || cutover_arrived(c.state))
		return false;
	return c.state != CUTOVER_PLANNED || c.planned - time(NULL) <= DUE_S;
}

int work_lock_account(struct work *w, int64_t account, int64_t ms, struct err *err)
{
	char name[STORE_NAME];
	uint64_t until = clock_now() + (uint64_t)ms * 1000000;
	snprintf(name, sizeof name, "account-%lld", (long long)account);
	while ((w->lock = lock_take(w->site->store, name, err)) == -EAGAIN && clock_now() < until) {
		if (work_quit)
			return -ECANCELED;
		work_pause(LOCK_PAUSE_MS);
	}
	return w->lock < 0 ? w->lock : 0;
}

void work_log(const struct work *w, const char *fmt, ...)
{
	char now[CLOCK_TEXT], line[LINE_MOST];
	va_list args;
	if (w->log < 0)
		return;
	int n = snprintf(line, sizeof line, "%s ", clock_text(now));
	va_start(args, fmt);
	vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, args);
	va_end(args);
	size_t len = strlen(line);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	if (write(w->log, line, len) < 0)
		return; /* a log that cannot be written stops nobody */
}

void work_notify(struct work *w, const struct party *p, const char *key, const char *event, const char *text)
{
	struct err err = { 0 };
	size_t i = 0;
	work_log(w, "%s/%s %s: %s", p->campaign.name, p->account.name, event, text ? text : "");
	if (!hook_is_there(w->site, "notify"))
		return;
	while (i < WORK_NOTICES && w->notices[i] && child_look(w->notices[i])->running)
		i++;
	i = i < WORK_NOTICES ? i : 0; /* the oldest has had time enough */
	child_free(w->notices[i]);
	w->notices[i] = NULL;
	struct hook h = {
		.name = "notify", .key = key, .party = p, .event = event, .text = text, .log_fd = w->log
	};
	if (hook_start(&w->notices[i], w->site, &h, &err))
		work_log(w, "%s", err.text);
}

int64_t work_boot(char boot[static STORE_NAME])
{
	struct timespec ts = { 0 };
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, boot, STORE_NAME - 1);
	if (fd >= 0)
		close(fd);
	boot[n > 0 ? n : 0] = 0;
	boot[strcspn(boot, "\n")] = 0;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

int work_never(void *arg, struct team *t)
{
	(void)arg, (void)t;
	return 0;
}

void work_pause(int ms)
{
	poll(NULL, 0, ms);
}
