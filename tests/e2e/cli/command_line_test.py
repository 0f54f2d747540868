"""Options, help, error texts, exit codes and streams: what all commands share."""

import json
import os
import subprocess
import unittest

from harness import DSCHED, Case


class Help(Case):
    def test_a_daemon_whose_named_crontab_is_missing_does_not_idle_in_silence(self):
        complaint = self.fails(2, "daemon", "--crontab", "none.cron")
        self.assertIn("none.cron cannot be used", complaint)

    def test_dsched_alone_prints_the_overview(self):
        text = self.ok()
        self.assertIn("Usage: dsched COMMAND", text)
        self.assertEqual(text, self.ok("help"))
        self.assertEqual(text, self.ok("--help"))

    def test_the_overview_names_only_commands_that_exist(self):
        table = json.loads(self.ok("__options"))
        names = {command["name"] for command in table["commands"]}
        listed = {line.split()[0] for line in self.ok().splitlines()
                  if line.startswith("  ") and not line.startswith("  dsched")}
        self.assertEqual(names, listed)

    def test_help_of_a_command_is_the_same_in_both_forms(self):
        for command in json.loads(self.ok("__options"))["commands"]:
            page = self.ok("help", command["name"])
            self.assertEqual(page, self.ok(command["name"], "--help"))
            for option in command["options"]:
                if command["name"] != "help":
                    self.assertIn("--" + option["name"], page)

    def test_version(self):
        self.assertRegex(self.ok("--version"), r"^dsched \d+\.\d+\.\d+\nzone data \S+\nlibraries ")

    def test_ls_is_list(self):
        self.assertEqual(self.ok("list", "--json", "--now", "@0"), self.ok("ls", "--json", "--now", "@0"))


class WrongLines(Case):
    ROWS = [
        (["hsitory"], "dsched: unknown command 'hsitory'; did you mean 'history'?"),
        (["ps"], "dsched: unknown command 'ps'; did you mean 'list'?"),
        (["start"], "dsched: unknown command 'start'; did you mean 'run'?"),
        (["lis"], "dsched: unknown command 'lis'; did you mean 'list'?"),
        (["list", "--jsn"], "dsched list: unknown option '--jsn'; did you mean '--json'?"),
        (["list", "--js"], "dsched list: unknown option '--js'; did you mean '--json'?"),
        (["list", "-Z"], "dsched list: unknown option '-Z'"),
        (["list", "--tz"], "dsched list: --tz needs a value: ZONE"),
        (["list", "--wide=5"], "dsched list: --wide takes no value"),
        (["list", "--sort", "nmae"],
         "dsched list: --sort must be one of name, next, last, took, not 'nmae'; did you mean 'name'?"),
        (["list", "--color", "pink"], "dsched list: --color must be one of auto, always, never, not 'pink'"),
        (["list", "--json", "--plain"], "dsched list: --json and --plain exclude each other"),
        (["list", "--user", "--system"], "dsched list: --user and --system exclude each other"),
        (["list", "--tz", "Europe/Berlim"], "dsched list: --tz: "),
        (["list", "--now", "soon"], "dsched list: --now: 'soon' is no time"),
        (["list", "--columns", "jbo"], "dsched list: no column 'jbo'; did you mean 'job'?"),
        (["next", "-n", "0"], "dsched next: --count must be at least 1, not 0"),
        (["next", "-n", "many"], "dsched next: --count must be a whole number, not 'many'"),
        (["next", "--from", "25:00"], "dsched next: --from: '25:00' is no time"),
        (["history", "--result", "good"], "dsched history: --result: 'good' is no result"),
        (["logs"], "dsched logs: a job or a run is missing"),
        (["logs", "a", "b"], "dsched logs: unexpected word 'b'"),
        (["reload", "now"], "dsched reload: unexpected word 'now'"),
        (["why"], "dsched why: the name of a job is missing"),
        (["why", "a", "--at", "now", "--since", "now"], "dsched why: --at and --since exclude each other"),
        (["wait"], "dsched wait: a job or a run is missing"),
        (["stop"], "dsched stop: a job or a run is missing"),
        (["trigger"], "dsched trigger: the name of a job is missing"),
        (["trigger", "a", "--param", "X"], "dsched trigger: --param must look like NAME=VALUE, not 'X'"),
        (["trigger", "a", "--backfill", "today"], "dsched trigger: --backfill must look like FROM..TO, not 'today'"),
        (["resolve"], "dsched resolve: the name of a job is missing"),
        (["run", "--if-busy", "no", "a"], "dsched run: --if-busy must be one of wait, skip, fail, not 'no'"),
        (["run"], "dsched run: the name of a job is missing, or -- and a command"),
        (["run", "--timeout", "5", "--", "true"], "dsched run: --timeout: "),
        (["run", "--env", "X", "--", "true"], "dsched run: --env must look like NAME=VALUE, not 'X'"),
        (["add", "x"], "dsched add: a command is missing"),
        (["add", "x", "ls", "-l"], "dsched add: "),
        (["daemon", "--no-state"], "dsched daemon: the daemon needs a place for its state"),
    ]

    def test_they_end_with_2_and_a_sentence(self):
        self.place.job("a", 'command = "true"\n')
        for words, message in self.ROWS:
            with self.subTest(words=words):
                done = self.place.run(*words)
                self.assertEqual(2, done.returncode, done.stderr)
                self.assertTrue(done.stderr.splitlines()[0].startswith(message), done.stderr)
                self.assertEqual("--json" in words, done.stdout != "")

    def test_options_of_later_releases_do_not_exist(self):
        for words in (["run", "--junit", "x"], ["list", "--tree"], ["next", "--ics"], ["check", "--fix"],
                      ["list", "--remote", "h"], ["add", "--mail", "a@b"]):
            with self.subTest(words=words):
                self.assertIn("unknown option '--", self.fails(2, *words))

    def test_with_json_the_error_is_an_object_on_stdout(self):
        for words, code, kind in ((["hsitory"], 2, "usage"), (["logs", "nothing"], 3, "not_found"),
                                  (["list", "--frob"], 2, "usage"), (["reload"], 4, "unavailable")):
            with self.subTest(words=words):
                done = self.place.run(*words, "--json")
                answer = json.loads(done.stdout)
                self.assertEqual(code, done.returncode)
                self.assertEqual("dsched.error/1", answer["schema"])
                self.assertEqual((kind, code), (answer["error"], answer["exit_code"]))
                self.assertTrue(answer["message"])
                self.assertIsInstance(answer["suggestions"], list)
                self.assertTrue(done.stderr.startswith("dsched"))


class Options(Case):
    def test_they_may_stand_anywhere(self):
        self.place.job("a", 'command = "true"\nschedule = "@daily"\n')
        wanted = self.ok("list", "--utc", "--plain", "--now", "@1795191120", "a")
        for words in (["--utc", "--plain", "list", "--now", "@1795191120", "a"],
                      ["--now", "@1795191120", "list", "a", "--plain", "--utc"],
                      ["list", "a", "--now=@1795191120", "--utc", "--plain"]):
            self.assertEqual(wanted, self.ok(*words))

    def test_jobs_may_be_named_like_commands(self):
        self.place.job("list", 'command = "true"\n')
        self.assertEqual(["list"], [job["name"] for job in self.json("list", "list")["jobs"]])

    def test_short_options_can_be_joined(self):
        self.assertEqual(self.ok("next", "-s", "@daily", "-n", "2", "--now", "@0"),
                         self.ok("next", "-s@daily", "-n2", "--now", "@0"))

    def test_the_environment_stands_in_for_options(self):
        self.place.job("a", 'command = "true"\nschedule = "0 12 * * *"\n')
        self.assertEqual(self.ok("list", "--plain", "--now", "@0", "--tz", "Asia/Tokyo"),
                         self.ok("list", "--plain", env={"DSCHED_NOW": "@0", "DSCHED_TZ": "Asia/Tokyo"}))
        file = self.place.file("ci.toml", '[job.x]\ncommand = "true"\n')
        self.assertEqual("x", self.json("list", env={"DSCHED_FILE": str(file)})["jobs"][0]["name"])


class Streams(Case):
    def setUp(self):
        super().setUp()
        self.place.job("fails", 'command = "exit 3"\n')
        self.place.run("run", "fails")

    def test_a_reader_that_goes_is_no_error(self):
        for number in range(3000):
            self.place.job(f"j{number}", 'command = "true"\nschedule = "@daily"\n')
        process = self.place.start("list")
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual("", process.stderr.read())
        self.assertIn(process.wait(30), (141, -13))
        process.stderr.close()

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([DSCHED, "list"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=self.place.environment(), timeout=30)
        self.assertEqual(75, done.returncode)
        self.assertIn("cannot write to standard output", done.stderr)

    def test_colour_follows_its_rules(self):
        rows = [
            ([], {}, False),
            (["--color=always"], {}, True),
            (["--color=always"], {"NO_COLOR": "1"}, True),
            ([], {"FORCE_COLOR": "1"}, True),
            ([], {"CLICOLOR_FORCE": "1"}, True),
            ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
            ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
            (["--color=never"], {"FORCE_COLOR": "1"}, False),
            (["--plain"], {"FORCE_COLOR": "1"}, False),
            (["--json"], {"FORCE_COLOR": "1"}, False),
        ]
        for words, env, coloured in rows:
            with self.subTest(words=words, env=env):
                self.assertEqual(coloured, "\x1b[" in self.ok("list", *words, env=env))

    def test_a_locale_without_utf8_gets_ascii(self):
        self.assertIn("✗", self.ok("list"))
        text = self.ok("list", env={"LANG": "C"})
        self.assertTrue(text.isascii())
        self.assertIn("x", text.splitlines()[1].split()[-1])
        self.assertIn("✗", self.ok("list", env={"LANG": "C", "LC_ALL": "de_DE.UTF-8"}))

    def test_quiet_leaves_stdout_alone(self):
        self.assertEqual(self.ok("list", "--now", "@0"), self.ok("list", "-q", "--now", "@0"))


if __name__ == "__main__":
    unittest.main()
