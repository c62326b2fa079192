#!/bin/bash
# Access lists and extended attributes, through two mounts of four servers, and by the servers themselves: tools ask them without a kernel between.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
for word in setfacl setfattr setpriv; do
    has $word "$suite" || exit 0
done

# as UID GROUPS COMMAND...: by numbers; the first group is the primary one.
as ()
{
    local uid=$1 groups=$2
    shift 2
    setpriv --reuid="$uid" --regid="${groups%%,*}" --groups="$groups" "$@"
}

# list PATH: the access list, numeric, on one line.
list ()
{
    getfacl -cpnE "$@" | sed '/^$/d' | xargs
}

# Whoever is to run a tool must reach it.
chmod 711 "$PVFS2_TMP"
cp "$PVFS2_BUILD"/pvfs2-{cp,mkdir,touch,xattr} "$PVFS2_TMP/" && chmod 755 "$PVFS2_TMP"/pvfs2-*
cluster_start 4 --notrovesync
chmod 755 "$cluster" && chmod 644 "$cluster"/{pvfs2tab,fs.conf}
check mounts eval 'mount_at "$m1" entry-timeout=0,attr-timeout=0 && mount_at "$m2" entry-timeout=0,attr-timeout=0' || exit 1
tool ()
{
    local uid=$1 groups=$2 name=$3
    shift 3
    as "$uid" "$groups" "$PVFS2_TMP/$name" "$@"
}

# ---- who gets in -----------------------------------------------------------------------------------

echo text > "$m1/f" && chmod 640 "$m1/f"
check_equal no-list-at-first "user::rw- group::r-- other::---" "$(list "$m1/f")"
check others-may-not says "Permission denied" as 1001 1001 cat "$m2/f"
check list-is-set setfacl -m u:1001:rw,g:2002:r "$m1/f"
check_equal list-is-seen-by-the-other-mount "user::rw- user:1001:rw- group::r-- group:2002:r-- mask::rw- other::---" "$(list "$m2/f")"
check_equal mode-shows-the-mask 660 "$(stat -c %a "$m2/f")"
check ls-shows-a-list eval '[[ $(ls -l "$m2/f") = -rw-rw----+* ]]'
check named-user-reads as 1001 1001 cat "$m2/f"
check named-user-writes as 1001 1001 sh -c 'echo more >> "$1"' - "$m2/f"
check named-group-reads as 1002 2002 cat "$m2/f"
check named-group-among-others-reads as 1002 1002,2002 cat "$m1/f"
check named-group-does-not-write says "Permission denied" as 1002 2002 sh -c 'echo more >> "$1"' - "$m2/f"
check others-may-still-not says "Permission denied" as 1003 1003 cat "$m1/f"
check mask-cuts-the-user eval 'setfacl -m m::r "$m1/f" && says "Permission denied" as 1001 1001 sh -c "echo > $m2/f"'
check chmod-changes-the-mask eval 'chmod 600 "$m1/f" && [ "$(list "$m2/f")" = "user::rw- user:1001:rw- group::r-- group:2002:r-- mask::--- other::---" ]'
check a-mask-of-nothing-shuts-out says "Permission denied" as 1001 1001 cat "$m2/f"
check chmod-back eval 'chmod 664 "$m2/f" && as 1001 1001 cat "$m1/f"'
check chown-leaves-the-list eval 'chown 1003:1003 "$m1/f" && [ "$(list "$m2/f")" = "user::rw- user:1001:rw- group::r-- group:2002:r-- mask::rw- other::r--" ]'
check a-user-with-nothing-although-others-may eval 'setfacl -m u:1001:- "$m1/f" && says "Permission denied" as 1001 2002 cat "$m2/f"'
check list-is-removed eval 'setfacl -b "$m2/f" && [ "$(list "$m1/f")" = "user::rw- group::r-- other::r--" ] && [ "$(stat -c %a "$m1/f")" = 644 ]'
check minimal-list-is-a-mode eval 'setfacl --set u::rwx,g::rx,o::- "$m1/f" && [ "$(stat -c %a "$m2/f")" = 750 ] && ! getfattr -d -m - "$m2/f" | grep -q acl'
check removing-none-is-no-error setfattr -x system.posix_acl_access "$m1/f"

# ---- who may set -----------------------------------------------------------------------------------

check owner-sets as 1003 1003 setfacl -m u:1001:r "$m1/f"
check nobody-else-sets says "Operation not permitted" as 1001 1001 setfacl -m u:1001:rwx "$m1/f"
check default-list-of-a-file-is-refused says "Permission denied" setfattr -n system.posix_acl_default -v "$(getfattr -e hex --only-values -n system.posix_acl_access "$m1/f" | od -An -tx1 | tr -d ' \n' | sed 's/^/0x/')" "$m1/f"
check malformed-list-is-refused says "Invalid argument" setfattr -n system.posix_acl_access -v 0x0200000001000700ffffffff "$m1/f"
check other-version-is-refused says "Operation not supported" setfattr -n system.posix_acl_access -v 0x0300000001000700ffffffff "$m1/f"
check symlink-has-none eval 'ln -s f "$m1/l" && says "Operation not supported" getfattr -h -n system.posix_acl_access "$m1/l"'
check set-group-id-goes-with-a-list-of-no-member eval 'chown 1003:2002 "$m1/f" && chmod 2750 "$m1/f" && as 1003 1003 setfacl -m u:1004:r "$m1/f" &&
    [ "$(stat -c %a "$m2/f")" = 750 ]'
check set-group-id-stays-with-a-member eval 'chmod 2750 "$m1/f" && as 1003 1003,2002 setfacl -m u:1005:r "$m1/f" && [ "$(stat -c %a "$m2/f")" = 2750 ]'
check a-member-sets-set-group-id eval 'chmod 750 "$m1/f" && as 1003 1003,2002 chmod 2750 "$m1/f" && [ "$(stat -c %a "$m2/f")" = 2750 ]'

# ---- inheritance -----------------------------------------------------------------------------------

mkdir "$m1/d" && chmod 777 "$m1/d"
check default-list-is-set setfacl -d -m u::rwx,u:1001:rwx,g::rx,m::rwx,o::- "$m1/d"
check_equal default-list-is-seen "user::rwx user:1001:rwx group::r-x mask::rwx other::---" "$(list -d "$m2/d")"
check the-umask-is-ignored eval '(umask 077; echo x > "$m2/d/file") &&
    [ "$(list "$m1/d/file")" = "user::rw- user:1001:rwx group::r-x mask::rw- other::---" ]'
check_equal mode-of-what-is-made 660 "$(stat -c %a "$m1/d/file")"
check named-user-of-the-default-list-writes as 1001 1001 sh -c 'echo y >> "$1"' - "$m2/d/file"
check creator-with-a-narrow-mode eval 'python3 -c "import os, sys; os.close (os.open (sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o600))" "$m1/d/narrow" &&
    [ "$(list "$m2/d/narrow")" = "user::rw- user:1001:rwx group::r-x mask::--- other::---" ]'
check fifo-inherits eval 'mkfifo -m 640 "$m1/d/fifo" && [ "$(list "$m2/d/fifo")" = "user::rw- user:1001:rwx group::r-x mask::r-- other::---" ]'
check symlink-does-not eval 'ln -s x "$m1/d/link" && [ "$(stat -c %a "$m1/d/link")" = 777 ]'
# Enough that some are made by another server than their parent's.
check directories-inherit-both eval '(umask 077; mkdir "$m1/d/"{1..8}) && for i in {1..8}; do
    [ "$(list "$m2/d/$i")" = "user::rwx user:1001:rwx group::r-x mask::rwx other::--- default:user::rwx default:user:1001:rwx default:group::r-x default:mask::rwx default:other::---" ] ||
        exit; done'
check inherited-again eval 'touch "$m2/d/5/file" && [ "$(list "$m1/d/5/file")" = "user::rw- user:1001:rwx group::r-x mask::rw- other::---" ]'
check minimal-default-list-gives-a-mode eval 'mkdir "$m1/e" && setfacl -d -m u::rwx,g::rx,o::- "$m1/e" && (umask 0; echo > "$m1/e/f") &&
    [ "$(stat -c %a "$m2/e/f")" = 640 ] && ! getfattr -d -m - "$m2/e/f" | grep -q acl'
check default-list-is-removed eval 'setfacl -k "$m1/d" && (umask 027; echo > "$m1/d/plain") && [ "$(stat -c %a "$m2/d/plain")" = 640 ] && [ -z "$(list -d "$m2/d")" ]'
check umask-without-a-default-list eval '(umask 027; echo > "$m1/masked"; mkdir "$m1/maskdir"; mkfifo "$m1/maskfifo") &&
    [ "$(stat -c %a "$m2"/mask{ed,dir,fifo} | xargs)" = "640 750 640" ]'
check cp-a-keeps-lists eval 'setfacl -m u:1001:r "$m1/d/plain" && cp -a "$m1/d/plain" "$m1/copy" && [ "$(list "$m2/copy")" = "$(list "$m2/d/plain")" ]'
check list-over-a-directory eval 'chmod 700 "$m1/d" && setfacl -m u:1001:x "$m1/d" && as 1001 1001 cat "$m2/d/file" &&
    says "Permission denied" as 1001 1001 ls "$m2/d" && says "Permission denied" as 1001 1001 touch "$m2/d/new"'

# ---- the servers themselves ------------------------------------------------------------------------

setfacl -b "$m1/f" && chown 0:0 "$m1/f" && chmod 600 "$m1/f" && setfacl -m u:1001:r,g:2002:rw "$m1/f"
mkdir -m 777 "$PVFS2_TMP/out"
check server-lets-the-named-user-read tool 1001 1001 pvfs2-cp "$vol/f" "$PVFS2_TMP/out/1"
check server-refuses-others says "ermission denied" tool 1003 1003 pvfs2-cp "$vol/f" "$PVFS2_TMP/out/2"
check server-refuses-the-named-user-to-write says "ermission denied" tool 1001 1001 pvfs2-touch "$vol/f"
check server-lets-the-named-group-write tool 1002 2002 pvfs2-touch "$vol/f"
check server-heeds-the-mask eval 'setfacl -m m::- "$m1/f" && says "ermission denied" tool 1002 2002 pvfs2-touch "$vol/f"'
check server-lets-only-the-owner-change-lists says "not permitted" tool 1001 1001 pvfs2-xattr -r -k system.posix_acl_access "$vol/f"
check server-knows-a-malformed-list says "nvalid argument" pvfs2-xattr -s -k system.posix_acl_access -v x "$vol/f"
check server-checks-lists-of-directories says "ermission denied" tool 1001 1001 pvfs2-mkdir "$vol/d/new"
check server-lets-into-a-directory eval 'setfacl -m u:1001:rwx "$m1/d" && tool 1001 1001 pvfs2-mkdir "$vol/d/new"'
check library-inherits eval 'setfacl -d -m u:1001:rwx,o::- "$m1/d" && tool 1001 1001 pvfs2-mkdir "$vol/d/by-tool" && [[ "$(list -d "$m2/d/by-tool")" = *user:1001:rwx* ]]'

# ---- extended attributes ---------------------------------------------------------------------------

as 1001 1001 touch "$m1/d/mine"
check user-attribute-of-a-special-file says "Operation not permitted" setfattr -n user.x -v y "$m1/maskfifo"
check trusted-is-for-root eval 'says "Operation not permitted" as 1001 1001 setfattr -n trusted.x -v y "$m1/d/mine" && setfattr -n trusted.x -v y "$m1/d/mine"'
check trusted-is-not-seen-by-others eval '! as 1001 1001 getfattr -d -m - "$m1/d/mine" | grep -q trusted && getfattr -d -m - "$m1/d/mine" | grep -q trusted'
check security-is-for-root eval 'says "Operation not permitted" as 1001 1001 setfattr -n security.x -v y "$m1/d/mine" && setfattr -n security.x -v y "$m1/d/mine" &&
    as 1001 1001 getfattr -n security.x "$m2/d/mine"'
check server-keeps-trusted-for-root says "not permitted" tool 1001 1001 pvfs2-xattr -s -k trusted.y -v y "$vol/d/mine"
check server-keeps-security-for-root says "not permitted" tool 1001 1001 pvfs2-xattr -s -k security.y -v y "$vol/d/mine"
check sticky-directory-is-its-owners eval 'mkdir -m 1777 "$m1/tmp" && says "Operation not permitted" as 1001 1001 setfattr -n user.x -v y "$m1/tmp"'
check unknown-namespace says "not supported" setfattr -n foreign.x -v y "$m1/f"
check unknown-system-attribute says "not supported" setfattr -n system.foreign -v y "$m1/f"
check sizes-and-flags python3 - "$m1/f" << 'PYTHON'
import errno, os, sys, time
f = sys.argv[1]

def refused (err, call, *args):
    try:
        call (*args)
    except OSError as e:
        assert e.errno == err, (call, args[1:2], e)
    else:
        raise AssertionError ((call, args[1:2], "was not refused"))

before = os.stat (f).st_ctime_ns
for size in 0, 1, 4096, 65535, 65536:
    os.setxattr (f, "user.v", b"v" * size)
    assert os.getxattr (f, "user.v") == b"v" * size
assert os.stat (f).st_ctime_ns > before
refused (errno.E2BIG, os.setxattr, f, "user.v", b"v" * 65537)
name = "user." + "n" * 250
os.setxattr (f, name, b"1")
assert os.getxattr (f, name) == b"1" and name in os.listxattr (f)
refused (errno.ERANGE, os.setxattr, f, name + "n", b"1")
refused (errno.EEXIST, os.setxattr, f, "user.v", b"", os.XATTR_CREATE)
refused (errno.ENODATA, os.setxattr, f, "user.none", b"", os.XATTR_REPLACE)
os.setxattr (f, "user.v", b"2", os.XATTR_REPLACE)
os.setxattr (f, "user.w", b"3", os.XATTR_CREATE)
refused (errno.ENODATA, os.getxattr, f, "user.none")
refused (errno.ENODATA, os.removexattr, f, "user.none")
refused (errno.EINVAL, os.setxattr, f, "user.", b"")
before = os.stat (f)
os.removexattr (f, "user.w")
after = os.stat (f)
assert after.st_ctime_ns > before.st_ctime_ns and after.st_mtime_ns == before.st_mtime_ns
for i in range (200):
    os.setxattr (f, "user.many%d" % i, b"%d" % i)
assert len ([n for n in os.listxattr (f) if n.startswith ("user.many")]) == 200
PYTHON

# ---- noacl -----------------------------------------------------------------------------------------

check mount-without-lists eval 'unmount "$m1" && mount_at "$m1" noacl'
check no-list-is-seen eval 'says "not supported" getfattr -n system.posix_acl_access "$m1/f" && ! getfattr -d -m - "$m1/f" | grep -q acl'
check no-list-is-set says "not supported" setfacl -m u:1001:r "$m1/f"
check umask-without-lists eval '(umask 027; echo > "$m1/masked2") && [ "$(stat -c %a "$m2/masked2")" = 640 ]'
check server-refuses-all-the-same says "ermission denied" tool 1002 2002 pvfs2-touch "$vol/f"
check umount-both eval 'unmount "$m1" && unmount "$m2"'
finish
