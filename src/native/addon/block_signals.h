// Read by the compiler before the sources of tfjs-node's addon. It keeps signals away from TensorFlow's work and, since a thread
// begins with the mask of the one that made it, from its threads: oneDNN's matrix products move the stack pointer into memory of
// their own, and a handler that is called then, as Node's are at Ctrl-C or when a window's size changes, writes beyond its end.
// What was held back is delivered when the call returns. Faults of the process itself are not held.
#pragma once
#include <pthread.h>
#include <signal.h>

#include <initializer_list>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

#include "flush_denormals.h"

class BlockSignals {
 public:
  BlockSignals() {
    sigset_t held;
    sigfillset(&held);
    for (int fault : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP}) sigdelset(&held, fault);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockSignals(const BlockSignals &) = delete;

 private:
  sigset_t before_;
};

#define TFE_NewContext(...) (BlockSignals(), TFE_NewContext(__VA_ARGS__))
#define TFE_Execute(...) (BlockSignals(), FlushDenormals(), TFE_Execute(__VA_ARGS__))
#define TF_LoadSessionFromSavedModel(...) (BlockSignals(), TF_LoadSessionFromSavedModel(__VA_ARGS__))
#define TF_SessionRun(...) (BlockSignals(), FlushDenormals(), TF_SessionRun(__VA_ARGS__))
