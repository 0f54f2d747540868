#pragma once
// What `dsched check` found, in the forms that machines read.

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/json.h"

namespace dsched {

struct Report {
  std::vector<Diagnostic> diagnostics;  // sorted
  std::size_t files_read = 0;
};

Json diagnostic_json(const Diagnostic& diagnostic);
std::string check_json(const Report& report, bool ok);  // dsched.check/1
std::string check_plain(const Report& report);          // one a line, TAB between fields
std::string check_github(const Report& report);         // workflow commands
std::string check_junit(const Report& report);          // one test case per file with a fault

}  // namespace dsched
