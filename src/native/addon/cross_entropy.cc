// The operation SoftmaxCrossEntropy(logits, labels: float [n, classes]) -> float [n]: -sum(labels * log(softmax(logits))) of each
// row. SoftmaxCrossEntropyGradient(upstream: float [n], logits, labels) -> float [n, classes] is its gradient with respect to the
// logits, upstream * (sum(labels) * softmax(logits) - labels). Labels need not sum to 1.
#include <algorithm>
#include <cmath>

#include "operation.h"
#include "thread_pool.h"

namespace own {
namespace {

/** Numbers that one thread takes before it looks for more. */
constexpr int64_t PART = 2048;

struct Rows {
  const float *logits;
  const float *labels;
  int64_t count;
  int64_t classes;
};

/** The largest of a row's logits, and the sum of the exponentials of their distances from it. */
struct Softmax {
  Softmax(const float *logits, int64_t classes) : most(*std::max_element(logits, logits + classes)) {
    for (int64_t i = 0; i < classes; i++) sum += std::exp(logits[i] - most);
  }
  const float most;
  float sum = 0;
};

Rows rowsOf(const Tensor &logits, const Tensor &labels) {
  const Shape shape = logits.shape();
  if (shape.size() != 2 || shape[1] == 0 || labels.shape() != shape)
    throw Refusal("SoftmaxCrossEntropy: needs logits and labels of one shape [n, classes]");
  return {logits.values<const float>(), labels.values<const float>(), shape[0], shape[1]};
}

template <typename Work>
void forEachRow(const Rows &rows, const Work &work) {
  const int64_t part = std::max<int64_t>(1, PART / rows.classes);
  parallelForInParts(rows.count, part, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++)
      work(row, rows.logits + row * rows.classes, rows.labels + row * rows.classes);
  });
}

void crossEntropy(const NoAttributes &, const Call &call) {
  const Tensor logits = call.input(0);
  const Tensor labels = call.input(1);
  const Rows rows = rowsOf(logits, labels);
  const Tensor losses = call.output<float>({rows.count});
  auto *to = losses.values<float>();
  forEachRow(rows, [&](int64_t row, const float *logit, const float *label) {
    const Softmax softmax(logit, rows.classes);
    const float logSum = std::log(softmax.sum);
    float loss = 0;
    for (int64_t i = 0; i < rows.classes; i++) loss -= label[i] * (logit[i] - softmax.most - logSum);
    to[row] = loss;
  });
}

void gradient(const NoAttributes &, const Call &call) {
  const Tensor upstream = call.input(0);
  const Tensor logits = call.input(1);
  const Tensor labels = call.input(2);
  const Rows rows = rowsOf(logits, labels);
  if (upstream.size() != rows.count) throw Refusal("SoftmaxCrossEntropyGradient: needs one upstream gradient a row");
  const Tensor result = call.output<float>({rows.count, rows.classes});
  const auto *factors = upstream.values<const float>();
  auto *to = result.values<float>();
  forEachRow(rows, [&](int64_t row, const float *logit, const float *label) {
    const Softmax softmax(logit, rows.classes);
    float total = 0;
    for (int64_t i = 0; i < rows.classes; i++) total += label[i];
    for (int64_t i = 0; i < rows.classes; i++)
      to[row * rows.classes + i] =
          factors[row] * (total * (std::exp(logit[i] - softmax.most) / softmax.sum) - label[i]);
  });
}

__attribute__((constructor)) void registerCrossEntropy() {
  registerOperation<Kernel<NoAttributes, &crossEntropy>>(
      {"SoftmaxCrossEntropy", {"logits: float", "labels: float"}, {}, {"losses: float"}});
  registerOperation<Kernel<NoAttributes, &gradient>>({"SoftmaxCrossEntropyGradient",
                                                      {"upstream: float", "logits: float", "labels: float"},
                                                      {},
                                                      {"gradient: float"}});
}

}  // namespace
}  // namespace own
