#pragma once
// Everything the supervisor needs to start one attempt. It looks nothing up: names are already
// numbers, paths absolute, the environment complete.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/wire.h"
#include "model/job.h"
#include "model/run.h"

namespace dsched {

struct Identity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;
};

struct StartRequest {
  AttemptKey key;
  std::string job;
  std::vector<std::string> argv;  // argv[0] without '/' is searched in PATH of `env`
  std::string script;  // when not empty: written to a private file whose path is put after argv
  std::vector<std::string> env;  // "NAME=value", the whole environment
  std::string dir;
  std::optional<Identity> identity;  // none: stay who we are
  std::uint32_t umask = 022;
  std::string input_text;  // standard input; both empty: /dev/null
  std::string input_path;
  Capture capture = Capture::merged;
  std::string output_path;  // stdout, and stderr when merged
  std::string error_path;   // stderr when separate
  // Two pipes although both streams are merged in one file, so that on_output tells them apart.
  // In-process only: not encoded.
  bool split_streams = false;
  std::uint64_t max_output = 0;  // bytes kept per file; 0 = without limit
  std::vector<std::string> mask;
  bool tee = false;  // lines also to the supervisor's own standard output as "job | line"
  std::optional<Duration> timeout;
  int stop_signal = 15;
  Duration kill_after{0};
};

// The encoding of socket and journal (protocol.md, journal.md). What does not decode leaves the
// reader not ok().
void encode(WireWriter& writer, const AttemptKey& key);
AttemptKey decode_attempt_key(WireReader& reader);
void encode(WireWriter& writer, const StartRequest& request);
StartRequest decode_start_request(WireReader& reader);
void encode(WireWriter& writer, const AttemptOutcome& outcome);
AttemptOutcome decode_attempt_outcome(WireReader& reader);

}  // namespace dsched
