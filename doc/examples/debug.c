/*
 * Words of the debug mask, as PVFS2_DEBUGMASK and the server's EventLogging take them, to a mask and back.
 *
 * Prints:
 *     network,msgpair
 *     a '-' takes a word away
 */
#include <pvfs2.h>

#include <stdio.h>
#include <stdlib.h>

int
main (void)
{
    uint64_t mask = PVFS_debug_eventlog_to_mask ("network,msgpair,nonsense");
    char *words = PVFS_debug_mask_to_eventlog (mask);
    if (!words)
        return 1;
    printf ("%s\n", words);
    if (PVFS_debug_eventlog_to_mask ("network,msgpair,-network") == PVFS_debug_eventlog_to_mask ("msgpair"))
        printf ("a '-' takes a word away\n");
    free (words);
    return 0;
}
