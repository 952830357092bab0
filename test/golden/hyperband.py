"""Which runs W&B's sweeps end early: test/golden/hyperband.json, for test/sweep/hyperband.test.ts.

    python -m venv venv && venv/bin/pip install sweeps==0.3.0 && venv/bin/python test/golden/hyperband.py
"""

import importlib.metadata
import json
import pathlib
import random

from sweeps import RunState, SweepRun, stop_runs

RULES = [
    {"min_iter": 1},
    {"min_iter": 3},
    {"min_iter": 2, "eta": 2},
    {"min_iter": 2, "eta": 2, "strict": False},
    {"min_iter": 2, "eta": 1.5},
    {"max_iter": 27, "s": 2},
    {"max_iter": 27, "s": 2, "strict": False},
    {"max_iter": 20, "s": 9, "eta": 2},
    {"max_iter": 30, "s": 3, "eta": 2.5},
    {"max_iter": 7, "s": 4, "eta": 1.3, "strict": False},
]


def curve(draw, length):
    """A falling curve with noise; now and then a value that counts for nothing."""
    level = draw.uniform(0, 1)
    values = [round(level + 1 / (1 + i) + draw.gauss(0, 0.2), 6) for i in range(length)]
    return [None if draw.random() < 0.03 else value for value in values]


def case(draw, rule, goal):
    histories = [curve(draw, draw.randint(1, 30)) for _ in range(draw.randint(1, 9))]
    config = {
        "method": "grid",
        "metric": {"name": "loss", "goal": goal},
        "early_terminate": {"type": "hyperband", **rule},
        "parameters": {"a": {"values": [1]}},
    }
    runs = [
        SweepRun(name=str(i), state=RunState.running, history=[{"loss": float("nan") if v is None else v} for v in history])
        for i, history in enumerate(histories)
    ]
    stopped = {run.name for run in stop_runs(config, runs)}
    bands, thresholds = (runs[0].early_terminate_info[key] for key in ("bands", "thresholds"))
    return {
        "rule": rule,
        "goal": goal,
        "histories": histories,
        "bands": [int(band) for band in bands[:20]],
        "thresholds": [float(t) if t != float("inf") else None for t in thresholds[:20]],
        "stops": [str(i) in stopped for i in range(len(histories))],
    }


def main():
    draw = random.Random(0)
    cases = [case(draw, rule, goal) for rule in RULES for goal in ("minimize", "maximize") for _ in range(4)]
    golden = {"madeBy": f"sweeps {importlib.metadata.version('sweeps')}", "cases": cases}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
