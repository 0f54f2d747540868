"""dsched explain."""

import re
import unittest
from pathlib import Path

from harness import Case

SRC = Path(__file__).resolve().parents[3] / "src"
NOW = "2026-11-20T17:12"


class Explain(Case):
    def test_a_schedule_in_words(self):
        text = self.ok("explain", "0 9 1 * 1", "--now", NOW)
        self.assertIn("09:00", text.splitlines()[0])
        self.assertIn("W304", text)
        self.assertIn("Mon 2026-11-23 09:00 CET", text)
        self.assertEqual(text, self.ok("explain", "0", "9", "1", "*", "1", "--now", NOW))

    def test_a_schedule_as_json(self):
        answer = self.json("explain", "0 9 1 * 1", "-n", 1, "--now", NOW)
        self.assertEqual(("schedule", ["2026-11-23T09:00:00+01:00"]), (answer["kind"], answer["next_at"]))
        self.assertEqual("W304", answer["diagnostics"][0]["code"])

    def test_a_schedule_of_quartz(self):
        text = self.ok("explain", "--dialect", "quartz", "0 0 12 ? * 2#1")
        self.assertEqual("At 12:00 on the first Monday of the month.", text.splitlines()[0])

    def test_a_bad_schedule(self):
        self.assertIn("error[E304]", self.fails(2, "explain", "0 25 * * *"))

    def test_a_job(self):
        self.place.job("a", 'command = "echo hi"\nschedule = "@daily"\nafter = []\ndescription = "Says hi"\n')
        text = self.ok("explain", "a", "--now", NOW)
        for part in ("Says hi", "echo hi", "Sat 2026-11-21 00:00"):
            self.assertIn(part, text)
        self.assertEqual("job", self.json("explain", "a")["kind"])

    def test_codes(self):
        for words, start in ((["E304"], "E304  A number is outside"), (["e304"], "E304  "), (["exit", "75"], "75  "),
                             (["exit code 75"], "75  "), (["75"], "75  "), (["lost"], "lost  "),
                             (["result lost"], "lost  "), (["overlap"], "overlap  ")):
            self.assertTrue(self.ok("explain", *words).startswith(start), words)
        self.assertEqual(("code", "E304"), tuple(self.json("explain", "E304")[key] for key in ("kind", "code")))

    def test_nonsense(self):
        self.assertIn("no job, code or schedule 'frob'", self.fails(3, "explain", "frob"))
        self.fails(2, "explain")

    def test_every_code_in_the_sources_is_explained(self):
        codes = {code for folder in ("config", "time") for path in (SRC / folder).glob("*.cpp")
                 for code in re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8"))}
        self.assertGreater(len(codes), 30)
        for code in sorted(codes):
            with self.subTest(code=code):
                self.assertTrue(self.ok("explain", code).startswith(code))


if __name__ == "__main__":
    unittest.main()
