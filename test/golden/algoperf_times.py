"""Times to target as AlgoPerf's own scoring reads them from a folder of submissions.

Run: git clone https://github.com/mlcommons/submissions_algorithms && pip install pandas absl-py matplotlib tabulate
     python test/golden/algoperf_times.py <the clone> <the folder>
Prints JSON: `trials` has seconds by "<submission>/<study>/<trial>", null where the target was not reached; `submissions` has the
seconds that a submission is scored with, null where they are infinite.
"""
import contextlib
import json
import math
import os
import sys

clone, submissions = sys.argv[1:]
sys.path[:0] = [clone, os.path.join(clone, "scoring")]
from scoring import config, performance_profile, scoring_utils  # noqa: E402

TARGETS = config.WorkloadConfig.from_json(os.path.join(clone, "scoring", "workload_targets.json"))
METRIC, TARGET = TARGETS.metric_and_target("mnist_jax")

times = {"trials": {}, "submissions": {}}
for name in sorted(os.listdir(submissions)):
    with contextlib.redirect_stdout(sys.stderr):
        table = scoring_utils.get_experiment_df(os.path.join(submissions, name))
    for index, row in table.iterrows():
        at = performance_profile.get_best_trial_index(table.loc[[index]], METRIC, TARGET)[1]
        times["trials"][f"{name}/{row['study']}/{row['trial'][0]}"] = None if at < 0 else float(row["score"][at])
    scored = performance_profile.get_workloads_time_to_target(table, name, TARGETS, time_col="score")
    seconds = float(scored["mnist"].iloc[0])
    times["submissions"][name] = seconds if math.isfinite(seconds) else None
print(json.dumps(times))
