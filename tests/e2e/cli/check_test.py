"""dsched check."""

import unittest
import xml.etree.ElementTree

from harness import Case


class Check(Case):
    def spoil(self):
        self.place.job("new", 'command = "true"\nschdule = "0 3 * * *"\n')
        self.place.job("report", 'schedule = "0 25 * * 1"\ncommand = "true"\ntimeout = 30\n')

    def test_good_files(self):
        self.place.job("a", 'command = "true"\n')
        self.assertEqual("1 file fine.\n", self.ok("check"))
        self.assertEqual("", self.ok("check", "-q"))

    def test_all_errors_of_all_files_are_shown(self):
        self.spoil()
        done = self.place.run("check")
        self.assertEqual(1, done.returncode)
        for code in ("E201", "E304", "E206"):
            self.assertIn(f"error[{code}]", done.stdout)
        self.assertIn("did you mean 'schedule'?", done.stdout)
        self.assertTrue(done.stdout.splitlines()[-1].startswith("2 files with errors, "), done.stdout)

    def test_places_are_exact(self):
        self.spoil()
        answer = self.json("check", code=1)
        self.assertEqual(("dsched.check/1", False), (answer["schema"], answer["ok"]))
        places = {one["code"]: (one["file"].rsplit("/", 1)[1], one["line"], one["column"])
                  for one in answer["diagnostics"] if one["severity"] == "error"}
        self.assertEqual({"E201": ("new.toml", 2, 1), "E304": ("report.toml", 1, 15), "E206": ("report.toml", 3, 11)}, places)
        for one in answer["diagnostics"]:
            self.assertEqual({"severity", "code", "message", "file", "line", "column", "end_column", "help",
                              "replacement"}, set(one))

    def test_other_formats(self):
        self.spoil()
        github = self.place.run("check", "--format", "github").stdout
        self.assertRegex(github, r"(?m)^::error file=\S+report\.toml,line=1,col=15,title=E304%3A ")
        junit = xml.etree.ElementTree.fromstring(self.place.run("check", "--format", "junit").stdout)
        self.assertEqual("2", junit.attrib["failures"])
        plain = self.place.run("check", "--plain").stdout.splitlines()
        self.assertIn("error\tE201\t", plain[0])
        self.assertTrue(all(len(line.split("\t")) == 6 for line in plain))

    def test_strict_takes_warnings_for_errors(self):
        self.place.job("w", 'command = "true"\nschedule = "* 3 * * *"\n')
        self.ok("check")
        self.fails(1, "check", "--strict")

    def test_named_files(self):
        good = self.place.file("good.toml", '[job.x]\ncommand = "true"\n')
        bad = self.place.file("bad.toml", "x = \n")
        self.spoil()
        self.ok("check", good)
        self.fails(1, "check", good, bad)
        self.fails(1, "check", self.place.root / "none.toml")

    def test_a_crontab(self):
        crontab = self.place.file("mine.cron", "0 25 * * * true\n")
        self.assertEqual(1, self.place.run("check", crontab).returncode)

    def test_what_only_the_world_can_tell(self):
        self.place.job("a", 'command = ["/no/such/program"]\ndir = "/no/such/dir"\n')
        codes = {one["code"] for one in self.json("check", code=1)["diagnostics"]}
        self.assertEqual({"E402", "W403"}, codes)


if __name__ == "__main__":
    unittest.main()
