#!/usr/bin/env bash
# Runs one config with several learning rates, one after the other, then prints a table of the results, best first.
#   bash configs/sweeps/learning-rates.sh [config]
# Started again, it continues where it left off: --begin-or-resume leaves a complete run as it is.
set -euo pipefail

config=${1:-configs/mnist/single-cycle.yaml}

for rate in 1e-3 2e-3 4e-3; do
  algoperf-ts run --workload mnist --config "$config" --experiment-name "learning-rates/lr-$rate" --begin-or-resume \
    --rng-seed 1 --set "hyperparameters.learning_rate=$rate" --quiet
done

# The table: `runs list --json` prints one array of runs, which any tool can read; here it is node.
algoperf-ts runs list --json | node -e '
  const runs = JSON.parse(require("fs").readFileSync(0, "utf8")).filter(({experiment}) => experiment.startsWith("learning-rates/"));
  runs.sort((a, b) => (b.best?.value ?? 0) - (a.best?.value ?? 0));
  console.table(runs.map(({experiment, status, best, timeToTarget}) => ({experiment, status, best: best?.value, timeToTarget})));
'
