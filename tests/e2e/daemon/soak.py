#!/usr/bin/env python3
r"""Runs some 20 jobs a second for a long time while daemon and supervisor are killed at random, then compares accounts.

Not part of ctest. From the top of the source tree, with a binary that is built:

    DSCHED_BINARY=build/ci/src/cli/dsched PYTHONPATH=tests/e2e \
      python3 tests/e2e/daemon/soak.py --seconds 600 --kill-every 5

Options: --seconds N (60), --kill-every N: mean seconds between kills (5), --seed N. Exit code 1 when a run was lost
track of, doubled, or told wrongly; 0 else. Runs that were going when a supervisor was killed must be `lost`.
"""

import argparse
import collections
import os
import random
import time

from check import faults_of_evidence, faults_of_history, lost_firings
from harness import wait_for
from world import World

# name prefix: (count, every, seconds, more)
MIX = {"flash": (12, 1, 0, ""), "short": (12, 2, 0.7, ""), "allow": (6, 3, 4, 'overlap = "allow"\n'),
       "queue": (4, 5, 2, 'overlap = "queue"\n'), "skip": (4, 2, 3, "")}


def write_jobs(world):
    every = {}
    for prefix, (count, seconds, takes, more) in MIX.items():
        for i in range(count):
            name = f"{prefix}-{i}"
            every[name] = seconds
            world.evidence_job(name, f"every {seconds}s", takes, "by-time", more)
    return every


def disturb(world, dice, seconds, kill_every):
    """Kills and restarts until the time is over; answers what was killed how often."""
    killed = collections.Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(dice.expovariate(1 / kill_every), max(0, end - time.monotonic())))
        victim = dice.choice(["daemon", "daemon", "supervisor", "both"])
        if victim in ("daemon", "both"):
            world.kill()
        if victim in ("supervisor", "both"):
            world.kill_supervisors()
        if victim in ("daemon", "both"):
            time.sleep(dice.uniform(0, 2))
            world.start()
        killed[victim] += 1
    return killed


def soak(world, arguments):
    every = write_jobs(world)
    world.start()
    killed = disturb(world, random.Random(arguments.seed), arguments.seconds, arguments.kill_every)
    code = world.stop(60)
    wait_for("no job runs any more", lambda: not world.job_processes(), 30)
    history = world.history()
    faults = faults_of_evidence(world) + faults_of_history(world, history)
    for name, seconds in every.items():
        faults += lost_firings(history, name, seconds)
    results = collections.Counter(run["result"] for run in history["runs"])
    print(f"killed {dict(killed)}, daemon ended with {code}, {len(history['runs'])} runs {dict(results)}, "
          f"{len(history['decisions'])} firings without a run")
    if killed["supervisor"] + killed["both"] == 0 and results["lost"]:
        faults.append(f"{results['lost']} runs are lost though no supervisor was killed")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kill-every", type=float, default=5)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    world = World('[daemon]\nmax_running = 100\nstop_timeout = "30s"\n')
    try:
        faults = soak(world, arguments)
        if faults:
            print("--- the daemon's log\n" + "\n".join(world.log().splitlines()[-100:]))
    finally:
        world.close()
    print("\n".join([f"{len(faults)} faults", *faults[:100]]))
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
