// The operation SharedSigmoid(x: float) -> float: 1 / (1 + exp(-x)) of each number, of any shape. SharedSigmoidGradient(y, dy:
// float) -> float is dy * (1 - y) * y, the gradient with respect to x where y = sigmoid(x). Both are shared out to threads of our
// own, and written in the place of what they are given if nothing else needs it.
#include <algorithm>
#include <cstring>

#include "operation.h"
#include "processor.h"
#include "thread_pool.h"

// Functions with vectors as parameters are all inlined.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace own {
namespace {

/** Numbers that one thread takes before it looks for more. */
constexpr int64_t PART = 8192;

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

  struct SigmoidGradient {
    static OWN_INLINE Floats of(const Floats &y, const Floats &dy) { return dy * (1.0f - y) * y; }
  };

  /** `to[i] = Function::of(from[i]...)` for `count` numbers. */
  template <typename Function, typename... From>
  static OWN_INLINE void apply(int64_t count, float *to, const From *...from) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) store(to + i, Function::of(load(from + i)...));
    if (i < count) storeFirst(count - i, to + i, Function::of(loadFirst(count - i, from + i)...));
  }
};

struct Avx512 : Vectors<16> {
  OWN_AVX512 static void sigmoid(int64_t count, float *to, const float *x) { apply<Sigmoid>(count, to, x); }
  OWN_AVX512 static void gradient(int64_t count, float *to, const float *y, const float *dy) {
    apply<SigmoidGradient>(count, to, y, dy);
  }
};

struct Avx2 : Vectors<8> {
  OWN_AVX2 static void sigmoid(int64_t count, float *to, const float *x) { apply<Sigmoid>(count, to, x); }
  OWN_AVX2 static void gradient(int64_t count, float *to, const float *y, const float *dy) {
    apply<SigmoidGradient>(count, to, y, dy);
  }
};

struct Plain : Vectors<4> {
  static void sigmoid(int64_t count, float *to, const float *x) { apply<Sigmoid>(count, to, x); }
  static void gradient(int64_t count, float *to, const float *y, const float *dy) {
    apply<SigmoidGradient>(count, to, y, dy);
  }
};

const auto sigmoidHere = bestOf(&Avx512::sigmoid, &Avx2::sigmoid, &Plain::sigmoid);
const auto gradientHere = bestOf(&Avx512::gradient, &Avx2::gradient, &Plain::gradient);

void sigmoid(const NoAttributes &, const Call &call) {
  const Tensor y = call.outputInPlaceOf(0);
  const Tensor x = call.input(0);
  const auto *from = x.values<const float>();
  auto *to = y.values<float>();
  parallelForInParts(x.size(), PART, [&](int64_t begin, int64_t end) { sigmoidHere(end - begin, to + begin, from + begin); });
}

void gradient(const NoAttributes &, const Call &call) {
  if (call.shapeOf(0) != call.shapeOf(1)) throw Refusal("SharedSigmoidGradient: y and dy must be of one shape");
  const Tensor dx = call.outputInPlaceOf(1);
  const Tensor y = call.input(0);
  const Tensor dy = call.input(1);
  const auto *values = y.values<const float>();
  const auto *upstream = dy.values<const float>();
  auto *to = dx.values<float>();
  parallelForInParts(y.size(), PART, [&](int64_t begin, int64_t end) {
    gradientHere(end - begin, to + begin, values + begin, upstream + begin);
  });
}

__attribute__((constructor)) void registerSigmoids() {
  registerOperation<Kernel<NoAttributes, &sigmoid>>({"SharedSigmoid", {"x: float"}, {}, {"y: float"}});
  registerOperation<Kernel<NoAttributes, &gradient>>({"SharedSigmoidGradient", {"y: float", "dy: float"}, {}, {"dx: float"}});
}

}  // namespace
}  // namespace own
