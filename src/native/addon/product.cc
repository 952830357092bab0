// The operation SharedMatMul(a, b: float; transpose_a, transpose_b: bool) -> float [..., m, n]: a matrix product, shared out to threads
// of our own. Each element is summed in the same order however many there are. For stacks of matrices it gives a stack of products.
// SharedMatMulOfBytes(a: uint8, b: float; transpose_a, transpose_b: bool, scale, offset: float) is the same for an `a` of bytes,
// each standing for `byte * scale + offset`: a quarter of the memory to go through.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>

#include "bytes.h"
#include "large_product.h"
#include "operation.h"
#include "processor.h"
#include "thread_pool.h"

namespace own {
namespace {

/** Row by row, in floats or in bytes; the other pointer is null. */
struct Matrix {
  const float *floats;
  const uint8_t *bytes;
  Scaling scaling;

  /** The one that begins so many numbers later. */
  Matrix from(int64_t numbers) const {
    return {floats == nullptr ? nullptr : floats + numbers, bytes == nullptr ? nullptr : bytes + numbers, scaling};
  }
};

/** c [m, n] = a [m, k] b [k, n]; `a` lies as [k, m] where it is transposed, from row to row `aStride` numbers. */
struct Product {
  Matrix a;
  int64_t aStride;
  const float *b;
  float *c;
  int64_t m, n, k;
  bool transposeA;
  /** The columns of `b` that fill no tile, as wide as they are summed. */
  const float *edge = nullptr;
};

/** Steps that are summed before the next columns' turn: so many of a tile's rows and columns stay in the first cache. */
constexpr int64_t DEPTH = 256;

/** Floats in a line of the cache. */
constexpr int64_t LINE = CACHE_LINE / sizeof(float);

/** Steps after which one more line is asked from the memory. */
constexpr int64_t STEPS_PER_LINE = 4;

/** Products of fewer rows are shared out by columns as well. */
constexpr int64_t FEW_ROWS = 64;

/** From row to row of the packed `a`. Were it a power of two, one set of the cache would have to hold all of them. */
constexpr int64_t ROW_STRIDE = DEPTH + 16;

/** The number of products in a stack from which on threads take whole products rather than parts of each. */
constexpr int64_t MANY = 8;

/**
 * Rows that will be read next, asked from the memory line by line while tiles are summed. Asked for at once, most of them would not
 * come: a core has room for few dozen requests, and lets go what is asked for beyond.
 */
struct Ahead {
  const uint8_t *row;
  int64_t length, stride, rows;
  const uint8_t *line = lineOf(row);

  static const uint8_t *lineOf(const uint8_t *at) { return at - reinterpret_cast<uintptr_t>(at) % CACHE_LINE; }

  OWN_INLINE void askForLine() {
    if (rows == 0) return;
    __builtin_prefetch(line);
    line += CACHE_LINE;
    if (line < row + length) return;
    row += stride;
    line = lineOf(row);
    rows--;
  }
};

/** What is summed for a part of the result, over some of the steps. */
struct Summing {
  /** Packed. */
  const float *a;
  const float *b;
  int64_t bStride;
  float *c;
  int64_t cStride;
  int64_t depth;
  /** Whether these are the first of the steps, or are added to what is there. */
  bool begins;
  Ahead *ahead;
};

/**
 * The part of the result that is summed at once, in registers: `ROWS` rows of two vectors of `LANES` columns. So many tiles, one below
 * the other, have their rows of `a` packed together as there are `PANELS`.
 */
template <int64_t LANES_, int64_t ROWS_, int64_t PANELS>
struct Tile {
  static constexpr int64_t LANES = LANES_;
  static constexpr int64_t ROWS = ROWS_;
  static constexpr int64_t COLUMNS = 2 * LANES;
  /** Rows of `a` that are packed together, and the floats that they take. */
  static constexpr int64_t PACKED_ROWS = PANELS * ROWS;
  static constexpr int64_t PACKED = PACKED_ROWS * ROW_STRIDE;
  typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
  typedef float VectorInMemory __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

  /** Sums the first `VECTORS` of its columns, for `a` as it is packed where it is transposed and where it is not. */
  template <int64_t VECTORS, bool TRANSPOSED>
  static OWN_INLINE void sum(const Summing &summing) {
    constexpr int64_t rowStride = TRANSPOSED ? 1 : ROW_STRIDE;
    constexpr int64_t stepStride = TRANSPOSED ? PACKED_ROWS : 1;
    const auto [a, b, bStride, c, cStride, depth, begins, ahead] = summing;
    Vector sums[ROWS][VECTORS];
    for (int64_t i = 0; i < ROWS; i++) {
      for (int64_t j = 0; j < VECTORS; j++) {
        if (begins)
          sums[i][j] = Vector{};
        else
          sums[i][j] = *reinterpret_cast<const VectorInMemory *>(c + i * cStride + j * LANES);
      }
    }
    for (int64_t begin = 0; begin < depth; begin += STEPS_PER_LINE) {
      ahead->askForLine();
      for (int64_t k = begin; k < std::min(depth, begin + STEPS_PER_LINE); k++) {
        Vector columns[VECTORS];
        for (int64_t j = 0; j < VECTORS; j++)
          columns[j] = *reinterpret_cast<const VectorInMemory *>(b + k * bStride + j * LANES);
#pragma GCC unroll 8
        for (int64_t i = 0; i < ROWS; i++) {
          const float factor = a[i * rowStride + k * stepStride];
          for (int64_t j = 0; j < VECTORS; j++) sums[i][j] += factor * columns[j];
        }
      }
    }
    for (int64_t i = 0; i < ROWS; i++) {
      for (int64_t j = 0; j < VECTORS; j++) *reinterpret_cast<VectorInMemory *>(c + i * cStride + j * LANES) = sums[i][j];
    }
  }
};

/** Of a tile: its sizes, and its sums as the processor makes them. */
struct Avx512 : Tile<16, 8, 2> {
  template <int64_t VECTORS, bool TRANSPOSED>
  OWN_AVX512 static void sumPacked(const Summing &summing) {
    sum<VECTORS, TRANSPOSED>(summing);
  }
};

struct Avx2 : Tile<8, 6, 4> {
  template <int64_t VECTORS, bool TRANSPOSED>
  OWN_AVX2 static void sumPacked(const Summing &summing) {
    sum<VECTORS, TRANSPOSED>(summing);
  }
};

struct Plain : Tile<4, 4, 2> {
  template <int64_t VECTORS, bool TRANSPOSED>
  static void sumPacked(const Summing &summing) {
    sum<VECTORS, TRANSPOSED>(summing);
  }
};

/** Some of the steps. */
struct Steps {
  int64_t first, depth;
};

/** A block of a matrix. */
struct Block {
  int64_t row, rows, column, columns;
};

void copyBlock(const float *from, int64_t fromStride, float *to, int64_t toStride, int64_t rows, int64_t columns) {
  if (columns == LINE) {
    // Of a size that the compiler knows: a call for each row would take longer than its copy.
    for (int64_t i = 0; i < rows; i++) memcpy(to + i * toStride, from + i * fromStride, CACHE_LINE);
    return;
  }
  for (int64_t i = 0; i < rows; i++) memcpy(to + i * toStride, from + i * fromStride, columns * sizeof(float));
}

/**
 * Rows of `a` over some of the steps, as the sums take them: row by row, or step by step where it is transposed. The last tile is
 * filled up with zeros.
 */
template <typename Processor>
void pack(const Product &product, int64_t row, int64_t rows, const Steps &steps, float *packed) {
  const auto [floats, bytes, scaling] = product.a;
  const auto [step, depth] = steps;
  if (rows % Processor::ROWS != 0) std::fill_n(packed, Processor::PACKED, 0.0f);
  const auto [at, stride, lines, length, packedStride] =
      product.transposeA ? std::array{step * product.aStride + row, product.aStride, depth, rows, Processor::PACKED_ROWS}
                         : std::array{row * product.aStride + step, product.aStride, rows, depth, ROW_STRIDE};
  if (bytes != nullptr)
    scaleBytes(bytes + at, stride, packed, packedStride, lines, length, scaling);
  else
    copyBlock(floats + at, stride, packed, packedStride, lines, length);
}

/** How many columns are summed for the last ones, which fill no tile. */
template <typename Processor>
int64_t edgeWidth(int64_t columns) {
  return columns <= Processor::LANES ? Processor::LANES : Processor::COLUMNS;
}

/** The part of a product that one tile is, over some of the steps; at the edges in memory that the whole tile fits. */
template <typename Processor>
void multiplyTile(const Product &product, const float *a, const Block &block, const Steps &steps, Ahead *ahead) {
  const auto [step, depth] = steps;
  const bool isEdge = block.columns < Processor::COLUMNS;
  const int64_t width = isEdge ? edgeWidth<Processor>(block.columns) : Processor::COLUMNS;
  const auto sum = width == Processor::LANES
                       ? (product.transposeA ? &Processor::template sumPacked<1, true> : &Processor::template sumPacked<1, false>)
                       : (product.transposeA ? &Processor::template sumPacked<2, true> : &Processor::template sumPacked<2, false>);
  const float *b = isEdge ? product.edge + step * width : product.b + step * product.n + block.column;
  const int64_t bStride = isEdge ? width : product.n;
  float *c = product.c + block.row * product.n + block.column;
  if (block.rows == Processor::ROWS && block.columns == width)
    return sum({a, b, bStride, c, product.n, depth, step == 0, ahead});
  alignas(64) float sums[Processor::ROWS * Processor::COLUMNS] = {};
  if (step > 0) copyBlock(c, product.n, sums, width, block.rows, block.columns);
  sum({a, b, bStride, sums, width, depth, step == 0, ahead});
  copyBlock(sums, width, c, product.n, block.rows, block.columns);
}

/** Where rows of `a` lie over some of the steps; nowhere if there are none. */
Ahead aheadOf(const Product &product, int64_t row, int64_t rows, const Steps &steps) {
  const auto [step, depth] = steps;
  const int64_t size = product.a.bytes != nullptr ? sizeof(uint8_t) : sizeof(float);
  const auto *a = product.a.bytes != nullptr ? product.a.bytes : reinterpret_cast<const uint8_t *>(product.a.floats);
  const int64_t stride = product.aStride;
  if (product.transposeA) return {a + (step * stride + row) * size, rows * size, stride * size, rows > 0 ? depth : 0};
  return {a + (row * stride + step) * size, depth * size, stride * size, rows};
}

/** The steps from one on that are summed before the next columns' turn: about as many each time. */
Steps stepsFrom(int64_t step, int64_t k) {
  const int64_t times = (k + DEPTH - 1) / DEPTH;
  const int64_t depth = ((k + times - 1) / times + LINE - 1) / LINE * LINE;
  return {step, std::min(depth, k - step)};
}

/** A block of no more rows than are packed together, and any columns; rows that its thread is likely to take later are asked for. */
template <typename Processor>
void multiplyRows(const Product &product, const Block &block, const Block &later) {
  alignas(64) float packed[Processor::PACKED];
  const auto [row, rows, first, columns] = block;
  for (Steps steps = stepsFrom(0, product.k); steps.depth > 0;) {
    const Steps next = stepsFrom(steps.first + steps.depth, product.k);
    pack<Processor>(product, row, rows, steps, packed);
    Ahead ahead = next.depth > 0 ? aheadOf(product, row, rows, next)
                                 : aheadOf(product, later.row, later.rows, stepsFrom(0, product.k));
    for (int64_t column = first; column < first + columns; column += Processor::COLUMNS) {
      const int64_t width = std::min(Processor::COLUMNS, first + columns - column);
      for (int64_t top = 0; top < rows; top += Processor::ROWS) {
        const float *a = packed + top * (product.transposeA ? 1 : ROW_STRIDE);
        multiplyTile<Processor>(product, a, {row + top, std::min(Processor::ROWS, rows - top), column, width}, steps,
                                &ahead);
      }
    }
    steps = next;
  }
}

/** The last columns of `b`, which fill no tile, filled up with zeros. */
template <typename Processor>
std::vector<float> edgeOf(const Product &product) {
  const int64_t columns = product.n % Processor::COLUMNS;
  if (columns == 0) return {};
  const int64_t width = edgeWidth<Processor>(columns);
  std::vector<float> edge(product.k * width);
  copyBlock(product.b + product.n - columns, product.n, edge.data(), width, product.k, columns);
  return edge;
}

/** The part of a product that is of some steps, as a product of its own. */
template <typename Processor>
Product partOf(Product product, const Steps &steps, float *c) {
  const auto [step, depth] = steps;
  const int64_t from = product.transposeA ? step * product.aStride : step;
  if (product.a.bytes != nullptr)
    product.a.bytes += from;
  else
    product.a.floats += from;
  product.b += step * product.n;
  if (product.edge != nullptr) product.edge += step * edgeWidth<Processor>(product.n % Processor::COLUMNS);
  product.c = c;
  product.k = depth;
  return product;
}

void addBlock(const float *from, float *to, int64_t stride, const Block &block) {
  for (int64_t row = block.row; row < block.row + block.rows; row++) {
    const int64_t first = row * stride + block.column;
    for (int64_t i = first; i < first + block.columns; i++) to[i] += from[i];
  }
}

/** How the result of a product is cut into blocks, each for one thread. */
template <typename Processor>
struct Blocks {
  explicit Blocks(const Product &product)
      : m(product.m),
        n(product.n),
        height(m < FEW_ROWS ? Processor::ROWS : Processor::PACKED_ROWS),
        width(m < FEW_ROWS ? Processor::COLUMNS : n) {}
  const int64_t m, n, height, width;
  const int64_t across = (n + width - 1) / width;
  const int64_t count = (m + height - 1) / height * across;

  /** Of no rows, where there are no more. */
  Block operator[](int64_t i) const {
    const int64_t row = std::min(m, i / across * height);
    const int64_t column = i % across * width;
    return {row, std::min(height, m - row), column, std::min(width, n - column)};
  }
};

template <typename Processor>
void multiplyWhole(const Product &product) {
  const Blocks<Processor> blocks(product);
  parallelFor(blocks.count, [&](int64_t i, int64_t later) {
    multiplyRows<Processor>(product, blocks[i], blocks[later]);
  });
}

/**
 * Sums the first half of the steps and the second each on its own, and then both. Each thread needs its half of `b` only: where `b`
 * are weights, they stay with the core that has updated them.
 */
template <typename Processor>
void multiplyHalves(const Product &product) {
  const Blocks<Processor> blocks(product);
  const int64_t half = (product.k / 2 + LINE - 1) / LINE * LINE;
  const std::unique_ptr<float[]> second(new float[product.m * product.n]);
  const Product halves[] = {partOf<Processor>(product, {0, half}, product.c),
                            partOf<Processor>(product, {half, product.k - half}, second.get())};
  std::vector<std::atomic<bool>> isHalfDone(blocks.count);
  parallelFor(2 * blocks.count, [&](int64_t i, int64_t later) {
    const Block block = blocks[i % blocks.count];
    const bool isSameHalf = later / blocks.count == i / blocks.count;
    multiplyRows<Processor>(halves[i / blocks.count], block, blocks[isSameHalf ? later % blocks.count : blocks.count]);
    if (isHalfDone[i % blocks.count].exchange(true)) addBlock(second.get(), product.c, product.n, block);
  });
}

/** Whether halves of the result are less to be moved between threads than all of `b`. */
bool isSmallerThanB(const Product &product) { return product.m < product.k && product.k >= 2 * LINE; }

template <typename Processor>
void multiply(Product product) {
  if (product.m == 0 || product.n == 0) return;
  const std::vector<float> edge = edgeOf<Processor>(product);
  product.edge = edge.data();
  (isSmallerThanB(product) ? &multiplyHalves<Processor> : &multiplyWhole<Processor>)(product);
}

const auto multiplyHere = bestOf(&multiply<Avx512>, &multiply<Avx2>, &multiply<Plain>);

/**
 * Multiply-adds of a product from which on its matrices are packed, for processors without AVX-512: of few rows of `a` at a time, as
 * their registers hold, `b` would pass through the caches too often. Measured at 6.7e7 (4,096 rows, a transformer of width 128): in
 * half the time.
 */
constexpr int64_t LEAST_PACKED = 30'000'000;

const auto multiplyPacked =
    bestOf<void (*)(const LargeProduct &)>(nullptr, &multiplyLarge<LargeAvx2>, &multiplyLarge<LargePlain>);

/** `b` [n, k] as [k, n]. */
std::vector<float> transposed(const float *b, int64_t n, int64_t k) {
  std::vector<float> result(n * k);
  parallelForInParts(n, LINE, [&](int64_t begin, int64_t end) {
    for (int64_t step = 0; step < k; step++) {
      for (int64_t i = begin; i < end; i++) result[step * n + i] = b[i * k + step];
    }
  });
  return result;
}

struct Attributes {
  explicit Attributes(TF_OpKernelConstruction *construction)
      : transposeA(boolAttribute(construction, "transpose_a")), transposeB(boolAttribute(construction, "transpose_b")) {}
  const bool transposeA;
  const bool transposeB;
};

struct AttributesOfBytes : Attributes {
  explicit AttributesOfBytes(TF_OpKernelConstruction *construction)
      : Attributes(construction), scaling(scalingAttribute(construction)) {}
  const Scaling scaling;
};

void compute(const Attributes &attributes, const Call &call, const Shape &aShape, const Matrix &a) {
  const auto [transposeA, transposeB] = attributes;
  const Tensor b = call.input(1);
  const Shape bShape = b.shape();
  const size_t rank = aShape.size();
  if (rank < 2 || bShape.size() != rank) throw Refusal("SharedMatMul: needs two matrices, or stacks of them");
  const int64_t m = aShape[rank - (transposeA ? 1 : 2)];
  const int64_t k = aShape[rank - (transposeA ? 2 : 1)];
  const int64_t n = bShape[rank - (transposeB ? 2 : 1)];
  const bool isStackOfMany = std::equal(aShape.begin(), aShape.end() - 2, bShape.begin());
  if (bShape[rank - (transposeB ? 1 : 2)] != k || k == 0 || !isStackOfMany)
    throw Refusal("SharedMatMul: the matrices do not fit each other");
  Shape shape(aShape.begin(), aShape.end() - 2);
  const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  shape.insert(shape.end(), {m, n});
  const Tensor c = call.output<float>(shape);
  const auto multiplyOne = [&, transposeA = transposeA, transposeB = transposeB](int64_t i, int64_t) {
    const auto *right = b.values<const float>() + i * k * n;
    const Matrix left = a.from(i * m * k);
    const int64_t aStride = transposeA ? m : k;
    float *to = c.values<float>() + i * m * n;
    if (multiplyPacked != nullptr && left.floats != nullptr && m * n * k >= LEAST_PACKED)
      return multiplyPacked({asStrided(left.floats, aStride, transposeA), asStrided(right, transposeB ? k : n, transposeB), to, m, n, k});
    const std::vector<float> turned = transposeB ? transposed(right, n, k) : std::vector<float>();
    multiplyHere({left, aStride, transposeB ? turned.data() : right, to, m, n, k, transposeA});
  };
  if (count >= MANY) return parallelFor(count, multiplyOne);
  for (int64_t i = 0; i < count; i++) multiplyOne(i, count);
}

void computeOfFloats(const Attributes &attributes, const Call &call) {
  const Tensor a = call.input(0);
  compute(attributes, call, a.shape(), {a.values<const float>(), nullptr, {}});
}

void computeOfBytes(const AttributesOfBytes &attributes, const Call &call) {
  const Tensor a = call.input(0);
  compute(attributes, call, a.shape(), {nullptr, a.values<const uint8_t>(), attributes.scaling});
}

__attribute__((constructor)) void registerProducts() {
  registerOperation<Kernel<Attributes, &computeOfFloats>>(
      {"SharedMatMul", {"a: float", "b: float"}, {"transpose_a: bool", "transpose_b: bool"}, {"product: float"}});
  registerOperation<Kernel<AttributesOfBytes, &computeOfBytes>>(
      {"SharedMatMulOfBytes",
       {"a: uint8", "b: float"},
       {"transpose_a: bool", "transpose_b: bool", "scale: float", "offset: float"},
       {"product: float"}});
}

}  // namespace
}  // namespace own
