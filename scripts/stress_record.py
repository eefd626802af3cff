"""Records one scenario very often, several at a time, on a busy machine; all must end alike.

Each recording must come to its end in time, be readable, keep what the scenario promises, and go
through the same stages in the same order as the first one. What is done already stands in the
state file, so that a run can be interrupted and taken up again.

    python scripts/stress_record.py --times 1000 --parallel 2 --busy 1 --state stress.jsonl

Prints a summary as JSON; exit status 0 if nothing differed, hung or failed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from walkthrough.model.events import FunctionEntered
from walkthrough.recording.file import RecordingError, load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import check_run

BUSY = "while True: pass"


def main() -> int:
    """Run until the state file holds as many recordings as are asked for."""
    options = _options()
    state = Path(options.state)
    done = _known(state)
    wanted = list(range(len(done), options.times))
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(options.busy)]
    lock = threading.Lock()
    deadline = time.monotonic() + options.seconds if options.seconds else None
    try:
        with state.open("a", encoding="utf-8") as file:

            def work() -> None:
                while wanted and (deadline is None or time.monotonic() < deadline):
                    with lock:
                        if not wanted:
                            return
                        number = wanted.pop(0)
                    result = record(options.scenario, options.server, options.timeout)
                    with lock:
                        done.append(result)
                        file.write(json.dumps({"number": number, **result}) + "\n")
                        file.flush()

            threads = [threading.Thread(target=work) for _ in range(options.parallel)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        for each in busy:
            each.kill()
            each.wait()
    summary = summed_up(done)
    print(json.dumps(summary, indent=1))
    good = ("hangs", "failed", "differing")
    return 0 if done and not any(summary[each] for each in good) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--scenario", default="first-connection")
    parser.add_argument("--server", default="go", choices=("go", "python"))
    parser.add_argument("--times", type=int, default=1000, help="recordings in all")
    parser.add_argument("--parallel", type=int, default=2, help="so many at a time")
    parser.add_argument("--busy", type=int, default=1, help="so many busy loops beside them")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds; longer is a hang")
    parser.add_argument("--seconds", type=float, help="begin none after that time")
    parser.add_argument("--state", default="stress_record.jsonl", help="what was done so far")
    return parser.parse_args()


def _known(state: Path) -> list[dict[str, Any]]:
    if not state.exists():
        return []
    return [json.loads(line) for line in state.read_text("utf-8").splitlines()]


def record(name: str, server: str, timeout: float) -> dict[str, Any]:
    """Make one recording and look at it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        path = Path(folder, "recording.jsonl")
        command = [sys.executable, "-P", "-m", "walkthrough", "record", name]
        command += ["--server", server, "-o", str(path)]
        result: dict[str, Any] = {"hang": False, "status": None, "stages": [], "why": ""}
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
            result["status"] = ended.returncode
            result["why"] = "" if ended.returncode == 0 else ended.stderr.strip()[-300:]
        except subprocess.TimeoutExpired:
            result["hang"] = True
        result["seconds"] = round(time.monotonic() - begun, 2)
        try:
            opened = load(path)
            result["stages"] = [
                event.stage.value
                for _, event in opened
                if isinstance(event, FunctionEntered) and event.stage and event.mark == event.stage
            ]
            missing = check_run(
                scenarios.load(name), opened.header, (event for _, event in load(path))
            )
            result["why"] = result["why"] or "; ".join(map(str, missing))
        except (RecordingError, OSError) as error:
            result["why"] = result["why"] or str(error)
    return result


def summed_up(done: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many there were, and how many hung, failed, or went another way."""
    lists = Counter(" ".join(each["stages"]) for each in done if not each["why"])
    usual = lists.most_common(1)[0][0] if lists else ""
    seconds = sorted(each["seconds"] for each in done)
    return {
        "recordings": len(done),
        "hangs": sum(each["hang"] for each in done),
        "failed": sum(bool(each["why"]) and not each["hang"] for each in done),
        "differing": sum(count for stages, count in lists.items() if stages != usual),
        "stages": usual.split(),
        "seconds": {
            "median": seconds[len(seconds) // 2] if seconds else None,
            "longest": seconds[-1] if seconds else None,
        },
        "whys": Counter(each["why"] for each in done if each["why"]).most_common(5),
        "load": os.getloadavg(),
    }


if __name__ == "__main__":
    sys.exit(main())
