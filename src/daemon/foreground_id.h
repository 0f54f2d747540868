#pragma once
// RunRecord::supervisor of runs that `dsched run` supervises itself: "foreground:PID:START", where
// START is the start time of the process (proc(5), stat field 22), which tells a re-used pid.

#include <string>
#include <string_view>

#include "base/result.h"
#include "env/files.h"

namespace dsched {

Result<std::string> foreground_id(int pid, Files& files);
bool is_foreground(std::string_view supervisor);
bool foreground_is_alive(std::string_view supervisor, Files& files);

}  // namespace dsched
