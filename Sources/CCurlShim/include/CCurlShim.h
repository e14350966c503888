#ifndef CARILLON_CURL_SHIM_H
#define CARILLON_CURL_SHIM_H

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "CCurlMulti.h"

/* libcurl's variadic calls, one function for each kind of argument: Swift can't call a variadic function. */

typedef size_t (*carillon_data_callback)(char *bytes, size_t size, size_t count, void *context);
typedef curl_socket_t (*carillon_socket_callback)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

CURLcode carillon_set_long(CURL *handle, CURLoption option, long value);
CURLcode carillon_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode carillon_set_pointer(CURL *handle, CURLoption option, const void *value);
CURLcode carillon_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode carillon_set_size(CURL *handle, CURLoption option, curl_off_t value);
CURLcode carillon_set_data_callback(CURL *handle, CURLoption option, carillon_data_callback value);
CURLcode carillon_set_socket_callback(CURL *handle, carillon_socket_callback value);
CURLcode carillon_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode carillon_get_size(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode carillon_get_socket(CURL *handle, curl_socket_t *value);
CURLcode carillon_get_pointer(CURL *handle, CURLINFO info, void **value);
CURLMcode carillon_multi_set_long(CURLM *multi, CURLMoption option, long value);

/* The result of a finished transfer: it stands in a union. */
CURLcode carillon_message_result(const CURLMsg *message);

/* A descriptor that becomes readable when it is written to. */
int carillon_wake_descriptor(void);

#endif
