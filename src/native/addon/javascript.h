// Values of JavaScript's in C++.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace own {

/** Becomes an error in JavaScript. */
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** The memory of a typed array. */
struct Bytes {
  const uint8_t *data = nullptr;
  size_t size = 0;
};

inline void requireOk(napi_status status) {
  if (status != napi_ok) throw Failure("an argument is not of the type that it should be");
}

/** The arguments of a call; those that are missing are undefined. */
template <size_t COUNT>
std::vector<napi_value> argumentsOf(napi_env env, napi_callback_info info) {
  std::vector<napi_value> values(COUNT);
  size_t count = COUNT;
  requireOk(napi_get_cb_info(env, info, &count, values.data(), nullptr, nullptr));
  return values;
}

inline napi_value propertyOf(napi_env env, napi_value object, napi_value name) {
  napi_value value = nullptr;
  requireOk(napi_get_property(env, object, name, &value));
  return value;
}

inline napi_value propertyOf(napi_env env, napi_value object, const char *name) {
  napi_value value = nullptr;
  requireOk(napi_get_named_property(env, object, name, &value));
  return value;
}

inline std::string stringOf(napi_env env, napi_value value) {
  size_t length = 0;
  requireOk(napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  requireOk(napi_get_value_string_utf8(env, value, text.data(), length + 1, &length));
  return text;
}

inline bool isArray(napi_env env, napi_value value) {
  bool is = false;
  requireOk(napi_is_array(env, value, &is));
  return is;
}

inline std::vector<napi_value> elementsOf(napi_env env, napi_value array) {
  uint32_t length = 0;
  requireOk(napi_get_array_length(env, array, &length));
  std::vector<napi_value> elements(length);
  for (uint32_t i = 0; i < length; i++) requireOk(napi_get_element(env, array, i, &elements[i]));
  return elements;
}

/** Of a Uint8Array; the memory is JavaScript's. */
inline Bytes bytesOf(napi_env env, napi_value array) {
  napi_typedarray_type type;
  void *data = nullptr;
  Bytes bytes;
  requireOk(napi_get_typedarray_info(env, array, &type, &bytes.size, &data, nullptr, nullptr));
  if (type != napi_uint8_array) throw Failure("bytes must be a Uint8Array");
  bytes.data = static_cast<const uint8_t *>(data);
  return bytes;
}

inline int32_t integerOf(napi_env env, napi_value value) {
  int32_t number = 0;
  requireOk(napi_get_value_int32(env, value, &number));
  return number;
}

/** A list of dimensions. */
inline std::vector<int64_t> shapeOf(napi_env env, napi_value array) {
  std::vector<int64_t> shape;
  for (napi_value element : elementsOf(env, array)) {
    int64_t dimension = 0;
    requireOk(napi_get_value_int64(env, element, &dimension));
    shape.push_back(dimension);
  }
  return shape;
}

/** The bytes of a typed array of any kind; the memory is JavaScript's. */
inline Bytes memoryOf(napi_env env, napi_value array) {
  static constexpr size_t SIZES[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  napi_typedarray_type type;
  size_t length = 0;
  void *data = nullptr;
  requireOk(napi_get_typedarray_info(env, array, &type, &length, &data, nullptr, nullptr));
  return {static_cast<const uint8_t *>(data), length * SIZES[type]};
}

inline napi_value numberOf(napi_env env, double number) {
  napi_value value = nullptr;
  requireOk(napi_create_double(env, number, &value));
  return value;
}

inline napi_value newArray(napi_env env) {
  napi_value array = nullptr;
  requireOk(napi_create_array(env, &array));
  return array;
}

inline napi_value newObject(napi_env env) {
  napi_value object = nullptr;
  requireOk(napi_create_object(env, &object));
  return object;
}

/** What JavaScript holds of ours: its garbage collector frees it. */
struct Held {
  virtual ~Held() = default;
};

inline napi_value hold(napi_env env, std::unique_ptr<Held> held) {
  napi_value value = nullptr;
  const auto free = [](napi_env, void *data, void *) { delete static_cast<Held *>(data); };
  requireOk(napi_create_external(env, held.get(), free, nullptr, &value));
  held.release();
  return value;
}

/** @returns nullptr if the value is not held, or is something else */
template <typename Kind>
Kind *heldAs(napi_env env, napi_value value) {
  napi_valuetype type;
  void *data = nullptr;
  requireOk(napi_typeof(env, value, &type));
  if (type != napi_external) return nullptr;
  requireOk(napi_get_value_external(env, value, &data));
  return dynamic_cast<Kind *>(static_cast<Held *>(data));
}

template <typename Kind>
Kind &heldOf(napi_env env, napi_value value) {
  Kind *held = heldAs<Kind>(env, value);
  if (held == nullptr) throw Failure("an argument is not of the kind that it should be");
  return *held;
}

/** A function for JavaScript: what it throws becomes an error there. */
template <napi_value (*FUNCTION)(napi_env, napi_callback_info)>
napi_value callable(napi_env env, napi_callback_info info) {
  try {
    return FUNCTION(env, info);
  } catch (const std::exception &failure) {
    napi_throw_error(env, nullptr, failure.what());
    return nullptr;
  }
}

}  // namespace own
