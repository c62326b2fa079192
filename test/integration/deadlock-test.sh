#!/bin/bash
# test/deadlock-demo, line by line.
set -u
log=$PVFS2_TMP/demo
"$PVFS2_SRC/test/deadlock-demo" > "$log" 2> "$log.err"
status=$?
i=0
for expected in "sim ack-rule=on completed" "sim ack-rule=off deadlock" \
                "tcp ack-rule=on completed" "tcp ack-rule=off stalled"; do
    i=$((i + 1))
    got=$(sed -n "${i}p" "$log")
    if [ "$got" = "$expected" ]; then
        echo "ok $expected"
    else
        echo "not ok $expected - got: $got"
    fi
done
if [ $status -eq 0 ]; then
    echo "ok status of the demonstration"
else
    echo "not ok status of the demonstration - $status"
    sed 's/^/# /' "$log.err"
fi
sed 's/^/# /' "$log"
