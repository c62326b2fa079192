/* format: attributes as words, and words as modes. Pure functions but for the user database. */
#ifndef APPS_COMMON_FORMAT_H
#define APPS_COMMON_FORMAT_H

#include "apps/common/tool.h"

enum { FORMAT_ROOM = 64 };

/* Of the mode of a PVFS_stat: "drwxr-xr-x", and the type in words. */
void format_mode (uint32_t mode, char buf[FORMAT_ROOM]);
const char *format_type (uint32_t mode);
/* "2026-01-31 14:03", local time; with nanoseconds and zone if `long_form`. */
void format_time (PVFS_time_ns t, bool long_form, char buf[FORMAT_ROOM]);
/* "8, 1" */
void format_device (uint64_t rdev, char buf[FORMAT_ROOM]);
/* A name, or the number if there is none or `numeric`. */
void format_user (PVFS_uid uid, bool numeric, char buf[FORMAT_ROOM]);
void format_group (PVFS_gid gid, bool numeric, char buf[FORMAT_ROOM]);
void format_size (PVFS_size size, bool human, char buf[FORMAT_ROOM]);
/* "12d03:45" */
void format_uptime (uint64_t seconds, char buf[FORMAT_ROOM]);
/* A string of JSON with its quotes. */
void print_json_text (const char *text);

/* The mode that `text` ("644", "u+x,go-w", "a=rX") makes of an old one. False: it is no mode. A
 * symbolic one without letters before the operator spares the bits of the umask. */
bool parse_mode (const char *text, uint32_t old, bool directory, mode_t mask, uint32_t *ret);

#endif
