"""dsched history."""

import json
import unittest

from harness import Case

RUN_KEYS = {"run_id", "job", "result", "exit_code", "signal", "decision", "trigger", "scheduled_at", "scheduled_unix",
            "started_at", "started_unix", "ended_at", "ended_unix", "duration_s", "host", "user", "fence", "cpu_user_s",
            "cpu_sys_s", "max_rss_bytes", "log", "params", "outputs",
            "attempts"}


class Empty(Case):
    def test_nothing_has_run_yet(self):
        done = self.place.run("history")
        self.assertEqual((0, "", "nothing has run yet\n"), (done.returncode, done.stdout, done.stderr))
        self.assertEqual({"schema": "dsched.history/1", "runs": [], "decisions": [], "waiting": []},
                         self.json("history"))
        self.assertEqual([], self.json("history", "--stats")["jobs"])


class History(Case):
    def setUp(self):
        super().setUp()
        self.place.job("good", 'command = "true"\n')
        self.place.job("bad", 'command = "exit 7"\n')
        self.place.run("run", "good")
        self.place.run("run", "bad")
        self.place.run("run", "good")

    def test_the_newest_comes_first(self):
        lines = self.ok("history").splitlines()
        self.assertRegex(lines[0], r"^STARTED \(Europe/Berlin\) +JOB +RUN +TOOK +RESULT +HOST +WHY$")
        self.assertEqual(["good", "bad", "good"], [line.split()[2] for line in lines[1:]])
        self.assertRegex(lines[2], r" exit 7 .* manual$")

    def test_json_has_every_key(self):
        answer = self.json("history")
        self.assertEqual(["good", "bad", "good"], [run["job"] for run in answer["runs"]])
        for run in answer["runs"]:
            self.assertEqual(RUN_KEYS, set(run))
        bad = answer["runs"][1]
        self.assertEqual(("failed", 7, None, None, "started"),
                         tuple(bad[key] for key in ("result", "exit_code", "signal", "scheduled_at", "decision")))
        self.assertEqual({"n", "exit_code", "signal", "timed_out", "reason", "failure", "duration_s"}, set(bad["attempts"][0]))

    def test_filters(self):
        for words, jobs in ((["bad"], ["bad"]), (["-n", 1], ["good"]), (["--result", "failed,timeout"], ["bad"]),
                            (["--since", "-1h"], ["good", "bad", "good"]), (["--until", "-1h"], []),
                            (["g*"], ["good", "good"]), (["--host", "elsewhere"], [])):
            with self.subTest(words=words):
                self.assertEqual(jobs, [run["job"] for run in self.json("history", *words)["runs"]])
        self.assertIn("no job 'goood'; did you mean 'good'?", self.fails(3, "history", "goood"))

    def test_a_job_that_is_gone_keeps_its_history(self):
        (self.place.jobs_directory / "bad.toml").unlink()
        self.assertEqual(1, len(self.json("history", "bad")["runs"]))

    def test_lines_of_json(self):
        lines = [json.loads(line) for line in self.ok("history", "--jsonl").splitlines()]
        self.assertEqual(["good", "bad", "good"], [line["run"]["job"] for line in lines])

    def test_statistics(self):
        stats = {entry["job"]: entry for entry in self.json("history", "--stats")["jobs"]}
        self.assertEqual((2, 2, 1.0), tuple(stats["good"][key] for key in ("runs", "ok", "success_rate")))
        self.assertEqual((1, 0, 0.0), tuple(stats["bad"][key] for key in ("runs", "ok", "success_rate")))
        self.assertRegex(self.ok("history", "--stats", "bad"), r"(?m)^bad +1 +0\.0 %")

    def test_a_history_that_is_none_is_refused(self):
        (self.place.state / "history.db").write_text("not a database" * 100)
        self.assertIn("history.db", self.fails(75, "history"))
        self.assertEqual("corrupt", self.json("list", code=75)["error"])


if __name__ == "__main__":
    unittest.main()
