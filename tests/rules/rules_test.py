#!/usr/bin/env python3
"""Reads the sources and fails on what the architecture forbids: see src/README.md for the map it enforces.

A rule is a function from a Source to an iterable of (line, message). Every rule has planted violations below, which it
must catch, and innocent look-alikes, which it must leave alone.
"""

import re
import unittest
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]

# Which folders a folder of src/ may include, besides itself. Equal to the code map in src/README.md.
MAY_INCLUDE = {
    "base": [],
    "time": ["base"],
    "env": ["base"],
    "model": ["base", "time"],
    "config": ["base", "time", "env", "model"],
    "history": ["base", "time", "env", "model"],
    "supervise": ["base", "time", "env", "model"],
    "engine": ["base", "time", "model"],
    "simulate": ["base", "time", "model", "engine"],
    "daemon": ["base", "time", "env", "model", "config", "history", "supervise", "engine"],
    "cli": ["base", "time", "env", "model", "config", "history", "supervise", "engine", "simulate",
            "daemon"],
    "main.cpp": ["base", "cli"],
}

# No clock, I/O, thread, random source or environment: their files include no header that offers one.
PURE_FOLDERS = ["base", "time", "model", "engine", "simulate"]
IMPURE_HEADERS = re.compile(
    r"(fstream|iostream|filesystem|thread|mutex|shared_mutex|future|condition_variable|random|csignal"
    r"|unistd\.h|fcntl\.h|poll\.h|signal\.h|pthread\.h|spawn\.h|dirent\.h|time\.h|sys/.*)$")

# The only files that may include the headers of a library.
LIBRARY_FILES = {
    r"CLI/": ["cli/app.cpp"],
    r"toml\+\+/|toml\.hpp": ["config/*.cpp"],
    r"sqlite3\.h": ["history/*.cpp", "store/*.cpp"],
    r"uv\.h|uv/": ["env/real/*.cpp"],
    r"curl/": ["env/real/*.cpp", "env/real/curl_library.h"],
    r"libpq-fe\.h": ["store/*.cpp"],
    r"nlohmann/": ["cli/*.cpp", "daemon/*.cpp", "store/*.cpp"],
    r"fmt/": ["*.cpp"],
    r"date/": ["base/*.cpp", "time/*.cpp"],
    r"tl/": ["base/result.h"],
    r"doctest": [],
}

# An adapter is named by other adapters and by the composition root only.
ADAPTERS = "env/real/"
ADAPTER_USERS = ["env/real/*", "cli/compose.cpp"]

FREE = r"(?<![\w.])(?<!->)"  # a function, not a member of the same name


@dataclass(frozen=True)
class Ban:
    what: str
    pattern: re.Pattern
    allowed: list
    in_strings: bool = False

    def text_of(self, source):
        return source.code if self.in_strings else source.bare_code


BANS = [
    Ban("reads a clock", re.compile(
        r"\b(system|steady|high_resolution|utc|tai|gps|file)_clock::now\b|\b(clock_gettime|gettimeofday|timespec_get)\b"
        rf"|{FREE}time\s*\(\s*(nullptr|NULL|0|&\s*\w+)\s*\)"), ["env/real/*"]),
    Ban("uses randomness", re.compile(
        rf"\b(random_device|mt19937(_64)?|minstd_rand0?|default_random_engine|getrandom|getentropy)\b"
        rf"|{FREE}(s?rand|rand_r|[dlm]rand48)\s*\("), ["env/real/*"]),
    Ban("uses randomness", re.compile(r"/dev/u?random"), ["env/real/*"], in_strings=True),
    Ban("sleeps", re.compile(rf"{FREE}(sleep|usleep|nanosleep|clock_nanosleep)\s*\(|\bsleep_(for|until)\b"),
        ["env/real/*"]),
    Ban("starts a process", re.compile(
        rf"{FREE}(v?fork|clone3?|posix_spawnp?|system|popen|f?exec(l|le|lp|v|ve|vp|vpe|veat))\s*\("
        r"|\bSYS_(v?fork|clone3?|execve|execveat)\b"), ["env/real/*", "supervise/*"]),
    Ban("touches the environment", re.compile(r"\b((secure_)?getenv|(un)?setenv|putenv|clearenv|environ)\b"),
        ["env/real/*", "main.cpp", "cli/compose.cpp"]),
    Ban("starts a thread", re.compile(r"\bstd::(jthread|async|thread)\b|\bpthread_create\b"), ["env/real/*"]),
]

MAX_LINES = 600
# Places on the machines where this is developed.
MACHINE_PATHS = re.compile(r"/(work/|tmp/brief)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")

TOKEN = re.compile(
    r'(?P<raw>R"(?P<mark>[^()\\ \n]{0,16})\(.*?\)(?P=mark)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<!\w)'(?:\\.|[^'\\\n])+')"  # not the separators of 1'000'000
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)", re.DOTALL)


def blank(text):
    """The text with everything but its line ends gone, so that line numbers stay right."""
    return "\n" * text.count("\n")


def strip(text, strings_too):
    def replacement(match):
        if match["comment"]:
            return " " + blank(match[0])
        return '""' + blank(match[0]) if strings_too else match[0]
    return TOKEN.sub(replacement, text)


@dataclass(frozen=True)
class Source:
    path: str  # relative to src/, or to the root for files outside of it
    text: str

    @property
    def is_header(self):
        return self.path.endswith(".h")

    @property
    def folder(self):
        return self.path.split("/")[0]

    @cached_property
    def code(self):
        return strip(self.text, strings_too=False)

    @cached_property
    def bare_code(self):
        return strip(self.text, strings_too=True)

    @cached_property
    def includes(self):
        """(line, quoted, target) of each include."""
        found = re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', self.code, re.MULTILINE)
        return [(line_of(self.code, m.start(0)), m[1] is not None, m[1] or m[2]) for m in found]

    def is_one_of(self, patterns):
        return any(PurePosixPath("/", self.path).match(p if p.startswith("*") else "/" + p) for p in patterns)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def matches(pattern, text):
    return ((line_of(text, m.start()), m[0]) for m in pattern.finditer(text))


def folder_is_on_the_map(source):
    if source.folder not in MAY_INCLUDE:
        yield 1, f"'{source.folder}' is not in the code map"


def includes_go_down(source):
    allowed = [source.folder, *MAY_INCLUDE.get(source.folder, [])]
    for line, quoted, target in source.includes:
        folder, slash, _ = target.partition("/")
        if ".." in target.split("/"):
            yield line, f"includes '{target}': paths start in src/"
        elif quoted and not slash:
            yield line, f"includes '{target}' without its folder"
        elif (quoted or folder in MAY_INCLUDE) and folder not in allowed:
            yield line, f"'{source.folder}' must not include '{target}'"


def adapters_are_named_by_the_composition_root_only(source):
    for line, _, target in source.includes:
        if target.startswith(ADAPTERS) and not source.is_one_of(ADAPTER_USERS):
            yield line, f"names the adapter '{target}'"


def libraries_stay_in_their_files(source):
    for line, _, target in source.includes:
        for header, files in LIBRARY_FILES.items():
            if re.match(header, target) and not source.is_one_of(files):
                yield line, f"'{target}' belongs to {', '.join(files) or 'tests'} only"


def pure_folders_include_nothing_impure(source):
    if source.folder in PURE_FOLDERS:
        for line, quoted, target in source.includes:
            if not quoted and IMPURE_HEADERS.match(target):
                yield line, f"<{target}> in a pure folder"


def forbidden_calls_are_absent(source):
    for ban in BANS:
        if not source.is_one_of(ban.allowed):
            for line, found in matches(ban.pattern, ban.text_of(source)):
                yield line, f"{ban.what}: '{found}'"


def headers_are_well_behaved(source):
    if source.is_header:
        if not re.search(r"^#pragma once$", source.code, re.MULTILINE):
            yield 1, "no '#pragma once'"
        for line, _ in matches(re.compile(r"\busing\s+namespace\b"), source.bare_code):
            yield line, "'using namespace' in a header"


def text_is_tidy(source):
    for line, found in matches(UNFINISHED, source.text):
        yield line, f"'{found}' is unfinished work"
    for line, _ in matches(re.compile(r"\t"), source.text):
        yield line, "a tab"
    lines = source.text.count("\n")
    if lines > MAX_LINES:
        yield MAX_LINES + 1, f"{lines} lines; {MAX_LINES} are allowed"


def no_path_of_a_developers_machine(source):
    for line, found in matches(MACHINE_PATHS, source.text):
        yield line, f"'{found}' is a path of one machine"


RULES_FOR_EVERY_CPP = [headers_are_well_behaved, text_is_tidy, no_path_of_a_developers_machine]
RULES_FOR_SRC = [
    folder_is_on_the_map, includes_go_down, adapters_are_named_by_the_composition_root_only,
    libraries_stay_in_their_files, pure_folders_include_nothing_impure, forbidden_calls_are_absent,
    *RULES_FOR_EVERY_CPP]


TYPE_DEFINITION = re.compile(r"^(?:class|struct|enum(?: class)?|union)\s+(?:\[\[\w+\]\]\s+)?(\w+)[^;{(]*\{", re.MULTILINE)


def types_with_two_homes(sources):
    """Types of one name in headers of two folders: one program cannot hold both (the one-definition rule)."""
    homes = {}
    for source in sources:
        if source.is_header:
            for name in TYPE_DEFINITION.findall(source.bare_code):
                homes.setdefault(name, set()).add(source.path)
    return [f"'{name}' is defined in {' and '.join(sorted(paths))}" for name, paths in sorted(homes.items())
            if len(paths) > 1]


def cpp_files(folder):
    """The C++ files below ROOT/folder."""
    return sorted(p for p in (ROOT / folder).rglob("*") if p.suffix in (".h", ".cpp"))


def read(path, relative_to):
    return Source(path.relative_to(relative_to).as_posix(), path.read_text(encoding="utf-8"))


def faults(rules, source):
    return [f"{source.path}:{line}: {message}" for rule in rules for line, message in rule(source)]


def read_code_map():
    """What src/README.md says: {folder: (used by, may include)}. Names end at a semicolon; libraries follow it."""
    code_map = {}
    text = (ROOT / "src/README.md").read_text(encoding="utf-8")
    for section in re.findall(r"^## `.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        folder = re.match(r"## `([^`]+)`", section)[1]
        used_by, may_include = (
            re.search(rf"^- {title}: ([^;\n]*)", section, re.MULTILINE)[1] for title in ("Used by", "May include"))
        code_map[folder] = tuple(re.findall(r"`([^`]+)`", names) for names in (used_by, may_include))
    return code_map


class TheSources(unittest.TestCase):
    def test_src_keeps_the_rules(self):
        files = cpp_files("src")
        self.assertGreater(len(files), 10, "src/ was not found")
        found = [fault for path in files for fault in faults(RULES_FOR_SRC, read(path, ROOT / "src"))]
        self.assertEqual([], found, "\n" + "\n".join(found))

    def test_no_type_has_two_homes(self):
        found = types_with_two_homes([read(path, ROOT / "src") for path in cpp_files("src")])
        self.assertEqual([], found, "\n" + "\n".join(found))

    def test_tests_keep_the_rules_of_style(self):
        found = [fault for path in cpp_files("tests") for fault in faults(RULES_FOR_EVERY_CPP, read(path, ROOT))]
        self.assertEqual([], found, "\n" + "\n".join(found))

    def test_the_code_map_says_what_is_enforced(self):
        expected = {
            folder: ([user for user, includes in MAY_INCLUDE.items() if folder in includes], lower)
            for folder, lower in MAY_INCLUDE.items()}
        self.assertEqual(expected, read_code_map())

    def test_nobody_includes_upwards_in_a_circle(self):
        above = list(MAY_INCLUDE)
        for folder, lower in MAY_INCLUDE.items():
            for name in lower:
                self.assertLess(above.index(name), above.index(folder), f"{folder} may include {name}")


# (rule, path, text of a file that breaks it)
PLANTED = [
    (folder_is_on_the_map, "misc/a.cpp", ""),
    (includes_go_down, "base/a.h", '#include "time/zone.h"'),
    (includes_go_down, "base/a.h", "#include <time/zone.h>"),
    (includes_go_down, "time/a.h", '#include "env/clock.h"'),
    (includes_go_down, "history/a.cpp", '  #  include "config/config.h"'),
    (includes_go_down, "engine/a.cpp", '#include "env/loop.h"'),
    (includes_go_down, "daemon/a.cpp", '#include "cli/app.h"'),
    (includes_go_down, "main.cpp", '#include "history/history.h"'),
    (includes_go_down, "cli/a.cpp", '#include "../base/text.h"'),
    (includes_go_down, "cli/a.cpp", '#include "cli/../base/text.h"'),
    (includes_go_down, "cli/a.cpp", '#include "app.h"'),
    (includes_go_down, "cli/a.cpp", '#include "unknown/a.h"'),
    (adapters_are_named_by_the_composition_root_only, "daemon/a.cpp", '#include "env/real/uv_loop.h"'),
    (adapters_are_named_by_the_composition_root_only, "env/a.h", '#include "env/real/uv_loop.h"'),
    (libraries_stay_in_their_files, "cli/list.cpp", "#include <CLI/CLI.hpp>"),
    (libraries_stay_in_their_files, "cli/app.h", "#include <CLI/CLI.hpp>"),
    (libraries_stay_in_their_files, "config/a.h", "#include <toml++/toml.h>"),
    (libraries_stay_in_their_files, "model/a.cpp", "#include <toml++/toml.h>"),
    (libraries_stay_in_their_files, "daemon/a.cpp", "#include <sqlite3.h>"),
    (libraries_stay_in_their_files, "history/a.h", "#include <sqlite3.h>"),
    (libraries_stay_in_their_files, "env/a.cpp", "#include <uv.h>"),
    (libraries_stay_in_their_files, "env/real/a.h", "#include <uv.h>"),
    (libraries_stay_in_their_files, "config/a.cpp", "#include <nlohmann/json.hpp>"),
    (libraries_stay_in_their_files, "cli/a.h", "#include <nlohmann/json.hpp>"),
    (libraries_stay_in_their_files, "base/a.cpp", "#include <doctest/doctest.h>"),
    (libraries_stay_in_their_files, "base/a.h", "#include <fmt/core.h>"),
    (libraries_stay_in_their_files, "daemon/a.cpp", "#include <curl/curl.h>"),
    (libraries_stay_in_their_files, "history/a.cpp", "#include <libpq-fe.h>"),
    (libraries_stay_in_their_files, "cli/a.cpp", "#include <date/date.h>"),
    (libraries_stay_in_their_files, "cli/a.cpp", "#include <tl/expected.hpp>"),
    (pure_folders_include_nothing_impure, "engine/a.cpp", "#include <thread>"),
    (pure_folders_include_nothing_impure, "time/a.cpp", "#include <fstream>"),
    (pure_folders_include_nothing_impure, "model/a.cpp", "#include <sys/stat.h>"),
    (forbidden_calls_are_absent, "engine/a.cpp", "auto now = std::chrono::system_clock::now();"),
    (forbidden_calls_are_absent, "supervise/a.cpp", "auto now = std::chrono::steady_clock::now();"),
    (forbidden_calls_are_absent, "supervise/a.cpp", "clock_gettime(CLOCK_BOOTTIME, &now);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "return time(nullptr);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "std::time( &now );"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "gettimeofday(&now, nullptr);"),
    (forbidden_calls_are_absent, "model/a.cpp", "int n = rand() % 6;"),
    (forbidden_calls_are_absent, "model/a.cpp", "std::random_device device;"),
    (forbidden_calls_are_absent, "model/a.cpp", "std::mt19937_64 generator;"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "getrandom(buffer, size, 0);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", 'open("/dev/urandom", O_RDONLY);'),
    (forbidden_calls_are_absent, "daemon/a.cpp", "sleep(1);"),
    (forbidden_calls_are_absent, "supervise/a.cpp", "::usleep(1);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "nanosleep(&pause, nullptr);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "std::this_thread::sleep_for(1s);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "if (fork() == 0) return;"),
    (forbidden_calls_are_absent, "cli/a.cpp", "::vfork();"),
    (forbidden_calls_are_absent, "cli/a.cpp", "clone(child, stack, flags, nullptr);"),
    (forbidden_calls_are_absent, "cli/a.cpp", "syscall(SYS_clone3, &arguments);"),
    (forbidden_calls_are_absent, "cli/a.cpp", "posix_spawnp(&pid, path, 0, 0, argv, envp);"),
    (forbidden_calls_are_absent, "cli/a.cpp", 'std::system("ls");'),
    (forbidden_calls_are_absent, "cli/a.cpp", 'popen("ls", "r");'),
    (forbidden_calls_are_absent, "cli/a.cpp", "execvp(path, argv);"),
    (forbidden_calls_are_absent, "cli/list.cpp", 'std::getenv("HOME");'),
    (forbidden_calls_are_absent, "supervise/a.cpp", 'setenv("A", "b", 1);'),
    (forbidden_calls_are_absent, "supervise/a.cpp", "char** all = environ;"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "std::thread worker(run);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "std::async(run);"),
    (forbidden_calls_are_absent, "supervise/a.cpp", "pthread_create(&id, nullptr, run, nullptr);"),
    (forbidden_calls_are_absent, "daemon/a.cpp", "int million = 1'000; sleep(1); int two = 2'000;"),
    (forbidden_calls_are_absent, "daemon/a.cpp", 'auto quote = \'"\'; sleep(1); auto text = "x";'),
    (forbidden_calls_are_absent, "daemon/a.cpp", 'auto text = R"(")"; sleep(1); auto other = "x";'),
    (headers_are_well_behaved, "base/a.h", "#ifndef A\n#define A\n#endif\n"),
    (headers_are_well_behaved, "base/a.h", "// #pragma once\n"),
    (headers_are_well_behaved, "base/a.h", "#pragma once\nusing  namespace std;\n"),
    (text_is_tidy, "base/a.cpp", "// TODO: later\n"),
    (text_is_tidy, "base/a.cpp", "// FIXME\n"),
    (text_is_tidy, "base/a.cpp", "int x;  // XXX\n"),
    (text_is_tidy, "base/a.cpp", "\tint x;\n"),
    (text_is_tidy, "base/a.cpp", "\n" * (MAX_LINES + 1)),
    (no_path_of_a_developers_machine, "base/a.cpp", 'open("/' + 'work/main/x");'),
    (no_path_of_a_developers_machine, "base/a.cpp", "// see /" + "tmp/brief"),
]

# (path, text of a file that keeps every rule)
INNOCENT = [
    ("base/a.cpp", '#include "base/a.h"\n#include <fmt/core.h>\n#include <ctime>\n'),
    ("base/result.h", "#pragma once\n#include <tl/expected.hpp>\n"),
    ("base/a.h", "#pragma once\n#include <chrono>\nusing Clock = std::chrono::system_clock;\n"),
    ("model/a.h", '#pragma once\n#include "time/schedule.h"\n'),
    ("cli/app.cpp", "#include <CLI/CLI.hpp>\n#include <nlohmann/json.hpp>\n"),
    ("cli/compose.cpp", '#include "env/real/uv_loop.h"\nauto home = std::getenv("HOME");\n'),
    ("main.cpp", '#include "cli/app.h"\nextern char** environ;\n'),
    ("config/load.cpp", "#include <toml++/toml.h>\n"),
    ("history/sqlite.cpp", "#include <sqlite3.h>\n"),
    ("env/real/a.cpp", "#include <uv.h>\n#include <curl/curl.h>\nstd::thread t; auto s = steady_clock::now();\n"),
    ("supervise/spawn.cpp", "#include <unistd.h>\nclone(child, stack, flags, 0); execve(path, argv, envp);\n"),
    ("engine/a.cpp", '// system_clock::now(), fork() and sleep(1) are forbidden\nauto text = "rand() getenv";\n'),
    ("engine/a.cpp", 'auto text = R"x(say "fork()" )" sleep(1))x"; /* time(0) */\n'),
    ("engine/a.cpp", '// #include "env/loop.h"\nauto a = spec.time(0); loop->sleep(1); due_time(0); on_fork();\n'),
    ("engine/a.cpp", "auto time_zone = zone.time(at); sqlite3_exec(db); brand(); std::this_thread::get_id();\n"),
    ("base/a.cpp", 'char name[] = "fileXXXXXX";\n' + "\n" * (MAX_LINES - 1)),
]


class TheRules(unittest.TestCase):
    def test_each_planted_violation_is_caught(self):
        for rule, path, text in PLANTED:
            with self.subTest(rule=rule.__name__, path=path, text=text[:80]):
                self.assertTrue(list(rule(Source(path, text))))

    def test_no_rule_is_without_a_planted_violation(self):
        self.assertEqual(set(RULES_FOR_SRC), {rule for rule, _, _ in PLANTED})
        planted = [Source(path, text) for _, path, text in PLANTED]
        for ban in BANS:
            self.assertTrue(any(ban.pattern.search(ban.text_of(source)) for source in planted), ban.what)
        includes = [target for source in planted for _, _, target in source.includes]
        for header in LIBRARY_FILES:
            self.assertTrue(any(re.match(header, target) for target in includes), header)

    def test_what_is_allowed_is_left_alone(self):
        for path, text in INNOCENT:
            with self.subTest(path=path, text=text[:80]):
                self.assertEqual([], faults(RULES_FOR_SRC, Source(path, text)))

    def test_a_type_with_two_homes_is_caught_and_a_forward_declaration_is_none(self):
        sources = [Source("time/a.h", "struct Cursor {\n};\nclass Zone;\n"), Source("model/b.h", "class Cursor final : X {\n};\n"),
                   Source("time/zone.h", "class Zone {\n};\n"), Source("model/c.cpp", "class Zone {\n};\n")]
        self.assertEqual(["'Cursor' is defined in model/b.h and time/a.h"], types_with_two_homes(sources))

    def test_violations_are_reported_with_their_line(self):
        source = Source("engine/a.cpp", '/* one\n two */\nauto text = R"(\n)";\nsleep(1);\n')
        self.assertEqual(["engine/a.cpp:5: sleeps: 'sleep('"], faults(RULES_FOR_SRC, source))


if __name__ == "__main__":
    unittest.main()
