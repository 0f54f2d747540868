"""dsched next."""

import unittest

from harness import Case

NOW = "2026-11-20T17:12"


class OfJobs(Case):
    def setUp(self):
        super().setUp()
        self.place.job("backup", 'command = "true"\nschedule = "15 2 * * *"\n')
        self.place.job("often", 'command = "true"\nschedule = "*/30 * * * *"\n')
        self.place.job("off", 'command = "true"\nschedule = "* * * * *"\nenabled = false\n')

    def test_all_jobs_are_merged_in_order(self):
        self.assertEqual(
            "WHEN (Europe/Berlin)  IN   JOB    NOTE\n"
            "Fri 2026-11-20 17:30  18m  often\n"
            "Fri 2026-11-20 18:00  48m  often\n",
            self.ok("next", "-n", 2, "--now", NOW))

    def test_the_window_can_be_set(self):
        answer = self.json("next", "--from", "2026-11-21T02:00", "--until", "2026-11-21T02:30", "--now", NOW)
        self.assertEqual([("often", "02:00"), ("backup", "02:15"), ("often", "02:30")],
                         [(firing["job"], firing["at"][11:16]) for firing in answer["firings"]])

    def test_per_job(self):
        answer = self.json("next", "--per-job", "-n", 2, "--now", NOW)
        self.assertEqual(["backup", "backup", "often", "often"], [firing["job"] for firing in answer["firings"]])

    def test_json_has_every_key(self):
        firing = self.json("next", "backup", "-n", 1, "--now", NOW)["firings"][0]
        self.assertEqual({"job": "backup", "at": "2026-11-21T02:15:00+01:00", "unix": 1795223700,
                          "start_at": "2026-11-21T02:15:00+01:00", "start_unix": 1795223700, "jitter_s": 0.0,
                          "note": None, "dst": None, "expected_decision": "start"}, firing)

    def test_jitter_is_shown(self):
        self.place.job("spread", 'command = "true"\nschedule = "0 4 * * *"\njitter = "10m"\n')
        firing = self.json("next", "spread", "-n", 1, "--now", NOW)["firings"][0]
        self.assertEqual(firing["start_unix"] - firing["unix"], firing["jitter_s"])
        self.assertLess(firing["jitter_s"], 600)

    def test_times_in_another_zone(self):
        self.assertIn("Sat 2026-11-21 01:15", self.ok("next", "backup", "-n", 1, "--utc", "--now", NOW))

    def test_nothing_scheduled(self):
        done = self.place.run("next", "off")
        self.assertEqual((0, "", "nothing is scheduled\n"), (done.returncode, done.stdout, done.stderr))


class OfAnExpression(Case):
    def test_a_clock_change_is_noted(self):
        text = self.ok("next", "--schedule", "30 2 * * *", "--tz", "Europe/Berlin", "--from", "2027-03-27", "-n", 3)
        lines = text.splitlines()
        self.assertEqual("Sat 2027-03-27 02:30 CET", lines[0])
        self.assertRegex(lines[1], r"^Sun 2027-03-28 03:00 CEST   02:30 does not exist that day")
        self.assertEqual("Mon 2027-03-29 02:30 CEST", lines[2])

    def test_plain_utc_is_one_time_stamp_a_line(self):
        self.assertEqual("2027-03-27T01:30:00Z\n2027-03-28T01:00:00Z\n2027-03-29T00:30:00Z\n",
                         self.ok("next", "--schedule", "30 2 * * *", "--tz", "Europe/Berlin", "--from", "2027-03-27",
                                 "-n", 3, "--plain", "--utc"))

    def test_from_takes_part(self):
        self.assertEqual("2026-11-20T12:00:00Z\n", self.ok("next", "-s", "0 12 * * *", "--tz", "UTC", "--plain", "--utc",
                                                           "--from", "2026-11-20T12:00:00Z", "-n", 1))

    def test_an_expression_of_quartz(self):
        of_quartz = ["--dialect", "quartz", "--tz", "UTC", "--from", "2026-11-20", "-n", 1, "--plain", "--utc"]
        self.assertEqual("2026-11-23T12:00:00Z\n", self.ok("next", "-s", "0 0 12 ? * 2", *of_quartz))
        done = self.place.run("next", "-s", "0 12 * * 2", *of_quartz)
        self.assertEqual(2, done.returncode)
        self.assertIn("6 fields expected, got 5", done.stderr)
        self.assertIn("--schedule", self.place.run("next", "--dialect", "quartz").stderr)

    def test_a_bad_expression_is_shown_with_its_place(self):
        done = self.place.run("next", "-s", "0 25 * * *")
        self.assertEqual(2, done.returncode)
        self.assertIn("error[E304]", done.stderr)
        self.assertIn("  ^^", done.stderr)
        self.assertEqual("", done.stdout)

    def test_json(self):
        answer = self.json("next", "-s", "@daily", "-n", 1, "--tz", "UTC", "--now", NOW)
        self.assertEqual(("UTC", None, "2026-11-21T00:00:00Z"),
                         (answer["timezone"], answer["firings"][0]["job"], answer["firings"][0]["at"]))


if __name__ == "__main__":
    unittest.main()
