#include "scheduler/cli/command.h"

#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/model/account.h"

#define BASIC (OF_ALL | OF_STORE)

/* clang-format off */
/* In the order in which the help shows them; a line of help fits 80 columns. */
const struct command commands[] = {
	{ "init", NULL, OF_ALL | OF_INIT, NO_STORE, NULL, 0, 0, 0, cmd_init, "make the store" },

	{ "server", "add", BASIC | OF_SERVER, SUPPORT_ONLY, "NAME", 1, 1, 0, cmd_server_add, "a client's server, or a transit server" },
	{ "server", "set", BASIC | OF_SERVER, SUPPORT_ONLY, "NAME", 1, 1, 0, cmd_server_set, "change what is given, and no more" },
	{ "server", "show", BASIC, 0, "[NAME]", 0, 1, 0, cmd_server_show, "one, or all of them" },
	{ "server", "list", BASIC, 0, NULL, 0, 0, 0, cmd_server_list, "a line for each" },

	{ "campaign", "add", BASIC | OF_CAMPAIGN, SUPPORT_ONLY, "NAME", 1, 1, 0, cmd_campaign_add, "a server's move begins" },
	{ "campaign", "request", BASIC, 0, "NAME", 1, 1, CAMP_REQUEST, cmd_campaign_event, "client: all accounts are ready" },
	{ "campaign", "withdraw", BASIC, 0, "NAME", 1, 1, CAMP_WITHDRAW, cmd_campaign_event, "not yet after all" },
	{ "campaign", "transit", BASIC, SUPPORT_ONLY, "NAME", 1, 1, CAMP_ASK_TRANSIT, cmd_campaign_event, "ask for a transit server" },
	{ "campaign", "reinstall", BASIC, 0, "NAME", 1, 1, CAMP_ASK_REINSTALL, cmd_campaign_event, "client: it can be reinstalled" },
	{ "campaign", "go", BASIC, SUPPORT_ONLY, "NAME", 1, 1, CAMP_REINSTALL, cmd_campaign_event, "reinstall the server now" },
	{ "campaign", "release", BASIC, SUPPORT_ONLY, "NAME", 1, 1, CAMP_RELEASE, cmd_campaign_event, "give the transit server back" },
	{ "campaign", "cancel", BASIC, 0, "NAME", 1, 1, CAMP_CANCEL, cmd_campaign_event, "there will be no move" },
	{ "campaign", "done-by-hand", BASIC, SUPPORT_ONLY, "NAME", 1, 1, CAMP_BY_HAND, cmd_campaign_event, "its step's work was done by a person" },
	{ "campaign", "show", BASIC, 0, "NAME", 1, 1, 0, cmd_campaign_show, "all about it" },
	{ "campaign", "list", BASIC, 0, NULL, 0, 0, 0, cmd_campaign_list, "a line for each" },

	{ "account", "add", BASIC | OF_ITEMS, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_add, "with what it consists of" },
	{ "account", "claim", BASIC | OF_ITEMS, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_claim, "this belongs to it, too" },
	{ "account", "unclaim", BASIC | OF_ITEMS, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 1, cmd_account_claim, "this does not" },
	{ "account", "ready", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, ACC_READY, cmd_account_event, "it is fit for the new infrastructure" },
	{ "account", "unready", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, ACC_UNREADY, cmd_account_event, "it is not yet" },
	{ "account", "remove", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, ACC_REMOVE, cmd_account_event, "it is none of the campaign's" },
	{ "account", "confirm", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, ACC_CONFIRM, cmd_account_event, "it works where it is now" },
	{ "account", "unconfirm", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, ACC_UNCONFIRM, cmd_account_event, "it does not" },
	{ "account", "show", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_show, "all about it" },

	{ "account", "rehearse", BASIC | OF_REHEARSE, TAKES_ACCOUNT | SUPPORT_ONLY, "ACCOUNT", 1, 1, 0, cmd_account_rehearse, "its databases, onto a test server" },
	{ "account", "estimate", BASIC | OF_BACK, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_estimate, "how long it will be down, and why" },
	{ "account", "request", BASIC | OF_WHEN | OF_BACK, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_request, "a cutover: the button" },
	{ "account", "move", BASIC | OF_WHEN, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_move, "its cutover, to another time" },
	{ "account", "cancel", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_cancel, "its cutover, until it starts" },
	{ "account", "rollback", BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_account_rollback, "its cutover, until it switches" },
	{ "account", "extend", BASIC | OF_SECONDS, TAKES_ACCOUNT | SUPPORT_ONLY, "ACCOUNT", 1, 1, 0, cmd_account_extend, "its window" },
	{ "account", "retry", BASIC, TAKES_ACCOUNT | SUPPORT_ONLY, "ACCOUNT", 1, 1, CUT_RETRY, cmd_account_support, "the step that is stuck" },
	{ "account", "by-hand", BASIC, TAKES_ACCOUNT | SUPPORT_ONLY, "ACCOUNT", 1, 1, CUT_BY_HAND, cmd_account_support, "that step was done by a person" },
	{ "account", "lost", BASIC, TAKES_ACCOUNT | SUPPORT_ONLY, "ACCOUNT", 1, 1, CUT_LOST, cmd_account_support, "its destination is gone, never served" },

	{ "transit", "add", BASIC | OF_TRANSIT, SUPPORT_ONLY, "SERVER", 1, 1, 0, cmd_transit_add, "a server becomes one" },
	{ "transit", "set", BASIC | OF_EXPECTED, SUPPORT_ONLY, "SERVER", 1, 1, 0, cmd_transit_set, "when it will be free" },
	{ "transit", "list", BASIC, 0, NULL, 0, 0, 0, cmd_transit_list, "who has which, and who waits" },

	{ "serve", NULL, OF_ALL, SUPPORT_ONLY | NO_STORE, NULL, 0, 0, 0, cmd_serve, "the daemon: carries out what is due" },
	{ "work", NULL, OF_ALL, SUPPORT_ONLY | NO_STORE | HIDDEN, "KIND WHO", 2, 2, 0, cmd_work, "one piece of it" },
	{ "resync", NULL, BASIC | OF_RESYNC, TAKES_ACCOUNT | SUPPORT_ONLY, "ACCOUNT", 1, 1, 0, cmd_resync, "copy it by hand, outside of any window" },
	{ "plan", NULL, BASIC, 0, NULL, 0, 0, 0, cmd_plan, "cutovers planned and under way, by time" },
	{ "status", NULL, BASIC, 0, "[CAMPAIGN]", 0, 1, 0, cmd_status, "where all is, what is stuck, what can be done" },
	{ "report", NULL, BASIC | OF_REPORT, 0, "[CAMPAIGN]", 0, 1, 0, cmd_report, "promised and measured, what it proved" },
	{ "bill", NULL, BASIC, 0, "[CAMPAIGN]", 0, 1, 0, cmd_bill, "what transit servers cost" },
	{ "audit", NULL, BASIC | OF_AUDIT, 0, NULL, 0, 0, 0, cmd_audit, "who did what, when and why" },
	{ "dns", NULL, BASIC, TAKES_ACCOUNT, "ACCOUNT", 1, 1, 0, cmd_dns, "what its client has to do in the DNS" },
};
/* clang-format on */
const size_t command_count = sizeof commands / sizeof *commands;

const char *command_name(char out[static COMMAND_NAME], const struct command *c)
{
	snprintf(out, COMMAND_NAME, "%s%s%s", c->group, c->name ? " " : "", c->name ? c->name : "");
	return out;
}

const struct command *command_find(char *const words[], size_t count, size_t *used)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = &commands[i];
		*used = c->name ? 2 : 1;
		if (count >= *used && !strcmp(c->group, words[0]) && (!c->name || !strcmp(c->name, words[1])))
			return c;
	}
	return NULL;
}

bool command_is_group(const char *word)
{
	for (size_t i = 0; i < command_count; i++)
		if (commands[i].name && !strcmp(commands[i].group, word))
			return true;
	return false;
}
