// Flushes denormal numbers, those below 2^-126, to 0. Arithmetic on them is up to a hundred times slower, and moments that decay
// without gradients become denormal. TensorFlow's own threads flush them, but it also computes on the thread that calls it.
#pragma once
#include <immintrin.h>

/** While it exists, its thread reads and writes denormal numbers as 0. Limited to calls, since JavaScript needs denormal numbers. */
class FlushDenormals {
 public:
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | FLUSH_TO_ZERO | DENORMALS_ARE_ZEROS); }
  ~FlushDenormals() { _mm_setcsr(before_); }
  FlushDenormals(const FlushDenormals &) = delete;

 private:
  static constexpr unsigned FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZEROS = 0x0040;
  const unsigned before_;
};
