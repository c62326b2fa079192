/*
 * Keys and MACs; see security.h.
 */
#include "common/security/security.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

void
security_key_from_text (const char *text, uint8_t ret_key[SECURITY_MAC_SIZE])
{
    SHA256 ((const unsigned char *) text, strlen (text), ret_key);
}

int
security_hmac (const uint8_t key[SECURITY_MAC_SIZE], const void *p, size_t n, uint8_t ret_mac[SECURITY_MAC_SIZE])
{
    unsigned len = SECURITY_MAC_SIZE;
    return HMAC (EVP_sha256 (), key, SECURITY_MAC_SIZE, p, n, ret_mac, &len) ? 0 : -EIO;
}

bool
security_equal (const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp (a, b, n) == 0;
}
