#pragma once
// libcurl, loaded when it is first needed: it brings thirty other libraries, which would treble the
// time that every command takes to start.

#include <curl/curl.h>

#include "base/result.h"

namespace dsched {

struct CurlLibrary {
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
};

// The same one each time, ready for use; never unloaded. From any thread.
const Result<CurlLibrary>& curl_library();

}  // namespace dsched
