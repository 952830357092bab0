// Memory for large results. The C library maps new memory for each one, and gives it back to the system: touching it again, page by
// page, takes longer than writing it. Here it is kept for the next result of about its size, in large pages where the system has them.
#pragma once
#include "operation.h"

namespace own {

/**
 * A tensor of floats, not yet written, that an operation gives. From some size on its memory is kept when nothing needs it any more.
 * @throws Refusal where there is not enough
 */
Tensor largeOutput(const Call &call, const Shape &shape, int i = 0);

/** The same of an input's shape; small, in its memory where nothing else needs that, as `Call::outputInPlaceOf`. */
Tensor largeOutputInPlaceOf(const Call &call, int input, int i = 0);

/** A tensor for values of a type, or null if there is not enough memory. */
TF_Tensor *newLargeTensor(TF_DataType type, const Shape &shape, size_t bytes);

/** Gives what is kept, and not in use, back to the system. */
void releaseLargeMemory();

}  // namespace own
