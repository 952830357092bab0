// The end of loading, and the operations BeginReleasingPages() and EndReleasingPages(): between them the pages of
// TensorFlow's libraries are released.
#include "operation.h"

extern "C" void beginReleasingPages();
extern "C" void endReleasingPages();

namespace own {
namespace {

void begin(const NoAttributes &, const Call &) { beginReleasingPages(); }
void end(const NoAttributes &, const Call &) { endReleasingPages(); }

/** The addon is initialised after all libraries that it needs. */
__attribute__((constructor)) void onLoaded() {
  endReleasingPages();
  registerOperation<Kernel<NoAttributes, &begin>>({"BeginReleasingPages", {}, {}, {}});
  registerOperation<Kernel<NoAttributes, &end>>({"EndReleasingPages", {}, {}, {}});
}

}  // namespace
}  // namespace own
