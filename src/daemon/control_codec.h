#pragma once
// The JSON of the control socket (control.md). Both ends are other processes: whatever is not as
// expected is an Error.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/control.h"

namespace dsched {

inline constexpr std::size_t kMaxControlBody = std::size_t{4} << 20;
inline constexpr std::size_t kMaxControlRequest = std::size_t{1} << 20;

std::string encode_request(const ControlRequest& request);
Result<ControlRequest> decode_request(std::string_view body);

std::string encode_reply(const DaemonStatus& status);
std::string encode_reply(const ReloadReport& report);
std::string encode_reply(const std::vector<TriggeredFiring>& firings);
std::string encode_reply(const StopReport& report);
std::string encode_reply(const PauseReport& report);
std::string encode_reply(const ResumeReport& report);
std::string encode_reply(const SubmitReport& report);
std::string encode_reply(const Error& error);

Result<DaemonStatus> decode_status(std::string_view body);
Result<ReloadReport> decode_reload(std::string_view body);
Result<std::vector<TriggeredFiring>> decode_trigger(std::string_view body);
Result<StopReport> decode_stop(std::string_view body);
Result<PauseReport> decode_pause(std::string_view body);
Result<ResumeReport> decode_resume(std::string_view body);
Result<SubmitReport> decode_submit(std::string_view body);

}  // namespace dsched
