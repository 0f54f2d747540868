"""dsched simulate."""

import unittest

from harness import Case

DAY = ("--from", "2026-11-20", "--to", "2026-11-21", "--durations", "fixed")


class OneDay(Case):
    def setUp(self):
        super().setUp()
        self.place.job("backup", 'command = "true"\nschedule = "15 2 * * *"\n')
        self.place.job("sync", 'command = "true"\nschedule = "0 */6 * * *"\n')
        self.place.job("off", 'command = "true"\nschedule = "* * * * *"\nenabled = false\n')

    def firings(self, *arguments):
        answer = self.json("simulate", *arguments)
        return [(f["job"], f["at"][11:16], f["decision"], f["reason"]) for f in answer["firings"]]

    def test_every_firing_is_told(self):
        self.assertEqual([("sync", "00:00", "started", "started"), ("backup", "02:15", "started", "started"),
                          ("sync", "06:00", "started", "started"), ("sync", "12:00", "started", "started"),
                          ("sync", "18:00", "started", "started"), ("sync", "00:00", "started", "started")],
                         self.firings(*DAY))

    def test_named_jobs_are_shown(self):
        self.assertEqual([("backup", "02:15", "started", "started")], self.firings("backup", *DAY))

    def test_an_outage_is_missed_and_made_up_as_the_job_says(self):
        self.place.job("sync", 'command = "true"\nschedule = "0 */6 * * *"\ncatch_up = "last"\n')
        outage = ("--outage", "2026-11-20T01:00..2026-11-20T13:00")
        self.assertEqual([("sync", "00:00", "started", "started"), ("backup", "02:15", "missed", "daemon_down"),
                          ("sync", "06:00", "missed", "daemon_down"), ("sync", "12:00", "started", "started"),
                          ("sync", "18:00", "started", "started"), ("sync", "00:00", "started", "started")],
                         self.firings(*DAY, *outage))

    def test_a_clock_jump_names_itself(self):
        self.assertIn(("backup", "02:15", "missed", "clock_jumped"),
                      self.firings(*DAY, "--clock-jump", "2026-11-20T01:00=+4h"))

    def test_runs_that_overlap_are_skipped(self):
        answer = self.json("simulate", "sync", *DAY, "--duration", "7h")
        self.assertEqual((4, 2), (answer["started"], answer["skipped"]))  # backup is played too
        self.assertEqual([{"reason": "overlap", "firings": 2}], answer["reasons"])

    def test_the_summary_counts(self):
        self.assertEqual("backup\t1\t0\t0\t60.0\noff\t0\t0\t0\t0.0\nsync\t5\t0\t0\t240.0\n",
                         self.ok("simulate", *DAY, "--summary", "--plain"))

    def test_wrong_spans_are_refused(self):
        self.assertIn("--to lies before --from", self.fails(2, "simulate", "--from", "2026-11-21", "--to", "2026-11-20"))
        for wrong in ("tomorrow", "2026-11-21T05:00..2026-11-20T04:00", "2026-12-01..2026-12-02"):
            self.assertIn("--outage", self.fails(2, "simulate", *DAY, "--outage", wrong))
        for wrong in ("2026-11-20T02:00", "2026-11-20T02:00=4", "2026-12-20=1h"):
            self.assertIn("--clock-jump", self.fails(2, "simulate", *DAY, "--clock-jump", wrong))


class Sharing(Case):
    def test_a_pool_is_waited_for_and_measured(self):
        self.place.file("config/dsched/dsched.toml", "[pools]\nheavy = 1\n")
        for name in ("a", "b", "c"):
            self.place.job(name, 'command = "true"\nschedule = "0 3 * * *"\npool = "heavy"\n')
        answer = self.json("simulate", *DAY, "--duration", "10m")
        starts = sorted(firing["started_at"][11:16] for firing in answer["firings"])
        self.assertEqual(["03:00", "03:10", "03:20"], starts)
        heavy = [pool for pool in answer["pools"] if pool["pool"] == "heavy"][0]
        self.assertEqual({"pool": "heavy", "size": 1, "peak": 1, "waits": 2, "waited_s": 1800.0, "longest_wait_s": 1200.0},
                         heavy)

    def test_a_night_with_a_clock_change_is_noted(self):
        self.place.job("nightly", 'command = "true"\nschedule = "30 2 * * *"\n')
        answer = self.json("simulate", "--from", "2027-03-27", "--to", "2027-03-30", "--tz", "Europe/Berlin")
        self.assertEqual([("nightly", "2027-03-28T03:00:00+02:00")], [(one["job"], one["at"]) for one in answer["dst"]])
        self.assertRegex(answer["dst"][0]["note"], "02:30 does not exist")

    def test_a_whole_year_is_played(self):
        for i in range(4):
            self.place.job(f"job-{i}", f'command = "true"\nschedule = "{i} * * * *"\n')
        answer = self.json("simulate", "--from", "2026-01-01", "--to", "2027-01-01", "--summary")
        self.assertGreaterEqual(answer["started"], 4 * 8760)


if __name__ == "__main__":
    unittest.main()
