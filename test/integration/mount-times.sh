#!/bin/bash
# Times of files and directories as POSIX has them, through two mounts: access times by each rule, mtime and ctime also of striped files that the other
# mount writes; mount options that have to do with it; the numbers of statfs.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
uncached=attr-timeout=0,entry-timeout=0

cluster_start 3 --notrovesync
check mounts eval 'mount_at "$m1" $uncached && mount_at "$m2" $uncached' || exit 1

old=1000000000.000000000        # 2001
now=$(date +%s)

atime ()
{
    stat -c %.9X "$1"
}

is_new ()
{
    [ "$(stat -c %X "$1")" -ge "$now" ]
}

# old_atime FILE: an access time before the last change, so that a read renews it.
old_atime ()
{
    touch -a -d @$old "$1"
}

# For what must not happen: whatever is told to the servers would have arrived.
settled ()
{
    sleep 1
}

# ---- relatime --------------------------------------------------------------------------------------

echo data > "$m1/f" && mkdir "$m1/d" && touch "$m1/d/x" && ln -s f "$m1/l"
old_atime "$m1/f"
check_equal atime-is-set-to-the-past $old "$(atime "$m2/f")"
check a-read-renews-it eval 'cat "$m1/f" > /dev/null && is_new "$m1/f"'
check the-other-mount-sees-it wait_until 10 is_new "$m2/f"
check_equal neither-mtime-nor-ctime-moves "$(stat -c '%.9Y %.9Z' "$m1/f")" "$(cat "$m2/f" > /dev/null; settled; stat -c '%.9Y %.9Z' "$m2/f")"
after=$(atime "$m2/f")
cat "$m1/f" "$m2/f" > /dev/null
settled
check_equal a-second-read-does-not $after "$(atime "$m2/f")"
check a-read-after-a-change-does eval 'echo more >> "$m2/f" && sleep 0.01 && cat "$m1/f" > /dev/null && [[ $(atime "$m1/f") > $after ]]'
early=-1000000000.000000000 # 1938
touch -a -d @$early "$m1/f"
check_equal a-time-before-1970 "$early $early" "$(atime "$m1/f") $(atime "$m2/f")"
check_equal as-pvfs2-stat-shows-it "1938-04-24 22:13:20.000000000 +0000" "$(TZ=UTC pvfs2-stat "$vol/f" | sed -n 's/^ *Access *: //p')"
check a-read-renews-that-too-and-at-once eval 'cat "$m1/f" > /dev/null && is_new "$m1/f" && wait_until 10 is_new "$m2/f"'
check a-read-of-nothing-does-not eval '> "$m1/empty" && old_atime "$m1/empty" && cat "$m1/empty" && [ "$(atime "$m1/empty")" = $old ]'
check a-directory-that-is-read eval 'old_atime "$m1/d" && ls "$m1/d" && is_new "$m1/d" && wait_until 10 is_new "$m2/d"'
check an-explicit-time-wins eval 'old_atime "$m1/f" && cat "$m1/f" > /dev/null && touch -a -d @$old "$m1/f" && settled && [ "$(atime "$m2/f")" = $old ]'
check a-reader-who-is-not-the-owner eval 'chmod 644 "$m1/f" && old_atime "$m1/f" && chmod 711 "$PVFS2_TMP" &&
    setpriv --reuid=1001 --regid=1001 --clear-groups cat "$m1/f" > /dev/null && wait_until 10 is_new "$m2/f"'
check many-files-at-once eval 'mkdir "$m1/many" && for i in {1..300}; do echo $i > "$m1/many/$i"; done && touch -a -d @$old "$m1/many/"* && cat "$m1/many/"* > /dev/null &&
    wait_until 10 eval "[ \$(find $m2/many -type f -newerat @$((now - 1)) | wc -l) = 300 ]"'

# ---- the other rules -------------------------------------------------------------------------------

check strictatime eval 'unmount "$m1" && mount_at "$m1" $uncached,strictatime'
cat "$m1/f" > /dev/null; settled; after=$(atime "$m2/f"); cat "$m1/f" > /dev/null
check every-read-renews-it eval '[[ $(atime "$m1/f") > $after ]] && wait_until 10 eval "[[ \$(atime $m2/f) > $after ]]"'
check noatime eval 'unmount "$m1" && mount_at "$m1" $uncached,noatime && grep -q " $m1 .*noatime" /proc/mounts'
old_atime "$m1/f"; old_atime "$m1/d"; cat "$m1/f" > /dev/null; ls "$m1/d" > /dev/null; settled
check_equal no-read-renews-it "$old $old" "$(atime "$m2/f") $(atime "$m2/d")"
check nodiratime eval 'unmount "$m1" && mount_at "$m1" $uncached,nodiratime'
cat "$m1/f" > /dev/null; ls "$m1/d" > /dev/null
check files-but-no-directories eval 'wait_until 10 is_new "$m2/f" && [ "$(atime "$m2/d")" = $old ]'
check read-only-mount eval 'unmount "$m1" && mount_at "$m1" $uncached,ro && old_atime "$m2/f" && cat "$m1/f" > /dev/null && settled && [ "$(atime "$m2/f")" = $old ]'
check nothing-is-written-there says "Read-only file system" touch "$m1/new"
check remount-is-refused-with-a-reason says "not supported: unmount" mount.pvfs2 "$(spec)" "$m1" -o remount,rw
check unknown-option-is-refused-by-name says '"nosuchoption"' mount.pvfs2 "$(spec)" "$PVFS2_TMP/none" -o nosuchoption
check generic-options-are-accepted eval 'unmount "$m1" && mount_at "$m1" $uncached,_netdev,nofail,user=me,lazytime,x-anything,rw'

# ---- mtime and ctime -------------------------------------------------------------------------------

check times python3 - "$m1" "$m2" << 'PYTHON'
import os, sys, time
m1, m2 = sys.argv[1:]
block = b"b" * 65536

# A striped file, large enough to lie on all servers.
def striped (name):
    with open (m1 + name, "wb") as f:
        f.write (block * 12)
    return m1 + name, m2 + name

def times (path):
    s = os.stat (path)
    return s.st_mtime_ns, s.st_ctime_ns

here, there = striped ("/striped")
before = times (here)
time.sleep (0.02)
with open (there, "r+b") as f:
    f.write (block)
after = times (here)
assert after[0] > before[0] and after[1] > before[1], ("written there, seen here", before, after)
assert after == times (there)

# Times set backwards: mtime as given, ctime forward.
os.utime (here, ns=(10**18, 10**18))
set_ = times (here)
assert set_[0] == 10**18 and set_[1] >= after[1], ("set", after, set_)
assert times (there) == set_
time.sleep (0.02)

# A time in the future is mtime only, and a write brings both to now.
future = time.time_ns () + 10**12
os.utime (here, ns=(future, future))
assert times (there)[0] == future and times (there)[1] < future
with open (there, "r+b") as f:
    f.write (b"x")
assert times (here)[1] < future

# Reading changes neither; chmod and a link count only ctime; truncate both.
here, there = striped ("/other")
before = times (here)
with open (there, "rb") as f:
    assert len (f.read ()) == len (block) * 12
assert times (here) == before
time.sleep (0.02)
os.chmod (there, 0o600)
after = times (here)
assert after[0] == before[0] and after[1] > before[1], ("chmod", before, after)
time.sleep (0.02)
os.truncate (there, 70001)
cut = times (here)
assert cut[0] > after[0] and cut[1] > after[1], ("truncate", after, cut)
time.sleep (0.02)
os.truncate (there, 70001)
assert times (here)[1] >= cut[1]

# Names change their directory, not what they name … but for its ctime.
os.mkdir (m1 + "/dir")
before, file = times (m1 + "/dir"), times (here)
time.sleep (0.02)
os.rename (there, m2 + "/dir/other")
after = times (m1 + "/dir")
assert after[0] > before[0] and after[1] > before[1], ("directory", before, after)
assert times (m1 + "/dir/other")[0] == file[0]
PYTHON

# ---- statfs ----------------------------------------------------------------------------------------

check statfs python3 - "$m1" "$cluster/storage" << 'PYTHON'
import os, sys
mount, storage = (os.statvfs (p) for p in sys.argv[1:])
total = storage.f_blocks * storage.f_frsize
free = storage.f_bavail * storage.f_frsize
assert mount.f_frsize > 0 and mount.f_namemax == 255
# Three data servers on one disk: each counts it, less the reserve.
assert abs (mount.f_blocks * mount.f_frsize - 3 * total) < 3 * 2**20
assert mount.f_bavail * mount.f_frsize < 3 * free and mount.f_bavail * mount.f_frsize > 3 * free - 2**30
assert mount.f_bavail <= mount.f_bfree <= mount.f_blocks
assert 0 < mount.f_ffree <= mount.f_bavail and mount.f_ffree <= mount.f_files <= mount.f_blocks
PYTHON

check umount-both eval 'unmount "$m1" && unmount "$m2"'
finish
