/* campaign.h - a client's server on its way through the eight steps of the procedure.
 *
 * The gates: no transit server before all accounts are ready; no reinstallation before all are away and confirmed and an inventory
 * has found nothing at the server that no account claims; no release of the transit server before all are home, the addresses lead
 * home, and an inventory has found nothing there either. Accounts that were removed from the campaign count nowhere.
 *
 * Where support's hooks work (restoring, installing, rerouting, ...) a failure leaves the state as it is and calls support.
 * Pure: no clock, no store, cannot fail. Any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum campaign_state {
	CAMPAIGN_PREPARING,    /* 1 */
	CAMPAIGN_REQUESTED,    /* 2: languages are being removed */
	CAMPAIGN_CHECKING,     /* 2: the client checks one last time */
	CAMPAIGN_RESTORING,    /* 2: withdrawn; languages are being restored */
	CAMPAIGN_WAITING,      /* 3: for a transit server of this configuration */
	CAMPAIGN_INSTALLING,   /* 3: it */
	CAMPAIGN_AHEAD,	       /* 3: files and mail are copied ahead for the first time */
	CAMPAIGN_OUT,	       /* 4: accounts move as the client says */
	CAMPAIGN_VERIFYING,    /* 5: all are away */
	CAMPAIGN_INVENTORY,    /* 6: asked for; does the server hold anything that no account claims? */
	CAMPAIGN_REROUTING,    /* 6 */
	CAMPAIGN_REROUTED,     /* 6: the last moment at which the server's content is still there */
	CAMPAIGN_UNROUTING,    /* 6: the reinstallation was stopped before it began */
	CAMPAIGN_LOOKING,      /* 6: the inventory once more, which may be days old by now */
	CAMPAIGN_REINSTALLING, /* 6: the server's old content ends here */
	CAMPAIGN_BEHIND,       /* 6: files and mail are copied ahead, onto the reinstalled server */
	CAMPAIGN_BACK,	       /* 7 */
	CAMPAIGN_ROUTING,      /* 7: all are home; the server's addresses lead to it again */
	CAMPAIGN_HELD,	       /* 8: the transit server is still there */
	CAMPAIGN_SWEEPING,     /* 8: does that hold anything that nobody claims? */
	CAMPAIGN_RELEASING,    /* 8 */
	CAMPAIGN_DROPPING,     /* the transit server is given back before any account moved */
	CAMPAIGN_DONE,
	CAMPAIGN_CANCELLED,
	CAMPAIGN_STATES
};

enum campaign_event {
	CAMP_REQUEST,	    /* client */
	CAMP_WITHDRAW,	    /* client, or support */
	CAMP_ASK_TRANSIT,   /* support */
	CAMP_ASSIGNED,	    /* a transit server is free, and is ours */
	CAMP_ALL_AWAY,	    /* the last account has arrived there */
	CAMP_ONE_BACK,	    /* one has come back */
	CAMP_ASK_REINSTALL, /* client */
	CAMP_DIRTY,	    /* the inventory found what nobody claims */
	CAMP_REINSTALL,	    /* support: now */
	CAMP_ALL_HOME,
	CAMP_ONE_AWAY, /* one had to go to the transit server again */
	CAMP_RELEASE,  /* support */
	CAMP_CANCEL,   /* client, or support */
	CAMP_OK,       /* the state's own work succeeded */
	CAMP_FAIL,
	CAMP_BY_HAND, /* support: it is done, or cannot be and need not; an inventory is never done by hand */
	CAMPAIGN_EVENTS
};

/* What the state has to do by itself; it ends with CAMP_OK or CAMP_FAIL (or CAMP_DIRTY). */
enum campaign_work {
	CAMP_DO_NOTHING,
	CAMP_DO_REMOVE_LANGUAGES,
	CAMP_DO_RESTORE_LANGUAGES,
	CAMP_DO_INSTALL,
	CAMP_DO_PRECOPY,
	CAMP_DO_INVENTORY,
	CAMP_DO_REROUTE,
	CAMP_DO_UNROUTE,
	CAMP_DO_REINSTALL,
	CAMP_DO_PRECOPY_BACK,
	CAMP_DO_SWEEP, /* the inventory of the transit server */
	CAMP_DO_RELEASE
};

/* The accounts, by where they are; account_count fills it. */
struct campaign_facts {
	size_t accounts;
	size_t ready;	  /* or beyond */
	size_t away;	  /* at the transit server, with no cutover planned or under way */
	size_t confirmed; /* of those */
	size_t home;
	size_t cutovers;
};

struct campaign_move {
	bool allowed;
	enum campaign_state to;
	bool call_support;
	const char *refused; /* why not; NULL where allowed */
};

struct campaign_move campaign_next(enum campaign_state from, enum campaign_event on,
				   const struct campaign_facts *facts);
enum campaign_work campaign_work(enum campaign_state s);
/* The procedure's number of the step, 1 to 8; 0: cancelled. */
unsigned campaign_step(enum campaign_state s);
/* No event leads on. */
bool campaign_ended(enum campaign_state s);

const char *campaign_name(enum campaign_state s);
int campaign_parse(enum campaign_state *out, const char *name);
