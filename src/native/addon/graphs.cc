// The addon's functions for a graph that grows, and the session on it:
// openSession(config: Uint8Array) -> session: an empty graph and a session on it, which runs as the `ConfigProto` says.
// closeSession(session): frees both at once; JavaScript's garbage collector would do it some time.
// addNode(session, {name, op, inputs, attributes}) -> {dtype, shape}[]: adds an operation, and gives the forms of its outputs as far as
// TensorFlow infers them: an unknown shape is undefined, an unknown dimension -1. An input is `node` or `node:1`, or `^node`, after
// all others, to wait for it; attributes are encoded `AttrValue` messages by name.
// setShapes(session, node, shapes: number[][]): tells the shapes of a node's outputs, where TensorFlow infers none.
// kernelsOf(op) -> Uint8Array: the operation's kernels on all devices, as an encoded `KernelList`.
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "operation.h"
#include "operations.h"
#include "own_functions.h"
#include "session.h"

namespace own {
namespace {

napi_value openSession(napi_env env, napi_callback_info info) {
  return hold(env, std::make_unique<HeldSession>(bytesOf(env, argumentsOf<1>(env, info)[0])));
}

napi_value closeSession(napi_env env, napi_callback_info info) {
  heldOf<HeldSession>(env, argumentsOf<1>(env, info)[0]).session->close();
  return nullptr;
}

/** A node as JavaScript describes it, complete before TensorFlow's description of it is started. */
struct Node {
  Node(napi_env env, const Session &session, napi_value node)
      : name(stringOf(env, propertyOf(env, node, "name"))), op(stringOf(env, propertyOf(env, node, "op"))) {
    for (napi_value input : elementsOf(env, propertyOf(env, node, "inputs"))) {
      const std::string ref = stringOf(env, input);
      if (ref[0] == '^')
        waits.push_back(session.node(ref.substr(1)));
      else
        inputs.push_back(session.output(ref));
    }
    const napi_value given = propertyOf(env, node, "attributes");
    napi_value names = nullptr;
    requireOk(napi_get_property_names(env, given, &names));
    for (napi_value key : elementsOf(env, names))
      attributes.emplace_back(stringOf(env, key), bytesOf(env, propertyOf(env, given, key)));
  }
  const std::string name, op;
  std::vector<TF_Output> inputs;
  std::vector<TF_Operation *> waits;
  NodeAttributes attributes;
};

TF_Operation *add(TF_Graph *graph, const Node &node) {
  const std::vector<Argument> arguments = argumentsOfOperation(graph, node.op, node.inputs.size());
  if (!hasKernel(node.op, node.attributes)) throw Failure(node.op + ": there is no kernel for these types");
  const Status status;
  TF_OperationDescription *description = TF_NewOperation(graph, node.op.c_str(), node.name.c_str());
  const TF_Output *input = node.inputs.data();
  for (const auto &[isList, length] : arguments) {
    if (isList)
      TF_AddInputList(description, input, static_cast<int>(length));
    else
      TF_AddInput(description, *input);
    input += length;
  }
  for (TF_Operation *wait : node.waits) TF_AddControlInput(description, wait);
  std::string problem;
  for (const auto &[name, value] : node.attributes) {
    TF_SetAttrValueProto(description, name.c_str(), value.data, value.size, status);
    if (TF_GetCode(status) != TF_OK) problem = TF_Message(status);
  }
  // Frees the description, whatever comes of it.
  TF_Operation *added = TF_FinishOperation(description, status);
  if (TF_GetCode(status) != TF_OK) problem = TF_Message(status);
  if (!problem.empty()) throw Failure(node.op + ": " + problem);
  return added;
}

/** `{dtype, shape}` of an output. */
napi_value formOf(napi_env env, TF_Graph *graph, TF_Output output) {
  const Status status;
  const napi_value form = newObject(env);
  requireOk(napi_set_named_property(env, form, "dtype", numberOf(env, TF_OperationOutputType(output))));
  const int rank = TF_GraphGetTensorNumDims(graph, output, status);
  status.requireOk();
  if (rank < 0) return form;
  Shape shape(rank);
  TF_GraphGetTensorShape(graph, output, shape.data(), rank, status);
  status.requireOk();
  const napi_value dimensions = newArray(env);
  for (int i = 0; i < rank; i++)
    requireOk(napi_set_element(env, dimensions, i, numberOf(env, static_cast<double>(shape[i]))));
  requireOk(napi_set_named_property(env, form, "shape", dimensions));
  return form;
}

napi_value addNode(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<2>(env, info);
  const Session &session = *heldOf<HeldSession>(env, given[0]).session;
  TF_Operation *node = add(session.graph(), Node(env, session, given[1]));
  const napi_value forms = newArray(env);
  for (int i = 0; i < TF_OperationNumOutputs(node); i++)
    requireOk(napi_set_element(env, forms, i, formOf(env, session.graph(), {node, i})));
  return forms;
}

napi_value setShapes(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<3>(env, info);
  const Session &session = *heldOf<HeldSession>(env, given[0]).session;
  TF_Operation *node = session.node(stringOf(env, given[1]));
  const Status status;
  int output = 0;
  for (napi_value each : elementsOf(env, given[2])) {
    const Shape shape = shapeOf(env, each);
    TF_GraphSetTensorShape(session.graph(), {node, output++}, shape.data(), static_cast<int>(shape.size()), status);
    status.requireOk();
  }
  return nullptr;
}

napi_value kernelsOf(napi_env env, napi_callback_info info) {
  const std::string list = kernelListOf(stringOf(env, argumentsOf<1>(env, info)[0]));
  void *data = nullptr;
  napi_value buffer = nullptr;
  napi_value bytes = nullptr;
  requireOk(napi_create_arraybuffer(env, list.size(), &data, &buffer));
  if (!list.empty()) memcpy(data, list.data(), list.size());
  requireOk(napi_create_typedarray(env, napi_uint8_array, list.size(), buffer, 0, &bytes));
  return bytes;
}

}  // namespace

Functions graphFunctions() {
  return {{"openSession", &callable<&openSession>},
          {"closeSession", &callable<&closeSession>},
          {"addNode", &callable<&addNode>},
          {"setShapes", &callable<&setShapes>},
          {"kernelsOf", &callable<&kernelsOf>}};
}

}  // namespace own
