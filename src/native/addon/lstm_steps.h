// One kind of processor's way through some sequences of a layer of LSTM (see lstm.cc), and back.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "vectors.h"

namespace own {

/** Sequences that one thread takes at once. */
constexpr int64_t ROWS = 4;

/** Parts of the gates. */
constexpr int64_t PARTS = 4;

struct Sizes {
  int64_t batch, steps, units;
  int64_t gates() const { return PARTS * units; }
};

struct Forward {
  Sizes sizes;
  const float *gates, *kernel, *hidden, *cell;
  const int32_t *lengths;
  float *outputs, *lastHidden, *lastCell, *cells, *active;
};

struct Backward {
  Sizes sizes;
  const float *dOutputs, *dHidden, *dCell, *cell, *cells, *active;
  /** The kernel, transposed. */
  const float *kernel;
  const int32_t *lengths;
  float *dGates, *dFirstHidden, *dFirstCell;
};

/** c [ROWS, n] += a [ROWS, k] b [k, n]; b and c lie closely, n is any number. */
template <typename Kind>
struct Multiply {
  static constexpr int64_t VECTORS = 4, LANES = Kind::LANES;
  using Floats = typename Kind::Floats;

  template <int64_t COUNT>
  static OWN_INLINE void columns(const float *a, int64_t k, const float *b, float *c, int64_t n, int64_t column) {
    Floats sums[ROWS][COUNT];
    for (int64_t row = 0; row < ROWS; row++)
      for (int64_t i = 0; i < COUNT; i++) sums[row][i] = Kind::load(c + row * n + column + i * LANES);
    for (int64_t step = 0; step < k; step++) {
      Floats line[COUNT];
      for (int64_t i = 0; i < COUNT; i++) line[i] = Kind::load(b + step * n + column + i * LANES);
#pragma GCC unroll 4
      for (int64_t row = 0; row < ROWS; row++)
        for (int64_t i = 0; i < COUNT; i++) sums[row][i] += a[row * k + step] * line[i];
    }
    for (int64_t row = 0; row < ROWS; row++)
      for (int64_t i = 0; i < COUNT; i++) Kind::store(c + row * n + column + i * LANES, sums[row][i]);
  }

  static OWN_INLINE void add(const float *a, int64_t k, const float *b, float *c, int64_t n) {
    int64_t column = 0;
    for (; column + VECTORS * LANES <= n; column += VECTORS * LANES) columns<VECTORS>(a, k, b, c, n, column);
    for (; column + LANES <= n; column += LANES) columns<1>(a, k, b, c, n, column);
    for (; column < n; column++) {
      for (int64_t row = 0; row < ROWS; row++) {
        float sum = c[row * n + column];
        for (int64_t step = 0; step < k; step++) sum += a[row * k + step] * b[step * n + column];
        c[row * n + column] = sum;
      }
    }
  }
};

/** One kind of processor's way through `ROWS` sequences. Where the batch has fewer, rows of zeros fill up. */
template <typename Kind>
struct Sequences {
  using Floats = typename Kind::Floats;

  struct Change {
    static OWN_INLINE Floats of(const Floats &in, const Floats &candidate, const Floats &keep, const Floats &cell) {
      return keep * cell + in * candidate;
    }
  };
  struct LetOut {
    static OWN_INLINE Floats of(const Floats &out, const Floats &cell) { return out * Kind::Tanh::of(cell); }
  };

  static OWN_INLINE void forward(const Forward &all, int64_t first) {
    const auto [batch, steps, units] = all.sizes;
    const int64_t width = all.sizes.gates(), rows = std::min(ROWS, batch - first);
    std::vector<float> hidden(ROWS * units), gates(ROWS * width);
    memcpy(hidden.data(), all.hidden + first * units, rows * units * sizeof(float));
    memcpy(all.lastCell + first * units, all.cell + first * units, rows * units * sizeof(float));
    for (int64_t step = 0; step < steps; step++) {
      for (int64_t row = 0; row < rows; row++)
        memcpy(&gates[row * width], all.gates + ((first + row) * steps + step) * width, width * sizeof(float));
      Multiply<Kind>::add(hidden.data(), units, all.kernel, gates.data(), width);
      for (int64_t row = 0; row < rows; row++) {
        const int64_t at = (first + row) * steps + step;
        if (step < all.lengths[first + row])
          takeStep(all, at, &gates[row * width], &hidden[row * units], all.lastCell + (first + row) * units);
        else
          skipStep(all, at);
      }
    }
    memcpy(all.lastHidden + first * units, hidden.data(), rows * units * sizeof(float));
  }

  /** @param at - the number of the step among all of all sequences */
  static OWN_INLINE void takeStep(const Forward &all, int64_t at, const float *gates, float *hidden, float *cell) {
    const int64_t units = all.sizes.units, width = all.sizes.gates();
    float *in = all.active + at * width, *candidate = in + units, *keep = candidate + units, *out = keep + units;
    Kind::template apply<typename Kind::Sigmoid>(units, in, gates);
    Kind::template apply<typename Kind::Tanh>(units, candidate, gates + units);
    Kind::template apply<typename Kind::Sigmoid>(2 * units, keep, gates + 2 * units);
    Kind::template apply<Change>(units, cell, in, candidate, keep, cell);
    Kind::template apply<LetOut>(units, hidden, out, cell);
    memcpy(all.cells + at * units, cell, units * sizeof(float));
    memcpy(all.outputs + at * units, hidden, units * sizeof(float));
  }

  static OWN_INLINE void skipStep(const Forward &all, int64_t at) {
    const int64_t units = all.sizes.units, width = all.sizes.gates();
    std::fill_n(all.active + at * width, width, 0.0f);
    std::fill_n(all.cells + at * units, units, 0.0f);
    std::fill_n(all.outputs + at * units, units, 0.0f);
  }

  struct CellGradient {
    static OWN_INLINE Floats of(const Floats &dCell, const Floats &dHidden, const Floats &out, const Floats &cell) {
      const Floats let = Kind::Tanh::of(cell);
      return dCell + dHidden * out * (1.0f - let * let);
    }
  };
  struct OutGradient {
    static OWN_INLINE Floats of(const Floats &dHidden, const Floats &out, const Floats &cell) {
      return dHidden * Kind::Tanh::of(cell) * out * (1.0f - out);
    }
  };
  /** Of what a sigmoid gives, times another factor. */
  struct FactorGradient {
    static OWN_INLINE Floats of(const Floats &upstream, const Floats &other, const Floats &y) {
      return upstream * other * y * (1.0f - y);
    }
  };
  struct CandidateGradient {
    static OWN_INLINE Floats of(const Floats &upstream, const Floats &in, const Floats &y) {
      return upstream * in * (1.0f - y * y);
    }
  };
  struct Product {
    static OWN_INLINE Floats of(const Floats &a, const Floats &b) { return a * b; }
  };
  struct Sum {
    static OWN_INLINE Floats of(const Floats &a, const Floats &b) { return a + b; }
  };

  static OWN_INLINE void backward(const Backward &all, int64_t first) {
    const auto [batch, steps, units] = all.sizes;
    const int64_t width = all.sizes.gates(), rows = std::min(ROWS, batch - first);
    std::vector<float> dGates(ROWS * width), dHidden(ROWS * units), next(ROWS * units);
    float *dCell = all.dFirstCell + first * units;
    memcpy(dHidden.data(), all.dHidden + first * units, rows * units * sizeof(float));
    memcpy(dCell, all.dCell + first * units, rows * units * sizeof(float));
    for (int64_t step = steps - 1; step >= 0; step--) {
      for (int64_t row = 0; row < rows; row++) {
        if (step < all.lengths[first + row])
          goBack(all, {first + row, step}, &dHidden[row * units], dCell + row * units, &dGates[row * width]);
        else
          std::fill_n(&dGates[row * width], width, 0.0f);
        memcpy(all.dGates + ((first + row) * steps + step) * width, &dGates[row * width], width * sizeof(float));
      }
      std::fill(next.begin(), next.end(), 0.0f);
      Multiply<Kind>::add(dGates.data(), width, all.kernel, next.data(), units);
      for (int64_t row = 0; row < rows; row++) {
        if (step < all.lengths[first + row])
          memcpy(&dHidden[row * units], &next[row * units], units * sizeof(float));
      }
    }
    memcpy(all.dFirstHidden + first * units, dHidden.data(), rows * units * sizeof(float));
  }

  struct Place {
    int64_t row, step;
  };

  /** One step back: the gates' gradient, and the cell's of the step before. */
  static OWN_INLINE void goBack(const Backward &all, const Place &place, float *dHidden, float *dCell, float *dGates) {
    const int64_t units = all.sizes.units, at = place.row * all.sizes.steps + place.step;
    const float *in = all.active + at * all.sizes.gates(), *candidate = in + units, *keep = candidate + units,
                *out = keep + units, *cell = all.cells + at * units;
    const float *before = place.step > 0 ? cell - units : all.cell + place.row * units;
    Kind::template apply<Sum>(units, dHidden, dHidden, all.dOutputs + at * units);
    Kind::template apply<OutGradient>(units, dGates + 3 * units, dHidden, out, cell);
    Kind::template apply<CellGradient>(units, dCell, dCell, dHidden, out, cell);
    Kind::template apply<FactorGradient>(units, dGates, dCell, candidate, in);
    Kind::template apply<CandidateGradient>(units, dGates + units, dCell, in, candidate);
    Kind::template apply<FactorGradient>(units, dGates + 2 * units, dCell, before, keep);
    Kind::template apply<Product>(units, dCell, dCell, keep);
  }
};

}  // namespace own
