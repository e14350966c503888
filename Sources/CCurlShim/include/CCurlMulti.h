#ifndef CARILLON_CURL_MULTI_H
#define CARILLON_CURL_MULTI_H

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* Called when a connection is ready and before the first byte of a request is written to it. */
typedef int (*carillon_prereq_callback)(void *context, char *remote, char *local, int remote_port, int local_port);

static inline CURLcode carillon_set_prereq_callback(CURL *handle, carillon_prereq_callback value) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}

/* `struct curl_sockaddr` ends in a `struct sockaddr`, in which an IPv6 address has no room: the bytes go on behind it. */
static inline const struct sockaddr *carillon_socket_address(const struct curl_sockaddr *address) {
    return &address->addr;
}

#endif
