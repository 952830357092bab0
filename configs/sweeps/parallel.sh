#!/usr/bin/env bash
# Runs a grid of learning rates and seeds, several processes at a time, with xargs.
#   bash configs/sweeps/parallel.sh [processes at a time] [config]
# Processes never get in each other's way: every run has its own name, and two runs of one name can't both begin.
# Started again, it continues where it left off.
# Times to target compare only if every process has a core to itself.
set -euo pipefail

processes=${1:-2}
export SWEEP_CONFIG=${2:-configs/mnist/single-cycle.yaml}

for rate in 2e-3 4e-3; do
  for seed in 1 2; do
    echo "$rate $seed"
  done
done | xargs -P "$processes" -L 1 sh -c '
  algoperf-ts run --workload mnist --config "$SWEEP_CONFIG" --experiment-name "grid/lr-$1-seed-$2" --begin-or-resume \
    --rng-seed "$2" --set "hyperparameters.learning_rate=$1" --quiet
' point
