// The operation Elementwise(inputs: N * float; program, chains, shapes, in_place: list(int), ones, blocks: int) -> outputs: M * float:
// fused element-wise operations, which pass over memory once. Values are identified by places, in this order: the inputs, the outputs,
// `ones` intermediate single numbers, and `blocks` intermediate vectors, of which only one block at a time is in memory. An instruction
// is four numbers of `program`: its function, the place of its result, and the places of its two operands, each with as many elements as
// the result or with one; a unary function gets its operand twice. Instructions form chains, described by two numbers each in `chains`:
// the number of instructions, and the number of elements of their results. Chains of single numbers come first; the others share no
// values except those. `shapes` holds the shapes of the outputs, each after its rank. An output is written over its input of `in_place`
// (-1: none) if nothing else needs that input; no instruction after the output's own may use it.
#include <algorithm>
#include <cmath>

#include "operation.h"
#include "processor.h"
#include "thread_pool.h"

namespace own {
namespace {

/** Elements that a chain processes at a time: intermediate results then stay in the first-level cache. */
constexpr int64_t BLOCK = 512;

/** Parts of a value begin at multiples of this. */
constexpr int64_t LANES = 16;

/** The fewest elements, of all chains together, that are worth a part of their own, and the largest number of parts. */
constexpr int64_t LEAST_PART = 4096;
constexpr int64_t MOST_PARTS = 16;

#define OWN_FUNCTION(name, expression) \
  struct name {                        \
    static OWN_INLINE float of(float x, [[maybe_unused]] float y) { return expression; } \
  };

OWN_FUNCTION(Add, x + y)
OWN_FUNCTION(Sub, x - y)
OWN_FUNCTION(Mul, x * y)
OWN_FUNCTION(Div, x / y)
// NaN stays NaN.
OWN_FUNCTION(Maximum, (x > y) | (x != x) ? x : y)
OWN_FUNCTION(Minimum, (x < y) | (x != x) ? x : y)
OWN_FUNCTION(Neg, -x)
OWN_FUNCTION(Abs, std::abs(x))
OWN_FUNCTION(Square, x * x)
OWN_FUNCTION(Sqrt, std::sqrt(x))
OWN_FUNCTION(Sign, x > 0 ? 1 : x < 0 ? -1 : x - x)
OWN_FUNCTION(Relu, !(x <= 0) ? x : 0)
OWN_FUNCTION(Expm1, static_cast<float>(std::expm1(static_cast<double>(x))))

/** Values of a block, or a single one for all of its elements. */
struct Operand {
  const float *values;
  bool isOne;
};

/** `to` may be an operand's memory. */
template <typename Function>
OWN_INLINE void apply(int64_t count, float *to, Operand a, Operand b) {
  const float *x = a.values, *y = b.values;
  const float one = *x, other = *y;
  if (a.isOne) {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; i++) to[i] = Function::of(one, b.isOne ? other : y[i]);
  } else if (b.isOne) {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; i++) to[i] = Function::of(x[i], other);
  } else {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; i++) to[i] = Function::of(x[i], y[i]);
  }
}

using Loop = void (*)(int64_t count, float *to, Operand a, Operand b);

template <typename Function>
OWN_AVX512 void byAvx512(int64_t count, float *to, Operand a, Operand b) { apply<Function>(count, to, a, b); }

template <typename Function>
OWN_AVX2 void byAvx2(int64_t count, float *to, Operand a, Operand b) { apply<Function>(count, to, a, b); }

template <typename Function>
void plainly(int64_t count, float *to, Operand a, Operand b) { apply<Function>(count, to, a, b); }

template <typename Function>
Loop loopOf() { return bestOf<Loop>(&byAvx512<Function>, &byAvx2<Function>, &plainly<Function>); }

/** By their numbers in programs. */
const Loop loops[] = {loopOf<Add>(), loopOf<Sub>(), loopOf<Mul>(),    loopOf<Div>(),  loopOf<Maximum>(), loopOf<Minimum>(), loopOf<Neg>(),
                      loopOf<Abs>(), loopOf<Square>(), loopOf<Sqrt>(), loopOf<Sign>(), loopOf<Relu>(),    loopOf<Expm1>()};

struct Instruction {
  Loop loop;
  int to, a, b;
};

struct Chain {
  /** The number of elements of its results. */
  int64_t size;
  std::vector<Instruction> instructions;
};

/** An operation's program, from its node's attributes. */
struct Program {
  explicit Program(TF_OpKernelConstruction *construction)
      : inputs(static_cast<int>(intAttribute(construction, "N"))),
        outputs(static_cast<int>(intAttribute(construction, "M"))),
        ones(static_cast<int>(intAttribute(construction, "ones"))),
        blocks(static_cast<int>(intAttribute(construction, "blocks"))),
        inPlace(intsAttribute(construction, "in_place")),
        shapes(shapesOf(intsAttribute(construction, "shapes"))),
        chains(chainsOf(intsAttribute(construction, "program"), intsAttribute(construction, "chains"))) {
    const auto isInput = [&](int64_t input) { return input >= -1 && input < inputs; };
    const size_t count = outputs;
    if (ones < 0 || blocks < 0 || shapes.size() != count || inPlace.size() != count ||
        !std::all_of(inPlace.begin(), inPlace.end(), isInput))
      throw Refusal("Elementwise: each output has a shape, and an input to be written over or -1");
  }

  const int inputs, outputs, ones, blocks;
  const std::vector<int64_t> inPlace;
  const std::vector<Shape> shapes;
  const std::vector<Chain> chains;

 private:
  static std::vector<Shape> shapesOf(const std::vector<int64_t> &flat) {
    std::vector<Shape> shapes;
    for (size_t i = 0; i < flat.size(); i += shapes.back().size()) {
      const int64_t rank = flat[i++];
      if (rank < 0 || rank > static_cast<int64_t>(flat.size() - i)) throw Refusal("Elementwise: a shape is not whole");
      shapes.emplace_back(flat.begin() + i, flat.begin() + i + rank);
    }
    return shapes;
  }

  std::vector<Chain> chainsOf(const std::vector<int64_t> &program, const std::vector<int64_t> &lengths) const {
    std::vector<Chain> chains;
    auto code = program.begin();
    for (size_t i = 0; i + 1 < lengths.size(); i += 2) {
      chains.push_back({lengths[i + 1], {}});
      for (int64_t count = lengths[i]; count > 0 && program.end() - code >= 4; count--, code += 4)
        chains.back().instructions.push_back(instructionOf(code));
    }
    return chains;
  }

  Instruction instructionOf(std::vector<int64_t>::const_iterator code) const {
    const int places = inputs + outputs + ones + blocks;
    const auto isPlace = [&](int64_t place) { return place >= 0 && place < places; };
    const bool isKnown = code[0] >= 0 && code[0] < static_cast<int64_t>(std::size(loops));
    if (!isKnown || code[1] < inputs || !isPlace(code[1]) || !isPlace(code[2]) || !isPlace(code[3]))
      throw Refusal("Elementwise: an instruction has a function, a place to write and two to read");
    return {loops[code[0]], static_cast<int>(code[1]), static_cast<int>(code[2]), static_cast<int>(code[3])};
  }
};

/** Values in memory. */
struct Place {
  float *values;
  int64_t size;
};

/** Runs a chain for a range of its elements. */
void runChain(const Chain &chain, const std::vector<Place> &places, float *blocks, int64_t begin, int64_t end) {
  const auto isBlock = [&](int place) { return place >= static_cast<int>(places.size()); };
  for (int64_t i = begin; i < end; i += BLOCK) {
    const auto at = [&](int place) {
      if (isBlock(place)) return blocks + (place - places.size()) * BLOCK;
      return places[place].values + (places[place].size == 1 ? 0 : i);
    };
    const auto operand = [&](int place) { return Operand{at(place), !isBlock(place) && places[place].size == 1}; };
    for (const auto &[loop, to, a, b] : chain.instructions)
      loop(std::min(BLOCK, end - i), at(to), operand(a), operand(b));
  }
}

/** Operands must have as many elements as the result, or one. */
void requireSizes(const Program &program, const std::vector<Place> &places) {
  for (const auto &[size, instructions] : program.chains) {
    const auto fits = [&, size = size](int place) {
      return place >= static_cast<int>(places.size()) ? size > 1 : places[place].size == size || places[place].size == 1;
    };
    for (const auto &[loop, to, a, b] : instructions) {
      const bool isWhole = to >= static_cast<int>(places.size()) || places[to].size == size;
      if (!isWhole || !fits(to) || !fits(a) || !fits(b)) throw Refusal("Elementwise: values of a chain must be of one size");
    }
  }
}

void compute(const Program &program, const Call &call) {
  const auto &[inputs, outputs, ones, blocks, inPlace, shapes, chains] = program;
  std::vector<Tensor> written, taken;
  std::vector<Place> places(inputs);
  // Outputs first: an input that is held is not written over.
  for (int i = 0; i < outputs; i++) {
    written.push_back(inPlace[i] < 0 ? call.output<float>(shapes[i], i) : call.outputInPlaceOf(inPlace[i], i, shapes[i]));
    places.push_back({written[i].values<float>(), written[i].size()});
  }
  for (int i = 0; i < inputs; i++) {
    taken.push_back(call.input(i));
    places[i] = {taken[i].values<float>(), taken[i].size()};
  }
  std::vector<float> numbers(ones);
  for (float &number : numbers) places.push_back({&number, 1});
  requireSizes(program, places);
  int64_t size = 0;
  for (const Chain &chain : chains) {
    if (chain.size == 1) runChain(chain, places, nullptr, 0, 1);
    size += chain.size;
  }
  const int64_t parts = std::clamp<int64_t>(size / LEAST_PART, 1, MOST_PARTS);
  // Each thread takes the same part of every value, which is likely to be in its core's cache.
  parallelFor(parts, [&](int64_t part, int64_t) {
    thread_local std::vector<float> memory;
    if (memory.size() < static_cast<size_t>(blocks) * BLOCK) memory.resize(blocks * BLOCK);
    for (const Chain &chain : chains) {
      const auto start = [&](int64_t i) { return i == parts ? chain.size : chain.size / LANES * i / parts * LANES; };
      if (chain.size != 1) runChain(chain, places, memory.data(), start(part), start(part + 1));
    }
  });
}

__attribute__((constructor)) void registerElementwise() {
  registerOperation<Kernel<Program, &compute>>({"Elementwise",
                                                {"inputs: N * float"},
                                                {"N: int >= 1", "M: int >= 1", "program: list(int)", "chains: list(int)",
                                                 "shapes: list(int)", "in_place: list(int)", "ones: int", "blocks: int"},
                                                {"outputs: M * float"}});
}

}  // namespace
}  // namespace own
