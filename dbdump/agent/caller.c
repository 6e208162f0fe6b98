#include "dbdump/agent/caller.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "dbdump/agent/greeting.h"
#include "dbdump/agent/lifeline.h"
#include "xfer/base/clock.h"
#include "xfer/front/remote.h"

enum {
	RESUMED_MOST = 1000,
	FIRST_PAUSE_MS = 250, /* twice as long each time, where a link carried nothing */
	PAUSE_MOST_MS = 8000,
};
#define PATIENCE (4 * CLOCK_SECOND) /* for the agent to end, before chan_close ends us */

struct caller {
	const struct caller_job *job;
	struct caller_news *news;
	struct lifeline line;
	struct greeting greeting;
	uint64_t lost_at,
		carried;    /* at the last loss before which something was carried, or the link stood */
	uint64_t joined_at; /* when the link came to be */
	unsigned tries;	    /* since then */
	uint64_t ended_at;  /* clock_now when our side said no more; 0 */
};

/* One attempt. -EINTR: nobody wants it any more. */
static int reach(struct caller *c, uint64_t until, struct err *err)
{
	uint8_t bytes[GREETING_SIZE];
	struct greeting answer;
	struct chan *link;
	int rc = remote_run(&link, c->job->words, err);
	if (rc < 0)
		return rc;
	c->greeting.received = lasting_received(c->line.stream);
	greeting_pack(bytes, &c->greeting);
	struct iovec iov = { bytes, sizeof bytes };
	if (chan_write(link, &iov, 1) != sizeof bytes)
		rc = err_say(err, -ECONNRESET, "the connection ended");
	else
		rc = greeting_read(&answer, chan_rfd(link), c->line.app_ended ? -1 : chan_rfd(c->line.app),
				   until, err);
	if (rc == 0) {
		c->joined_at = clock_now();
		return lifeline_join(&c->line, link, answer.received, NULL, 0, err);
	}
	if (rc != -ECONNRESET)
		chan_signal(link, SIGKILL);
	chan_close(link);
	return rc;
}

/* 0: it may be tried again now; -EINTR: nobody wants it any more. */
static int pause_before(const struct caller *c)
{
	unsigned n = c->tries < 6 ? c->tries : 6;
	int ms = n ? FIRST_PAUSE_MS << (n - 1) : 0;
	struct pollfd p = { .fd = chan_rfd(c->line.app), .events = POLLRDHUP };
	return poll(&p, 1, ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS) > 0 ? -EINTR : 0;
}

static void note_loss(struct caller *c)
{
	uint64_t carried = lasting_carried(c->line.stream);
	/* while indexes are made nobody says a thing but PING; one on which nothing came at all is given up after half of that */
	bool stood = clock_now() - c->joined_at > 2 * c->job->silence_s * CLOCK_SECOND;
	atomic_fetch_add(&c->news->lost, 1);
	if (c->lost_at && carried == c->carried && !stood)
		return;
	c->carried = carried;
	c->lost_at = clock_now();
	c->tries = 0;
}

/* The link is lost; err says how. 0: there is a new one. */
static int take_up_again(struct caller *c, struct err *err)
{
	struct err why = { 0 }, loss = *err;
	uint64_t wait = c->job->wait_s * CLOCK_SECOND, silence = c->job->silence_s * CLOCK_SECOND;
	int rc = -ETIMEDOUT;
	note_loss(c);
	c->greeting.again = true;
	while (rc != -EINTR && rc != -ECONNABORTED && clock_now() - c->lost_at < wait &&
	       atomic_load(&c->news->resumed) < RESUMED_MOST) {
		rc = pause_before(c);
		c->tries++;
		if (rc == 0)
			rc = reach(c, clock_now() + silence, &why);
		if (rc == 0) {
			atomic_fetch_add(&c->news->resumed, 1);
			return 0;
		}
	}
	if (c->job->wait_s)
		err_say(err, loss.code, "%.200s, and could not be taken up again%s%.200s", loss.text,
			why.code ? ": " : "", why.text);
	return err->code;
}

/* Is nothing left to be done? An agent that did not hear that it is over waits for another link. */
static bool is_over(struct caller *c)
{
	if (!c->line.app_ended)
		return false;
	if (!c->ended_at)
		c->ended_at = clock_now();
	if (!c->line.link || clock_now() - c->ended_at > PATIENCE)
		return true;
	return lasting_is_over(c->line.stream) && lasting_said_end(c->line.stream);
}

/* The remote shell that ends before an answer came has said itself why. */
static int pass_on(struct caller *c, struct err *err)
{
	struct pollfd none = { .fd = -1 };
	int rc = reach(c, 0, err);
	if (rc == -ECONNRESET || rc == -EINTR) {
		err->code = 0;
		return rc;
	}
	while (rc == 0 && !is_over(c)) {
		rc = lifeline_turn(&c->line, &none, err);
		if (rc == 0)
			continue;
		lifeline_part(&c->line, rc != -ECONNRESET);
		if (rc == -ECONNABORTED)
			break;
		/* what it is wanted for is done */
		rc = c->line.app_ended || lasting_is_over(c->line.stream) ? 0 : take_up_again(c, err);
	}
	return rc;
}

/* Back into the foreground, where ssh may ask for a password; but Ctrl-C is for our parent, who has something to say to the agent
 * then. Ignored by us, the signals are by ssh, too. */
static void take_place(void)
{
	setpgid(0, getpgid(getppid()));
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

static int body(void *ctx, int fd)
{
	struct caller *c = ctx;
	struct chan *app;
	struct err err = { 0 };
	take_place();
	if (c->job->foreign >= 0)
		close(c->job->foreign);
	int rc = chan_open_fds(&app, fd, fd, &err);
	if (rc == 0)
		rc = lifeline_init(&c->line, app, c->job->silence_s, &err);
	if (rc == 0)
		rc = pass_on(c, &err);
	if (rc < 0)
		c->news->err = err;
	lifeline_fini(&c->line);
	return 0;
}

int caller_open(struct chan **out, struct caller_news **news, const struct caller_job *job, struct err *err)
{
	struct caller c = { .job = job, .greeting = { .wait_s = job->wait_s, .silence_s = job->silence_s } };
	if (getrandom(c.greeting.name, GREETING_NAME, 0) != GREETING_NAME ||
	    getrandom(c.greeting.secret, GREETING_SECRET, 0) != GREETING_SECRET)
		return err_set(err, -errno, "random bytes");
	void *shared = mmap(NULL, sizeof *c.news, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return err_set(err, -errno, "memory");
	*news = c.news = shared;
	return chan_open_fork(out, body, &c, err);
}

void caller_forget(struct caller_news *news)
{
	if (news)
		munmap(news, sizeof *news);
}
