// Reads encoded protobuf messages, as TensorFlow's C API gives them out: their fields one after the other.
#pragma once
#include <cstdint>
#include <string>

#include "javascript.h"

namespace own {

class Fields {
 public:
  Fields(const void *data, size_t size) : at_(static_cast<const uint8_t *>(data)), end_(at_ + size) {}
  explicit Fields(Bytes message) : Fields(message.data, message.size) {}

  /** Goes to the next field. @returns whether there is one */
  bool next() {
    if (at_ >= end_) return false;
    const uint64_t tag = varint();
    number = static_cast<int>(tag >> 3);
    switch (tag & 7) {
      case 0:
        value = varint();
        return true;
      case 1:
        return skip(8);
      case 2: {
        const uint64_t size = varint();
        if (size > static_cast<uint64_t>(end_ - at_)) return false;
        bytes = {at_, size};
        return skip(size);
      }
      default:
        return skip(4);
    }
  }

  /** The field's number in its message. */
  int number = 0;
  /** Of a field that is a whole number. */
  uint64_t value = 0;
  /** Of one that is a message, a string or a packed list. */
  Bytes bytes;

  std::string text() const { return std::string(reinterpret_cast<const char *>(bytes.data), bytes.size); }

  /** The next number of a packed list. @returns whether there is one */
  bool nextNumber() {
    if (at_ >= end_) return false;
    value = varint();
    return true;
  }

 private:
  uint64_t varint() {
    uint64_t number = 0;
    for (int shift = 0; at_ < end_ && shift < 64; shift += 7) {
      const uint8_t byte = *at_++;
      number |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    return number;
  }
  bool skip(uint64_t size) {
    if (size > static_cast<uint64_t>(end_ - at_)) return false;
    at_ += size;
    return true;
  }
  const uint8_t *at_;
  const uint8_t *const end_;
};

}  // namespace own
