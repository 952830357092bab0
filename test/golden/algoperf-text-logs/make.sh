#!/usr/bin/env bash
# Text logs of AlgoPerf's runner, from mlcommons/algorithmic-efficiency at 2c90454f (Apache License 2.0; changed: two logs are excerpts).
#   git clone https://github.com/mlcommons/algorithmic-efficiency && bash test/golden/algoperf-text-logs/make.sh <the clone>
# The logs of criteo1tb and imagenet_resnet are whole; of the two on librispeech one line in 40 of the log writer's is kept.
set -euo pipefail
logs=$1/algorithms/baselines/logs/external_tuning/baseline
here=$(dirname "$0")
for study in 0 3 4; do
  gzip -9n < "$logs/study_$study/criteo1tb_jax/"*.log > "$here/study_$study-criteo1tb_jax.log.gz"
done
for log in 3/librispeech_deepspeech 4/librispeech_conformer; do
  awk '!/logging_writer/ || (++n % 40 == 0)' "$logs/study_${log%/*}/${log#*/}_jax/"*.log |
    gzip -9n > "$here/study_${log%/*}-${log#*/}_jax.log.gz"
done
gzip -9n < "$logs/study_3/imagenet_resnet_jax/imagenet_resnet_jax_01-26-2024-19-03-07.log" \
  > "$here/study_3-imagenet_resnet_jax.log.gz"
