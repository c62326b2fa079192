/* pvfs2.h - the one header that programs include. */
#ifndef PVFS2_H
#define PVFS2_H

#define PVFS2_VERSION_MAJOR 2
#define PVFS2_VERSION_MINOR 10
#define PVFS2_VERSION_SUB   0

/* statfs(2)'s f_type of a PVFS2 kernel mount. */
#define PVFS2_SUPER_MAGIC 0x20030528

#include "pvfs2-types.h"
#include "pvfs2-request.h"
#include "pvfs2-hint.h"
#include "pvfs2-debug.h"
#include "pvfs2-sysint.h"
#include "pvfs2-ctx.h"
#include "pvfs2-mgmt.h"
#include "pvfs2-util.h"

#endif
