#include "thread_pool.h"

#include <immintrin.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "processor.h"

namespace own {
namespace {

using Clock = std::chrono::steady_clock;

/** More share the work of one step too thinly. */
constexpr int MOST_THREADS = 8;

/** How long a helper looks out for more work before it sleeps: about as long as a small step lasts. */
constexpr Clock::duration LOOK_OUT = std::chrono::milliseconds(1);

/** The same where TensorFlow runs other operations at the same time: they would wait for the processor that it looks out on. */
constexpr Clock::duration SHORT_LOOK_OUT = std::chrono::microseconds(20);

/** How long a helper is waited for without giving up the processor. */
constexpr Clock::duration PATIENCE = std::chrono::microseconds(50);

/**
 * So many interruptions within so short a time mean that others need the processors. Otherwise there are about 1 in it;
 * beside a second run, 16.
 */
constexpr long MANY_INTERRUPTIONS = 12;
constexpr Clock::duration INTERRUPTIONS_WITHIN = std::chrono::milliseconds(25);

/** How long nothing is shared out then: at first, and at most, where it happens again and again. */
constexpr Clock::duration FIRST_REST = std::chrono::milliseconds(10);
constexpr Clock::duration LONGEST_REST = std::chrono::seconds(1);

/** Whether `isReached` comes true within a time. */
template <typename Condition>
bool spinUntil(const Condition &isReached, Clock::duration time) {
  constexpr int LOOKS_BETWEEN_READINGS = 32;
  const auto end = Clock::now() + time;
  do {
    for (int i = 0; i < LOOKS_BETWEEN_READINGS; i++) {
      if (isReached()) return true;
      // Not PAUSE: a hypervisor takes many of them for a long wait, and gives the processor to others.
      _mm_lfence();
    }
  } while (Clock::now() < end);
  return isReached();
}

/** How often the system has interrupted a thread, to give its processor to others. */
class Interruptions {
 public:
  Interruptions() { more(); }
  /** How often since the last time that the same thread asked. */
  long more() {
    rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw - std::exchange(count_, usage.ru_nivcsw);
  }

 private:
  long count_ = 0;
};

/** Parts that are one thread's to begin with; in a cache line of its own. */
struct alignas(CACHE_LINE) Share {
  std::atomic<int64_t> next{0};
  int64_t end = 0;
};

/** Whether this thread is doing parts of a job. */
thread_local bool isWorking = false;

class ThreadPool {
 public:
  /** Makes do with fewer where the system gives no more threads. */
  ThreadPool(int helpers, Clock::duration lookOut) : lookOut_(lookOut) {
    try {
      for (; helpers_ < helpers; helpers_++) std::thread([this, i = helpers_ + 1] { help(i); }).detach();
    } catch (const std::system_error &) {
    }
  }

  void run(int64_t parts, Part part, const void *job) {
    if (helpers_ == 0 || parts < 2 || isWorking) return runAlone(parts, part, job);
    std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    const auto began = Clock::now();
    if (!turn.owns_lock() || began < restsUntil_) return runAlone(parts, part, job);
    static thread_local Interruptions interruptions;
    if (began - lastRound_ > INTERRUPTIONS_WITHIN || restsUntil_ > lastRound_ || caller_ != std::this_thread::get_id()) {
      // What happened meanwhile says nothing of the rounds to come.
      interruptions.more();
      interruptions_ = 0;
      countsSince_ = began;
      caller_ = std::this_thread::get_id();
    }
    part_ = part;
    job_ = job;
    parts_ = parts;
    modes_ = _mm_getcsr();
    const int threads = helpers_ + 1;
    for (int i = 0; i < threads; i++) {
      shares_[i].next = parts * i / threads;
      shares_[i].end = parts * (i + 1) / threads;
    }
    isOpen_ = true;
    round_++;
    if (asleep_ > 0) {
      std::lock_guard<std::mutex> lock(sleep_);
      wake_.notify_all();
    }
    work(0);
    isOpen_ = false;
    const auto allLeft = [this] { return inside_ == 0; };
    if (!spinUntil(allLeft, PATIENCE)) {
      while (!allLeft()) std::this_thread::yield();
    }
    interruptions_ += interruptions.more();
    lastRound_ = Clock::now();
    chooseRest(lastRound_);
  }

 private:
  static void runAlone(int64_t parts, Part part, const void *job) {
    for (int64_t i = 0; i < parts; i++) part(job, i, i + 1);
  }

  /**
   * A thread that was interrupted makes the others wait for it, and where others need the processors, helpers only take them away. Each
   * time the next rest is twice as long; while all goes well it becomes short again.
   */
  void chooseRest(Clock::time_point now) {
    if (interruptions_ >= MANY_INTERRUPTIONS) {
      restsUntil_ = now + rest_;
      rest_ = std::min(2 * rest_, LONGEST_REST);
    } else if (now - countsSince_ > INTERRUPTIONS_WITHIN) {
      countsSince_ = now;
      interruptions_ = 0;
      rest_ = std::max(rest_ / 2, FIRST_REST);
    }
  }

  /** Does the parts of a thread's own share, and then what is left of the others'. */
  void work(int thread) {
    isWorking = true;
    for (int i = 0; i <= helpers_; i++) {
      Share &share = shares_[(thread + i) % (helpers_ + 1)];
      for (int64_t part = share.next++; part < share.end; part = share.next++)
        part_(job_, part, part + 1 < share.end ? part + 1 : parts_);
    }
    isWorking = false;
  }

  void help(int thread) {
    uint64_t seen = 0;
    Interruptions interruptions;
    const auto isCalled = [&] { return round_ != seen; };
    for (;;) {
      if (!spinUntil(isCalled, lookOut_)) {
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
        interruptions.more();
        work(thread);
        interruptions_ += interruptions.more();
      }
      inside_--;
    }
  }

  int helpers_ = 0;
  const Clock::duration lookOut_;
  /** Of all threads, since a moment. */
  std::atomic<long> interruptions_{0};
  Clock::time_point countsSince_;
  Clock::time_point lastRound_;
  /** Whose interruptions are counted, besides the helpers'. */
  std::thread::id caller_;
  Clock::time_point restsUntil_;
  Clock::duration rest_ = FIRST_REST;
  /** Held by whose parts are being shared out: operations may run beside one another. */
  std::mutex turn_;
  Part part_ = nullptr;
  const void *job_ = nullptr;
  int64_t parts_ = 0;
  /** How the thread whose parts they are rounds, and whether it takes numbers next to 0 for 0: so must its helpers. */
  unsigned modes_ = 0;
  Share shares_[MOST_THREADS];
  std::atomic<bool> isOpen_{false};
  std::atomic<uint64_t> round_{0};
  std::atomic<int> inside_{0};
  std::atomic<int> asleep_{0};
  std::mutex sleep_;
  std::condition_variable wake_;
};

/** The threads of the process: as many as it may have processors, or as the engine says. */
int threadCount() {
  const char *asked = getenv("ALGOPERF_TS_THREADS");
  if (asked != nullptr && atoi(asked) > 0) return std::min(atoi(asked), MOST_THREADS);
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) != 0) return 1;
  return std::min(CPU_COUNT(&processors), MOST_THREADS);
}

bool isSet(const char *variable, const std::string &value) {
  const char *set = getenv(variable);
  return set != nullptr && set == value;
}

/** TensorFlow has one thread an operation, but runs operations at once. */
bool isBesideOperations() { return isSet("TF_NUM_INTRAOP_THREADS", "1") && !isSet("TF_NUM_INTEROP_THREADS", "-1"); }

}  // namespace

void parallelFor(int64_t parts, Part part, const void *job) {
  // Never destroyed: a helper may be looking at it when the process ends.
  static ThreadPool *const pool = new ThreadPool(threadCount() - 1, isBesideOperations() ? SHORT_LOOK_OUT : LOOK_OUT);
  pool->run(parts, part, job);
}

}  // namespace own
