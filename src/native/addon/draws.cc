// The addon's function `drawNormals(key: Uint32Array, bounds: Float64Array, values: Float32Array)`: numbers of the normal distribution
// as `src/engine/random.ts` draws them, to the bit, by all threads. A large model begins with hundreds of millions of them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "javascript.h"
#include "processor.h"
#include "session.h"
#include "thread_pool.h"

namespace own {
namespace {

/** Numbers that are drawn at once: what is between bits and numbers stays in the nearest cache. */
constexpr int64_t BLOCK = 1024;

/** A thread's part is a whole number of blocks. */
constexpr int64_t PART = 64 * BLOCK;

struct Key {
  uint32_t words[3];
};

/** `from` to `to` of the stream: uniform numbers; from `least` to `most`: normal ones. */
struct Bounds {
  double from, span, least, most;
};

OWN_INLINE uint32_t rotated(uint32_t word, int by) { return word << by | word >> (32 - by); }

template <int A, int B, int C, int D>
OWN_INLINE void fourRounds(uint32_t &x0, uint32_t &x1) {
  x0 += x1, x1 = rotated(x1, A) ^ x0;
  x0 += x1, x1 = rotated(x1, B) ^ x0;
  x0 += x1, x1 = rotated(x1, C) ^ x0;
  x0 += x1, x1 = rotated(x1, D) ^ x0;
}

/** Threefry-2x32 with 20 rounds (Salmon et al. 2011) of the counters from `first` on, both words of each in one. */
OWN_INLINE void encrypt(const Key &key, uint32_t first, uint32_t *bits, int64_t count) {
  const auto [k0, k1, k2] = key.words;
  for (int64_t i = 0; i < count; i++) {
    uint32_t x0 = k0, x1 = first + static_cast<uint32_t>(i) + k1;
    fourRounds<13, 15, 26, 6>(x0, x1), x0 += k1, x1 += k2 + 1;
    fourRounds<17, 29, 16, 24>(x0, x1), x0 += k2, x1 += k0 + 2;
    fourRounds<13, 15, 26, 6>(x0, x1), x0 += k0, x1 += k1 + 3;
    fourRounds<17, 29, 16, 24>(x0, x1), x0 += k1, x1 += k2 + 4;
    fourRounds<13, 15, 26, 6>(x0, x1), x0 += k2, x1 += k0 + 5;
    bits[i] = x0 ^ x1;
  }
}

OWN_AVX512 void encryptByAvx512(const Key &key, uint32_t first, uint32_t *bits, int64_t count) {
  encrypt(key, first, bits, count);
}
OWN_AVX2 void encryptByAvx2(const Key &key, uint32_t first, uint32_t *bits, int64_t count) {
  encrypt(key, first, bits, count);
}
void encryptPlainly(const Key &key, uint32_t first, uint32_t *bits, int64_t count) { encrypt(key, first, bits, count); }

const auto encryptHere = bestOf(&encryptByAvx512, &encryptByAvx2, &encryptPlainly);

OWN_INLINE uint64_t bitsOf(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

OWN_INLINE double doubleOf(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/** A whole number below 2^52, without a conversion that few processors have for vectors. */
OWN_INLINE double doubleOfInteger(uint64_t n) { return doubleOf(n | 0x4330000000000000) - 0x1p52; }

constexpr double LOG_2_HIGH = 6.93147180369123816490e-01, LOG_2_LOW = 1.90821492927058770002e-10;

/** `1 + x = 2^exponent (1 + f)`, between sqrt(1/2) and sqrt(2); `lost` is what rounding takes from `1 + x`. */
struct Reduced {
  double f, exponent, lost;
};

OWN_INLINE Reduced reduced(double x) {
  constexpr uint64_t FRACTION = 0x000fffffffffffff, ONE = 0x3ff0000000000000, HALF = 0x3fe0000000000000;
  const double sum = 1 + x;
  const uint64_t bits = bitsOf(sum), fraction = bits & FRACTION;
  const bool isLow = fraction < 0x0006a09e00000000;
  const double exponent = doubleOfInteger(bits >> 52) - (isLow ? 1023 : 1022);
  const double f = doubleOf(fraction | (isLow ? ONE : HALF)) - 1;
  const double lost = (x - (sum - 1)) / sum;
  const bool isReduced = bitsOf(x) < 0xbfd2bec500000000;
  return {isReduced ? x : f, isReduced ? 0 : exponent, isReduced | (exponent == 0) ? 0 : lost};
}

/** Whether fdlibm takes a shorter way to the logarithm, or there is none: it differs from `usualLog1p` in last places. */
OWN_INLINE bool isUnusual(double x, const Reduced &by) { return (x > -0x1p-29) | (std::fabs(by.f) < 0x1p-19) | (x == -1); }

/**
 * `log(1 + x)` for `-1 < x <= 0` as fdlibm computes it, which is what JavaScript's is made of: the C library's differs in last places.
 * Not for processors with fused multiply-add: it would differ as well.
 */
OWN_INLINE double usualLog1p(const Reduced &by) {
  const auto [f, exponent, lost] = by;
  const double half = 0.5 * f * f, s = f / (2 + f), z = s * s;
  const double rest =
      z * (6.666666666666735130e-01 +
           z * (3.999999999940941908e-01 +
                z * (2.857142874366239149e-01 +
                     z * (2.222219843214978396e-01 +
                          z * (1.818357216161805012e-01 + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01))))));
  return exponent * LOG_2_HIGH - ((half - (s * (half + rest) + (exponent * LOG_2_LOW + lost))) - f);
}

double log1pOf(double x) {
  if (x == -1) return -INFINITY;
  if (x > -0x1p-29) return x > -0x1p-54 ? x : x - x * x * 0.5;
  const Reduced by = reduced(x);
  const auto [f, exponent, lost] = by;
  // As fdlibm has it: by the upper half of the number.
  const uint64_t upper = bitsOf(1 + f) >> 32;
  if (exponent == 0 || upper <= 0x3feffffc || upper > 0x3ff00000) return usualLog1p(by);
  if (f == 0) return exponent * LOG_2_HIGH + (lost + exponent * LOG_2_LOW);
  const double rest = 0.5 * f * f * (1 - 0.66666666666666666 * f);
  return exponent * LOG_2_HIGH - ((rest - (exponent * LOG_2_LOW + lost)) - f);
}

/** Coefficients from the highest power on. Written out, since loops with loops in them are not made vectors of. */
template <size_t COUNT, size_t... I>
OWN_INLINE double polynomial(const double (&coefficients)[COUNT], double x, std::index_sequence<I...>) {
  double value = 0;
  ((value = value * x + coefficients[I]), ...);
  return value;
}

template <size_t COUNT>
OWN_INLINE double polynomial(const double (&coefficients)[COUNT], double x) {
  return polynomial(coefficients, x, std::make_index_sequence<COUNT>());
}

// The inverse of the error function by Giles 2010, of `y` by `w = -log(1 - y^2)`.
constexpr double CENTRAL[] = {2.81022636e-8,  3.43273939e-7,  -3.5233877e-6,  -4.39150654e-6, 0.00021858087,
                              -0.00125372503, -0.00417768164, 0.246640727,    1.50140941};
constexpr double TAIL[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                           -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};
constexpr double TAIL_BEGINS = 5;

double inverseErf(float y) {
  const double w = -log1pOf(-static_cast<double>(y * y));
  if (w < TAIL_BEGINS) return polynomial(CENTRAL, w - 2.5) * y;
  return w < INFINITY ? polynomial(TAIL, std::sqrt(w) - 3) * y : w * y;
}

/** What bits become. */
struct Draws {
  uint32_t bits[BLOCK];
  float uniform[BLOCK];
  float normal[BLOCK];
  /** Whether the number has to be computed once more, by all ways. */
  int64_t isUnusual[BLOCK];
};

OWN_INLINE void drawUsual(Draws &draws, const Bounds &bounds) {
  const auto [from, span, least, most] = bounds;
  for (int64_t i = 0; i < BLOCK; i++)
    draws.uniform[i] =
        static_cast<float>(std::max(from, static_cast<int32_t>(draws.bits[i] >> 9) * 0x1p-23 * span + from));
  for (int64_t i = 0; i < BLOCK; i++) {
    const float y = draws.uniform[i], square = y * y;
    const double x = -static_cast<double>(square);
    const Reduced by = reduced(x);
    const double w = -usualLog1p(by);
    draws.isUnusual[i] = isUnusual(x, by) | (w >= TAIL_BEGINS);
    draws.normal[i] = static_cast<float>(std::min(most, std::max(least, M_SQRT2 * (polynomial(CENTRAL, w - 2.5) * y))));
  }
}

__attribute__((target("avx2"), noinline)) void drawUsualByAvx2(Draws &draws, const Bounds &bounds) {
  drawUsual(draws, bounds);
}
void drawUsualPlainly(Draws &draws, const Bounds &bounds) { drawUsual(draws, bounds); }

const auto drawUsualHere = bestOf(&drawUsualByAvx2, &drawUsualByAvx2, &drawUsualPlainly);

void drawBlock(const Key &key, const Bounds &bounds, int64_t first, float *values, int64_t count) {
  Draws draws;
  encryptHere(key, static_cast<uint32_t>(first), draws.bits, BLOCK);
  drawUsualHere(draws, bounds);
  for (int64_t i = 0; i < count; i++) {
    values[i] = draws.normal[i];
    if (draws.isUnusual[i])
      values[i] = static_cast<float>(
          std::min(bounds.most, std::max(bounds.least, M_SQRT2 * inverseErf(draws.uniform[i]))));
  }
}

template <typename T>
T *valuesOf(napi_env env, napi_value array, size_t count) {
  const Bytes bytes = memoryOf(env, array);
  if (bytes.size != count * sizeof(T)) throw Failure("drawNormals: an array has another length than it needs");
  return reinterpret_cast<T *>(const_cast<uint8_t *>(bytes.data));
}

napi_value drawNormals(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<3>(env, info);
  const auto *words = valuesOf<const uint32_t>(env, given[0], 2);
  const auto *numbers = valuesOf<const double>(env, given[1], 4);
  const auto count = static_cast<int64_t>(memoryOf(env, given[2]).size / sizeof(float));
  auto *values = valuesOf<float>(env, given[2], count);
  const Key key{{words[0], words[1], words[0] ^ words[1] ^ 0x1bd11bda}};
  const Bounds bounds{numbers[0], numbers[1], numbers[2], numbers[3]};
  parallelForInParts(count, PART, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += BLOCK) drawBlock(key, bounds, i, values + i, std::min(BLOCK, end - i));
  });
  return nullptr;
}

}  // namespace

Functions drawFunctions() { return {{"drawNormals", &callable<&drawNormals>}}; }

}  // namespace own
