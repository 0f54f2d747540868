#pragma once
// The queries of HistoryReader over a connection, the writer's or one that only reads.

#include "history/history.h"

namespace dsched {

class Connection;

Result<std::vector<RunRecord>> read_runs(Connection& connection, const RunQuery& query);
Result<std::vector<Decision>> read_decisions(Connection& connection, const DecisionQuery& query);
Result<std::optional<Decision>> read_decision_at(Connection& connection, const std::string& job,
                                                 Instant firing_at);
Result<std::map<std::string, JobSummary>> read_summaries(Connection& connection);
Result<RunStatistics> read_statistics(Connection& connection, const std::string& job,
                                      std::optional<Instant> since);
Result<std::vector<JobCursor>> read_cursors(Connection& connection);
Result<std::vector<SettledFiring>> read_last_settled(Connection& connection);
Result<std::vector<JobPast>> read_pasts(Connection& connection);

}  // namespace dsched
