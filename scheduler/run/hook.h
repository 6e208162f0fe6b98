/* hook.h - a site's executable as a child process: what it is told. The contract is scheduler/hooks/README.md's.
 *
 * Nothing is kept between calls. One thread at a time. */
#pragma once
#include "scheduler/run/child.h"
#include "scheduler/run/party.h"
#include "scheduler/site/site.h"

struct hook {
	const char *name; /* "freeze" */
	const char *key;  /* the same each time the same step is tried */
	bool undo;
	const struct party *party;	  /* account.id 0: the campaign's alone */
	const struct store_server *where; /* where it acts; NULL */
	const char *transit;		  /* of the campaign; "" */
	const char *event;		  /* of notify: what has happened, and */
	const char *text;		  /* in words; NULL */
	int log_fd;
	void (*hear)(void *arg, const json_t *event);
	void *arg;
};

/* Is there such a hook at this site? */
bool hook_is_there(const struct site *site, const char *name);
/* -ENOENT, with its path: there is none. The caller frees the child. */
int hook_start(struct child **out, const struct site *site, const struct hook *h, struct err *err);
/* The failed hook may succeed if tried again (exit status 75, or its time limit). */
bool hook_may_retry(const struct child *c);
/* It failed, and is certain that it has changed nothing. */
bool hook_untouched(const struct child *c);
