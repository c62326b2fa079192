/*
 * The bytes of a capability that its MAC covers: its encoding with an empty MAC.
 */
#include "common/security/security.h"
#include "proto/proto.h"

int
security_cap_mac (const uint8_t key[SECURITY_MAC_SIZE], const struct proto_cap *cap, uint8_t ret_mac[SECURITY_MAC_SIZE])
{
    uint8_t buf[128 + 8 * PROTO_MAX_DFILES];
    struct proto_cap bare = *cap;
    struct wire w;
    memset (bare.mac, 0, sizeof bare.mac);
    wire_encoder (&w, buf, sizeof buf);
    proto_cap_codec (&w, &bare);
    return w.err ? w.err : security_hmac (key, buf, w.pos, ret_mac);
}
