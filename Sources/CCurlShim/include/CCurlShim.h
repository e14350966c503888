#ifndef CARILLON_CURL_SHIM_H
#define CARILLON_CURL_SHIM_H

#include <curl/curl.h>

#endif
