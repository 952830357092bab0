#include "team.h"

#include <immintrin.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace own {
namespace {

/** More share the work of one step too thinly. */
constexpr int MOST_THREADS = 8;

/** How long a helper looks out for more work before it sleeps: about as long as a small step lasts. */
constexpr std::chrono::microseconds LOOK_OUT(1000);

/** How long a helper that the system has put off is waited for without giving up the processor. */
constexpr std::chrono::microseconds PATIENCE(50);

using Clock = std::chrono::steady_clock;

/** Whether `isReached` comes true within a time. */
template <typename Condition>
bool spinUntil(const Condition &isReached, Clock::duration time) {
  constexpr int LOOKS_BETWEEN_READINGS = 32;
  const auto end = Clock::now() + time;
  do {
    for (int i = 0; i < LOOKS_BETWEEN_READINGS; i++) {
      if (isReached()) return true;
      _mm_pause();
    }
  } while (Clock::now() < end);
  return isReached();
}

class Team {
 public:
  explicit Team(int helpers) : helpers_(helpers) {
    for (int i = 0; i < helpers; i++) std::thread([this] { help(); }).detach();
  }

  void run(int64_t parts, void (*part)(const void *, int64_t), const void *job) {
    std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    if (helpers_ == 0 || parts < 2 || !turn.owns_lock()) {
      for (int64_t i = 0; i < parts; i++) part(job, i);
      return;
    }
    part_ = part;
    job_ = job;
    parts_ = parts;
    modes_ = _mm_getcsr();
    next_ = 0;
    isOpen_ = true;
    round_++;
    if (asleep_ > 0) {
      std::lock_guard<std::mutex> lock(sleep_);
      wake_.notify_all();
    }
    work();
    isOpen_ = false;
    const auto allLeft = [this] { return inside_ == 0; };
    if (spinUntil(allLeft, PATIENCE)) return;
    while (!allLeft()) std::this_thread::yield();
  }

 private:
  void work() {
    for (int64_t i = next_++; i < parts_; i = next_++) part_(job_, i);
  }

  void help() {
    uint64_t seen = 0;
    const auto isCalled = [&] { return round_ != seen; };
    for (;;) {
      if (!spinUntil(isCalled, LOOK_OUT)) {
        std::unique_lock<std::mutex> lock(sleep_);
        asleep_++;
        wake_.wait(lock, isCalled);
        asleep_--;
      }
      seen = round_;
      // Said first and looked at then: a round that is closed has either seen this one inside or is seen to be closed.
      inside_++;
      if (isOpen_) {
        _mm_setcsr(modes_);
        work();
      }
      inside_--;
    }
  }

  const int helpers_;
  /** Held by whose parts are being shared out: operations may run beside one another. */
  std::mutex turn_;
  void (*part_)(const void *, int64_t) = nullptr;
  const void *job_ = nullptr;
  int64_t parts_ = 0;
  /** How the thread whose parts they are rounds, and whether it takes numbers next to 0 for 0: so must its helpers. */
  unsigned modes_ = 0;
  std::atomic<int64_t> next_{0};
  std::atomic<bool> isOpen_{false};
  std::atomic<uint64_t> round_{0};
  std::atomic<int> inside_{0};
  std::atomic<int> asleep_{0};
  std::mutex sleep_;
  std::condition_variable wake_;
};

/** The threads of the process: as many as it may have processors, or as the variable says that TensorFlow's follow too. */
int threadCount() {
  const char *asked = getenv("ALGOPERF_TS_THREADS");
  if (asked != nullptr && atoi(asked) > 0) return atoi(asked);
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) != 0) return 1;
  return std::min(CPU_COUNT(&processors), MOST_THREADS);
}

}  // namespace

void shareOut(int64_t parts, void (*part)(const void *job, int64_t i), const void *job) {
  // Never destroyed: a helper may be looking at it when the process ends.
  static Team *const team = new Team(threadCount() - 1);
  team->run(parts, part, job);
}

}  // namespace own
