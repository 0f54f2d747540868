"""Compares three accounts of what happened: the jobs' own evidence, the history, and the log files."""

import collections

from world import expected_output, read_text


def faults_of_evidence(world):
    """What the evidence alone shows: an attempt or a firing that ran twice."""
    faults = []
    begins = world.said("begin")
    attempts = collections.Counter((line[3], line[4]) for line in begins)
    faults += [f"attempt {key} began {count} times" for key, count in attempts.items() if count > 1]
    runs = collections.defaultdict(set)
    for line in begins:
        runs[(line[1], line[2])].add(line[3])
    faults += [f"firing {key} had {len(ids)} runs: {sorted(ids)}" for key, ids in runs.items() if len(ids) > 1]
    return faults


def ended_unseen(world, uptime):
    """Whether a supervisor was killed so soon after a job ended that it may not have noticed."""
    return any(-0.1 <= kill - uptime <= 1 for kill in world.supervisor_kills)


def faults_of_run(world, run, began, ended):
    """Whether the history's account of a run is what its job says."""
    name = f"run {run['run_id']} of {run['job']} at {run['scheduled_unix']}"
    if run["result"] is None:
        return [f"{name} has no outcome"]
    if run["result"] == "lost" or run["signal"]:
        unseen = not ended or ended_unseen(world, float(ended[-1][6]))
        return [] if unseen else [f"{name} is {run['result']}, but its job says that it ended well"]
    if run["result"] == "cancelled" and not began:
        return []
    if not began:
        return [f"{name} is {run['result']}, but no job ran: {run['attempts']}"]
    if not ended:
        return [f"{name} is {run['result']}, but its job did not end"]
    faults = []
    code = int(ended[-1][5])
    if run["exit_code"] != code:
        faults.append(f"{name}: exit code {run['exit_code']} was told, {code} it was")
    if (run["result"] == "ok") != (code == 0):
        faults.append(f"{name}: {run['result']} with exit code {code}")
    if read_text(run["log"]["path"]) != expected_output(run["run_id"]):
        faults.append(f"{name}: output is not what was written: {read_text(run['log']['path'])[-200:]!r}")
    return faults


def faults_of_history(world, history, check_output=True):
    faults = []
    began, ended = collections.defaultdict(list), collections.defaultdict(list)
    for line in world.said("begin"):
        began[line[3]].append(line)
    for line in world.said("end"):
        ended[line[3]].append(line)
    known = set()
    firings = collections.Counter()
    for run in history["runs"]:
        known.add(run["run_id"])
        firings[(run["job"], run["scheduled_unix"])] += 1
        found = faults_of_run(world, run, began[run["run_id"]], ended[run["run_id"]])
        faults += [fault for fault in found if check_output or "output is not" not in fault]
    for decision in history["decisions"]:
        firings[(decision["job"], decision["firing_unix"])] += 1
    faults += [f"firing {key} has {count} decisions" for key, count in firings.items() if count > 1]
    faults += [f"run {run} ran, but the history does not know it" for run in began if run not in known]
    return faults


def lost_firings(history, job, every):
    """Multiples of `every` seconds between the first and the last firing of a job that have no decision at all."""
    decided = {run["scheduled_unix"] for run in history["runs"] if run["job"] == job}
    for decision in history["decisions"]:
        if decision["job"] == job:
            last = decision["firing_unix"] + every * (decision["firings"] - 1)
            decided.update(range(decision["firing_unix"], last + 1, every))
    if not decided:
        return [f"{job} never fired"]
    due = range(min(decided), max(decided) + 1, every)
    return [f"firing of {job} at {at} is lost" for at in due if at not in decided]


def check_world(test, world, every, check_output=True):
    """Fails the test with every fault. `every`: seconds between firings by job name, whose sequence must have no gap.

    Requires: nothing runs any more.
    """
    history = world.history()
    faults = faults_of_evidence(world) + faults_of_history(world, history, check_output)
    for job, seconds in every.items():
        faults += lost_firings(history, job, seconds)
    if faults:
        test.fail(f"{len(faults)} faults:\n" + "\n".join(faults[:40]))
    return history
