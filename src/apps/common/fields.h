/* fields: what tools say of objects, one field after the other – lines, or a JSON array with an object for each. Standard output; one thread. */
#ifndef APPS_COMMON_FIELDS_H
#define APPS_COMMON_FIELDS_H

#include "apps/common/session.h"

struct fields {
    bool json;
    bool any; /* something was said */
};

/* Around all: the array. */
void fields_open (const struct fields *f);
void fields_close (const struct fields *f);

/* Around an object, which the title names. Lines are parted by an empty one. */
void fields_begin (struct fields *f, const char *title);
void fields_end (const struct fields *f);

void fields_number (const struct fields *f, const char *name, long long value);
void fields_handle (const struct fields *f, const char *name, PVFS_handle value);
void fields_text (const struct fields *f, const char *name, const char *value);

/* Mode (octal, with the type), links, owner, group, size, blocks or device, times (ns since 1970), changes. */
void fields_stat (const struct fields *f, const PVFS_stat *st);
/* Target of a link; entries of a directory and how it spreads; distribution of a file. All of them were asked for. */
void fields_attr (const struct fields *f, const PVFS_sys_attr *a);

#endif
