// Functions of many numbers at once, for loops that are compiled for each kind of processor (see processor.h).
#pragma once
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "processor.h"

// Functions with vectors as parameters are all inlined.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace own {

/** Of less the exponential is no normal number, and taken for 0. */
constexpr float LEAST_EXPONENT = -87.336f;

template <int64_t LANES_>
struct Vectors {
  static constexpr int64_t LANES = LANES_;
  typedef float Floats __attribute__((vector_size(LANES * sizeof(float))));
  typedef uint32_t Ints __attribute__((vector_size(LANES * sizeof(uint32_t))));
  typedef float InMemory __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

  static OWN_INLINE Floats load(const float *from) { return *reinterpret_cast<const InMemory *>(from); }
  static OWN_INLINE void store(float *to, const Floats &values) { *reinterpret_cast<InMemory *>(to) = values; }
  static OWN_INLINE Floats loadFirst(int64_t count, const float *from) {
    Floats values{};
    memcpy(&values, from, count * sizeof(float));
    return values;
  }
  static OWN_INLINE void storeFirst(int64_t count, float *to, const Floats &values) {
    memcpy(to, &values, count * sizeof(float));
  }

  /** exp(x) of x <= 0 to 2 units in the last place: x = n ln(2) + r, with Cephes' polynomial (expf) in r. */
  static OWN_INLINE Floats exponential(const Floats &x) {
    constexpr float LOG2_E = 1.44269504f, LN2_HIGH = 0.693359375f, LN2_LOW = -2.12194440e-4f;
    // What is added to it is rounded to a whole number, which stands in the last bits then.
    constexpr float ROUNDING = 12582912.0f;
    constexpr uint32_t MANTISSA_BITS = 23, BIAS = 127;
    const Floats bounded = x < LEAST_EXPONENT ? Floats{} : x;
    const Floats rounded = bounded * LOG2_E + ROUNDING;
    const Floats n = rounded - ROUNDING;
    const Floats r = bounded - n * LN2_HIGH - n * LN2_LOW;
    Floats sum = r * 1.9875691500e-4f + 1.3981999507e-3f;
    for (float coefficient : {8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
      sum = sum * r + coefficient;
    const Floats power = (Floats)(((Ints)rounded + BIAS) << MANTISSA_BITS);
    const Floats result = (sum * (r * r) + r + 1.0f) * power;
    return x < LEAST_EXPONENT ? Floats{} : result;
  }

  /** Below 0 it is exp(x) / (1 + exp(x)): nothing overflows, and small results keep their digits. */
  struct Sigmoid {
    static OWN_INLINE Floats of(const Floats &x) {
      const Floats e = exponential(x > 0 ? -x : x);
      const Floats one = Floats{} + 1.0f;
      return (x > 0 ? one : e) / (one + e);
    }
  };

  /** Of small numbers by Cephes' polynomial (tanhf), which keeps their digits. */
  struct Tanh {
    static OWN_INLINE Floats of(const Floats &x) {
      constexpr float SMALL = 0.625f;
      const Floats e = exponential(x > 0 ? -2.0f * x : 2.0f * x);
      const Floats large = (1.0f - e) / (1.0f + e);
      const Floats square = x * x;
      Floats sum = square * -5.70498872745e-3f + 2.06390887954e-2f;
      for (float coefficient : {-5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f})
        sum = sum * square + coefficient;
      const Floats small = sum * square * x + x;
      return x > SMALL ? large : x < -SMALL ? -large : small;
    }
  };

  /** `to[i] = Function::of(from[i]...)` for `count` numbers. */
  template <typename Function, typename... From>
  static OWN_INLINE void apply(int64_t count, float *to, const From *...from) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) store(to + i, Function::of(load(from + i)...));
    if (i < count) storeFirst(count - i, to + i, Function::of(loadFirst(count - i, from + i)...));
  }
};

}  // namespace own
