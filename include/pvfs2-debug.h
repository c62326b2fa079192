/* pvfs2-debug.h - the words of the debug mask (PVFS2_DEBUGMASK, EventLogging).
 *
 * A list of keywords separated by commas or blanks, such as "network,msgpair" or "verbose"; a
 * leading '-' takes a keyword away.  Thread-safe.
 */
#ifndef PVFS2_DEBUG_H
#define PVFS2_DEBUG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The mask of a keyword list; unknown words count for nothing. */
uint64_t PVFS_debug_eventlog_to_mask (const char *event_logging);

/* The keyword list of a mask, to be freed by the caller; NULL if there is no memory. */
char *PVFS_debug_mask_to_eventlog (uint64_t mask);

/* The same for the mask of a kernel module, which has its own words. */
uint64_t PVFS_kmod_eventlog_to_mask (const char *event_logging);
char *PVFS_kmod_mask_to_eventlog (uint64_t mask);

#ifdef __cplusplus
}
#endif

#endif
