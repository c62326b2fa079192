/* Looks that agree with each other, and the freeze; see fsck.h. */
#include "apps/admin/fsck.h"

#include <stdio.h>
#include <time.h>

#include "proto/ops/setparam.h"

static void
pause_for (unsigned ms)
{
    struct timespec ts = { ms / 1000, (long) (ms % 1000) * 1000000 };
    while (nanosleep (&ts, &ts) < 0 && errno == EINTR)
        ;
}

static int
look_once (const struct look *l, unsigned number, struct image *m, struct findings *f)
{
    image_init (m, l, number);
    int r = l->top ? image_walk (m, l->top) : image_gather (m);
    if (r < 0) {
        tool_fail (m->failed != NULL ? m->failed : "servers", r);
        image_fini (m);
        return r;
    }
    image_check (m, f);
    return 0;
}

int
look_until_sure (const struct look *l, unsigned times, unsigned pause_ms, struct image *ret_image,
                 struct findings *ret)
{
    struct findings sure = { 0 };
    int r = look_once (l, 1, ret_image, &sure);
    for (unsigned i = 1; r == 0 && sure.n > 0 && i < times; i++) {
        struct findings now = { 0 };
        image_fini (ret_image);
        pause_for (pause_ms);
        r = look_once (l, i + 1, ret_image, &now);
        findings_agree (&now, &sure);
        findings_free (&sure);
        sure = now;
    }
    if (r < 0)
        findings_free (&sure);
    else
        *ret = sure;
    return r;
}

static int
set_freeze (const struct look *l, bool on)
{
    struct setparam_req q = { .param = SETPARAM_FREEZE, .value = on, .text = "" };
    struct fsck_ask *asks = tool_alloc ((size_t) l->servers->n * sizeof *asks);
    for (int i = 0; i < l->servers->n; i++)
        asks[i] = (struct fsck_ask){ l->servers->list[i].addr, &q, 0 };
    int r = fsck_ask (l->fs, l->cred, PROTO_setparam, asks, (unsigned) l->servers->n, NULL, NULL);
    for (int i = 0; i < l->servers->n && on; i++)
        if (r < 0 || asks[i].error < 0) {
            r = r < 0 ? r : asks[i].error;
            tool_error ("%s: cannot hold back changes: %s", l->servers->list[i].name,
                        r == -EBUSY ? "another check does so" : strerror (-r));
        }
    free (asks);
    return r;
}

/* An operation that runs still may let another server begin something in the background, and that
 * one a third: after three rounds all has ended that can. */
int
freeze (const struct look *l)
{
    enum { ROUNDS = 3 };
    int r = 0;
    for (int i = 0; r == 0 && i < ROUNDS; i++)
        r = set_freeze (l, true);
    if (r < 0)
        thaw (l);
    return r;
}

void
thaw (const struct look *l)
{
    set_freeze (l, false);
}
