// The addon's functions for graphs, beside tfjs-node's:
// loadGraph(graph: Uint8Array, config: Uint8Array) -> number: a session on a `GraphDef` in memory, with a `ConfigProto`, for
// `runSavedModel` and `deleteSavedModel`.
// createGraph() -> graph: an empty graph, which JavaScript's garbage collector frees.
// addNode(graph, {name, op, inputs, attributes}) -> {dtype, shape}[]: adds an operation, and gives the forms of its outputs as far as
// TensorFlow infers them: an unknown shape is undefined, an unknown dimension -1. An input is `node` or `node:1`, an array of them
// where the operation takes a list; attributes are encoded `AttrValue` messages by name.
#include <string>
#include <utility>
#include <vector>

#include "javascript.h"
#include "operation.h"
#include "tfjs_backend.h"

#undef TF_LoadSessionFromSavedModel

namespace own {
namespace {

/** The graph that `loadGraph` asks for a session on. */
struct Loading {
  Bytes graph;
  Bytes config;
};
thread_local const Loading *loading = nullptr;

TF_Session *openSession(const Loading &given, TF_Graph *graph, TF_Status *status) {
  TF_Buffer *definition = TF_NewBufferFromString(given.graph.data, given.graph.size);
  TF_ImportGraphDefOptions *importing = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(graph, definition, importing, status);
  TF_DeleteImportGraphDefOptions(importing);
  TF_DeleteBuffer(definition);
  if (TF_GetCode(status) != TF_OK) return nullptr;
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_SetConfig(options, given.config.data, given.config.size, status);
  TF_Session *session = TF_GetCode(status) == TF_OK ? TF_NewSession(graph, options, status) : nullptr;
  TF_DeleteSessionOptions(options);
  return session;
}

napi_value loadGraph(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<2>(env, info);
  const Loading asked{bytesOf(env, given[0]), bytesOf(env, given[1])};
  void *backend = nullptr;
  napi_value none = nullptr;
  requireOk(napi_get_instance_data(env, &backend));
  requireOk(napi_create_string_utf8(env, "", 0, &none));
  loading = &asked;
  const napi_value session = static_cast<tfnodejs::TFJSBackend *>(backend)->LoadSavedModel(env, none, none);
  loading = nullptr;
  return session;
}

napi_value createGraph(napi_env env, napi_callback_info) {
  napi_value graph = nullptr;
  const auto free = [](napi_env, void *data, void *) { TF_DeleteGraph(static_cast<TF_Graph *>(data)); };
  requireOk(napi_create_external(env, TF_NewGraph(), free, nullptr, &graph));
  return graph;
}

/** One input of a node, or a list of them that is one input of the operation. */
struct Input {
  bool isList;
  std::vector<TF_Output> outputs;
};

TF_Output outputOf(TF_Graph *graph, const std::string &ref) {
  const size_t colon = ref.rfind(':');
  const std::string name = ref.substr(0, colon);
  TF_Operation *node = TF_GraphOperationByName(graph, name.c_str());
  if (node == nullptr) throw Failure("there is no node '" + name + "'");
  return {node, colon == std::string::npos ? 0 : std::stoi(ref.substr(colon + 1))};
}

Input inputOf(napi_env env, TF_Graph *graph, napi_value value) {
  if (!isArray(env, value)) return {false, {outputOf(graph, stringOf(env, value))}};
  Input input{true, {}};
  for (napi_value ref : elementsOf(env, value)) input.outputs.push_back(outputOf(graph, stringOf(env, ref)));
  return input;
}

/** A node as JavaScript describes it, complete before TensorFlow's description of it is started. */
struct Node {
  Node(napi_env env, TF_Graph *graph, napi_value node)
      : name(stringOf(env, propertyOf(env, node, "name"))), op(stringOf(env, propertyOf(env, node, "op"))) {
    for (napi_value input : elementsOf(env, propertyOf(env, node, "inputs"))) inputs.push_back(inputOf(env, graph, input));
    const napi_value given = propertyOf(env, node, "attributes");
    napi_value names = nullptr;
    requireOk(napi_get_property_names(env, given, &names));
    for (napi_value key : elementsOf(env, names))
      attributes.emplace_back(stringOf(env, key), bytesOf(env, propertyOf(env, given, key)));
  }
  const std::string name, op;
  std::vector<Input> inputs;
  std::vector<std::pair<std::string, Bytes>> attributes;
};

TF_Operation *add(TF_Graph *graph, const Node &node) {
  const Status status;
  TF_OperationDescription *description = TF_NewOperation(graph, node.op.c_str(), node.name.c_str());
  for (const auto &[isList, outputs] : node.inputs) {
    if (isList)
      TF_AddInputList(description, outputs.data(), static_cast<int>(outputs.size()));
    else
      TF_AddInput(description, outputs[0]);
  }
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
  void *data = nullptr;
  requireOk(napi_get_value_external(env, given[0], &data));
  auto *graph = static_cast<TF_Graph *>(data);
  TF_Operation *node = add(graph, Node(env, graph, given[1]));
  const napi_value forms = newArray(env);
  for (int i = 0; i < TF_OperationNumOutputs(node); i++)
    requireOk(napi_set_element(env, forms, i, formOf(env, graph, {node, i})));
  return forms;
}

}  // namespace

TF_Session *loadSession(const TF_SessionOptions *options, const TF_Buffer *runOptions, const char *folder,
                        const char *const *tags, int tagCount, TF_Graph *graph, TF_Buffer *metaGraph,
                        TF_Status *status) {
  const BlockSignals blocked;
  if (loading != nullptr) return openSession(*loading, graph, status);
  return TF_LoadSessionFromSavedModel(options, runOptions, folder, tags, tagCount, graph, metaGraph, status);
}

napi_value addFunctions(napi_env env, napi_value exports) {
  const std::vector<std::pair<const char *, napi_callback>> functions = {
      {"loadGraph", &callable<&loadGraph>}, {"createGraph", &callable<&createGraph>}, {"addNode", &callable<&addNode>}};
  for (const auto &[name, function] : functions) {
    napi_value value = nullptr;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value) == napi_ok)
      napi_set_named_property(env, exports, name, value);
  }
  return exports;
}

}  // namespace own
