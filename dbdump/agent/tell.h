/* tell.h - what a run tells, as messages: those that its observer gets while it lasts, and its report.
 *
 * They come from another host, so what is read may be anything; names in them are raw, as in a report. */
#pragma once
#include "dbdump/report.h"
#include "xfer/base/buf.h"

/* Takes one message. 0 or -errno. */
typedef int tell_send(void *ctx, const void *message, size_t len);

/* Who tells. An error sticks: what comes after it is dropped. */
struct teller {
	tell_send *send;
	void *ctx;
	struct buf message;
	int failed;
};

void teller_init(struct teller *t, tell_send *send, void *ctx);
void teller_fini(struct teller *t);

void tell_progress(struct teller *t, const struct progress *p);
void tell_warning(struct teller *t, const char *text);
void tell_failure(struct teller *t, const struct failure *f);
void tell_connected(struct teller *t, bool source, const struct server_info *info, const struct snapshot *s);
void tell_answer(struct teller *t, const void *data, size_t len);
/* The last. t->failed, or 0. */
int tell_report(struct teller *t, const struct report *r);

/* Is it the message of tell_answer? What was answered is all behind its first byte. */
bool tell_is_answer(const void *message, size_t len);

/* Who is told. */
struct hearing {
	const struct observer *observer; /* NULL: nobody */
	struct report *report;		 /* filled; all zeros at first */
	struct strings *
		words; /* keeps what the report's static strings point to: the caller's, who frees it after the report */
	bool over; /* the report is there */
	uint64_t
		heard; /* bytes that may have been kept of what was said: bounded, since whoever lies may go on for ever */
};

/* Takes a message apart, tells the observer, fills the report. -EBADMSG, -ENOMEM: the report is empty then. */
int hearing_take(struct hearing *h, const uint8_t *message, size_t len, struct err *err);
