#include "daemon/watch_memory.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/wire.h"

namespace dsched {

namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string watch_memory_path(const std::string& state_directory, std::string_view job) {
  std::string name(job);
  std::replace(name.begin(), name.end(), '/', '%');
  return state_directory + "/watch/" + name;
}

std::string encode_watch_memory(const FileMemory& memory) {
  WireWriter writer;
  writer.u8(kVersion);
  writer.list(memory.globs, [&](const std::string& glob) { writer.string(glob); });
  writer.boolean(memory.left_out_until_ns.has_value());
  writer.i64(memory.left_out_until_ns.value_or(0));
  writer.boolean(memory.remote);
  writer.list(memory.files, [&](const auto& file) {
    const auto& [path, known] = file;
    writer.string(path);
    writer.u64(known.state.size);
    writer.i64(known.state.modified_ns);
    writer.u64(known.state.inode);
    writer.u64(known.volume);
  });
  return frame(writer.bytes());
}

Result<FileMemory> decode_watch_memory(std::string_view bytes) {
  const FrameView view = read_frame(bytes, std::numeric_limits<std::uint32_t>::max());
  if (view.state != FrameState::complete || view.consumed != bytes.size())
    return Error{ErrorCode::corrupt, "it is damaged", ""};
  WireReader reader(view.body);
  if (reader.u8() != kVersion)
    return Error{ErrorCode::unsupported, "it was written by a newer version", ""};
  FileMemory memory;
  reader.list([&] { memory.globs.insert(reader.string()); });
  const bool left_out = reader.boolean();
  const std::int64_t left_out_until_ns = reader.i64();
  if (left_out) memory.left_out_until_ns = left_out_until_ns;
  memory.remote = reader.boolean();
  reader.list([&] {
    std::string path = reader.string();
    FileMemory::Known known;
    known.state.size = reader.u64();
    known.state.modified_ns = reader.i64();
    known.state.inode = reader.u64();
    known.volume = reader.u64();
    memory.files.emplace(std::move(path), known);
  });
  if (!reader.at_end()) return Error{ErrorCode::corrupt, "it is damaged", ""};
  return memory;
}

}  // namespace dsched
