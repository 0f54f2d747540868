"""The manual pages: free of faults, complete, and with the options that the program has."""

import json
import re
import shlex
import shutil
import subprocess
import unittest
from pathlib import Path

from harness import Case

MAN = Path(__file__).resolve().parents[3] / "man"
PAGES = sorted(MAN.iterdir())
SECTIONS = {
    "1": ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO"],
    "5": ["NAME", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"],
    "8": ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO"],
}


def page_of(command):
    """daemon is dsched(8), help is dsched(1), any other command has a page of its own."""
    return MAN / {"daemon": "dsched.8", "help": "dsched.1"}.get(command, f"dsched-{command}.1")


def options_in(page):
    """{name: (letter, value)} of the list in OPTIONS, in the form of `dsched __options`."""
    section = re.search(r"^\.Sh OPTIONS\n(.*?)^\.Sh", page.read_text(), re.M | re.S).group(1)
    options = {}
    for line in re.findall(r"^\.It (Fl .*)$", section, re.M):
        match = re.fullmatch(r"Fl (?:(\w) , )?-([\w-]+)(?: (?:Ar (\S+)|Cm (.+)))?", line)
        if match is None:
            raise AssertionError(f"{page.name}: cannot read '{line}'")
        letter, name, value, choices = match.groups()
        options[name] = (letter, value or (choices.replace(" | ", "|") if choices else None))
    return options


class Pages(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_finds_no_fault(self):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *PAGES], capture_output=True, text=True)
        self.assertEqual("", lint.stdout + lint.stderr)

    def test_every_page_has_the_sections_of_its_kind(self):
        for page in PAGES:
            sections = re.findall(r"^\.Sh (.*)$", page.read_text(), re.M)
            wanted = SECTIONS[page.suffix[1:]]
            self.assertEqual(wanted, [section for section in sections if section in wanted], page.name)

    def test_references_lead_to_pages(self):
        for page in PAGES:
            for name, section in re.findall(r"^\.(?:It )?Xr (dsched\S*) (\d)", page.read_text(), re.M):
                self.assertTrue((MAN / f"{name}.{section}").exists(), f"{page.name}: {name}({section})")


class Options(Case):
    """Each page has the options of its command; those that several commands share are in dsched(1)."""

    def setUp(self):
        super().setUp()
        commands = json.loads(self.ok("__options"))["commands"]
        self.commands = {command["name"]: {option["name"]: (option["letter"], option["value"])
                                           for option in command["options"]} for command in commands}
        self.shared = options_in(MAN / "dsched.1")

    def test_every_command_has_a_page(self):
        for command in self.commands:
            self.assertTrue(page_of(command).exists(), command)

    def test_a_page_has_all_options_of_its_command_and_no_others(self):
        for command, options in self.commands.items():
            own = {} if command == "help" else options_in(page_of(command))
            self.assertEqual({}, {name: option for name, option in own.items() if options.get(name) != option}, command)
            for name, (letter, value) in options.items():
                if name in own:
                    continue
                self.assertIn(name, self.shared, command)
                shared_letter, shared_value = self.shared[name]
                self.assertEqual(value, shared_value, f"{command} --{name}")
                self.assertIn(letter, (shared_letter, None), f"{command} --{name}")

    def test_dsched_1_has_no_options_that_no_command_has(self):
        known = {name for options in self.commands.values() for name in options}
        self.assertEqual(set(), set(self.shared) - known)

    def test_command_lines_of_examples_are_understood(self):
        for page in PAGES:
            for example in re.findall(r"^dsched (.*)$", page.read_text(), re.M):
                ours = re.split(r" (?:--|\||&&) ", example)[0]
                done = self.place.run(*shlex.split(ours), "--help")
                self.assertEqual(0, done.returncode, f"{page.name}: dsched {example}\n{done.stderr}")


class Keys(Case):
    """dsched-job(5) has the keys that the program knows."""

    def keys_in_page(self):
        page = (MAN / "dsched-job.5").read_text()
        return sorted(key for line in re.findall(r"^\.It Cm (.*) No =", page, re.M) for key in line.split(" , "))

    def test_the_program_knows_every_key(self):
        for key in self.keys_in_page():
            self.place.job("one", f'{key} = 2026-11-20\n')  # a date is no value of any key
            codes = {found["code"] for found in self.json("check", code=1)["diagnostics"]}
            self.assertFalse(codes & {"E201", "E220"}, key)

    def test_the_page_has_every_key(self):
        table = (MAN.parent / "src" / "config" / "jobfile.md").read_text().split("## Keys of a job")[1].split("## ")[0]
        rows = re.findall(r"^\| (`.*?) \|", table, re.M)
        keys = sorted(key.strip("[]") for row in rows for key in re.findall(r"`(.*?)`", row))
        self.assertEqual(keys, self.keys_in_page())


if __name__ == "__main__":
    unittest.main()
