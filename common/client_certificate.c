/* SPDX-License-Identifier: MIT */
#include "common/client_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

/* No pass phrase, and no question to the terminal. */
static int
client_certificate_no_phrase(char *into, int room, int is_writing, void *arg)
{
    (void)into;
    (void)room;
    (void)is_writing;
    (void)arg;
    return 0;
}

static BIO *
client_certificate_bio(const struct config_file *f)
{
    return BIO_new_mem_buf(f->bytes, (int)f->n);
}

static void
client_certificate_read_p12(BIO *in, X509 **cert, EVP_PKEY **key)
{
    PKCS12 *p12 = d2i_PKCS12_bio(in, NULL);

    if (p12 && !PKCS12_parse(p12, "", key, cert, NULL))
        *key = NULL;
    PKCS12_free(p12);
}

static void
client_certificate_read(const struct config *c, X509 **cert, EVP_PKEY **key)
{
    const struct config_file *key_file =
        c->private_key.bytes ? &c->private_key : &c->certificate;
    BIO *in = client_certificate_bio(&c->certificate);
    BIO *key_in = client_certificate_bio(key_file);

    if (in == NULL || key_in == NULL) {
        *cert = NULL;
    } else if (strcmp(c->certificate_type, "P12") == 0) {
        client_certificate_read_p12(in, cert, key);
    } else if (strcmp(c->certificate_type, "DER") == 0) {
        *cert = d2i_X509_bio(in, NULL);
        *key = d2i_PrivateKey_bio(key_in, NULL);
    } else {
        *cert = PEM_read_bio_X509(in, NULL, client_certificate_no_phrase, NULL);
        *key = PEM_read_bio_PrivateKey(key_in, NULL,
                                       client_certificate_no_phrase, NULL);
    }
    BIO_free(in);
    BIO_free(key_in);
}

static const char *
client_certificate_kind(const struct config *c)
{
    return c->certificate_type ? c->certificate_type : "";
}

enum err
client_certificate_check(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    const char *kind = client_certificate_kind(c), *wrong = NULL;
    X509 *cert = NULL;
    EVP_PKEY *key = NULL;

    if (c->certificate.bytes == NULL) {
        if (c->private_key.bytes == NULL)
            return ERR_OK;
        snprintf(why, CONFIG_WHY_BYTES, "private_key: of which --certificate?");
        return ERR_INVALID;
    }
    client_certificate_read(c, &cert, &key);
    if (cert == NULL)
        wrong = "certificate: there is none in it of the kind";
    else if (key == NULL)
        wrong = "private_key: none that can be read without a pass phrase, of "
                "the kind";
    else if (X509_check_private_key(cert, key) != 1)
        wrong = "private_key: not that of the certificate, both of the kind";
    if (wrong)
        snprintf(why, CONFIG_WHY_BYTES, "%s %s", wrong, kind);
    ERR_clear_error();
    X509_free(cert);
    EVP_PKEY_free(key);
    return wrong ? ERR_INVALID : ERR_OK;
}
