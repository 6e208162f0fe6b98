/* meaning.h - what an exit status means for the scheduler. Pure. */
#pragma once

/* One sentence for a person, without a full stop. Never NULL. */
const char *meaning_of(int status);
