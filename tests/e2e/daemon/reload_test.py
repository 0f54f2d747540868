"""Reloading by signal, by command and by itself: whole files, good ones only, and never under a running job."""

import os
import signal
import unittest

from harness import wait_for
from world import DaemonTest

SAYS = 'schedule = "every 1s"\ncommand = "echo says $DSCHED_JOB {word} >> $EVIDENCE"\n'


class Reload(DaemonTest):
    settings = "[daemon]\nwatch = false\n"

    def said_words(self, job):
        return [line[2] for line in self.world.said("says", job)]

    def wait_word(self, job, word):
        wait_for(f"{job} says {word}", lambda: word in self.said_words(job), 10)

    def test_the_command_tells_what_changed(self):
        self.world.job("kept", SAYS.format(word="one"))
        self.world.job("edited", SAYS.format(word="one"))
        self.world.job("deleted", SAYS.format(word="one"))
        self.world.start()
        self.wait_word("edited", "one")
        self.wait_word("deleted", "one")
        self.world.job("edited", SAYS.format(word="two"))
        self.world.job("added", SAYS.format(word="one"))
        os.remove(os.path.join(self.world.jobs, "deleted.toml"))
        report = self.world.ask("reload")
        self.assertEqual((report["jobs"], report["added"], report["changed"], report["removed"]),
                         (3, ["added"], ["edited"], ["deleted"]))
        self.wait_word("edited", "two")
        self.wait_word("added", "one")
        count = len(self.said_words("deleted"))
        wait_for("time goes on", lambda: len(self.said_words("kept")) >= 3 and len(self.said_words("added")) >= 3, 10)
        self.assertLessEqual(len(self.said_words("deleted")), count + 1, "a deleted job does not run any more")
        words = self.said_words("edited")
        self.assertEqual(words, sorted(words), "after the first new run there is no old one")

    def test_a_broken_file_keeps_its_last_good_version_and_harms_nobody(self):
        self.world.job("good", SAYS.format(word="one"))
        self.world.job("bad", SAYS.format(word="one"))
        self.world.start()
        self.wait_word("bad", "one")
        self.world.job("bad", "schedule = [[[\n")
        self.world.job("bad2", 'schedule = "every 1s"\ncommnd = "x"\n')
        self.world.job("good", SAYS.format(word="two"))
        answer = self.world.dsched("reload")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("bad.toml", answer.stderr)
        self.assertIn("bad2.toml", answer.stderr)
        self.wait_word("good", "two")
        count = len(self.said_words("bad"))
        wait_for("the last good version goes on", lambda: len(self.said_words("bad")) >= count + 2, 10)
        self.world.job("bad", SAYS.format(word="mended"))
        os.remove(os.path.join(self.world.jobs, "bad2.toml"))
        self.assertEqual(self.world.dsched("reload").returncode, 0)
        self.wait_word("bad", "mended")

    def test_hup_reloads_and_an_untouched_schedule_is_not_disturbed(self):
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.job("word", SAYS.format(word="one"))
        self.world.start()
        self.world.wait_run("tick", 2)
        for word in ("two", "three", "four"):
            self.world.job("word", SAYS.format(word=word))
            self.world.daemon.send_signal(signal.SIGHUP)
            self.wait_word("word", word)
        times = [int(line[2]) for line in self.world.said("begin", "tick")]
        self.assertEqual(times, list(range(times[0], times[0] + len(times))), "each second once")

    def test_a_running_run_keeps_its_definition(self):
        self.world.job("long", """
schedule = "@reboot"
success_exit = [9]
command = '''
until [ -e $EVIDENCE.go ]; do sleep 0.05; done
echo says $DSCHED_JOB $WORD >> $EVIDENCE
[ $DSCHED_ATTEMPT = 2 ] && exit 9
exit 1
'''
env = { WORD = "old" }
retry = { max = 1, delay = "100ms" }
""")
        self.world.start()
        wait_for("the job runs", lambda: self.world.runs("long"), 10)
        self.world.job("long", 'schedule = "@reboot"\ncommand = "true"\n')
        self.assertEqual(self.world.ask("reload")["changed"], ["long"])
        self.world.write("evidence.go", "")
        run = self.world.wait_run("long")
        self.assertEqual((run["result"], run["exit_code"], len(run["attempts"])), ("ok", 9, 2))
        self.assertEqual(self.said_words("long"), ["old", "old"])

    def test_a_run_goes_on_when_its_job_is_deleted(self):
        self.world.evidence_job("gone", "@reboot", 1.5, 6)
        self.world.start()
        wait_for("the job runs", lambda: self.world.said("begin", "gone"), 10)
        os.remove(os.path.join(self.world.jobs, "gone.toml"))
        self.assertEqual(self.world.ask("reload")["removed"], ["gone"])
        self.assertEqual(self.world.wait_run("gone")["exit_code"], 6)


class Watch(DaemonTest):
    said_words = Reload.said_words
    wait_word = Reload.wait_word

    def test_a_directory_that_comes_later_is_watched_when_it_has_a_job(self):
        os.rmdir(self.world.jobs)
        self.world.start("-v")
        os.mkdir(self.world.jobs)
        wait_for("the empty directory has been looked at", lambda: self.world.log().count("files read") > 0, 10)
        self.world.job("first", SAYS.format(word="one"))
        self.wait_word("first", "one")

    def test_changed_files_are_noticed_by_their_content(self):
        self.world.job("first", SAYS.format(word="one"))
        self.world.start()
        self.wait_word("first", "one")
        path = os.path.join(self.world.jobs, "first.toml")
        times = os.stat(path)
        self.world.job("first", SAYS.format(word="two"))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as cp -p and tar do
        self.wait_word("first", "two")
        with open(path, "r+", encoding="utf-8") as file:  # in place, the same size
            text = file.read().replace("two", "six")
            file.seek(0)
            file.write(text)
        self.wait_word("first", "six")
        self.world.job("sub/second", SAYS.format(word="one"))
        self.wait_word("sub/second", "one")
        self.world.job("sub/second", SAYS.format(word="two"))
        self.wait_word("sub/second", "two")

    def test_a_touched_file_is_no_change(self):
        path = self.world.job("first", SAYS.format(word="one"))
        self.world.start()
        self.wait_word("first", "one")
        os.utime(path)
        self.world.job("second", SAYS.format(word="one"))
        self.wait_word("second", "one")
        self.assertEqual(self.world.log().count("configuration loaded"), 1, "only the second file was news")

    def test_half_a_file_is_never_loaded(self):
        path = self.world.job("first", SAYS.format(word="one"))
        self.world.start()
        self.wait_word("first", "one")
        with open(path, "w", encoding="utf-8") as file:
            file.write('schedule = "every 1s"\ncomm')
            file.flush()
            wait_for("the fault is told", lambda: "first.toml" in self.world.log(), 10)
            count = len(self.said_words("first"))
            wait_for("the last good version goes on", lambda: len(self.said_words("first")) >= count + 2, 10)
            file.write('and = "echo says $DSCHED_JOB whole >> $EVIDENCE"\n')
        self.wait_word("first", "whole")


if __name__ == "__main__":
    unittest.main()
