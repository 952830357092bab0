// Products of matrices that are larger than the caches, such as a language model's: few rows of activations with weights that have to
// come from memory each time. The product is summed over some of the steps at a time. First the threads pack those of `b` for all of
// them, in panels as wide as a tile; then each takes rows of the result, and packs those of `a`: they stay in the core's second cache,
// and a panel in its first while all rows pass it (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008).
// Each time's sums begin at 0, and are then added up: a few short sums are more exact than a long one.
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

/** A matrix that lies row by row, as it is or transposed. */
inline StridedMatrix asStrided(const float *values, int64_t stride, bool isTransposed) {
  return {values, isTransposed ? 1 : stride, isTransposed ? stride : 1};
}

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

/** Columns of `b` that are packed at a time: a whole number of every tile's. */
constexpr int64_t PACKED_COLUMNS = 2016;

/** Rows that a thread takes at a time; few where there are few, so that there are parts for all threads. */
constexpr int64_t MOST_ROWS = 128;
constexpr int64_t LEAST_ROWS = 32;
constexpr int64_t WANTED_PARTS = 8;

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

/** The part of the result that is summed at once, in registers: `ROWS` rows of `VECTORS` vectors. */
template <int64_t LANES_, int64_t ROWS_, int64_t VECTORS_>
struct LargeTile {
  static constexpr int64_t LANES = LANES_, ROWS = ROWS_, VECTORS = VECTORS_, COLUMNS = VECTORS * LANES;
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

struct LargeAvx512 : LargeTile<16, 8, 3> {
  OWN_AVX512 static void sumTile(const TileSum &tile) { sum(tile); }
};

struct LargeAvx2 : LargeTile<8, 6, 2> {
  OWN_AVX2 static void sumTile(const TileSum &tile) { sum(tile); }
};

struct LargePlain : LargeTile<4, 4, 3> {
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

/** A thread's own memory, which it keeps. */
template <int WHICH>
float *memoryOf(size_t size) {
  thread_local std::vector<float> memory;
  if (memory.size() < size) memory.resize(size);
  return memory.data();
}

/** Some columns of a product, over some of its steps. */
struct Slice {
  int64_t column, columns, step, depth;
};

/** Packs the slice's columns from `column` on, as many as a tile has, step by step. */
template <typename Tile>
void packPanel(const LargeProduct &product, const Slice &slice, int64_t column, float *to) {
  const auto [values, rowStride, columnStride] = product.b;
  const float *from = values + slice.step * rowStride + (slice.column + column) * columnStride;
  const int64_t columns = std::min(Tile::COLUMNS, slice.columns - column);
  if (columnStride != 1) return transposeBlock(from, columnStride, to, Tile::COLUMNS, columns, slice.depth);
  for (int64_t k = 0; k < slice.depth; k++) {
    const float *line = from + k * rowStride;
    // The usual length is one that the compiler knows.
    if (columns == Tile::COLUMNS)
      memcpy(to + k * Tile::COLUMNS, line, Tile::COLUMNS * sizeof(float));
    else
      memcpy(to + k * Tile::COLUMNS, line, columns * sizeof(float));
  }
}

/** Packs the slice's steps of rows `begin` to `end`, row by row. */
inline void packRows(const LargeProduct &product, const Slice &slice, int64_t begin, int64_t end, float *to) {
  const auto [values, rowStride, columnStride] = product.a;
  const float *from = values + begin * rowStride + slice.step * columnStride;
  if (rowStride == 1 && columnStride != 1)
    return transposeBlock(from, columnStride, to, PACKED_ROW_STRIDE, slice.depth, end - begin);
  for (int64_t i = 0; i < end - begin; i++)
    memcpy(to + i * PACKED_ROW_STRIDE, from + i * rowStride, slice.depth * sizeof(float));
}

/** Sums a tile of which the result has no more than `rows` and `columns`. */
template <typename Tile>
void sumUpTo(int64_t rows, int64_t columns, const TileSum &tile) {
  if (rows >= Tile::ROWS && columns >= Tile::COLUMNS) return Tile::sumTile(tile);
  // At the edges in memory that the whole tile fits.
  float sums[Tile::ROWS * Tile::COLUMNS];
  Tile::sumTile({tile.a, tile.b, sums, Tile::COLUMNS, tile.depth, true});
  for (int64_t i = 0; i < std::min(Tile::ROWS, rows); i++) {
    for (int64_t j = 0; j < std::min(Tile::COLUMNS, columns); j++) {
      const float sum = sums[i * Tile::COLUMNS + j];
      float &to = tile.c[i * tile.cStride + j];
      to = tile.begins ? sum : to + sum;
    }
  }
}

template <typename Tile>
int64_t rowsOfPart(int64_t rows) {
  return std::clamp(rows / WANTED_PARTS, LEAST_ROWS, MOST_ROWS) / Tile::ROWS * Tile::ROWS;
}

template <typename Tile>
void multiplySlice(const LargeProduct &product, const Slice &slice) {
  constexpr int64_t PANEL = PACKED_STEPS * Tile::COLUMNS;
  const int64_t panels = (slice.columns + Tile::COLUMNS - 1) / Tile::COLUMNS;
  float *const b = memoryOf<0>(panels * PANEL);
  parallelFor(panels, [&](int64_t i, int64_t) { packPanel<Tile>(product, slice, i * Tile::COLUMNS, b + i * PANEL); });
  parallelForInParts(product.m, rowsOfPart<Tile>(product.m), [&](int64_t begin, int64_t end) {
    float *const a = memoryOf<1>((MOST_ROWS + Tile::ROWS) * PACKED_ROW_STRIDE);
    packRows(product, slice, begin, end, a);
    for (int64_t i = 0; i < panels; i++) {
      const int64_t column = i * Tile::COLUMNS;
      for (int64_t row = begin; row < end; row += Tile::ROWS) {
        float *const c = product.c + row * product.n + slice.column + column;
        sumUpTo<Tile>(end - row, slice.columns - column,
                      {a + (row - begin) * PACKED_ROW_STRIDE, b + i * PANEL, c, product.n, slice.depth, slice.step == 0});
      }
    }
  });
}

template <typename Tile>
void multiplyLarge(const LargeProduct &product) {
  const auto [a, b, c, m, n, k] = product;
  for (int64_t column = 0; column < n; column += PACKED_COLUMNS) {
    for (int64_t step = 0; step < k; step += PACKED_STEPS)
      multiplySlice<Tile>(product, {column, std::min(PACKED_COLUMNS, n - column), step, std::min(PACKED_STEPS, k - step)});
  }
}

}  // namespace own
