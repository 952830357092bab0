// Calls what the addon computes with threads of its own from several threads at once, and compares the results with those of one thread.
// Compiled with -fsanitize=thread, without Node and TensorFlow, which are not built for it. Exit code 1 where results differ, 66 where
// the checker has found a race.
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <thread>
#include <vector>

#include "adam_update.h"
#include "large_product.h"
#include "thread_pool.h"

namespace {

using Floats = std::vector<float>;

Floats numbers(int64_t count, int seed) {
  Floats values(count);
  for (int64_t i = 0; i < count; i++) values[i] = static_cast<float>((i * 37 + seed * 11) % 101 - 50) / 64;
  return values;
}

/** A product whose rows are shared out. */
Floats product() {
  constexpr int64_t M = 70, N = 130, K = 300;
  const Floats a = numbers(M * K, 1), b = numbers(K * N, 2);
  Floats c(M * N);
  own::multiplyLarge<own::LargePlain>({{a.data(), K, 1}, {b.data(), N, 1}, c.data(), M, N, K});
  return c;
}

/** A step of AdamW in 16 parts, as the operation cuts it. */
Floats adamStep() {
  constexpr int64_t SIZE = 20'011, PARTS = 16;
  const Floats param = numbers(SIZE, 3), mu = numbers(SIZE, 4), gradient = numbers(SIZE, 5), nu(SIZE, 0.5f);
  Floats next(SIZE), nextMu(SIZE), nextNu(SIZE);
  const own::Slots slots{SIZE,        param.data(),  mu.data(),    nu.data(),
                         gradient.data(), next.data(), nextMu.data(), nextNu.data()};
  const own::Scalars scalars{0.9f, 0.999f, 0.1f, 0.001f, 1e-3f, 1e-8f, 0.99f};
  own::parallelFor(PARTS, [&](int64_t part, int64_t) {
    const auto start = [&](int64_t i) { return SIZE * i / PARTS; };
    own::updateOf(true, false, scalars)(slots, start(part), start(part + 1), scalars);
    own::endStreaming();
  });
  next.insert(next.end(), nextMu.begin(), nextMu.end());
  next.insert(next.end(), nextNu.begin(), nextNu.end());
  return next;
}

/** Parts within parts, and numbers that are shared by all threads before and after, but not meanwhile. */
Floats nested() {
  constexpr int64_t OUTER = 12, INNER = 40;
  Floats sums(OUTER);
  own::parallelFor(OUTER, [&](int64_t i, int64_t) {
    Floats squares(INNER);
    own::parallelForInParts(INNER, 7, [&](int64_t begin, int64_t end) {
      for (int64_t j = begin; j < end; j++) squares[j] = static_cast<float>(i * j);
    });
    sums[i] = std::accumulate(squares.begin(), squares.end(), 0.0f);
  });
  return sums;
}

Floats all() {
  Floats results = product();
  for (const Floats &more : {adamStep(), nested()}) results.insert(results.end(), more.begin(), more.end());
  return results;
}

/** What this thread computes alone: calls from within a part are not shared out. */
Floats expected() {
  Floats results;
  own::parallelFor(2, [&](int64_t i, int64_t) {
    if (i == 0) results = all();
  });
  return results;
}

}  // namespace

int main(int, char **given) {
  const int callers = atoi(given[1]), rounds = atoi(given[2]);
  const Floats right = expected();
  std::vector<int> wrong(callers, 0);
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; caller++)
    threads.emplace_back([&, caller] {
      for (int round = 0; round < rounds; round++) wrong[caller] += all() != right;
    });
  for (std::thread &thread : threads) thread.join();
  const int count = std::accumulate(wrong.begin(), wrong.end(), 0);
  printf("%d callers, %d rounds: %d of %d results differ\n", callers, rounds, count, callers * rounds);
  return count == 0 ? 0 : 1;
}
