/*
 * detach: a daemon lets go of its standard streams and directory once it serves, so that nobody
 * waits for their end.
 */
#ifndef KERNEL_BRIDGE_DETACH_H
#define KERNEL_BRIDGE_DETACH_H

/* From here on the log goes to the file, or to syslog as `ident` if there is none (NULL). */
void detach_streams (const char *ident, const char *log_file);

#endif
