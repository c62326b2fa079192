/* Fuzz target: the text of fs.conf. What parses must be consistent, and parse again when written.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
nothing (void *arg, const char *option, const char *section, int line)
{
}

static void
check (const struct config *cfg)
{
    for (int i = 0; i < cfg->n_fs; i++) {
        for (int k = 0; k < cfg->fs[i].n_ranges; k++) {
            const struct config_range *r = &cfg->fs[i].ranges[k];
            if (config_handle_server (&cfg->fs[i], r->first) != r->server ||
                config_handle_server (&cfg->fs[i], r->last) != r->server)
                abort ();
        }
        config_handle_server (&cfg->fs[i], 0);
    }
    for (int i = 0; i < cfg->n_aliases; i++) {
        if (config_find_alias (cfg, cfg->aliases[i].name) != i)
            abort ();
    }
    config_each_unhonoured (cfg, nothing, NULL);
    config_security_unenforced (cfg);
    struct config *again;
    if (config_parse_text (cfg->public_text, cfg->public_text_len, "public", &again, NULL) != 0)
        abort ();
    if (again->epoch != cfg->epoch)
        abort ();
    config_free (again);
}

static void
write_and_parse (const struct config *cfg)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream (&text, &len);
    if (out == NULL)
        return;
    if (config_write (cfg, out) != 0)
        abort ();
    fclose (out);
    struct config *again;
    if (len <= CONFIG_MAX_TEXT) {
        if (config_parse_text (text, len, "written", &again, NULL) != 0)
            abort ();
        config_free (again);
    }
    free (text);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct config *cfg = NULL;
    char *error = NULL;
    if (config_parse_text ((const char *) data, size, "fuzz", &cfg, &error) == 0) {
        check (cfg);
        write_and_parse (cfg);
        config_free (cfg);
    }
    free (error);
    return 0;
}
