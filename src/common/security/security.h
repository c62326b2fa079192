/*
 * security: the cluster's key and the MAC of capabilities (HMAC-SHA-256, OpenSSL).
 *
 * common cannot see proto: security_cap_mac is declared here for the server and defined in
 * src/server/cap-mac.c, which encodes the capability and calls security_hmac.
 */
#ifndef COMMON_SECURITY_H
#define COMMON_SECURITY_H

#include "common/base/base.h"

enum { SECURITY_MAC_SIZE = 32 };

/* SHA-256 of the configured text: any text makes a key. */
void security_key_from_text (const char *text, uint8_t ret_key[SECURITY_MAC_SIZE]);
int security_hmac (const uint8_t key[SECURITY_MAC_SIZE], const void *p, size_t n, uint8_t ret_mac[SECURITY_MAC_SIZE]);
/* In constant time. */
bool security_equal (const void *a, const void *b, size_t n);

struct proto_cap;
int security_cap_mac (const uint8_t key[SECURITY_MAC_SIZE], const struct proto_cap *cap, uint8_t ret_mac[SECURITY_MAC_SIZE]);

#endif
