#include "session.h"

#include "large_memory.h"
#include "operation.h"

namespace own {

Session::Session(Bytes config) {
  const BlockSignals blocked;
  const Status status;
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_SetConfig(options, config.data, config.size, status);
  graph_ = TF_NewGraph();
  if (TF_GetCode(status) == TF_OK) session_ = TF_NewSession(graph_, options, status);
  TF_DeleteSessionOptions(options);
  if (TF_GetCode(status) == TF_OK) return;
  TF_DeleteGraph(graph_);
  throw Failure(TF_Message(status));
}

void Session::close() {
  if (session_ == nullptr) return;
  const Status status;
  TF_DeleteSession(session_, status);
  TF_DeleteGraph(graph_);
  releaseLargeMemory();
  session_ = nullptr;
}

TF_Operation *Session::node(const std::string &name) const {
  TF_Operation *node = TF_GraphOperationByName(graph(), name.c_str());
  if (node == nullptr) throw Failure("there is no node '" + name + "'");
  return node;
}

TF_Output Session::output(const std::string &ref) const {
  const size_t colon = ref.rfind(':');
  TF_Operation *from = node(ref.substr(0, colon));
  const int index = colon == std::string::npos ? 0 : std::stoi(ref.substr(colon + 1));
  if (index >= TF_OperationNumOutputs(from)) throw Failure("there is no output '" + ref + "'");
  return {from, index};
}

napi_value addFunctions(napi_env env, napi_value exports) {
  for (const Functions &functions : {graphFunctions(), runFunctions(), functionFunctions(), drawFunctions()}) {
    for (const auto &[name, function] : functions) {
      napi_value value = nullptr;
      if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value) == napi_ok)
        napi_set_named_property(env, exports, name, value);
    }
  }
  return exports;
}

}  // namespace own
