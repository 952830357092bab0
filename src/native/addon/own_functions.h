// Read by the compiler before the sources of tfjs-node's addon, after block_signals.h. It gives the addon functions of our own beside
// tfjs-node's (see graphs.cc), and lets its `loadSavedModel` open a session on a graph in memory.
#pragma once
#include <node_api.h>

#include "tensorflow/c/c_api.h"

namespace own {

/** Adds our functions to the addon's exports. */
napi_value addFunctions(napi_env env, napi_value exports);

/** `TF_LoadSessionFromSavedModel`, but within `loadGraph`, whose graph it opens a session on. */
TF_Session *loadSession(const TF_SessionOptions *options, const TF_Buffer *runOptions, const char *folder,
                        const char *const *tags, int tagCount, TF_Graph *graph, TF_Buffer *metaGraph, TF_Status *status);

}  // namespace own

#undef TF_LoadSessionFromSavedModel
#define TF_LoadSessionFromSavedModel(...) own::loadSession(__VA_ARGS__)
#undef NAPI_MODULE
#define NAPI_MODULE(name, initialize) \
  NAPI_MODULE_INIT() { return own::addFunctions(env, initialize(env, exports)); }
