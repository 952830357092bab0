// What the operations of our own have in common: the way to their inputs and outputs, and their registration.
#pragma once
#include <cstdint>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "bytes.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

namespace own {

using Shape = std::vector<int64_t>;

/** Ends an operation: what it was given is not what it takes. */
struct Refusal : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status &) = delete;
  operator TF_Status *() const { return status_; }
  void requireOk() const {
    if (TF_GetCode(status_) != TF_OK) throw Refusal(TF_Message(status_));
  }

 private:
  TF_Status *const status_;
};

class Tensor {
 public:
  explicit Tensor(TF_Tensor *tensor) : tensor_(tensor) {}
  Tensor(Tensor &&other) noexcept : tensor_(std::exchange(other.tensor_, nullptr)) {}
  ~Tensor() {
    if (tensor_ != nullptr) TF_DeleteTensor(tensor_);
  }
  template <typename Value>
  Value *values() const {
    return static_cast<Value *>(TF_TensorData(tensor_));
  }
  Shape shape() const {
    Shape shape;
    for (int i = 0; i < TF_NumDims(tensor_); i++) shape.push_back(TF_Dim(tensor_, i));
    return shape;
  }
  int64_t size() const { return TF_TensorElementCount(tensor_); }

  operator TF_Tensor *() const { return tensor_; }

 private:
  TF_Tensor *tensor_;
};

/** One call of an operation. */
class Call {
 public:
  explicit Call(TF_OpKernelContext *context) : context_(context) {}
  Tensor input(int i) const {
    TF_Tensor *tensor = nullptr;
    const Status status;
    TF_GetInput(context_, i, &tensor, status);
    status.requireOk();
    return Tensor(tensor);
  }
  Shape shapeOf(int i) const { return input(i).shape(); }
  /** Makes a tensor what the operation gives. */
  void give(int i, const Tensor &tensor) const {
    const Status status;
    TF_SetOutput(context_, i, tensor, status);
    status.requireOk();
  }
  /** What the operation gives, not yet written. */
  template <typename Value>
  Tensor output(const Shape &shape, int i = 0) const {
    constexpr TF_DataType type = std::is_same_v<Value, uint8_t> ? TF_UINT8 : TF_FLOAT;
    int64_t size = sizeof(Value);
    for (int64_t dimension : shape) size *= dimension;
    const Status status;
    TF_Tensor *tensor =
        TF_AllocateOutput(context_, i, type, shape.data(), static_cast<int>(shape.size()), size, status);
    status.requireOk();
    return Tensor(tensor);
  }

  /**
   * The same in the memory of an input, where nothing else needs that any more; of floats. To be asked for before the input itself
   * is, which counts as a need.
   */
  Tensor outputInPlaceOf(int input, int i = 0) const { return outputInPlaceOf(input, i, shapeOf(input)); }
  /** @param shape - of as many numbers as the input's */
  Tensor outputInPlaceOf(int input, int i, const Shape &shape) const {
    int forwarded = 0;
    const Status status;
    TF_Tensor *tensor = TF_ForwardInputOrAllocateOutput(context_, &input, 1, i, shape.data(),
                                                        static_cast<int>(shape.size()), &forwarded, status);
    status.requireOk();
    return Tensor(tensor);
  }

 private:
  TF_OpKernelContext *const context_;
};

/** An operation as it is registered. `Attributes` is made of its node's attributes, and kept with it. */
template <typename Attributes, void (*COMPUTE)(const Attributes &, const Call &)>
struct Kernel {
  static void *create(TF_OpKernelConstruction *construction) {
    try {
      return new Attributes(construction);
    } catch (const Refusal &refusal) {
      const Status status;
      TF_SetStatus(status, TF_INVALID_ARGUMENT, refusal.what());
      TF_OpKernelConstruction_Failure(construction, status);
      return nullptr;
    }
  }
  static void compute(void *attributes, TF_OpKernelContext *context) {
    try {
      COMPUTE(*static_cast<Attributes *>(attributes), Call(context));
    } catch (const Refusal &refusal) {
      fail(context, TF_INVALID_ARGUMENT, refusal.what());
    } catch (const std::bad_alloc &) {
      fail(context, TF_RESOURCE_EXHAUSTED, "there is not enough memory");
    }
  }
  static void fail(TF_OpKernelContext *context, TF_Code code, const char *message) {
    const Status status;
    TF_SetStatus(status, code, message);
    TF_OpKernelContext_Failure(context, status);
  }
  static void destroy(void *attributes) { delete static_cast<Attributes *>(attributes); }
};

/** Of an operation whose nodes have none. */
struct NoAttributes {
  explicit NoAttributes(TF_OpKernelConstruction *) {}
};

/** @param get - TensorFlow's function for attributes of this type */
template <typename Value>
Value attributeOf(TF_OpKernelConstruction *construction, const char *name,
                  void (*get)(TF_OpKernelConstruction *, const char *, Value *, TF_Status *)) {
  Value value{};
  const Status status;
  get(construction, name, &value, status);
  status.requireOk();
  return value;
}

inline float floatAttribute(TF_OpKernelConstruction *construction, const char *name) {
  return attributeOf(construction, name, &TF_OpKernelConstruction_GetAttrFloat);
}

inline int64_t intAttribute(TF_OpKernelConstruction *construction, const char *name) {
  return attributeOf(construction, name, &TF_OpKernelConstruction_GetAttrInt64);
}

inline std::vector<int64_t> intsAttribute(TF_OpKernelConstruction *construction, const char *name) {
  int32_t length = 0, bytes = 0;
  const Status status;
  TF_OpKernelConstruction_GetAttrSize(construction, name, &length, &bytes, status);
  status.requireOk();
  std::vector<int64_t> values(length);
  TF_OpKernelConstruction_GetAttrInt64List(construction, name, values.data(), length, status);
  status.requireOk();
  return values;
}

inline bool boolAttribute(TF_OpKernelConstruction *construction, const char *name) {
  return attributeOf(construction, name, &TF_OpKernelConstruction_GetAttrBool) != 0;
}

inline Scaling scalingAttribute(TF_OpKernelConstruction *construction) {
  return {floatAttribute(construction, "scale"), floatAttribute(construction, "offset")};
}

struct Signature {
  const char *name;
  std::vector<const char *> inputs;
  std::vector<const char *> attributes;
  std::vector<const char *> outputs;
  void (*inferShape)(TF_ShapeInferenceContext *, TF_Status *) = &leaveShapesOpen;

  static void leaveShapesOpen(TF_ShapeInferenceContext *context, TF_Status *status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  }
};

/** Makes an operation known to TensorFlow. A failure cannot be reported: the engine tries it before relying on it. */
template <typename Implementation>
void registerOperation(const Signature &signature) {
  const Status status;
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(signature.name);
  for (const char *input : signature.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char *attribute : signature.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  for (const char *output : signature.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, signature.inferShape);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) != TF_OK) return;
  TF_KernelBuilder *kernel = TF_NewKernelBuilder(signature.name, "CPU", &Implementation::create, &Implementation::compute,
                                                 &Implementation::destroy);
  TF_RegisterKernelBuilder(signature.name, kernel, status);
}

}  // namespace own
