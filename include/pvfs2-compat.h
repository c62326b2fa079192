/* pvfs2-compat.h - the argument lists of PVFS2 2.7 and older: no hints, and no layout at create.
 *
 * Included after (or instead of) pvfs2.h by programs written for them, ROMIO among others.  In a
 * file that includes it the long forms can no longer be called by name.
 */
#ifndef PVFS2_COMPAT_H
#define PVFS2_COMPAT_H

#include "pvfs2.h"

#undef PVFS_sys_read
#undef PVFS_sys_write
#undef PVFS_isys_read
#undef PVFS_isys_write

#define PVFS_sys_create(name, ref, attr, cred, dist, resp)                                       \
    PVFS_sys_create (name, ref, attr, cred, dist, resp, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL)
#define PVFS_sys_lookup(fs_id, name, cred, resp, follow)                                         \
    PVFS_sys_lookup (fs_id, name, cred, resp, follow, PVFS_HINT_NULL)
#define PVFS_sys_ref_lookup(fs_id, path, parent, cred, resp, follow)                             \
    PVFS_sys_ref_lookup (fs_id, path, parent, cred, resp, follow, PVFS_HINT_NULL)
#define PVFS_sys_getattr(ref, mask, cred, resp)                                                  \
    PVFS_sys_getattr (ref, mask, cred, resp, PVFS_HINT_NULL)
#define PVFS_sys_setattr(ref, attr, cred) PVFS_sys_setattr (ref, attr, cred, PVFS_HINT_NULL)
#define PVFS_sys_mkdir(name, ref, attr, cred, resp)                                              \
    PVFS_sys_mkdir (name, ref, attr, cred, resp, PVFS_HINT_NULL)
#define PVFS_sys_readdir(ref, token, count, cred, resp)                                          \
    PVFS_sys_readdir (ref, token, count, cred, resp, PVFS_HINT_NULL)
#define PVFS_sys_remove(name, ref, cred) PVFS_sys_remove (name, ref, cred, PVFS_HINT_NULL)
#define PVFS_sys_rename(old_name, old_ref, new_name, new_ref, cred)                              \
    PVFS_sys_rename (old_name, old_ref, new_name, new_ref, cred, PVFS_HINT_NULL)
#define PVFS_sys_symlink(name, ref, target, attr, cred, resp)                                    \
    PVFS_sys_symlink (name, ref, target, attr, cred, resp, PVFS_HINT_NULL)
#define PVFS_sys_truncate(ref, size, cred) PVFS_sys_truncate (ref, size, cred, PVFS_HINT_NULL)
#define PVFS_sys_getparent(fs_id, name, cred, resp)                                              \
    PVFS_sys_getparent (fs_id, name, cred, resp, PVFS_HINT_NULL)
#define PVFS_sys_flush(ref, cred) PVFS_sys_flush (ref, cred, PVFS_HINT_NULL)
#define PVFS_sys_statfs(fs_id, cred, resp) PVFS_sys_statfs (fs_id, cred, resp, PVFS_HINT_NULL)

#define PVFS_sys_read(ref, file_req, off, buf, mem_req, cred, resp)                              \
    PVFS_sys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_READ, PVFS_HINT_NULL)
#define PVFS_sys_write(ref, file_req, off, buf, mem_req, cred, resp)                             \
    PVFS_sys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_WRITE, PVFS_HINT_NULL)
#define PVFS_isys_read(ref, file_req, off, buf, mem_req, cred, resp, op_id, user_ptr)            \
    PVFS_isys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_READ, op_id,             \
                  PVFS_HINT_NULL, user_ptr)
#define PVFS_isys_write(ref, file_req, off, buf, mem_req, cred, resp, op_id, user_ptr)           \
    PVFS_isys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_WRITE, op_id,            \
                  PVFS_HINT_NULL, user_ptr)

#endif
