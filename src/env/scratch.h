#pragma once
// Private directories of attempts: DSCHED_TMPDIR, and the file behind DSCHED_OUTPUT. The owner may
// do anything in there, so what is read is hostile input and links are never followed.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dsched {

struct ScratchPaths {
  std::string directory;  // DSCHED_TMPDIR
  std::string output;     // DSCHED_OUTPUT
};

class Scratch {
 public:
  virtual ~Scratch() = default;

  // Makes place/NAME with both in it, for the user and group only. What was there goes first.
  virtual Result<ScratchPaths> make(
      const std::string& place, const std::string& name,
      std::optional<std::pair<std::uint32_t, std::uint32_t>> owner) = 0;
  // What was written to the output file, at most so many bytes of it; empty when there is none.
  virtual std::string read_output(const std::string& place, const std::string& name,
                                  std::size_t max_bytes) = 0;
  // With everything in it.
  virtual void remove(const std::string& place, const std::string& name) = 0;
  virtual std::vector<std::string> names(const std::string& place) = 0;
};

}  // namespace dsched
