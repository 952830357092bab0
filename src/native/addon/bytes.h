// Numbers that are kept as bytes.
#pragma once
#include <cstdint>

namespace own {

/** What a byte stands for: `byte * scale + offset`, product and sum rounded to float32 one after the other. */
struct Scaling {
  float scale;
  float offset;
};

/** Writes what rows of bytes stand for; a stride is the distance from row to row. */
extern void (*const scaleBytes)(const uint8_t *from, int64_t fromStride, float *to, int64_t toStride, int64_t rows,
                                int64_t columns, Scaling scaling);

}  // namespace own
