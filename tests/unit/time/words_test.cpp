#include "time/words.h"

#include <string>
#include <vector>

#include "base/text.h"
#include "unit/time/support.h"

namespace dsched {

using testing::schedule;

TEST_CASE("schedules in few words") {
  struct Row {
    const char* text;
    const char* words;
  };
  const Row rows[] = {
      {"15 2 * * *", "02:15 every day"},
      {"*/5 * * * *", "every 5 min"},
      {"* * * * *", "every minute"},
      {"0 * * * *", "every hour"},
      {"15 * * * *", "every hour from 00:15"},
      {"@hourly", "every hour"},
      {"@daily", "00:00 every day"},
      {"@weekly", "00:00 on Sundays"},
      {"@monthly", "00:00 on the 1st"},
      {"@yearly", "00:00 on 1 January"},
      {"@reboot", "at boot"},
      {"0 9 * * 1", "09:00 on Mondays"},
      {"0 3 * * 1-5", "03:00 on weekdays"},
      {"0 3 * * 0,6", "03:00 on weekends"},
      {"0 3 * * 1,3,0", "03:00 on Mon, Wed, Sun"},
      {"30 12 1,20 * *", "12:30 on the 1st, 20th"},
      {"0 6,18 * * *", "06:00, 18:00 every day"},
      {"0 */2 * * *", "every 2h"},
      {"30 4-23/6 * * *", "every 6h from 04:30"},
      {"every 6h from 04:30", "every 6h from 04:30"},
      {"every 90m", "every 1h 30m"},
      {"every 7m", "every 7 min"},
      {"every 2d from 03:00", "03:00 every 2 days"},
      {"* * * * * *", "every second"},
      {"*/10 * * * * *", "every 10 s"},
      {"*/10 9-17 * * *", "every 10 min, 09:00 to 17:50"},
      {"0 12 L * *", "12:00 on the last day"},
      {"0 12 LW * *", "12:00 on the last weekday"},
      {"0 12 * * 5#3", "12:00 on the third Friday"},
      {"at 2026-11-20T02:15", "once at 2026-11-20T02:15"},
      {"0 9 1 * 1", "0 9 1 * 1"},
      {"1,2,7,9 4 * * *", "1,2,7,9 4 * * *"},
      {"0 0 31 2 *", "0 0 31 2 *"},
  };
  for (const Row& row : rows) CHECK(schedule_words(schedule(row.text), row.text) == row.words);
}

TEST_CASE("schedules in a full sentence") {
  struct Row {
    const char* text;
    const char* sentence;
  };
  const Row rows[] = {
      {"0 9 1 * 1", "At 09:00 on day 1 of the month, and also on every Monday."},
      {"0 9 13 * +5", "At 09:00 on day 13 of the month, but only if it is also every Friday."},
      {"15 2 * * *", "At 02:15 every day."},
      {"0 9,17 * * 1-5", "At 09:00 and 17:00 on every day from Monday to Friday."},
      {"*/5 * * * *", "Every 5 minutes."},
      {"*/10 9-17 * * 1-5",
       "Every 10 minutes of hours 9 to 17, on every day from Monday to Friday."},
      {"* 3 * * *", "Every minute of hour 3."},
      {"*/7 * * * *", "At every 7th minute from 0 to 56 of every hour."},
      {"7,22,37,52 * * * *", "At minutes 7, 22, 37 and 52 of every hour."},
      {"* * * * * *", "Every second."},
      {"*/10 * * * * *", "Every 10 seconds."},
      {"0 12 1 */3 *", "At 12:00 on day 1 of the month in January, April, July and October."},
      {"0 12 L,15W * *",
       "At 12:00 on the last day and the weekday nearest to day 15 of the month."},
      {"0 12 L-2 * *", "At 12:00 on the 2nd day before the last of the month."},
      {"0 12 * * 5#3", "At 12:00 on the third Friday of the month."},
      {"0 12 * * 5L", "At 12:00 on the last Friday of the month."},
      {"0 0 12 1 1 * 2030-2032", "At 12:00 on day 1 of the month in January, in 2030 to 2032."},
      {"0 0 31 2 *",
       "At 00:00 on day 31 of the month in February: never, as there is no such day."},
      {"every 15m", "Every 15 minutes, counted from 00:00 of each day."},
      {"every 7m",
       "Every 7 minutes of real time, counted from 1970-01-01 00:00 UTC, as days cannot be divided "
       "by it."},
      {"every 2d from 03:00", "At 03:00 every 2 days, counted from 1970-01-01."},
      {"at 2026-11-20T02:15", "Once, at 2026-11-20T02:15 on the clock of the job's time zone."},
      {"@reboot", "Once after every boot of the host."},
  };
  for (const Row& row : rows)
    CHECK(schedule_sentence(schedule(row.text), row.text) == row.sentence);
}

TEST_CASE("the fields of an expression are drawn and named") {
  const std::vector<std::string> expected{
      "0 9 1 * 1",
      "| | | | `- day of week    Monday",
      "| | | `--- month          any",
      "| | `----- day of month   1",
      "| `------- hour           9",
      "`--------- minute         0",
  };
  CHECK(schedule_breakdown(schedule("0 9 1 * 1"), "0 9 1 * 1") == expected);
  const std::vector<std::string> wide{
      "0 */10 9-17 15W,L jan-mar FRIL 2030",
      "| |    |    |     |       |    `- year           2030",
      "| |    |    |     |       `------ day of week    the last Friday",
      "| |    |    |     `-------------- month          January to March",
      "| |    |    `-------------------- day of month   the last day and the weekday nearest to "
      "day 15",
      "| |    `------------------------- hour           9 to 17",
      "| `------------------------------ minute         every 10th from 0 to 50",
      "`-------------------------------- second         0",
  };
  CHECK(schedule_breakdown(schedule("0 */10  9-17 15W,L jan-mar FRIL 2030"),
                           "0 */10  9-17 15W,L jan-mar FRIL 2030") == wide);
  CHECK(schedule_breakdown(schedule("@daily"), "@daily").empty());
  CHECK(schedule_breakdown(schedule("every 5m"), "every 5m").empty());
  const std::string drawn =
      schedule_breakdown(schedule("H 3 * * *", {"backup", ""}), "H 3 * * *").back();
  CHECK(drawn.find("(drawn from the job's name)") != std::string::npos);
}

TEST_CASE("every right expression has words, a sentence and a breakdown") {
  for (const char* text :
       {"0 0 * * *", "*/7 1-3,5 L-3W,1 2-4 +1#2,3L", "1 2 3 4 5 6 2030", "59 59 23 31 12 6 2199"}) {
    CHECK(!schedule_words(schedule(text), text).empty());
    CHECK(schedule_sentence(schedule(text), text).back() == '.');
    CHECK(schedule_breakdown(schedule(text), text).size() == split_words(text).size() + 1);
  }
}

}  // namespace dsched
