// The end of loading, and the operations BeginGivingBack() and EndGivingBack(): between them the memory is given back of what runs of
// TensorFlow's libraries.
#include "operation.h"

extern "C" void beginGivingBack();
extern "C" void endGivingBack();

namespace own {
namespace {

void begin(const NoAttributes &, const Call &) { beginGivingBack(); }
void end(const NoAttributes &, const Call &) { endGivingBack(); }

/** The addon is initialised after all libraries that it needs. */
__attribute__((constructor)) void onLoaded() {
  endGivingBack();
  registerOperation<Kernel<NoAttributes, &begin>>({"BeginGivingBack", {}, {}, {}});
  registerOperation<Kernel<NoAttributes, &end>>({"EndGivingBack", {}, {}, {}});
}

}  // namespace
}  // namespace own
