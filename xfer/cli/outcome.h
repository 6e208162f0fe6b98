/* outcome.h - from the accounts of both sides to the report and the exit status. Pure. */
#pragma once
#include "xfer/tree/transfer.h"

struct outcome {
	bool verify;		     /* the command was verify */
	uint64_t failures, vanished; /* items told as failed, and how many of them were gone */
};

/* Fills *r with what both sides counted, as far as the run came. */
void outcome_count(struct report *r, const struct transfer *t, const struct outcome *how);
/* The run ended by itself: how? r as outcome_count left it. */
int outcome_status(const struct report *r, const struct transfer *t, const struct outcome *how);
