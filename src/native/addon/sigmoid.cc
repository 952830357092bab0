// The operation SharedSigmoid(x: float) -> float: 1 / (1 + exp(-x)) of each number, of any shape. SharedSigmoidGradient(y, dy:
// float) -> float is dy * (1 - y) * y, the gradient with respect to x where y = sigmoid(x). Both are shared out to threads of our
// own, and written in the place of what they are given if nothing else needs it.
#include "operation.h"
#include "processor.h"
#include "thread_pool.h"
#include "vectors.h"

namespace own {
namespace {

/** Numbers that one thread takes before it looks for more. */
constexpr int64_t PART = 8192;

/** `SigmoidGradient::of(y, dy)`, where y = sigmoid(x). */
template <typename Kind>
struct SigmoidGradient {
  using Floats = typename Kind::Floats;
  static OWN_INLINE Floats of(const Floats &y, const Floats &dy) { return dy * (1.0f - y) * y; }
};

struct Avx512 : Vectors<16> {
  OWN_AVX512 static void sigmoid(int64_t count, float *to, const float *x) { apply<Sigmoid>(count, to, x); }
  OWN_AVX512 static void gradient(int64_t count, float *to, const float *y, const float *dy) {
    apply<SigmoidGradient<Vectors>>(count, to, y, dy);
  }
};

struct Avx2 : Vectors<8> {
  OWN_AVX2 static void sigmoid(int64_t count, float *to, const float *x) { apply<Sigmoid>(count, to, x); }
  OWN_AVX2 static void gradient(int64_t count, float *to, const float *y, const float *dy) {
    apply<SigmoidGradient<Vectors>>(count, to, y, dy);
  }
};

struct Plain : Vectors<4> {
  static void sigmoid(int64_t count, float *to, const float *x) { apply<Sigmoid>(count, to, x); }
  static void gradient(int64_t count, float *to, const float *y, const float *dy) {
    apply<SigmoidGradient<Vectors>>(count, to, y, dy);
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
