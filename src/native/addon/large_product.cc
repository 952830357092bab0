// The operation LargeMatMul(a, b: float; ids: N * int32; rows: N * float; transpose_a, transpose_b: bool) -> float [m, n]: a product of
// matrices that are larger than the caches (see large_product.h), with further rows: row `i` of each of `rows` [count, n] is added to row
// `ids[i]` of the product. Such is the gradient of a table that both gives a model its inputs and takes its outputs: the rows that were
// read would else need an array of the table's size, of which nearly all is 0. Each element is summed in the same order however many
// threads there are.
#include "large_product.h"

#include "large_memory.h"
#include "operation.h"

namespace own {
namespace {

struct Attributes {
  explicit Attributes(TF_OpKernelConstruction *construction)
      : transposeA(boolAttribute(construction, "transpose_a")),
        transposeB(boolAttribute(construction, "transpose_b")),
        further(static_cast<int>(intAttribute(construction, "N"))) {}
  const bool transposeA, transposeB;
  const int further;
};

/** Numbers of a row that one thread adds before it looks for more. */
constexpr int64_t PART_OF_ROW = 256;

void addRows(const Tensor &ids, const Tensor &rows, const LargeProduct &product) {
  const Shape shape = rows.shape();
  if (shape.size() != 2 || shape[1] != product.n || ids.size() != shape[0])
    throw Refusal("LargeMatMul: needs a number for each of the further rows, and rows as long as the product's");
  const auto *numbers = ids.values<const int32_t>();
  const auto isOutside = [&](int32_t number) { return number >= product.m; };
  if (std::any_of(numbers, numbers + shape[0], isOutside)) throw Refusal("LargeMatMul: the product has no such row");
  const auto *from = rows.values<const float>();
  parallelForInParts(product.n, PART_OF_ROW, [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < shape[0]; i++) {
      // As TensorFlow's sum of segments, which leaves these out.
      if (numbers[i] < 0) continue;
      float *to = product.c + numbers[i] * product.n;
      for (int64_t j = begin; j < end; j++) to[j] += from[i * product.n + j];
    }
  });
}

const auto multiplyHere = bestOf(&multiplyLarge<LargeAvx512>, &multiplyLarge<LargeAvx2>, &multiplyLarge<LargePlain>);

void compute(const Attributes &attributes, const Call &call) {
  const auto [transposeA, transposeB, further] = attributes;
  const Tensor a = call.input(0), b = call.input(1);
  const Shape aShape = a.shape(), bShape = b.shape();
  if (aShape.size() != 2 || bShape.size() != 2) throw Refusal("LargeMatMul: needs two matrices");
  const int64_t m = aShape[transposeA ? 1 : 0], k = aShape[transposeA ? 0 : 1], n = bShape[transposeB ? 0 : 1];
  if (bShape[transposeB ? 1 : 0] != k || k == 0) throw Refusal("LargeMatMul: the matrices do not fit each other");
  const Tensor c = largeOutput(call, {m, n});
  const LargeProduct product{asStrided(a.values<const float>(), aShape[1], transposeA),
                             asStrided(b.values<const float>(), bShape[1], transposeB), c.values<float>(), m, n, k};
  multiplyHere(product);
  for (int i = 0; i < further; i++) addRows(call.input(2 + i), call.input(2 + further + i), product);
}

__attribute__((constructor)) void registerLargeMatMul() {
  registerOperation<Kernel<Attributes, &compute>>({"LargeMatMul",
                                                   {"a: float", "b: float", "ids: N * int32", "rows: N * float"},
                                                   {"N: int >= 0", "transpose_a: bool", "transpose_b: bool"},
                                                   {"product: float"}});
}

}  // namespace
}  // namespace own
