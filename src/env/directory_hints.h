#pragma once
// Hints that something in some directories has changed: a reason to look again. Used by one thread
// at a time.

#include <string>

#include "base/result.h"

namespace dsched {

class DirectoryHints {
 public:
  virtual ~DirectoryHints() = default;

  // From now on what happens in the directory is hinted at: files that come, go or are written to.
  // May block as long as the file system hangs. Error: there can be no hints; not_found: nor is
  // there such a directory.
  virtual Result<void> add(const std::string& directory) = 0;
  // Ends the hints from directories that have not been added since the last call.
  virtual void drop_others() = 0;

  // Readable when there are hints, also when some got lost. Stays readable until take().
  virtual int descriptor() const = 0;
  virtual void take() = 0;
};

}  // namespace dsched
