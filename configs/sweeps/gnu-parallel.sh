#!/usr/bin/env bash
# Runs a grid of learning rates and seeds, several processes at a time, with GNU parallel.
#   bash configs/sweeps/gnu-parallel.sh [processes at a time] [config]
# Started again, it continues where it left off. It ends with the number of runs that failed.
# Times to target compare only if every process has a core to itself.
set -euo pipefail

processes=${1:-2}
config=${2:-configs/mnist/single-cycle.yaml}

parallel --jobs "$processes" algoperf-ts run --workload mnist --config "$config" \
  --experiment-name parallel-grid/lr-{1}-seed-{2} --begin-or-resume \
  --rng-seed {2} --set hyperparameters.learning_rate={1} --quiet ::: 2e-3 4e-3 ::: 1 2
