"""dsched next against a second opinion: Python's zone files, and a look at every minute.

Nothing here is shared with the program: expressions are made together with the sets of values they stand for, and the
firings are found by walking over real minutes, mostly through nights on which clocks change.
"""

import calendar
import random
import unittest
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

from harness import Case

SEED = 2026
ROUNDS = 150
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LONGEST_SUMMER_TIME = timedelta(minutes=180)
WEEKDAYS = ["SUN", "Mon", "tue", "WED", "thu", "fri", "SAT"]
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


class Expression:
    """A random cron expression: its text, and which minutes of local time it means."""

    def __init__(self, rng):
        self.rng = rng
        minute, self.minutes = self.field(0, 59, 0.25)
        hour, self.hours = self.field(0, 23, 0.4)
        self.follows_the_clock = minute.startswith("*") or hour.startswith("*")
        day, month, weekday = "*", "*", "*"
        self.months = set(range(1, 13))
        self.is_day = self.is_weekday = lambda local: True
        self.both = True
        if rng.random() < 0.5:
            day, self.is_day = self.day_of_month()
            month, self.months = self.field(1, 12, 0.8)
            weekday, self.is_weekday = self.day_of_week()
            self.both = day[0] in "*?" or weekday[0] in "*?+"
        self.text = f"{minute} {hour} {day} {month} {weekday}"

    def field(self, low, high, star):
        if self.rng.random() < star:
            step = self.rng.choice([1, 1, 2, 5, 7, 20])
            return ("*" if step == 1 else f"*/{step}"), set(range(low, high + 1, step))
        texts, values = zip(*(self.item(low, high) for _ in range(self.rng.choice([1, 1, 1, 2, 3]))))
        return ",".join(texts), set().union(*values)

    def item(self, low, high):
        first, last, step = self.rng.randint(low, high), self.rng.randint(low, high), self.rng.randint(1, 9)
        cycle = high - low + 1
        run = [low + (first - low + i) % cycle for i in range((last - first) % cycle + 1)]  # may go around
        return self.rng.choice([
            (f"{first}", {first}),
            (f"{first}", {first}),
            (f"{first}-{last}", set(run)),
            (f"{first}-{last}/{step}", set(run[::step])),
            (f"{first}/{step}", set(range(first, high + 1, step))),
        ])

    def day_of_month(self):
        n = self.rng.randint(1, 31)
        length = lambda local: calendar.monthrange(local.year, local.month)[1]
        kind = self.rng.randrange(6)
        if kind == 0:
            return "?", lambda local: True
        if kind == 1:
            return f"L-{n % 5}", lambda local: local.day == length(local) - n % 5
        if kind == 2:
            return "LW", lambda local: local.day == nearest_weekday(local, length(local))
        if kind == 3:
            return f"{n}W", lambda local: n <= length(local) and local.day == nearest_weekday(local, n)
        text, days = self.field(1, 31, 0.4)
        return text, lambda local: local.day in days

    def day_of_week(self):
        n = self.rng.randint(0, 6)
        name = self.rng.choice([str(n), WEEKDAYS[n], "7" if n == 0 else WEEKDAYS[n]])
        week = self.rng.randint(1, 5)
        is_n = lambda local: local.isoweekday() % 7 == n
        kind = self.rng.randrange(5)
        if kind == 0:
            return f"{name}#{week}", lambda local: is_n(local) and (local.day + 6) // 7 == week
        if kind == 1:
            return f"{name}L", lambda local: is_n(local) and (local + 7 * DAY).month != local.month
        plus = self.rng.choice(["", "", "+"])
        if kind == 2:
            return plus + name, is_n
        text, days = self.field(0, 6, 0.4)
        return plus + text, lambda local: local.isoweekday() % 7 in days

    def matches(self, local):
        """local: a reading of the clock, without a zone."""
        if local.minute not in self.minutes or local.hour not in self.hours or local.month not in self.months:
            return False
        days = self.is_day(local), self.is_weekday(local)
        return all(days) if self.both else any(days)

    def firings(self, zone, first, last):
        """The real minutes from first to last at which it fires."""
        found = []
        before = read_clock(zone, first - MINUTE)
        at = first
        while at <= last:
            local = read_clock(zone, at)
            jump = local - before - MINUTE
            fires = self.matches(local)
            if not self.follows_the_clock:
                fires = fires and not local.fold
                gap = int(jump / MINUTE) if jump <= LONGEST_SUMMER_TIME else 0
                fires = fires or any(self.matches(before + MINUTE * (i + 1)) for i in range(gap))
            if fires:
                found.append(at)
            before = local
            at += MINUTE
        return found


def nearest_weekday(local, day):
    """The day of local's month, Monday to Friday, that is nearest to that day; the earlier one of two."""
    candidates = [local.replace(day=i + 1) for i in range(calendar.monthrange(local.year, local.month)[1])]
    weekdays = [candidate.day for candidate in candidates if candidate.isoweekday() <= 5]
    return min(weekdays, key=lambda candidate: (abs(candidate - day), candidate))


def read_clock(zone, at):
    return at.astimezone(zone).replace(tzinfo=None)


def days_of_clock_changes(zone, year):
    days = [datetime(year, 1, 1, tzinfo=timezone.utc) + DAY * i for i in range(365)]
    return [day for day in days if read_clock(zone, day + DAY) - read_clock(zone, day) != DAY]


class AgainstAWalkOverAllMinutes(Case):
    def test_random_expressions_in_random_zones(self):
        rng = random.Random(SEED)
        for _ in range(ROUNDS):
            expression = Expression(rng)
            name = rng.choice(ZONES)
            zone = ZoneInfo(name)
            year = rng.randint(2024, 2045)
            days = days_of_clock_changes(zone, year) or [datetime(year, rng.randint(1, 12), 15, tzinfo=timezone.utc)]
            first = rng.choice(days) - MINUTE * rng.randint(0, 24 * 60)
            last = first + MINUTE * rng.randint(24 * 60, 72 * 60)
            expected = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in expression.firings(zone, first, last)]
            found = self.ok("next", "--schedule", expression.text, "--tz", name, "--from", f"{first:%Y-%m-%dT%H:%M:%SZ}",
                            "--until", f"{last:%Y-%m-%dT%H:%M:%SZ}", "--plain", "--utc").splitlines()
            self.assertEqual(expected, found, f"{expression.text} in {name} from {first} to {last}")


if __name__ == "__main__":
    unittest.main()
