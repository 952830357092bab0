// What TensorFlow tells of its operations.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "javascript.h"
#include "tensorflow/c/c_api.h"

namespace own {

/** Attributes of a node: encoded `AttrValue` messages by name. */
using NodeAttributes = std::vector<std::pair<std::string, Bytes>>;

/**
 * How many of a node's inputs each argument of its operation takes: one, or a list of them; all lists of an operation are of one
 * length.
 * @param inputs - their number
 */
struct Argument {
  bool isList;
  size_t length;
};
std::vector<Argument> argumentsOfOperation(TF_Graph *graph, const std::string &op, size_t inputs);

/**
 * Whether the CPU can run a node. TensorFlow itself asks only when a graph is first run, and then refuses all of it.
 */
bool hasKernel(const std::string &op, const NodeAttributes &attributes);

/** The kernels of an operation on all devices: an encoded `KernelList`. */
std::string kernelListOf(const std::string &op);

}  // namespace own
