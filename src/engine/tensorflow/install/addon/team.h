// Threads of our own for the parts of an operation: TensorFlow's take longer to be woken than a small step's products take.
#pragma once
#include <algorithm>
#include <cstdint>

namespace own {

/** Calls `part(job, i)` for every `i` below `parts`, on this thread and on those that are free; returns when all are done. */
void shareOut(int64_t parts, void (*part)(const void *job, int64_t i), const void *job);

/** The same with something callable. */
template <typename Part>
void shareOut(int64_t parts, const Part &part) {
  shareOut(parts, [](const void *job, int64_t i) { (*static_cast<const Part *>(job))(i); }, &part);
}

/** Calls `work(begin, end)` for parts of `count` things, at most `part` of them at a time. */
template <typename Work>
void shareOutInParts(int64_t count, int64_t part, const Work &work) {
  shareOut((count + part - 1) / part, [&](int64_t i) { work(i * part, std::min(count, (i + 1) * part)); });
}

}  // namespace own
