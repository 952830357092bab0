#!/usr/bin/env bash
# Runs the addon under the compiler's checkers; see docs/measuring.md.
#   npm run sanitize -- address [test files]   addresses and undefined behaviour: tests, by default test/engine, on an addon built for it
#   npm run sanitize -- thread                 the addon's own threads, in a program of their own
set -euo pipefail
kind=${1:-}
shift || true
if [ "$kind" = thread ]; then exec npx vitest run test/native/threads.test.ts; fi
if [ "$kind" != address ]; then
  echo "which checker? Allowed: address, thread" >&2
  exit 2
fi

compiler=${CXX:-g++}
library=$($compiler -print-file-name=libasan.so)
[ -f "$library" ] || { echo "$compiler has no address checker: install its libasan" >&2; exit 2; }
# A cache of its own: no other run may load this addon, which needs the checker's library in its process.
export XDG_CACHE_HOME=${SANITIZE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/algoperf-ts-address}
export CXX="$compiler -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g"
# Node and TensorFlow are not built for it. What they keep until the process ends is no leak of ours; TensorFlow frees by `free` what
# its own `new` made; and where there is not enough memory the tests expect an error, not the end of the process.
export ASAN_OPTIONS=detect_leaks=0:alloc_dealloc_mismatch=0:allocator_may_return_null=1:halt_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1
[ -f dist/src/cli/main.js ] || npm run build
LD_PRELOAD=$library node bin/algoperf-ts.js backend install tensorflow
if [ $# = 0 ]; then set -- test/engine; fi
# Under the checker all is several times as slow, and Node's memory large: one process at a time.
LD_PRELOAD=$library TEST_BACKEND=tensorflow exec npx vitest run --testTimeout 600000 --hookTimeout 600000 --maxWorkers 1 "$@"
