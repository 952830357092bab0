// The recurrent part of a layer of LSTM over sequences, one operation for all steps of all sequences.
//
// RecurrentLstm(gates: float [batch, steps, 4 units], kernel: float [units, 4 units], hidden, cell: float [batch, units],
// lengths: int32 [batch]) adds to the gates what the kernel makes of the hidden state of the step before. Of the four parts of the gates,
// each `units` wide, the first lets in, the second is let in, the third keeps and the fourth lets out:
// cell = sigmoid(keep) cell + sigmoid(in) tanh(candidate), hidden = sigmoid(out) tanh(cell).
// It gives outputs [batch, steps, units]: the hidden states, 0 from a sequence's length on, where its state stays; the last hidden state
// and cell; and for the gradient all cells, and the gates after their functions.
//
// RecurrentLstmGradient(dOutputs, dHidden, dCell: as the first three outputs; kernel, cell, lengths: as above; cells, active: the last two
// outputs) gives the gradients with respect to gates, hidden and cell.
//
// Sequences do not depend on each other: each thread takes some of them from beginning to end.
#include <vector>

#include "lstm_steps.h"
#include "operation.h"
#include "processor.h"
#include "thread_pool.h"

namespace own {
namespace {

struct Avx512 : Vectors<16> {
  OWN_AVX512 static void forward(const Forward &all, int64_t first) { Sequences<Vectors>::forward(all, first); }
  OWN_AVX512 static void backward(const Backward &all, int64_t first) { Sequences<Vectors>::backward(all, first); }
};

struct Avx2 : Vectors<8> {
  OWN_AVX2 static void forward(const Forward &all, int64_t first) { Sequences<Vectors>::forward(all, first); }
  OWN_AVX2 static void backward(const Backward &all, int64_t first) { Sequences<Vectors>::backward(all, first); }
};

struct Plain : Vectors<4> {
  static void forward(const Forward &all, int64_t first) { Sequences<Vectors>::forward(all, first); }
  static void backward(const Backward &all, int64_t first) { Sequences<Vectors>::backward(all, first); }
};

const auto forwardHere = bestOf(&Avx512::forward, &Avx2::forward, &Plain::forward);
const auto backwardHere = bestOf(&Avx512::backward, &Avx2::backward, &Plain::backward);

void require(bool fits) {
  if (!fits) throw Refusal("RecurrentLstm: the shapes do not fit each other");
}

/** @param gates - or what has their shape */
Sizes sizesOf(const Shape &gates, const Shape &kernel, const Shape &cell, const Shape &lengths) {
  require(gates.size() == 3 && kernel.size() == 2 && lengths == Shape{gates[0]});
  const Sizes sizes{gates[0], gates[1], kernel[0]};
  require(gates[2] == sizes.gates() && kernel[1] == sizes.gates() && cell == Shape({sizes.batch, sizes.units}));
  return sizes;
}

void lstm(const NoAttributes &, const Call &call) {
  const Tensor gates = call.input(0), kernel = call.input(1), hidden = call.input(2), cell = call.input(3),
               lengths = call.input(4);
  const Sizes sizes = sizesOf(gates.shape(), kernel.shape(), cell.shape(), lengths.shape());
  require(hidden.shape() == cell.shape());
  const auto [batch, steps, units] = sizes;
  const Tensor outputs = call.output<float>({batch, steps, units}, 0), lastHidden = call.output<float>({batch, units}, 1),
               lastCell = call.output<float>({batch, units}, 2), cells = call.output<float>({batch, steps, units}, 3),
               active = call.output<float>({batch, steps, sizes.gates()}, 4);
  const Forward all{sizes,
                    gates.values<const float>(),
                    kernel.values<const float>(),
                    hidden.values<const float>(),
                    cell.values<const float>(),
                    lengths.values<const int32_t>(),
                    outputs.values<float>(),
                    lastHidden.values<float>(),
                    lastCell.values<float>(),
                    cells.values<float>(),
                    active.values<float>()};
  parallelForInParts(batch, ROWS, [&](int64_t first, int64_t) { forwardHere(all, first); });
}

std::vector<float> transposed(const float *matrix, int64_t rows, int64_t columns) {
  std::vector<float> result(rows * columns);
  for (int64_t column = 0; column < columns; column++)
    for (int64_t row = 0; row < rows; row++) result[column * rows + row] = matrix[row * columns + column];
  return result;
}

void gradient(const NoAttributes &, const Call &call) {
  const Tensor dOutputs = call.input(0), dHidden = call.input(1), dCell = call.input(2), kernel = call.input(3),
               cell = call.input(4), lengths = call.input(5), cells = call.input(6), active = call.input(7);
  const Sizes sizes = sizesOf(active.shape(), kernel.shape(), cell.shape(), lengths.shape());
  const auto [batch, steps, units] = sizes;
  require(dOutputs.shape() == cells.shape() && cells.shape() == Shape({batch, steps, units}));
  require(dHidden.shape() == cell.shape() && dCell.shape() == cell.shape());
  const Tensor dGates = call.output<float>(active.shape(), 0), dFirstHidden = call.output<float>(cell.shape(), 1),
               dFirstCell = call.output<float>(cell.shape(), 2);
  const std::vector<float> turned = transposed(kernel.values<const float>(), units, sizes.gates());
  const Backward all{sizes,
                     dOutputs.values<const float>(),
                     dHidden.values<const float>(),
                     dCell.values<const float>(),
                     cell.values<const float>(),
                     cells.values<const float>(),
                     active.values<const float>(),
                     turned.data(),
                     lengths.values<const int32_t>(),
                     dGates.values<float>(),
                     dFirstHidden.values<float>(),
                     dFirstCell.values<float>()};
  parallelForInParts(batch, ROWS, [&](int64_t first, int64_t) { backwardHere(all, first); });
}

__attribute__((constructor)) void registerLstm() {
  registerOperation<Kernel<NoAttributes, &lstm>>(
      {"RecurrentLstm",
       {"gates: float", "kernel: float", "hidden: float", "cell: float", "lengths: int32"},
       {},
       {"outputs: float", "last_hidden: float", "last_cell: float", "cells: float", "active: float"}});
  registerOperation<Kernel<NoAttributes, &gradient>>(
      {"RecurrentLstmGradient",
       {"d_outputs: float", "d_hidden: float", "d_cell: float", "kernel: float", "cell: float", "lengths: int32",
        "cells: float", "active: float"},
       {},
       {"d_gates: float", "d_first_hidden: float", "d_first_cell: float"}});
}

}  // namespace
}  // namespace own
