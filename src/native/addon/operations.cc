#include "operations.h"

#include <algorithm>
#include <map>
#include <memory>

#include "operation.h"
#include "protobuf.h"

namespace own {
namespace {

using Buffer = std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)>;

Fields fieldsOf(const Buffer &buffer) { return Fields(buffer->data, buffer->length); }

/** Which arguments are lists, by an `OpDef`: their number, or the list of their types, is an attribute. */
std::vector<bool> readArguments(Fields definition) {
  std::vector<bool> lists;
  while (definition.next()) {
    if (definition.number != 2) continue;  // input_arg
    bool isList = false;
    for (Fields argument(definition.bytes); argument.next();)
      isList |= (argument.number == 5 || argument.number == 6) && argument.bytes.size > 0;  // number_attr, type_list_attr
    lists.push_back(isList);
  }
  return lists;
}

const std::vector<bool> &listsOf(TF_Graph *graph, const std::string &op) {
  thread_local std::map<std::string, std::vector<bool>> known;
  const auto found = known.find(op);
  if (found != known.end()) return found->second;
  const Status status;
  const Buffer definition(TF_NewBuffer(), &TF_DeleteBuffer);
  TF_GraphGetOpDef(graph, op.c_str(), definition.get(), status);
  status.requireOk();
  return known[op] = readArguments(fieldsOf(definition));
}

/** The types that a kernel is for, by the attributes that have them. */
using Types = std::vector<std::pair<std::string, std::vector<uint64_t>>>;

/** By an `AttrConstraint`. */
Types::value_type readTypes(Fields constraint) {
  Types::value_type types;
  while (constraint.next()) {
    if (constraint.number == 1) types.first = constraint.text();
    if (constraint.number != 2) continue;  // allowed_values
    for (Fields value(constraint.bytes); value.next();) {
      if (value.number != 1) continue;  // list
      for (Fields list(value.bytes); list.next();) {
        if (list.number != 6) continue;  // type, packed
        for (Fields each(list.bytes); each.nextNumber();) types.second.push_back(each.value);
      }
    }
  }
  return types;
}

/** The kernels for the CPU in a `KernelList`. */
std::vector<Types> readKernels(Fields list) {
  std::vector<Types> kernels;
  while (list.next()) {
    if (list.number != 1) continue;  // kernel
    Types types;
    bool isForCpu = false;
    for (Fields kernel(list.bytes); kernel.next();) {
      if (kernel.number == 2) isForCpu = kernel.text() == "CPU";
      if (kernel.number == 3) types.push_back(readTypes(Fields(kernel.bytes)));
    }
    if (isForCpu) kernels.push_back(types);
  }
  return kernels;
}

const std::vector<Types> &kernelsOf(const std::string &op) {
  thread_local std::map<std::string, std::vector<Types>> known;
  const auto found = known.find(op);
  if (found != known.end()) return found->second;
  const std::string list = kernelListOf(op);
  return known[op] = readKernels(Fields(list.data(), list.size()));
}

/** The type that an attribute is, or 0 if it is no type. */
uint64_t typeOf(Bytes attribute) {
  for (Fields value(attribute); value.next();)
    if (value.number == 6) return value.value;
  return 0;
}

bool isFor(const Types &kernel, const NodeAttributes &attributes) {
  return std::all_of(attributes.begin(), attributes.end(), [&](const auto &attribute) {
    const uint64_t type = typeOf(attribute.second);
    return type == 0 || std::all_of(kernel.begin(), kernel.end(), [&](const auto &types) {
             const auto &allowed = types.second;
             return types.first != attribute.first || std::find(allowed.begin(), allowed.end(), type) != allowed.end();
           });
  });
}

}  // namespace

std::vector<Argument> argumentsOfOperation(TF_Graph *graph, const std::string &op, size_t inputs) {
  const std::vector<bool> &lists = listsOf(graph, op);
  const size_t listCount = std::count(lists.begin(), lists.end(), true);
  const size_t singles = lists.size() - listCount;
  const bool fits = listCount == 0 ? inputs == singles : inputs >= singles && (inputs - singles) % listCount == 0;
  if (!fits) throw Failure(op + " does not take " + std::to_string(inputs) + " inputs");
  std::vector<Argument> arguments;
  for (bool isList : lists) arguments.push_back({isList, isList ? (inputs - singles) / listCount : 1});
  return arguments;
}

std::string kernelListOf(const std::string &op) {
  const Status status;
  const Buffer list(TF_GetRegisteredKernelsForOp(op.c_str(), status), &TF_DeleteBuffer);
  status.requireOk();
  return std::string(static_cast<const char *>(list->data), list->length);
}

bool hasKernel(const std::string &op, const NodeAttributes &attributes) {
  // All operations have one for floats; to look takes half a millisecond each.
  const bool isOfFloats = std::all_of(attributes.begin(), attributes.end(), [](const auto &attribute) {
    const uint64_t type = typeOf(attribute.second);
    return type == 0 || type == TF_FLOAT;
  });
  if (isOfFloats) return true;
  const std::vector<Types> &kernels = kernelsOf(op);
  return std::any_of(kernels.begin(), kernels.end(), [&](const Types &kernel) { return isFor(kernel, attributes); });
}

}  // namespace own
