#pragma once
// Messages over the network, by libcurl.

#include "base/instant.h"
#include "env/courier.h"
#include "env/real/stop_flag.h"

namespace dsched {

// 2xx is delivered; 408, 429, 5xx and troubles of the network may pass; what else the server says
// is final. Redirects are followed with the body, and never from https to http.
Receipt post_json(const WebPost& post, Duration timeout, const StopFlag& stop);

// A server that refuses this mail for good (5xx) is final. Encrypted where the server offers it;
// smtps, and a user and password in the address, demand it and a valid certificate.
Receipt send_by_smtp(const Mail& mail, Duration timeout, const StopFlag& stop);

}  // namespace dsched
