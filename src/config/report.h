#pragma once
// Collects the faults of one file.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "config/source_text.h"

namespace dsched {

class FaultReport {
 public:
  // Both outlive the report.
  FaultReport(const SourceText& source, std::vector<Diagnostic>& diagnostics)
      : source_(&source), diagnostics_(&diagnostics) {}

  // Adds a diagnostic that points at the span, up to the end of its first line. The reference is
  // for adding a label, help or a replacement; it ends with the next one added.
  Diagnostic& error(std::string_view code, Span span, std::string message);
  Diagnostic& warning(std::string_view code, Span span, std::string message);
  Diagnostic& add(Severity severity, std::string_view code, Span span, std::string message);

  // A further line of help for the diagnostic added last. Requires: there is one.
  void help(std::string line) { diagnostics_->back().help.push_back(std::move(line)); }

  const SourceText& source() const { return *source_; }
  std::size_t errors() const { return errors_; }

 private:
  const SourceText* source_;
  std::vector<Diagnostic>* diagnostics_;
  std::size_t errors_ = 0;
};

// A diagnostic about a file or directory as a whole.
Diagnostic about_file(Severity severity, std::string_view code, const std::string& file,
                      std::string message);

}  // namespace dsched
