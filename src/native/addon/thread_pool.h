// Threads of our own for the parts of an operation: TensorFlow's take longer to be woken than a small step's products take.
#pragma once
#include <algorithm>
#include <cstdint>

namespace own {

/** Does the part number `i` of a job. `later` is the part that its thread is likely to do next, or none: `parts`. */
using Part = void (*)(const void *job, int64_t i, int64_t later);

/**
 * Calls `part` for every `i` below `parts`, on this thread and on those that are free; returns when all are done. Each thread begins
 * with a share of its own, the first with the first parts, and so on: what is cut in the same way finds its memory where it was. A call
 * from within a part runs all parts on its own thread.
 */
void parallelFor(int64_t parts, Part part, const void *job);

/** The same with something callable. */
template <typename Work>
void parallelFor(int64_t parts, const Work &work) {
  parallelFor(parts, [](const void *job, int64_t i, int64_t later) { (*static_cast<const Work *>(job))(i, later); }, &work);
}

/** Calls `work(begin, end)` for parts of `count` things, at most `part` of them at a time. */
template <typename Work>
void parallelForInParts(int64_t count, int64_t part, const Work &work) {
  parallelFor((count + part - 1) / part, [&](int64_t i, int64_t) { work(i * part, std::min(count, (i + 1) * part)); });
}

}  // namespace own
