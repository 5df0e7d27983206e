/* stand-in until seed lands */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H
#include <stdbool.h>
#include <sys/socket.h>
bool address_is_public(const struct sockaddr *a);
#endif
