// Products of matrices that are larger than the caches, such as a language model's: few rows of activations with weights that have to
// come from memory each time. The result is cut into parts that threads take. A part is summed over some of the steps at a time: its
// rows of `a` and columns of `b` are packed first, so that they stay in the core's caches. Each time's sums begin at 0, and are then
// added up: a few short sums are more exact than a long one.
#pragma once
#include <xmmintrin.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "processor.h"
#include "thread_pool.h"

namespace own {

/** A matrix of floats, of which one of the strides is 1. */
struct StridedMatrix {
  const float *values;
  int64_t rowStride, columnStride;
};

/** c [m, n] = a [m, k] b [k, n]; `c` lies row by row. */
struct LargeProduct {
  StridedMatrix a, b;
  float *c;
  int64_t m, n, k;
};

/** Steps that are summed before the next ones' rows and columns are packed. */
constexpr int64_t PACKED_STEPS = 256;

/** From row to row of the packed `a`. Were it a power of two, one set of the cache would have to hold all of them. */
constexpr int64_t PACKED_ROW_STRIDE = PACKED_STEPS + 16;

/** The largest part of the result that a thread takes; columns of a whole number of tiles. */
constexpr int64_t PART_ROWS = 128;
constexpr int64_t PART_COLUMNS = 480;

/** What is summed for a tile of the result, over some of the steps. */
struct TileSum {
  const float *a;
  const float *b;
  float *c;
  int64_t cStride;
  int64_t depth;
  /** Whether these are the first of the steps: others' sums are added to what is there. */
  bool begins;
};

/** The part of the result that is summed at once, in registers: `ROWS` rows of three vectors. */
template <int64_t LANES_, int64_t ROWS_>
struct LargeTile {
  static constexpr int64_t LANES = LANES_, ROWS = ROWS_, VECTORS = 3, COLUMNS = VECTORS * LANES;
  typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
  typedef float VectorInMemory __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

  /** `a` is packed row by row; `b` step by step, as wide as the tile. */
  static OWN_INLINE void sum(const TileSum &tile) {
    const auto [a, b, c, cStride, depth, begins] = tile;
    Vector sums[ROWS][VECTORS] = {};
    for (int64_t k = 0; k < depth; k++) {
      Vector columns[VECTORS];
#pragma GCC unroll 3
      for (int64_t j = 0; j < VECTORS; j++)
        columns[j] = *reinterpret_cast<const VectorInMemory *>(b + k * COLUMNS + j * LANES);
#pragma GCC unroll 8
      for (int64_t i = 0; i < ROWS; i++) {
        const Vector factor = a[i * PACKED_ROW_STRIDE + k] - Vector{};
#pragma GCC unroll 3
        for (int64_t j = 0; j < VECTORS; j++) sums[i][j] += factor * columns[j];
      }
    }
#pragma GCC unroll 8
    for (int64_t i = 0; i < ROWS; i++) {
#pragma GCC unroll 3
      for (int64_t j = 0; j < VECTORS; j++) {
        VectorInMemory &to = *reinterpret_cast<VectorInMemory *>(c + i * cStride + j * LANES);
        to = begins ? sums[i][j] : to + sums[i][j];
      }
    }
  }
};

struct LargeAvx512 : LargeTile<16, 8> {
  OWN_AVX512 static void sumTile(const TileSum &tile) { sum(tile); }
};

struct LargeAvx2 : LargeTile<8, 4> {
  OWN_AVX2 static void sumTile(const TileSum &tile) { sum(tile); }
};

struct LargePlain : LargeTile<4, 4> {
  static void sumTile(const TileSum &tile) { sum(tile); }
};

/** `to[j, i] = from[i, j]`, for a block of `rows` by `columns`. */
inline void transposeBlock(const float *from, int64_t fromStride, float *to, int64_t toStride, int64_t rows, int64_t columns) {
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const float *at = from + i * fromStride;
    int64_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      __m128 row0 = _mm_loadu_ps(at + j), row1 = _mm_loadu_ps(at + fromStride + j);
      __m128 row2 = _mm_loadu_ps(at + 2 * fromStride + j), row3 = _mm_loadu_ps(at + 3 * fromStride + j);
      _MM_TRANSPOSE4_PS(row0, row1, row2, row3);
      _mm_storeu_ps(to + j * toStride + i, row0);
      _mm_storeu_ps(to + (j + 1) * toStride + i, row1);
      _mm_storeu_ps(to + (j + 2) * toStride + i, row2);
      _mm_storeu_ps(to + (j + 3) * toStride + i, row3);
    }
    for (; j < columns; j++) {
      for (int64_t row = i; row < i + 4; row++) to[j * toStride + row] = from[row * fromStride + j];
    }
  }
  for (; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) to[j * toStride + i] = from[i * fromStride + j];
  }
}

/** A part of the result. */
struct Region {
  int64_t row, rows, column, columns;
};

/** One part of a product, with the memory that it is packed in. */
template <typename Tile>
class PartOfProduct {
 public:
  PartOfProduct(const LargeProduct &product, const Region &region) : product_(product), region_(region) {
    const int64_t rows = (region.rows + Tile::ROWS - 1) / Tile::ROWS * Tile::ROWS;
    const int64_t panels = (region.columns + Tile::COLUMNS - 1) / Tile::COLUMNS;
    grow(a_, rows * PACKED_ROW_STRIDE);
    grow(b_, panels * PACKED_STEPS * Tile::COLUMNS);
  }

  void multiply() {
    for (int64_t step = 0; step < product_.k; step += PACKED_STEPS) {
      depth_ = std::min(PACKED_STEPS, product_.k - step);
      packA(step);
      packB(step);
      for (int64_t row = 0; row < region_.rows; row += Tile::ROWS) {
        for (int64_t column = 0; column < region_.columns; column += Tile::COLUMNS) sumTile(row, column, step == 0);
      }
    }
  }

 private:
  /** A thread's own, which it keeps. */
  template <int WHICH>
  static std::vector<float> &memoryOf() {
    thread_local std::vector<float> memory;
    return memory;
  }

  static void grow(std::vector<float> &memory, size_t size) {
    if (memory.size() < size) memory.resize(size);
  }

  void packA(int64_t step) {
    const auto [values, rowStride, columnStride] = product_.a;
    const float *from = values + region_.row * rowStride + step * columnStride;
    if (rowStride == 1 && columnStride != 1)
      return transposeBlock(from, columnStride, a_.data(), PACKED_ROW_STRIDE, depth_, region_.rows);
    for (int64_t i = 0; i < region_.rows; i++)
      memcpy(a_.data() + i * PACKED_ROW_STRIDE, from + i * rowStride, depth_ * sizeof(float));
  }

  /** Panel by panel, each of a tile's columns. */
  void packB(int64_t step) {
    const auto [values, rowStride, columnStride] = product_.b;
    const float *from = values + step * rowStride + region_.column * columnStride;
    if (columnStride != 1) {
      for (int64_t column = 0; column < region_.columns; column += Tile::COLUMNS)
        transposeBlock(from + column * columnStride, columnStride, panelAt(column), Tile::COLUMNS,
                       std::min(Tile::COLUMNS, region_.columns - column), depth_);
      return;
    }
    for (int64_t k = 0; k < depth_; k++) {
      const float *line = from + k * rowStride;
      int64_t column = 0;
      for (; column + Tile::COLUMNS <= region_.columns; column += Tile::COLUMNS)
        memcpy(panelAt(column) + k * Tile::COLUMNS, line + column, Tile::COLUMNS * sizeof(float));
      memcpy(panelAt(column) + k * Tile::COLUMNS, line + column, (region_.columns - column) * sizeof(float));
    }
  }

  float *panelAt(int64_t column) { return b_.data() + column * PACKED_STEPS; }

  void sumTile(int64_t row, int64_t column, bool begins) {
    const float *a = a_.data() + row * PACKED_ROW_STRIDE;
    const float *b = panelAt(column);
    const int64_t n = product_.n;
    float *c = product_.c + (region_.row + row) * n + region_.column + column;
    const int64_t rows = std::min(Tile::ROWS, region_.rows - row), columns = std::min(Tile::COLUMNS, region_.columns - column);
    if (rows == Tile::ROWS && columns == Tile::COLUMNS) return Tile::sumTile({a, b, c, n, depth_, begins});
    // At the edges in memory that the whole tile fits.
    float sums[Tile::ROWS * Tile::COLUMNS];
    Tile::sumTile({a, b, sums, Tile::COLUMNS, depth_, true});
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t j = 0; j < columns; j++) {
        const float sum = sums[i * Tile::COLUMNS + j];
        c[i * n + j] = begins ? sum : c[i * n + j] + sum;
      }
    }
  }

  const LargeProduct &product_;
  const Region region_;
  int64_t depth_ = 0;
  std::vector<float> &a_ = memoryOf<0>(), &b_ = memoryOf<1>();
};

template <typename Tile>
void multiplyLarge(const LargeProduct &product) {
  const int64_t down = (product.m + PART_ROWS - 1) / PART_ROWS, across = (product.n + PART_COLUMNS - 1) / PART_COLUMNS;
  parallelFor(down * across, [&](int64_t i, int64_t) {
    const int64_t row = i / across * PART_ROWS, column = i % across * PART_COLUMNS;
    PartOfProduct<Tile>(product, {row, std::min(PART_ROWS, product.m - row), column,
                                  std::min(PART_COLUMNS, product.n - column)})
        .multiply();
  });
}

}  // namespace own
