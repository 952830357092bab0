// The addon's function for functions of a session's graph (see graphs.cc), which loops run:
// addFunction(session, {name, nodes: string[], inputs: string[], outputs: string[]}): makes nodes of the graph the body of a function,
// which the graph can use from then on. What the function takes stands in the graph in the place of its inputs, as a rule as
// placeholders; the nodes stay in the graph as well, where nothing asks for them.
#include <memory>
#include <string>
#include <vector>

#include "operation.h"
#include "session.h"

namespace own {
namespace {

using Function = std::unique_ptr<TF_Function, decltype(&TF_DeleteFunction)>;

std::vector<TF_Output> outputsOf(napi_env env, const Session &session, napi_value refs) {
  std::vector<TF_Output> outputs;
  for (napi_value ref : elementsOf(env, refs)) outputs.push_back(session.output(stringOf(env, ref)));
  return outputs;
}

napi_value addFunction(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<2>(env, info);
  const Session &session = *heldOf<HeldSession>(env, given[0]).session;
  const std::string name = stringOf(env, propertyOf(env, given[1], "name"));
  std::vector<const TF_Operation *> nodes;
  for (napi_value node : elementsOf(env, propertyOf(env, given[1], "nodes")))
    nodes.push_back(session.node(stringOf(env, node)));
  const std::vector<TF_Output> inputs = outputsOf(env, session, propertyOf(env, given[1], "inputs")),
                               outputs = outputsOf(env, session, propertyOf(env, given[1], "outputs"));
  const Status status;
  const Function function(
      TF_GraphToFunction(session.graph(), name.c_str(), false, static_cast<int>(nodes.size()), nodes.data(),
                         static_cast<int>(inputs.size()), inputs.data(), static_cast<int>(outputs.size()),
                         outputs.data(), nullptr, nullptr, nullptr, status),
      &TF_DeleteFunction);
  status.requireOk();
  TF_GraphCopyFunction(session.graph(), function.get(), nullptr, status);
  status.requireOk();
  return nullptr;
}

}  // namespace

Functions functionFunctions() { return {{"addFunction", &callable<&addFunction>}}; }

}  // namespace own
