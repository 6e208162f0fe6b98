/* look.h - what several commands show of campaigns and accounts. Reads the store; nothing is kept. */
#pragma once
#include "scheduler/cli/session.h"

/* The accounts of a campaign, by where they are. */
int look_count(struct session *s, const struct store_campaign *c, struct campaign_facts *out);
/* Its cutover that has not ended. 1: there is one, 0: there is none, or -errno. */
int look_cutover(struct session *s, int64_t account, struct store_cutover *out);
/* Where it stands in line, for one that waits: "2 before it, expected 2026-12-03". "" for another one. */
int look_place(struct session *s, const struct store_campaign *c, char out[static STORE_NAME]);
/* "out (step 4)" */
const char *look_step(char out[static STORE_NAME], enum campaign_state state);
