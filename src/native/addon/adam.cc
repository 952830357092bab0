// The operation AdamWUpdate(params, mu, nu, gradients: N * float; count, rate: float; b1, b2, eps, weight_decay: float,
// nesterov: bool) -> next_params, next_mu, next_nu: N * float: one step of Adam with decoupled weight decay, the step being number
// `count`, from 1, for all parameters at once, written in the place of what nothing else needs. Each thread takes the same part of
// every parameter, of its moments and of its gradient: what products have left in its core's cache, and what they will read there.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "adam_update.h"
#include "large_memory.h"
#include "operation.h"
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

/** Numbers, of all parameters together, that are worth being a part of their own, and how many parts there are at most. */
constexpr int64_t LEAST_PART = 4096;
constexpr int64_t MOST_PARTS = 16;

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
  return {largeOutputInPlaceOf(call, i, i), largeOutputInPlaceOf(call, mu, mu), largeOutputInPlaceOf(call, nu, nu),
          call.input(i),                    call.input(mu),                     call.input(nu),
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
  const int64_t parts = std::clamp<int64_t>(size / LEAST_PART, 1, MOST_PARTS);
  parallelFor(parts, [&](int64_t part, int64_t) {
    for (const Slots &slots : all) {
      const auto start = [&](int64_t i) { return i == parts ? slots.size : slots.size / LANES * i / parts * LANES; };
      updateOf(attributes.nesterov, slots.isStreamed(), scalars)(slots, start(part), start(part + 1), scalars);
    }
    endStreaming();
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
