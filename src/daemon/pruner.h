#pragma once
// Drops old history and output files, now and then and in small pieces.

#include <functional>
#include <string>
#include <vector>

#include "daemon/recorder.h"
#include "daemon/world.h"
#include "model/job.h"

namespace dsched {

class Pruner {
 public:
  // Its work is maintenance of the recorder. after_piece is told after each piece.
  Pruner(World world, Recorder& recorder, std::function<const std::vector<Job>&()> jobs,
         std::function<void()> after_piece);

  void begin();
  void stop();

 private:
  void prune_all();
  void prune_job(const std::string& job, const HistoryPolicy& policy);

  World world_;
  Recorder& recorder_;
  std::function<const std::vector<Job>&()> jobs_;
  std::function<void()> after_piece_;
  bool stopped_ = false;
  Loop::Handle timer_;
};

}  // namespace dsched
