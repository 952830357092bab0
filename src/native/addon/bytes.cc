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

// Not for processors with fused multiply-add, nor as part of what is: the compiler would take one for the two roundings.
__attribute__((target("avx2"), noinline)) void scaleByAvx2(const uint8_t *from, int64_t fromStride, float *to,
                                                           int64_t toStride, int64_t rows, int64_t columns,
                                                           Scaling scaling) {
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

OWN_AVX512 void scaleByAvx512(const uint8_t *from, int64_t fromStride, float *to, int64_t toStride, int64_t rows,
                              int64_t columns, Scaling scaling) {
  constexpr int ROUNDING = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  const __m512 scale = _mm512_set1_ps(scaling.scale);
  const __m512 offset = _mm512_set1_ps(scaling.offset);
  constexpr int64_t LANES = 16;
  const int64_t whole = columns / LANES * LANES;
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t i = 0; i < whole; i += LANES) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from + row * fromStride + i));
      const __m512 values = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
      // With an explicit rounding mode the compiler does not fuse product and sum.
      const __m512 products = _mm512_mul_round_ps(values, scale, ROUNDING);
      _mm512_storeu_ps(to + row * toStride + i, _mm512_add_round_ps(products, offset, ROUNDING));
    }
  }
  if (whole < columns) scaleByAvx2(from + whole, fromStride, to + whole, toStride, rows, columns - whole, scaling);
}

}  // namespace

void (*const scaleBytes)(const uint8_t *, int64_t, float *, int64_t, int64_t, int64_t,
                         Scaling) = bestOf(&scaleByAvx512, &scaleByAvx2, &scaleAnywhere);

}  // namespace own
