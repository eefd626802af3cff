"""Compares a scenario with strace over and over, and counts what came of it.

What two runs of one program owe to the scheduler shows once in many times, and more often while
others want the processors: ``--busy 2`` keeps two loops running beside it.

    python scripts/repeat_compare.py --times 200 --busy 2 --keep FOLDER [SCENARIO] [--server go]

FOLDER holds one line a run in ``counts.jsonl``, and of each run that was not the same its document,
its table and strace's log. Begun again with the same FOLDER it goes on where it was stopped. Ends
with status 1 if a run differed or could not be compared.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SECONDS = 300
_NICE = 10
_ANSWERS = {0: "same", 1: "different", 2: "not compared"}


def main(arguments: list[str] | None = None) -> int:
    """Compare until it was done so many times; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenario", nargs="?", default="first-connection")
    parser.add_argument("--server", choices=("go", "python"), default="go")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--busy", type=int, default=0, metavar="LOOPS")
    parser.add_argument("--keep", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    options.keep.mkdir(parents=True, exist_ok=True)
    counted = options.keep / "counts.jsonl"
    done = counted.read_text("utf-8").splitlines() if counted.exists() else []
    with _busy(options.busy), counted.open("a", encoding="utf-8") as out:
        for number in range(len(done) + 1, options.times + 1):
            line = json.dumps(_once(options, number))
            out.write(line + "\n")
            out.flush()
            done.append(line)
            if number % 10 == 0:
                print(f"{number}: {_counted(done)}", flush=True)
    print(f"{options.scenario}, {options.server}, {len(done)} runs: {_counted(done)}")
    return int(any(json.loads(line)["answer"] != "same" for line in done))


def _once(options: argparse.Namespace, number: int) -> dict[str, object]:
    """Compare once; return what came of it, and keep all of it unless it was the same."""
    name = options.keep / f"{number:05}"
    log, document = name.with_suffix(".log"), name.with_suffix(".json")
    command = [sys.executable, "-P", "-m", "walkthrough", "compare", options.scenario, "--json"]
    command += ["--server", options.server, "--log", str(log)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return {"run": number, "answer": "hung"}
    answer = _ANSWERS.get(ran.returncode, f"status {ran.returncode}")
    result: dict[str, object] = {"run": number, "answer": answer}
    if ran.returncode in (0, 1):
        try:
            found = json.loads(ran.stdout)
        except ValueError:
            return {"run": number, "answer": "broken", "error": ran.stderr.strip()[-500:]}
        result["counts"] = {verdict: count for verdict, count in found["counts"].items() if count}
        result["remarks"] = found["remarks"][1:]
    else:
        result["error"] = ran.stderr.strip()[-500:]
    if ran.returncode == 0:
        log.unlink(missing_ok=True)
    else:
        document.write_text(ran.stdout, "utf-8")
    return result


def _counted(done: list[str]) -> str:
    runs = [json.loads(line) for line in done]
    answers = Counter(run["answer"] for run in runs)
    verdicts: Counter[str] = Counter()
    for run in runs:
        if run["answer"] == "different":
            verdicts.update(run["counts"].keys())
    counted = ", ".join(f"{count} {answer}" for answer, count in answers.most_common())
    beside = [each for each in verdicts if each.startswith("other") or each in ("missing", "extra")]
    said = "; ".join(f"{each} in {verdicts[each]}" for each in beside)
    return counted + (f" ({said})" if said else "")


@contextmanager
def _busy(loops: int) -> Iterator[None]:
    """Keep so many loops running at a low priority; they end with this program, however it ends."""
    loop = f"import os\nos.nice({_NICE})\nwhile os.getppid() == {os.getpid()}: sum(range(100000))"
    running = [subprocess.Popen([sys.executable, "-c", loop]) for _ in range(loops)]
    try:
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()


if __name__ == "__main__":
    sys.exit(main())
