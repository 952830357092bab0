// The addon's functions for what runs in a session (see graphs.cc):
// prepareRun(session, {feeds: {node, shape}[], fetches: string[], targets: string[], copies: boolean}) -> run: finds the nodes, once for
// all calls. `copies` says whether what is fed becomes TensorFlow's own; else its memory is used as it is, where it begins at a
// multiple of 64 bytes, and has to stay what it is until the call ends.
// callRun(run, values) -> typed array[]: a call. What is fed are typed arrays, or sources; what is fetched is copied.
// handOver(from, to): runs `from`, and feeds what it fetches to `to`, without copying.
// createSource(dtype, shape, values) -> source: a tensor to be fed again and again; `values` must stay as it is while the source is
// there.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "large_memory.h"
#include "operation.h"
#include "session.h"

namespace own {
namespace {

struct Source : Held {
  explicit Source(TF_Tensor *made) : tensor(made) {}
  const Tensor tensor;
};

/** @param copies - else the values' own memory is used, where it is aligned */
TF_Tensor *newTensor(TF_DataType type, const Shape &shape, Bytes values, bool copies) {
  int64_t size = static_cast<int64_t>(TF_DataTypeSize(type));
  for (int64_t dimension : shape) size *= dimension;
  if (size != static_cast<int64_t>(values.size)) throw Failure("the values are not as many as the shape says");
  const int rank = static_cast<int>(shape.size());
  if (!copies) {
    const auto keep = [](void *, size_t, void *) {};
    return TF_NewTensor(type, shape.data(), rank, const_cast<uint8_t *>(values.data), values.size, keep, nullptr);
  }
  TF_Tensor *tensor = newLargeTensor(type, shape, values.size);
  if (tensor == nullptr) throw Failure("there is not enough memory");
  memcpy(TF_TensorData(tensor), values.data, values.size);
  return tensor;
}

napi_value createSource(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<3>(env, info);
  const auto type = static_cast<TF_DataType>(integerOf(env, given[0]));
  return hold(env, std::make_unique<Source>(newTensor(type, shapeOf(env, given[1]), memoryOf(env, given[2]), false)));
}

/** What runs in a session, all of it found already. */
struct Run : Held {
  Run(napi_env env, std::shared_ptr<Session> in, napi_value described) : session(std::move(in)) {
    for (napi_value feed : elementsOf(env, propertyOf(env, described, "feeds"))) {
      feeds.push_back(session->output(stringOf(env, propertyOf(env, feed, "node"))));
      types.push_back(TF_OperationOutputType(feeds.back()));
      shapes.push_back(shapeOf(env, propertyOf(env, feed, "shape")));
    }
    for (napi_value fetch : elementsOf(env, propertyOf(env, described, "fetches")))
      fetches.push_back(session->output(stringOf(env, fetch)));
    for (napi_value target : elementsOf(env, propertyOf(env, described, "targets")))
      targets.push_back(session->node(stringOf(env, target)));
    requireOk(napi_get_value_bool(env, propertyOf(env, described, "copies"), &copies));
  }

  std::vector<Tensor> call(const std::vector<TF_Tensor *> &values) const {
    if (values.size() != feeds.size()) throw Failure("there are not as many values as feeds");
    // TensorFlow refuses what does nothing: the state of a program may be empty.
    if (fetches.empty() && targets.empty()) return {};
    const Status status;
    std::vector<TF_Tensor *> fetched(fetches.size(), nullptr);
    TF_SessionRun(session->session(), nullptr, feeds.data(), values.data(), static_cast<int>(feeds.size()),
                  fetches.data(), fetched.data(), static_cast<int>(fetches.size()), targets.data(),
                  static_cast<int>(targets.size()), nullptr, status);
    std::vector<Tensor> results;
    for (TF_Tensor *tensor : fetched) results.emplace_back(tensor);
    if (TF_GetCode(status) != TF_OK) throw Failure(TF_Message(status));
    return results;
  }

  const std::shared_ptr<Session> session;
  std::vector<TF_Output> feeds, fetches;
  /** Of the feeds: their nodes are gone when the session is closed. */
  std::vector<TF_DataType> types;
  std::vector<Shape> shapes;
  std::vector<TF_Operation *> targets;
  bool copies = false;
};

napi_value prepareRun(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<2>(env, info);
  return hold(env, std::make_unique<Run>(env, heldOf<HeldSession>(env, given[0]).session, given[1]));
}

napi_typedarray_type arrayTypeOf(TF_DataType type) {
  switch (type) {
    case TF_FLOAT:
      return napi_float32_array;
    case TF_INT32:
      return napi_int32_array;
    case TF_BOOL:
    case TF_UINT8:
      return napi_uint8_array;
    default:
      throw Failure("values of TensorFlow's type " + std::to_string(type) + " can't leave the graph");
  }
}

napi_value copyOf(napi_env env, const Tensor &tensor) {
  const napi_typedarray_type type = arrayTypeOf(TF_TensorType(tensor));
  const size_t size = TF_TensorByteSize(tensor);
  void *data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  requireOk(napi_create_arraybuffer(env, size, &data, &buffer));
  if (size > 0) memcpy(data, tensor.values<uint8_t>(), size);
  requireOk(napi_create_typedarray(env, type, tensor.size(), buffer, 0, &array));
  return array;
}

napi_value callRun(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<2>(env, info);
  const Run &run = heldOf<Run>(env, given[0]);
  const std::vector<napi_value> values = elementsOf(env, given[1]);
  std::vector<Tensor> made;
  std::vector<TF_Tensor *> fed;
  for (size_t i = 0; i < std::min(values.size(), run.feeds.size()); i++) {
    if (const auto *source = heldAs<Source>(env, values[i])) {
      fed.push_back(source->tensor);
      continue;
    }
    made.emplace_back(newTensor(run.types[i], run.shapes[i], memoryOf(env, values[i]), run.copies));
    fed.push_back(made.back());
  }
  const std::vector<Tensor> results = run.call(fed);
  const napi_value arrays = newArray(env);
  for (size_t i = 0; i < results.size(); i++) requireOk(napi_set_element(env, arrays, i, copyOf(env, results[i])));
  return arrays;
}

napi_value handOver(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf<2>(env, info);
  const std::vector<Tensor> values = heldOf<Run>(env, given[0]).call({});
  heldOf<Run>(env, given[1]).call(std::vector<TF_Tensor *>(values.begin(), values.end()));
  return nullptr;
}

}  // namespace

Functions runFunctions() {
  return {{"prepareRun", &callable<&prepareRun>},
          {"callRun", &callable<&callRun>},
          {"handOver", &callable<&handOver>},
          {"createSource", &callable<&createSource>}};
}

}  // namespace own
