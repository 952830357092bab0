"""Scores of a made-up pool as AlgoPerf's own code gives them: studies and trials that are missing, NaN, ties, variants, a reference.

Run: git clone https://github.com/mlcommons/submissions_algorithms && pip install pandas absl-py matplotlib tabulate
     python test/golden/algoperf_scores.py <the clone> > test/golden/algoperf_scores.json
`pool` has `[seconds, step, value]` of each evaluation (null: NaN) by submission, workload, study and trial; `scores` those of each kind.
"""
import contextlib
import csv
import itertools
import json
import math
import os
import random
import sys
import tempfile

clone = sys.argv[1]
sys.path[:0] = [clone, os.path.join(clone, "scoring")]
from scoring import config, performance_profile, score_submissions, scoring_utils  # noqa: E402

TARGETS = config.WorkloadConfig.from_json(os.path.join(clone, "scoring", "workload_targets.json"))
WORKLOADS = [*TARGETS.base_workloads, "wmt_post_ln", "mnist"]
draw = random.Random(11)


def value(workload, is_reached):
    metric, target = TARGETS.metric_and_target(f"{workload}_jax")
    worse = 1 if performance_profile.check_if_minimized(metric) else -1
    if not is_reached:
        return math.nan if draw.random() < 0.1 else round(target * (1 + worse * (0.001 + 0.4 * draw.random())), 7)
    # A value that equals the target reaches it.
    return target if draw.random() < 0.3 else round(target * (1 - worse * 0.1 * draw.random()), 7)


def trial(workload):
    first = draw.choice([0, 1, 1, 2, 3, 9])
    pace = 50 + 100 * draw.random()
    return [[round((i + 1) * pace, 3), 100 * i + 1, value(workload, i >= first)] for i in range(4)]


def pool():
    found = {}
    for name, workload, study, number in itertools.product("abcd", WORKLOADS, range(3), (1, 2)):
        is_missing = (name, workload) in [("c", "mnist"), ("d", "wmt_post_ln")] or draw.random() < 0.12
        if not is_missing:
            runs = found.setdefault(name, {}).setdefault(workload, {}).setdefault(f"study_{study}", {})
            runs[f"trial_{number}"] = trial(workload)
    return found


def write(root, submissions):
    for name, workloads in submissions.items():
        for workload, studies in workloads.items():
            metric, _ = TARGETS.metric_and_target(f"{workload}_jax")
            for (study, trials) in studies.items():
                for number, rows in trials.items():
                    folder = os.path.join(root, name, study, f"{workload}_jax", number)
                    os.makedirs(folder)
                    with open(os.path.join(folder, "eval_measurements.csv"), "w", newline="") as file:
                        writer = csv.writer(file)
                        writer.writerow(["score", "global_step", metric])
                        writer.writerows(rows)


def scores(root, submissions, time_col, reference):
    # As the folders are read, which the order of trials depends on.
    listed = os.listdir
    os.listdir = lambda path=".": sorted(listed(path))
    tables = {name: scoring_utils.get_experiment_df(os.path.join(root, name)) for name in submissions}
    os.listdir = listed
    profiles = performance_profile.compute_performance_profiles(
        tables, TARGETS, time_col=time_col, min_tau=1.0, max_tau=4.0, reference_submission_tag=reference,
        num_points=100, output_dir=root,
    )
    return score_submissions.compute_leaderboard_score(profiles)["score"].to_dict()


submissions = pool()
with tempfile.TemporaryDirectory() as root, contextlib.redirect_stdout(sys.stderr):
    write(root, submissions)
    kinds = [
        {"timeCol": time_col, "reference": reference, "scores": scores(root, submissions, time_col, reference)}
        for reference in (None, "b") for time_col in ("score", "global_step")
    ]
text = json.dumps({"madeBy": "mlcommons/submissions_algorithms 12c8e4ea", "pool": submissions, "kinds": kinds})
print(text.replace("NaN", "null"))
