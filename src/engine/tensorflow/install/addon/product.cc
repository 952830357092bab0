// The operation SharedMatMul(a, b: float; transpose_a, transpose_b: bool) -> float [m, n]: a matrix product whose rows are shared
// out to threads of our own. Each element is summed in the same order however many there are.
// SharedMatMulOfBytes(a: uint8, b: float; transpose_a, transpose_b: bool, scale, offset: float) is the same for an `a` of bytes,
// each standing for `byte * scale + offset`: a quarter of the memory to go through.
#include <algorithm>
#include <array>
#include <cstring>

#include "bytes.h"
#include "operation.h"
#include "processor.h"
#include "team.h"

namespace own {
namespace {

/** Row by row, in floats or in bytes; the other pointer is null. */
struct Matrix {
  const float *floats;
  const uint8_t *bytes;
  Scaling scaling;
};

/** c [m, n] = a [m, k] b [k, n]; `a` lies as [k, m] where it is transposed. */
struct Product {
  Matrix a;
  const float *b;
  float *c;
  int64_t m, n, k;
  bool transposeA;
};

/** Steps that are summed before the next columns' turn: so many of a tile's rows and columns stay in the first cache. */
constexpr int64_t DEPTH = 256;

/** Tiles, one below the other, whose rows of `a` are packed together. */
constexpr int64_t PANELS = 2;

/** Products of fewer rows are shared out by columns as well. */
constexpr int64_t FEW_ROWS = 64;

/** From row to row of the packed `a`. Were it a power of two, one set of the cache would have to hold all of them. */
constexpr int64_t ROW_STRIDE = DEPTH + 16;

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
};

/** The part of the result that is summed at once, in registers: `ROWS` rows of two vectors of `LANES` columns. */
template <int64_t LANES, int64_t ROWS_>
struct Tile {
  static constexpr int64_t ROWS = ROWS_;
  static constexpr int64_t COLUMNS = 2 * LANES;
  /** Floats of a tile's rows of `a`, packed. */
  static constexpr int64_t PANEL = ROWS * ROW_STRIDE;
  typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
  typedef float VectorInMemory __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

  /** Of `a` the element of row i at step k is `a[i * rowStride + k * stepStride]`. */
  template <int64_t rowStride, int64_t stepStride>
  static OWN_INLINE void sum(const Summing &summing) {
    const auto [a, b, bStride, c, cStride, depth, begins] = summing;
    Vector sums[ROWS][2];
    for (int64_t i = 0; i < ROWS; i++) {
      for (int64_t j = 0; j < 2; j++) {
        if (begins)
          sums[i][j] = Vector{};
        else
          sums[i][j] = *reinterpret_cast<const VectorInMemory *>(c + i * cStride + j * LANES);
      }
    }
    for (int64_t k = 0; k < depth; k++) {
      const Vector left = *reinterpret_cast<const VectorInMemory *>(b + k * bStride);
      const Vector right = *reinterpret_cast<const VectorInMemory *>(b + k * bStride + LANES);
#pragma GCC unroll 8
      for (int64_t i = 0; i < ROWS; i++) {
        const float factor = a[i * rowStride + k * stepStride];
        sums[i][0] += factor * left;
        sums[i][1] += factor * right;
      }
    }
    for (int64_t i = 0; i < ROWS; i++) {
      for (int64_t j = 0; j < 2; j++) *reinterpret_cast<VectorInMemory *>(c + i * cStride + j * LANES) = sums[i][j];
    }
  }
};

/** Of a tile: its sizes, and its sums for `a` as it is packed where it is not transposed and where it is. */
struct Avx512 : Tile<16, 8> {
  OWN_AVX512 static void sumRows(const Summing &summing) { sum<ROW_STRIDE, 1>(summing); }
  OWN_AVX512 static void sumSteps(const Summing &summing) { sum<1, ROWS>(summing); }
};

struct Avx2 : Tile<8, 4> {
  OWN_AVX2 static void sumRows(const Summing &summing) { sum<ROW_STRIDE, 1>(summing); }
  OWN_AVX2 static void sumSteps(const Summing &summing) { sum<1, ROWS>(summing); }
};

struct Plain : Tile<4, 4> {
  static void sumRows(const Summing &summing) { sum<ROW_STRIDE, 1>(summing); }
  static void sumSteps(const Summing &summing) { sum<1, ROWS>(summing); }
};

/** A block of a matrix. */
struct Block {
  int64_t row, rows, column, columns;
};

void copyBlock(const float *from, int64_t fromStride, float *to, int64_t toStride, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++) memcpy(to + i * toStride, from + i * fromStride, columns * sizeof(float));
}

/** Copies all rows of the panels at once: of a transposed matrix they lie side by side, in the same lines of the cache. */
template <typename Processor>
void packSteps(const float *from, int64_t fromStride, float *packed, int64_t depth) {
  for (int64_t k = 0; k < depth; k++) {
    for (int64_t i = 0; i < PANELS; i++)
      memcpy(packed + i * Processor::PANEL + k * Processor::ROWS, from + k * fromStride + i * Processor::ROWS,
             Processor::ROWS * sizeof(float));
  }
}

/** A tile's rows of `a` over some of the steps; fewer than it has are filled up with zeros. */
template <typename Processor>
void packPanel(const Product &product, int64_t row, int64_t rows, int64_t step, int64_t depth, float *packed) {
  const auto [floats, bytes, scaling] = product.a;
  if (rows < Processor::ROWS) memset(packed, 0, Processor::PANEL * sizeof(float));
  const auto [at, stride, lines, length, packedStride] =
      product.transposeA ? std::array{step * product.m + row, product.m, depth, rows, Processor::ROWS}
                         : std::array{row * product.k + step, product.k, rows, depth, ROW_STRIDE};
  if (bytes != nullptr)
    scaleBytes(bytes + at, stride, packed, packedStride, lines, length, scaling);
  else
    copyBlock(floats + at, stride, packed, packedStride, lines, length);
}

/** Rows of `a` over some of the steps, as the sums take them. */
template <typename Processor>
void pack(const Product &product, int64_t row, int64_t rows, int64_t step, float *packed) {
  const int64_t depth = std::min(DEPTH, product.k - step);
  if (product.transposeA && product.a.floats != nullptr && rows == PANELS * Processor::ROWS)
    return packSteps<Processor>(product.a.floats + step * product.m + row, product.m, packed, depth);
  for (int64_t top = 0; top < rows; top += Processor::ROWS, packed += Processor::PANEL)
    packPanel<Processor>(product, row + top, std::min(Processor::ROWS, rows - top), step, depth, packed);
}

/** The part of a product that one tile is, over some of the steps; at the edges in memory that the whole tile fits. */
template <typename Processor>
void multiplyTile(const Product &product, const float *a, const Block &block, int64_t step) {
  const int64_t depth = std::min(DEPTH, product.k - step);
  const auto sum = product.transposeA ? &Processor::sumSteps : &Processor::sumRows;
  const float *b = product.b + step * product.n + block.column;
  float *c = product.c + block.row * product.n + block.column;
  if (block.rows == Processor::ROWS && block.columns == Processor::COLUMNS)
    return sum({a, b, product.n, c, product.n, depth, step == 0});
  alignas(64) float columns[DEPTH * Processor::COLUMNS] = {};
  alignas(64) float sums[Processor::ROWS * Processor::COLUMNS] = {};
  copyBlock(b, product.n, columns, Processor::COLUMNS, depth, block.columns);
  if (step > 0) copyBlock(c, product.n, sums, Processor::COLUMNS, block.rows, block.columns);
  sum({a, columns, Processor::COLUMNS, sums, Processor::COLUMNS, depth, step == 0});
  copyBlock(sums, Processor::COLUMNS, c, product.n, block.rows, block.columns);
}

/** Asks the memory for a part of some rows of `a` over some of the steps: it arrives while tiles are summed. */
void prefetchRows(const Product &product, int64_t row, int64_t rows, int64_t step, int64_t part, int64_t parts) {
  const int64_t depth = std::min(DEPTH, product.k - step);
  const int64_t size = product.a.bytes != nullptr ? sizeof(uint8_t) : sizeof(float);
  const auto *a = product.a.bytes != nullptr ? product.a.bytes : reinterpret_cast<const uint8_t *>(product.a.floats);
  const auto [first, lines, begin, length, stride] =
      product.transposeA ? std::array{step, depth, row, rows, product.m} : std::array{row, rows, step, depth, product.k};
  for (int64_t i = lines * part / parts; i < lines * (part + 1) / parts; i++)
    prefetch(a + ((first + i) * stride + begin) * size, length * size);
}

/** A block of at most `PANELS` tiles' rows and any columns. */
template <typename Processor>
void multiplyRows(const Product &product, const Block &block) {
  alignas(64) float packed[PANELS * Processor::PANEL];
  const auto [row, rows, first, columns] = block;
  const int64_t panels = (rows + Processor::ROWS - 1) / Processor::ROWS;
  const int64_t tiles = (columns + Processor::COLUMNS - 1) / Processor::COLUMNS;
  for (int64_t step = 0; step < product.k; step += DEPTH) {
    pack<Processor>(product, row, rows, step, packed);
    for (int64_t tile = 0; tile < tiles; tile++) {
      if (step + DEPTH < product.k) prefetchRows(product, row, rows, step + DEPTH, tile, tiles);
      const int64_t column = first + tile * Processor::COLUMNS;
      const int64_t width = std::min(Processor::COLUMNS, first + columns - column);
      for (int64_t i = 0; i < panels; i++) {
        const int64_t top = i * Processor::ROWS;
        multiplyTile<Processor>(product, packed + i * Processor::PANEL,
                                {row + top, std::min(Processor::ROWS, rows - top), column, width}, step);
      }
    }
  }
}

template <typename Processor>
void multiply(const Product &product) {
  if (product.m == 0 || product.n == 0) return;
  const int64_t height = product.m < FEW_ROWS ? Processor::ROWS : PANELS * Processor::ROWS;
  const int64_t rowBlocks = (product.m + height - 1) / height;
  const int64_t width = product.m < FEW_ROWS ? Processor::COLUMNS : product.n;
  const int64_t columnBlocks = (product.n + width - 1) / width;
  shareOut(rowBlocks * columnBlocks, [&](int64_t i) {
    const int64_t row = i / columnBlocks * height;
    const int64_t column = i % columnBlocks * width;
    multiplyRows<Processor>(product, {row, std::min(height, product.m - row), column,
                                      std::min(width, product.n - column)});
  });
}

const auto multiplyHere = hasAvx512() ? &multiply<Avx512> : hasAvx2() ? &multiply<Avx2> : &multiply<Plain>;

/** `b` [n, k] as [k, n]. */
std::vector<float> transposed(const float *b, int64_t n, int64_t k) {
  constexpr int64_t LINE = 16;
  std::vector<float> result(n * k);
  shareOutInParts(n, LINE, [&](int64_t begin, int64_t end) {
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
  if (aShape.size() != 2 || bShape.size() != 2) throw Refusal("SharedMatMul: needs two matrices");
  const int64_t m = aShape[transposeA ? 1 : 0];
  const int64_t k = aShape[transposeA ? 0 : 1];
  const int64_t n = bShape[transposeB ? 0 : 1];
  if (bShape[transposeB ? 1 : 0] != k || k == 0) throw Refusal("SharedMatMul: the matrices do not fit each other");
  const Tensor c = call.output<float>({m, n});
  const auto *right = b.values<const float>();
  const std::vector<float> turned = transposeB ? transposed(right, n, k) : std::vector<float>();
  multiplyHere({a, transposeB ? turned.data() : right, c.values<float>(), m, n, k, transposeA});
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
