// Read by the compiler before the sources of tfjs-node's addon. It gives the addon functions of our own beside tfjs-node's (see
// graphs.cc and runs.cc).
#pragma once
#include <node_api.h>

namespace own {

/** Adds our functions to the addon's exports. */
napi_value addFunctions(napi_env env, napi_value exports);

}  // namespace own

#undef NAPI_MODULE
#define NAPI_MODULE(name, initialize) \
  NAPI_MODULE_INIT() { return own::addFunctions(env, initialize(env, exports)); }
