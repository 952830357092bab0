// The operation AdamWUpdate(params, mu, nu, gradients: N * float; count, rate: float; b1, b2, eps, weight_decay: float,
// nesterov: bool) -> next_params, next_mu, next_nu: N * float: one step of Adam with decoupled weight decay, the step being number
// `count`, from 1, for all parameters at once, written in the place of what nothing else needs. Each thread takes the same part of
// every parameter, of its moments and of its gradient: what products have left in its core's cache, and what they will read there.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "operation.h"
#include "processor.h"
#include "thread_pool.h"

namespace own {
namespace {

struct Attributes {
  explicit Attributes(TF_OpKernelConstruction *construction)
      : b1(floatAttribute(construction, "b1")),
        b2(floatAttribute(construction, "b2")),
        eps(floatAttribute(construction, "eps")),
        weightDecay(floatAttribute(construction, "weight_decay")),
        nesterov(boolAttribute(construction, "nesterov")),
        parameters(static_cast<int>(intAttribute(construction, "N"))) {}
  const float b1, b2, eps, weightDecay;
  const bool nesterov;
  const int parameters;
};

/** One parameter's values, before and after. */
struct Slots {
  int64_t size;
  const float *param, *mu, *nu, *gradient;
  float *nextParam, *nextMu, *nextNu;
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

/** `1 - decay^count`, without the cancellation of a decay near 1. */
double biasCorrection(double decay, double count) { return decay == 0 ? 1 : -std::expm1(count * std::log(decay)); }

Scalars scalarsOf(const Attributes &options, double count, double rate) {
  const auto [b1, b2, eps, weightDecay] = std::array{options.b1, options.b2, options.eps, options.weightDecay};
  const double root = std::sqrt(biasCorrection(b2, count));
  const double scale = rate * root / biasCorrection(b1, count);
  // Less than the least normal number may be taken for 0, and 0 / 0 is not a number.
  const double added = std::max(eps * root, static_cast<double>(std::numeric_limits<float>::min()));
  return {b1, b2, 1 - b1, 1 - b2, static_cast<float>(scale), static_cast<float>(added),
          static_cast<float>(1 - rate * static_cast<double>(weightDecay))};
}

template <bool nesterov>
OWN_INLINE void updateExactly(const Slots &slots, int64_t begin, int64_t end, const Scalars &scalars) {
  const auto [b1, b2, oneMinusB1, oneMinusB2, scale, eps, decayFactor] = scalars;
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

/** Between these the processor's estimates are good, of numbers as of their roots. */
constexpr float LEAST = 1e-30f;
constexpr float MOST = 1e30f;

constexpr int64_t LANES = 16;

/** Numbers, of all parameters together, that are worth being a part of their own, and how many parts there are at most. */
constexpr int64_t LEAST_PART = 4096;
constexpr int64_t MOST_PARTS = 16;

/**
 * Roots and quotients, which take longest, are made of the processor's estimates (14 bits) and a step of Newton's (to 1 or 2 units
 * in the last place). What estimates are not good for, as 0 and infinity, is made exactly.
 */
template <bool nesterov>
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
    _mm512_storeu_ps(slots.nextParam + i, _mm512_fmsub_ps(decayFactor, _mm512_loadu_ps(slots.param + i), change));
    _mm512_storeu_ps(slots.nextMu + i, mu);
    _mm512_storeu_ps(slots.nextNu + i, nu);
  }
  updateExactly<nesterov>(slots, i, end, scalars);
}

auto updateOf(bool nesterov, const Scalars &scalars) {
  const bool isFast = hasAvx512() && scalars.eps <= MOST;
  return nesterov ? (isFast ? &updateByAvx512<true> : &updatePlainly<true>)
                  : (isFast ? &updateByAvx512<false> : &updatePlainly<false>);
}

float scalarOf(const Tensor &tensor) {
  if (tensor.size() != 1) throw Refusal("AdamWUpdate: count and rate are one number each");
  return *tensor.values<const float>();
}

/** One parameter's tensors; first what is written, since an input that is held is not written over. */
struct Parameter {
  Tensor nextParam, nextMu, nextNu;
  Tensor param, mu, nu, gradient;

  Slots slots() const {
    return {param.size(),
            param.values<const float>(),
            mu.values<const float>(),
            nu.values<const float>(),
            gradient.values<const float>(),
            nextParam.values<float>(),
            nextMu.values<float>(),
            nextNu.values<float>()};
  }
};

/** @param n - how many parameters there are */
Parameter parameterOf(const Call &call, int n, int i) {
  const int mu = n + i, nu = 2 * n + i, gradient = 3 * n + i;
  const Shape shape = call.shapeOf(i);
  const auto isOther = [&](int input) { return call.shapeOf(input) != shape; };
  if (isOther(mu) || isOther(nu) || isOther(gradient))
    throw Refusal("AdamWUpdate: parameter, moments and gradient must be of one shape");
  return {call.outputInPlaceOf(i, i), call.outputInPlaceOf(mu, mu), call.outputInPlaceOf(nu, nu),
          call.input(i),              call.input(mu),               call.input(nu),
          call.input(gradient)};
}

void compute(const Attributes &attributes, const Call &call) {
  const int n = attributes.parameters;
  const Scalars scalars = scalarsOf(attributes, scalarOf(call.input(4 * n)), scalarOf(call.input(4 * n + 1)));
  std::vector<Parameter> parameters;
  std::vector<Slots> all;
  int64_t size = 0;
  for (int i = 0; i < n; i++) {
    parameters.push_back(parameterOf(call, n, i));
    all.push_back(parameters.back().slots());
    size += all.back().size;
  }
  const auto updateHere = updateOf(attributes.nesterov, scalars);
  const int64_t parts = std::clamp<int64_t>(size / LEAST_PART, 1, MOST_PARTS);
  parallelFor(parts, [&](int64_t part, int64_t) {
    for (const Slots &slots : all) {
      const auto start = [&](int64_t i) { return i == parts ? slots.size : slots.size / LANES * i / parts * LANES; };
      updateHere(slots, start(part), start(part + 1), scalars);
    }
  });
}

__attribute__((constructor)) void registerAdamWUpdate() {
  registerOperation<Kernel<Attributes, &compute>>(
      {"AdamWUpdate",
       {"params: N * float", "mu: N * float", "nu: N * float", "gradients: N * float", "count: float", "rate: float"},
       {"N: int >= 1", "b1: float", "b2: float", "eps: float", "weight_decay: float", "nesterov: bool"},
       {"next_params: N * float", "next_mu: N * float", "next_nu: N * float"}});
}

}  // namespace
}  // namespace own
