/* options.h - what a command line says. Strings are owned, NULL where nothing was said; options_fini frees them. Any thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/strings.h"

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_MARKDOWN };
enum { NOT_SAID = -1 };

struct options {
	/* every command */
	char *config;
	bool json;
	/* every command with a store */
	char *as, *why;
	int64_t store_wait_s;

	bool print_config;

	/* server: "" takes away what was there */
	char *ssh, *rsh, *root, *mariadb, *postgresql, *addresses, *generation;
	int64_t cores, memory_gb, disk_gb; /* NOT_SAID */

	/* campaign add */
	char *server, *zone, *configuration;
	int64_t month_cents; /* NOT_SAID */

	struct strings items; /* of an account: kind and value in turn */

	/* a cutover */
	char *at;
	bool now, next, back;
	int64_t seconds; /* NOT_SAID */

	char *expected; /* transit add: a day */

	struct strings parts; /* resync: "part" and a kind in turn */
	char *to, *on;	      /* servers */
	bool go, force;

	unsigned format; /* enum report_format */
	char *campaign, *since;
};

/* The defaults; owns nothing yet. */
void options_init(struct options *o);
void options_fini(struct options *o);
