// One step of Adam's for a range of a parameter's numbers, as loops for each kind of processor (see adam.cc).
#pragma once
#include <immintrin.h>

#include <cmath>
#include <cstdint>

#include "processor.h"

namespace own {

/** Numbers of a parameter that are more than a cache holds. */
constexpr int64_t LEAST_STREAMED = int64_t{1} << 20;

/** One parameter's values, before and after. */
struct Slots {
  int64_t size;
  const float *param, *mu, *nu, *gradient;
  float *nextParam, *nextMu, *nextNu;

  /** Whether what is written goes past the caches: it would only drive out what is read, and be read first itself. */
  bool isStreamed() const {
    const auto isAligned = [](const float *at) { return reinterpret_cast<uintptr_t>(at) % CACHE_LINE == 0; };
    const bool isInPlace = nextParam == param || nextMu == mu || nextNu == nu;
    return size >= LEAST_STREAMED && !isInPlace && isAligned(nextParam) && isAligned(nextMu) && isAligned(nextNu);
  }
};

/** What is the same for all parameters. */
struct Scalars {
  float b1, b2;
  /** The parts of the new value in both moments: `1 - b1`, `1 - b2`. */
  float oneMinusB1, oneMinusB2;
  /** What the direction is multiplied by: `rate * sqrt(1 - b2^count) / (1 - b1^count)`. */
  float scale;
  /** What is added to the root of the second moment: `eps * sqrt(1 - b2^count)`. */
  float eps;
  /** What the parameter is multiplied by. */
  float decayFactor;
};

template <bool nesterov>
OWN_INLINE void updateExactly(const Slots &slots, int64_t begin, int64_t end, const Scalars &scalars) {
  const auto [b1, b2, oneMinusB1, oneMinusB2, scale, eps, decayFactor] = scalars;
#pragma GCC ivdep
  for (int64_t i = begin; i < end; i++) {
    const float gradient = slots.gradient[i];
    const float mu = b1 * slots.mu[i] + oneMinusB1 * gradient;
    const float nu = b2 * slots.nu[i] + oneMinusB2 * (gradient * gradient);
    const float direction = nesterov ? b1 * mu + oneMinusB1 * gradient : mu;
    slots.nextParam[i] = decayFactor * slots.param[i] - scale * direction / (std::sqrt(nu) + eps);
    slots.nextMu[i] = mu;
    slots.nextNu[i] = nu;
  }
}

template <bool nesterov>
void updatePlainly(const Slots &slots, int64_t begin, int64_t end, const Scalars &scalars) {
  updateExactly<nesterov>(slots, begin, end, scalars);
}

template <bool STREAMED>
OWN_AVX2 OWN_INLINE void put(float *to, __m256 values) {
  STREAMED ? _mm256_stream_ps(to, values) : _mm256_storeu_ps(to, values);
}

template <bool nesterov, bool STREAMED>
OWN_AVX2 void updateByAvx2(const Slots &slots, int64_t begin, int64_t end, const Scalars &scalars) {
  constexpr int64_t WIDTH = 8;
  const __m256 b1 = _mm256_set1_ps(scalars.b1), oneMinusB1 = _mm256_set1_ps(scalars.oneMinusB1);
  const __m256 b2 = _mm256_set1_ps(scalars.b2), oneMinusB2 = _mm256_set1_ps(scalars.oneMinusB2);
  const __m256 scale = _mm256_set1_ps(scalars.scale), eps = _mm256_set1_ps(scalars.eps);
  const __m256 decayFactor = _mm256_set1_ps(scalars.decayFactor);
  int64_t i = begin;
  for (; i + WIDTH <= end; i += WIDTH) {
    const __m256 gradient = _mm256_loadu_ps(slots.gradient + i);
    const __m256 mu = _mm256_fmadd_ps(b1, _mm256_loadu_ps(slots.mu + i), _mm256_mul_ps(oneMinusB1, gradient));
    const __m256 squared = _mm256_mul_ps(gradient, gradient);
    const __m256 nu = _mm256_fmadd_ps(b2, _mm256_loadu_ps(slots.nu + i), _mm256_mul_ps(oneMinusB2, squared));
    const __m256 direction = nesterov ? _mm256_fmadd_ps(b1, mu, _mm256_mul_ps(oneMinusB1, gradient)) : mu;
    const __m256 below = _mm256_add_ps(_mm256_sqrt_ps(nu), eps);
    const __m256 change = _mm256_div_ps(_mm256_mul_ps(scale, direction), below);
    put<STREAMED>(slots.nextParam + i, _mm256_fmsub_ps(decayFactor, _mm256_loadu_ps(slots.param + i), change));
    put<STREAMED>(slots.nextMu + i, mu);
    put<STREAMED>(slots.nextNu + i, nu);
  }
  updateExactly<nesterov>(slots, i, end, scalars);
}

/** Between these the processor's estimates are good, of numbers as of their roots. */
constexpr float LEAST = 1e-30f;
constexpr float MOST = 1e30f;

constexpr int64_t LANES = 16;

/**
 * Roots and quotients, which take longest, are made of the processor's estimates (14 bits) and a step of Newton's (to 1 or 2 units
 * in the last place). What estimates are not good for, as 0 and infinity, is made exactly.
 */
template <bool STREAMED>
OWN_AVX512 OWN_INLINE void put(float *to, __m512 values) {
  STREAMED ? _mm512_stream_ps(to, values) : _mm512_storeu_ps(to, values);
}

template <bool nesterov, bool STREAMED>
OWN_AVX512 void updateByAvx512(const Slots &slots, int64_t begin, int64_t end, const Scalars &scalars) {
  const __m512 b1 = _mm512_set1_ps(scalars.b1), oneMinusB1 = _mm512_set1_ps(scalars.oneMinusB1);
  const __m512 b2 = _mm512_set1_ps(scalars.b2), oneMinusB2 = _mm512_set1_ps(scalars.oneMinusB2);
  const __m512 scale = _mm512_set1_ps(scalars.scale), eps = _mm512_set1_ps(scalars.eps);
  const __m512 decayFactor = _mm512_set1_ps(scalars.decayFactor);
  const __m512 least = _mm512_set1_ps(LEAST), most = _mm512_set1_ps(MOST);
  const __m512 half = _mm512_set1_ps(0.5f), threeHalves = _mm512_set1_ps(1.5f), two = _mm512_set1_ps(2);
  int64_t i = begin;
  for (; i + LANES <= end; i += LANES) {
    const __m512 gradient = _mm512_loadu_ps(slots.gradient + i);
    const __m512 mu = _mm512_fmadd_ps(b1, _mm512_loadu_ps(slots.mu + i), _mm512_mul_ps(oneMinusB1, gradient));
    const __m512 squared = _mm512_mul_ps(gradient, gradient);
    const __m512 nu = _mm512_fmadd_ps(b2, _mm512_loadu_ps(slots.nu + i), _mm512_mul_ps(oneMinusB2, squared));
    const __mmask16 isUsual = _mm512_cmp_ps_mask(nu, least, _CMP_GE_OQ) & _mm512_cmp_ps_mask(nu, most, _CMP_LE_OQ);
    if (isUsual != 0xffff) {
      updateExactly<nesterov>(slots, i, i + LANES, scalars);
      continue;
    }
    const __m512 guess = _mm512_rsqrt14_ps(nu);
    const __m512 halved = _mm512_mul_ps(_mm512_mul_ps(half, nu), guess);
    const __m512 inverse = _mm512_mul_ps(guess, _mm512_fnmadd_ps(halved, guess, threeHalves));
    const __m512 below = _mm512_fmadd_ps(nu, inverse, eps);
    const __m512 estimate = _mm512_rcp14_ps(below);
    const __m512 quotient = _mm512_mul_ps(estimate, _mm512_fnmadd_ps(below, estimate, two));
    const __m512 direction = nesterov ? _mm512_fmadd_ps(b1, mu, _mm512_mul_ps(oneMinusB1, gradient)) : mu;
    const __m512 change = _mm512_mul_ps(_mm512_mul_ps(scale, direction), quotient);
    put<STREAMED>(slots.nextParam + i, _mm512_fmsub_ps(decayFactor, _mm512_loadu_ps(slots.param + i), change));
    put<STREAMED>(slots.nextMu + i, mu);
    put<STREAMED>(slots.nextNu + i, nu);
  }
  updateExactly<nesterov>(slots, i, end, scalars);
}

using Update = void (*)(const Slots &, int64_t begin, int64_t end, const Scalars &);

template <bool nesterov, bool STREAMED>
Update updateOf(const Scalars &scalars) {
  static const bool isAvx512 = hasAvx512(), isAvx2 = hasAvx2();
  if (isAvx512 && scalars.eps <= MOST) return &updateByAvx512<nesterov, STREAMED>;
  return isAvx2 ? &updateByAvx2<nesterov, STREAMED> : &updatePlainly<nesterov>;
}

inline Update updateOf(bool nesterov, bool isStreamed, const Scalars &scalars) {
  if (nesterov) return isStreamed ? updateOf<true, true>(scalars) : updateOf<true, false>(scalars);
  return isStreamed ? updateOf<false, true>(scalars) : updateOf<false, false>(scalars);
}

/** What went past the caches is there for other threads from now on. */
inline void endStreaming() { _mm_sfence(); }

}  // namespace own
