/* Fuzz target: the text of a tab file, and paths resolved against it. The first byte is the length
 * of the path, which follows; the rest is the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/tab/tab.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    if (size == 0 || size - 1 < data[0])
        return 0;
    char path[256];
    size_t path_len = data[0];
    memcpy (path, data + 1, path_len);
    path[path_len] = '\0';
    const char *text = (const char *) data + 1 + path_len;
    struct tab *tab = NULL;
    char *error = NULL;
    if (tab_parse_text (text, size - 1 - path_len, "fuzz", &tab, &error) == 0) {
        const struct tab_entry *entry;
        char inside[512];
        if (tab_resolve (tab, path, &entry, inside, sizeof inside) == 0 && inside[0] != '/')
            abort ();
        tab_free (tab);
    }
    free (error);
    if (tab_parse_ep (path, &tab, NULL) == 0)
        tab_free (tab);
    return 0;
}
