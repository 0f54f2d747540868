#pragma once
// STATE/watch/JOB: which files of a job are no news, across restarts (watching.md).

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/file_settling.h"

namespace dsched {

// One file per job; the '/' of job names is a '%' in its name.
std::string watch_memory_path(const std::string& state_directory, std::string_view job);

std::string encode_watch_memory(const FileMemory& memory);
// Corrupt: not what was written. Unsupported: of a newer dsched.
Result<FileMemory> decode_watch_memory(std::string_view bytes);

}  // namespace dsched
