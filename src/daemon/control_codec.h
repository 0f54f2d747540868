#pragma once
// The JSON of the control socket (control.md).

#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/control.h"

namespace dsched {

inline constexpr std::size_t kMaxControlBody = std::size_t{4} << 20;

enum class ControlRequest { status, reload };

std::string encode_request(ControlRequest request);
Result<ControlRequest> decode_request(std::string_view body);

std::string encode_reply(const DaemonStatus& status);
std::string encode_reply(const ReloadReport& report);
std::string encode_reply(const Error& error);
Result<DaemonStatus> decode_status(std::string_view body);
Result<ReloadReport> decode_reload(std::string_view body);

}  // namespace dsched
