// A graph that grows, and the session on it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "javascript.h"
#include "tensorflow/c/c_api.h"

namespace own {

class Session {
 public:
  /** @param config - an encoded `ConfigProto` */
  explicit Session(Bytes config);
  ~Session() { close(); }
  Session(const Session &) = delete;
  /** Frees graph, session and variables; once more does nothing. */
  void close();
  TF_Graph *graph() const {
    requireOpen();
    return graph_;
  }
  TF_Session *session() const {
    requireOpen();
    return session_;
  }
  TF_Operation *node(const std::string &name) const;
  /** @param ref - `node` or `node:1` */
  TF_Output output(const std::string &ref) const;

 private:
  void requireOpen() const {
    if (session_ == nullptr) throw Failure("the session is closed");
  }
  TF_Graph *graph_ = nullptr;
  TF_Session *session_ = nullptr;
};

/** A session as JavaScript holds it; what runs in it keeps it as well. */
struct HeldSession : Held {
  explicit HeldSession(Bytes config) : session(std::make_shared<Session>(config)) {}
  const std::shared_ptr<Session> session;
};

using Functions = std::vector<std::pair<const char *, napi_callback>>;
Functions graphFunctions();
Functions runFunctions();
Functions functionFunctions();
Functions drawFunctions();

}  // namespace own
