/* next.h - what may be done next with a campaign, an account or a cutover, and by whom: the model asked about every event that a person
 * can cause. Pure. */
#pragma once
#include <stddef.h>

#include "scheduler/model/account.h"

struct next {
	const char *command; /* of scheduler: "account ready" */
	const char *who;     /* "client" (support may as well), "support" */
};

enum { NEXT_MOST = 16 };

/* Each returns how many there are in out. */
size_t next_campaign(struct next out[static NEXT_MOST], enum campaign_state s,
		     const struct campaign_facts *facts);
/* Without its cutover. */
size_t next_account(struct next out[static NEXT_MOST], enum account_state s, enum campaign_state during);
size_t next_cutover(struct next out[static NEXT_MOST], enum cutover_state s);
