/* format: attributes as words, and words as modes. Pure functions but for the user database. */
#ifndef APPS_COMMON_FORMAT_H
#define APPS_COMMON_FORMAT_H

#include "apps/common/tool.h"

enum { FORMAT_ROOM = 64 };

/* "drwxr-xr-x" */
void format_mode (const PVFS_sys_attr *attr, char buf[FORMAT_ROOM]);
const char *format_type (PVFS_ds_type type);
/* "2026-01-31 14:03", local time; with seconds and zone if `long_form`. */
void format_time (PVFS_time t, bool long_form, char buf[FORMAT_ROOM]);
/* A name, or the number if there is none or `numeric`. */
void format_user (PVFS_uid uid, bool numeric, char buf[FORMAT_ROOM]);
void format_group (PVFS_gid gid, bool numeric, char buf[FORMAT_ROOM]);
void format_size (PVFS_size size, bool human, char buf[FORMAT_ROOM]);
/* A string of JSON with its quotes. */
void print_json_text (const char *text);

/* The mode that `text` ("644", "u+x,go-w", "a=rX") makes of an old one. False: it is no mode. A
 * symbolic one without letters before the operator spares the bits of the umask. */
bool parse_mode (const char *text, uint32_t old, bool directory, mode_t mask, uint32_t *ret);

#endif
