#include "bytes.h"

#include <immintrin.h>

#include "processor.h"

namespace own {
namespace {

OWN_INLINE void scalePlainly(const uint8_t *from, float *to, int64_t count, Scaling scaling) {
  for (int64_t i = 0; i < count; i++) {
    const float product = static_cast<float>(from[i]) * scaling.scale;
    to[i] = product + scaling.offset;
  }
}

void scaleAnywhere(const uint8_t *from, int64_t fromStride, float *to, int64_t toStride, int64_t rows, int64_t columns,
                   Scaling scaling) {
  for (int64_t row = 0; row < rows; row++) scalePlainly(from + row * fromStride, to + row * toStride, columns, scaling);
}

// Not for processors with fused multiply-add: the compiler would take one for the two roundings.
__attribute__((target("avx2"))) void scaleByAvx2(const uint8_t *from, int64_t fromStride, float *to, int64_t toStride,
                                                 int64_t rows, int64_t columns, Scaling scaling) {
  const __m256 scale = _mm256_set1_ps(scaling.scale);
  const __m256 offset = _mm256_set1_ps(scaling.offset);
  for (int64_t row = 0; row < rows; row++, from += fromStride, to += toStride) {
    int64_t i = 0;
    for (; i + 8 <= columns; i += 8) {
      const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(from + i));
      const __m256 values = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
      _mm256_storeu_ps(to + i, _mm256_add_ps(_mm256_mul_ps(values, scale), offset));
    }
    scalePlainly(from + i, to + i, columns - i, scaling);
  }
}

}  // namespace

void (*const scaleBytes)(const uint8_t *, int64_t, float *, int64_t, int64_t, int64_t,
                         Scaling) = hasAvx2() ? &scaleByAvx2 : &scaleAnywhere;

}  // namespace own
