/* findings_tell.h - findings as people and programs are told of them. Pure but for the line and event, which are the caller's. */
#pragma once
#include "dbdump/findings.h"
#include "xfer/base/event.h"
#include "xfer/base/line.h"

/* A headline, then each with its remedy. */
void findings_text(struct line *to, const struct findings *f);
/* Members of the event that is begun: counts {certain, likely, note}, findings [{severity, code, object, reason, remedy}], unseen
 * [{what}]. */
void findings_event(struct event *e, const struct findings *f);
