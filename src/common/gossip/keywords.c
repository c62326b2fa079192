/* Gossip's keywords: text to mask and back, for our own mask and for a kernel module's. Pure
 * functions. */
#include "common/gossip/gossip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvfs2-debug.h>

struct keyword {
    const char *word;
    uint64_t mask;
};

/* In a table, words of several bits come first, so that the shortest text is found for a mask. */
#define KEYWORD(name, word, bit) { word, name },
static const struct keyword debug_keywords[] = {
    { "all", GOSSIP_ALL_DEBUG },
    { "verbose", GOSSIP_VERBOSE_DEBUG },
    { "network", GOSSIP_BMI_DEBUG_ALL },
    GOSSIP_KEYWORDS (KEYWORD) { "storage", GOSSIP_TROVE_DEBUG }, /* an older name of "trove" */
    { NULL, 0 },
};
#undef KEYWORD

static const struct keyword kmod_keywords[] = {
    { "all", 0x7fff },    { "super", 1 << 0 }, { "inode", 1 << 1 },  { "file", 1 << 2 },
    { "dir", 1 << 3 },    { "utils", 1 << 4 }, { "wait", 1 << 5 },   { "acl", 1 << 6 },
    { "dcache", 1 << 7 }, { "dev", 1 << 8 },   { "name", 1 << 9 },   { "bufmap", 1 << 10 },
    { "cache", 1 << 11 }, { "proc", 1 << 12 }, { "xattr", 1 << 13 }, { "init", 1 << 14 },
    { NULL, 0 },
};

static const struct keyword *
find_keyword (const struct keyword *table, const char *word, size_t len)
{
    for (; table->word != NULL; table++) {
        if (strlen (table->word) == len && memcmp (table->word, word, len) == 0)
            return table;
    }
    return NULL;
}

static int
parse (const struct keyword *table, const char *text, uint64_t *ret_mask, char *ret_bad,
       size_t bad_size)
{
    static const char separators[] = ", \t\r\n";
    uint64_t mask = 0;
    int result = 0;
    for (const char *p = text; p != NULL && *(p += strspn (p, separators)) != '\0';) {
        bool negative = *p == '-';
        const char *word = p + negative;
        size_t len = strcspn (word, separators);
        p = word + len;
        const struct keyword *found = find_keyword (table, word, len);
        if (found != NULL) {
            mask = negative ? mask & ~found->mask : mask | found->mask;
        } else if (len == 4 && memcmp (word, "none", 4) == 0) {
            mask = negative ? mask : 0;
        } else if (result == 0) {
            result = -EINVAL;
            if (ret_bad != NULL && bad_size > 0)
                snprintf (ret_bad, bad_size, "%.*s", len > 1000 ? 1000 : (int) len, word);
        }
    }
    *ret_mask = mask;
    return result;
}

static char *
format (const struct keyword *table, uint64_t mask)
{
    if (mask == 0)
        return strdup ("none");
    size_t room = 1;
    for (const struct keyword *k = table; k->word != NULL; k++)
        room += strlen (k->word) + 1;
    char *text = malloc (room);
    if (text == NULL)
        return NULL;
    size_t len = 0;
    uint64_t left = mask;
    for (const struct keyword *k = table; k->word != NULL; k++) {
        if ((mask & k->mask) != k->mask || (left & k->mask) == 0)
            continue;
        len += (size_t) snprintf (text + len, room - len, "%s%s", len > 0 ? "," : "", k->word);
        left &= ~k->mask;
    }
    if (len == 0)
        memcpy (text, "none", sizeof "none");
    return text;
}

int
gossip_parse_mask (const char *keywords, uint64_t *ret_mask, char *ret_bad, size_t bad_size)
{
    return parse (debug_keywords, keywords, ret_mask, ret_bad, bad_size);
}

char *
gossip_format_mask (uint64_t mask)
{
    return format (debug_keywords, mask);
}

int
gossip_parse_kmod_mask (const char *keywords, uint64_t *ret_mask)
{
    return parse (kmod_keywords, keywords, ret_mask, NULL, 0);
}

char *
gossip_format_kmod_mask (uint64_t mask)
{
    return format (kmod_keywords, mask);
}

/* -- the public names; unknown words are skipped, as they always were -- */

uint64_t
PVFS_debug_eventlog_to_mask (const char *event_logging)
{
    uint64_t mask = 0;
    gossip_parse_mask (event_logging, &mask, NULL, 0);
    return mask;
}

char *
PVFS_debug_mask_to_eventlog (uint64_t mask)
{
    return gossip_format_mask (mask);
}

uint64_t
PVFS_kmod_eventlog_to_mask (const char *event_logging)
{
    uint64_t mask = 0;
    gossip_parse_kmod_mask (event_logging, &mask);
    return mask;
}

char *
PVFS_kmod_mask_to_eventlog (uint64_t mask)
{
    return gossip_format_kmod_mask (mask);
}
