// The operation HandOn(values, like: T; T: list(type)) -> handed: T gives the values, without a copy, once all of them are there; their
// shapes are those of `like`, as far as TensorFlow knows. It would take Identity out, and rewrite what lies on both sides of it as
// one, or other operations where it knows less of shapes: not to the last digit the same.
#include "operation.h"

namespace own {
namespace {

struct Attributes {
  explicit Attributes(TF_OpKernelConstruction *construction) {
    int32_t bytes = 0;
    const Status status;
    TF_OpKernelConstruction_GetAttrSize(construction, "T", &count, &bytes, status);
    status.requireOk();
  }
  int32_t count = 0;
};

void handOn(const Attributes &attributes, const Call &call) {
  for (int i = 0; i < attributes.count; i++) call.give(i, call.input(i));
}

void keepShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeHandle *shape = TF_NewShapeHandle();
  const int64_t count = TF_ShapeInferenceContextNumInputs(context) / 2;
  for (int i = 0; i < count && TF_GetCode(status) == TF_OK; i++) {
    TF_ShapeInferenceContextGetInput(context, count + i, shape, status);
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, i, shape, status);
  }
  TF_DeleteShapeHandle(shape);
}

__attribute__((constructor)) void registerHandOn() {
  registerOperation<Kernel<Attributes, &handOn>>(
      {"HandOn", {"values: T", "like: T"}, {"T: list(type) >= 1"}, {"handed: T"}, &keepShapes});
}

}  // namespace
}  // namespace own
