/* cmd.h - the commands: see struct command for what each returns. */
#pragma once
#include "scheduler/cli/session.h"

int cmd_init(struct session *s);

int cmd_server_add(struct session *s);
int cmd_server_set(struct session *s);
int cmd_server_show(struct session *s);
int cmd_server_list(struct session *s);

int cmd_campaign_add(struct session *s);
/* The event is the command's. */
int cmd_campaign_event(struct session *s);
int cmd_campaign_show(struct session *s);
int cmd_campaign_list(struct session *s);

int cmd_account_add(struct session *s);
/* The command's event: 0 claims, 1 does not any more. */
int cmd_account_claim(struct session *s);
int cmd_account_event(struct session *s);
int cmd_account_show(struct session *s);

int cmd_status(struct session *s);

/* The daemon, and what it starts. */
int cmd_serve(struct session *s);
int cmd_work(struct session *s);

int cmd_account_estimate(struct session *s);
int cmd_account_request(struct session *s);
int cmd_account_move(struct session *s);
int cmd_account_cancel(struct session *s);
int cmd_account_rollback(struct session *s);
int cmd_account_extend(struct session *s);
/* The command's event: what support may say of a cutover that is stuck. */
int cmd_account_support(struct session *s);

int cmd_transit_add(struct session *s);
int cmd_transit_set(struct session *s);
int cmd_transit_list(struct session *s);

/* By hand. */
int cmd_account_rehearse(struct session *s);
int cmd_resync(struct session *s);

int cmd_plan(struct session *s);
int cmd_report(struct session *s);
int cmd_bill(struct session *s);
int cmd_audit(struct session *s);
int cmd_dns(struct session *s);
