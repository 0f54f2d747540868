"""dsched submit: one-off jobs that the daemon keeps until they have run."""

import json
import unittest

from harness import Case, wait_for


class Submit(Case):
    def files(self):
        directory = self.place.state / "submitted"
        return sorted(str(path.relative_to(directory)) for path in directory.rglob("*.toml"))

    def submit(self, *words, code=0):
        """dsched submit --json WORDS; answers the object."""
        done = self.place.run("submit", "--json", *words)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def test_it_runs_once_and_its_definition_goes(self):
        self.place.daemon()
        text = self.ok("submit", "--name", "one", "--", "echo", "two  words", "$HOME")
        self.assertEqual("submit/one: runs now.  Result: dsched wait submit/one  Undo: dsched stop submit/one\n", text)
        self.assertRegex(self.ok("wait", "submit/one"), r"^submit/one ended ok after \S+, run \w{8}\n$")
        self.assertEqual("two  words $HOME\n", self.ok("logs", "submit/one"))
        wait_for("the file to go", lambda: self.files() == [])
        wait_for("the job to go", lambda: self.json("list")["jobs"] == [])
        self.assertEqual(1, len(self.json("history", "submit/one")["runs"]))

    def test_the_result_is_the_code_of_the_command(self):
        self.place.daemon()
        answer = self.submit("--wait", "--env", "CODE=9$x", "--", 'echo "$CODE"; pwd; exit 9', code=9)
        self.assertTrue(answer["job"].startswith("submit/"))
        self.assertEqual(9, answer["runs"][0]["exit_code"])
        self.assertEqual(f"9$x\n{self.place.root}\n", self.ok("logs", answer["job"]))

    def test_quiet_prints_the_name_for_wait(self):
        self.place.daemon()
        name = self.ok("submit", "-q", "--", "exit 3").strip()
        self.assertEqual(3, self.place.run("wait", name).returncode)

    def test_one_for_later_survives_the_daemon(self):
        daemon = self.place.daemon()
        answer = self.submit("--name", "later", "--at", "+4s", "--", "true")
        daemon.kill()
        self.assertEqual(["submit/later.toml"], self.files())
        self.assertEqual("new", self.json("list", "submit/later")["jobs"][0]["state"])
        self.place.daemon()
        self.ok("wait", "submit/later")
        run = self.json("history", "submit/later")["runs"][0]
        self.assertEqual(answer["firing_unix"], run["scheduled_unix"])
        wait_for("the file to go", lambda: self.files() == [])

    def test_one_that_was_due_while_no_daemon_ran_runs_then(self):
        daemon = self.place.daemon()
        self.ok("submit", "--name", "late", "--at", "+1s", "--", "true")
        daemon.kill()
        wait_for("its time to be over", lambda: self.json("next", "submit/late")["firings"] == [])
        self.place.daemon()
        self.ok("wait", "submit/late")
        self.assertEqual(1, len(self.json("history", "submit/late")["runs"]))

    def test_it_can_be_taken_back(self):
        self.place.daemon()
        self.ok("submit", "--name", "never", "--at", "+1h", "--", "true")
        self.assertEqual("submit/never: 1 firing taken back that was to come\n", self.ok("stop", "submit/never"))
        wait_for("the file to go", lambda: self.files() == [])

    def test_a_pool(self):
        (self.place.config / "dsched.toml").write_text("[pools]\nheavy = 1\n", encoding="utf-8")
        gate = self.place.root / "gate"
        self.place.daemon()
        self.ok("submit", "--name", "a", "--pool", "heavy", "--", f"until [ -e {gate} ]; do sleep 0.02; done")
        wait_for("the first to run", lambda: self.json("list", "submit/a")["jobs"][0]["running"])
        self.ok("submit", "--name", "b", "--pool", "heavy", "--", "true")
        waiting = wait_for("the second to wait", lambda: self.json("list", "submit/b")["jobs"][0]["waiting"])
        self.assertEqual("pool_full", waiting["reason"])
        self.assertIn("waits", self.ok("why", "submit/b"))
        gate.touch()
        self.ok("wait", "submit/b")

    def test_wrong_lines(self):
        for words, message in ((["submit"], "a command is missing"), (["submit", "--at", "yesterday", "--", "true"],
                                                                      "--at: that time is over"),
                               (["submit", "--name", "Big", "--", "true"], "cannot be a job name")):
            with self.subTest(words=words):
                self.assertIn(message, self.fails(2, *words))
        self.assertIn("no daemon is running", self.fails(4, "submit", "--", "true"))
        self.place.daemon()
        self.assertIn("pool", self.fails(2, "submit", "--pool", "none", "--", "true"))
        self.ok("submit", "--name", "x", "--at", "+1h", "--", "true")
        self.assertIn("there is a job 'submit/x' already", self.fails(6, "submit", "--name", "x", "--", "true"))


if __name__ == "__main__":
    unittest.main()
