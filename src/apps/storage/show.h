/* show: a record of a storage space in words or as a JSON object, one line each; doc/storage.md
 * has the kinds.
 */
#ifndef APPS_STORAGE_SHOW_H
#define APPS_STORAGE_SHOW_H

#include "io/trove/trove.h"

struct show {
    bool json;
    bool first; /* member of its line */
    unsigned long printed;
    unsigned long unreadable; /* records: shown as such */
};

/* False: it cannot be read. */
bool show_record (struct show *s, const struct trove_record *r);

/* Own lines: an object of these members. */
void show_begin (struct show *s);
void show_number (struct show *s, const char *name, uint64_t value);
void show_text (struct show *s, const char *name, const void *text, size_t len);
void show_word (struct show *s, const char *name, const char *word);
void show_end (struct show *s);

/* Around all of them. */
void show_open (struct show *s);
void show_close (struct show *s);

#endif
