#include "env/real/posix_courier.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "env/real/curl_transfer.h"
#include "env/real/fed_program.h"
#include "env/real/stop_flag.h"

namespace dsched {

namespace {

Receipt receipt_for(const Result<ProgramEnd>& end, std::string_view program) {
  if (!end) return {Receipt::Kind::try_again, end.error().message};
  if (end->stopped) return {Receipt::Kind::stopped, "dsched was stopped"};
  if (end->status == 0) return {};
  std::string error = end->timed_out ? fmt::format("{} took too long", program)
                      : end->status  ? fmt::format("{} ended with exit {}", program, *end->status)
                                     : fmt::format("{} was killed", program);
  const std::string_view said = trim(end->said);
  if (!said.empty()) error += ": " + visible(said);
  return {Receipt::Kind::try_again, std::move(error)};
}

class PosixCourier final : public Courier {
 public:
  explicit PosixCourier(CourierOptions options) : options_(std::move(options)) {}

  Receipt deliver(const Parcel& parcel) override {
    if (stop_.is_set()) return {Receipt::Kind::stopped, "dsched was stopped"};
    return std::visit([this](const auto& one) { return carry(one); }, parcel);
  }

  void stop() override { stop_.set(); }

 private:
  Receipt carry(const Mail& mail) {
    if (mail.transport != "sendmail") return send_by_smtp(mail, options_.network_timeout, stop_);
    const auto mailer =
        std::find_if(options_.mailers.begin(), options_.mailers.end(),
                     [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; });
    if (mailer == options_.mailers.end()) {
      return {Receipt::Kind::try_again, "there is no sendmail: looked for " +
                                            join(options_.mailers, ", ") +
                                            "; see [mail] transport"};
    }
    return run({*mailer, "-t", "-oi", "-f", mail.from}, {}, mail.message, "sendmail");
  }

  Receipt carry(const WebPost& post) { return post_json(post, options_.network_timeout, stop_); }

  Receipt carry(const CommandCall& call) {
    std::vector<std::string> variables;
    for (const auto& [name, value] : call.variables) variables.push_back(name + "=" + value);
    return run({"/bin/sh", "-c", call.command}, std::move(variables), call.input, "the command");
  }

  Receipt run(std::vector<std::string> argv, std::vector<std::string> variables,
              const std::string& input, std::string_view what) {
    variables.insert(variables.begin(), options_.environment.begin(), options_.environment.end());
    return receipt_for(
        run_fed_program({std::move(argv), std::move(variables), input, options_.program_timeout},
                        stop_),
        what);
  }

  CourierOptions options_;
  StopFlag stop_;
};

}  // namespace

std::unique_ptr<Courier> make_posix_courier(CourierOptions options) {
  return std::make_unique<PosixCourier>(std::move(options));
}

}  // namespace dsched
