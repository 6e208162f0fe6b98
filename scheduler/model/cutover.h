/* cutover.h - one account's way from one server to the other: from the button to the end of its outage.
 *
 *   planned → freezing → copying → scanning → verifying → switching ║ thawing → gathering → done
 *
 * The double line is the point of no return: the switch has succeeded. Before it every failure, and the end of the window, lead
 * back: what was switched is switched back, the account is thawed where it came from (this ends the outage), and then what was
 * copied is taken away. Behind it there is no way back but a cutover in the other direction.
 *
 * A step that fails on the way back, or behind the double line, cannot be given up: the state stays, and support is called. CUT_RETRY
 * does the step again; where it never will succeed (a name server or a machine that is gone) support does what can be done and says
 * CUT_BY_HAND, on the record. Steps may be done twice, so after a crash the state's own step is simply done again.
 *
 * Pure: no clock, no store, cannot fail. Any thread. */
#pragma once
#include <stdbool.h>

enum cutover_state {
	CUTOVER_PLANNED,     /* nothing was touched: can be moved and cancelled */
	CUTOVER_FREEZING,    /* the outage begins */
	CUTOVER_COPYING,     /* final file and mail pass, and the databases, side by side */
	CUTOVER_SCANNING,    /* has anything changed although it is frozen? */
	CUTOVER_VERIFYING,   /* both sides are compared */
	CUTOVER_SWITCHING,   /* names, forwarding */
	CUTOVER_THAWING,     /* the destination begins to serve, and the outage ends */
	CUTOVER_GATHERING,   /* mail that came late to the old side is added on the new one */
	CUTOVER_UNSWITCHING, /* the way back */
	CUTOVER_RETHAWING,   /* the source serves again, and the outage ends */
	CUTOVER_CLEARING,    /* databases dropped at the destination, files there marked as not live */
	CUTOVER_DONE,
	CUTOVER_ROLLED_BACK,
	CUTOVER_CANCELLED,
	CUTOVER_STATES
};

enum cutover_event {
	CUT_START,	 /* the window opens, and fits */
	CUT_MOVE,	 /* another time was chosen */
	CUT_CANCEL,	 /* the client does not want to any more */
	CUT_OK,		 /* the step succeeded */
	CUT_FAIL,	 /* the step failed, after its own retries */
	CUT_LEAK,	 /* the second scan found a change */
	CUT_OUT_OF_TIME, /* what is left cannot end before the deadline less the way back */
	CUT_GIVE_UP,	 /* client or support want it rolled back */
	CUT_UNTOUCHED,	 /* the switch failed, and says that it has changed nothing */
	CUT_RETRY,	 /* support: once more */
	CUT_BY_HAND,	 /* support: it is done, or cannot be and need not */
	CUT_LOST,	 /* support: the destination is gone before it served anybody */
	CUTOVER_EVENTS
};

/* What is to be done in a state; the state is stored before it is done. */
enum cutover_action {
	CUT_DO_NOTHING,
	CUT_DO_FREEZE,
	CUT_DO_COPY,
	CUT_DO_SCAN,
	CUT_DO_VERIFY,
	CUT_DO_SWITCH,
	CUT_DO_THAW_DESTINATION,
	CUT_DO_GATHER,
	CUT_DO_UNSWITCH,
	CUT_DO_THAW_SOURCE,
	CUT_DO_CLEAR,
	CUT_DO_CALL_SUPPORT
};

struct cutover_move {
	bool allowed; /* false: the event means nothing here; it came late, twice, or is refused */
	enum cutover_state to;
	enum cutover_action action;
};

/* Whom the account's visitors reach. */
enum cutover_side { SIDE_SOURCE, SIDE_NOBODY, SIDE_DESTINATION };

struct cutover_move cutover_next(enum cutover_state from, enum cutover_event on);
/* What is to be done, or done again after a crash, in this state. */
enum cutover_action cutover_action(enum cutover_state s);
/* The side that may serve. In the switch, and on the way back from it, nobody does: both sides are frozen. */
enum cutover_side cutover_serves(enum cutover_state s);
/* No event leads on. */
bool cutover_ended(enum cutover_state s);
/* The account is at the destination, be there mail to gather still or not. */
bool cutover_arrived(enum cutover_state s);
/* The switch has succeeded. */
bool cutover_is_final(enum cutover_state s);
/* The account is down. */
bool cutover_is_outage(enum cutover_state s);

/* One word for reports and the store: "copying". */
const char *cutover_name(enum cutover_state s);
/* The state of this name, or -EINVAL. */
int cutover_parse(enum cutover_state *out, const char *name);
