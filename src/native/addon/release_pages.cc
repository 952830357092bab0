// A library that the addon is loaded with, after TensorFlow's, and initialised before them.
//
// It sets how much TensorFlow tells while it is loaded: TF_CPP_MIN_LOG_LEVEL, which TensorFlow itself follows only later.
//
// And it keeps the memory small that loading takes. Loading TensorFlow's libraries touches over 250 MB of them: tables for the dynamic
// linker, and code that runs once, when they are initialised. From the moment that the linker is done with its tables, which is
// when this library is initialised, until the addon is, the pages that have not been written to are released again and again.
// What is needed once more is mapped once more, from the system's cache, in microseconds.
//
// The same is done whenever much of their code runs that will not run again.
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#ifdef SET_MIN_LOG_LEVEL
/** `absl::SetMinLogLevel`, by the name that it has in this version: it begins with the namespace of a release. */
extern "C" void SET_MIN_LOG_LEVEL(int level);
#endif

namespace {

constexpr std::chrono::milliseconds PAUSE(5);

/** Segments that can't be written to are as they are in the file; the others hold what the linker has put there. */
int releasePages(dl_phdr_info *library, size_t, void *) {
  if (strstr(library->dlpi_name, "/libtensorflow") == nullptr) return 0;
  const uintptr_t page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr) &segment = library->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t from = library->dlpi_addr + segment.p_vaddr;
    const uintptr_t begin = from & ~(page - 1);
    madvise(reinterpret_cast<void *>(begin), from + segment.p_memsz - begin, MADV_DONTNEED);
  }
  return 0;
}

/** The thread that releases, and the signal for its end. */
struct Releaser {
  std::thread thread;
  std::mutex mutex;
  std::condition_variable ended;
  bool isReleasing = false;

  void run() {
    std::unique_lock<std::mutex> lock(mutex);
    do dl_iterate_phdr(&releasePages, nullptr);
    while (!ended.wait_for(lock, PAUSE, [this] { return !isReleasing; }));
    dl_iterate_phdr(&releasePages, nullptr);
  }
};

/** Never destroyed: it may be running when the process ends. */
Releaser &releaser() {
  static Releaser *const only = new Releaser;
  return *only;
}

void setLogLevel() {
#ifdef SET_MIN_LOG_LEVEL
  const char *level = getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level != nullptr) SET_MIN_LOG_LEVEL(atoi(level));
#endif
}

}  // namespace

/** Begins to release the pages of what has run of TensorFlow's libraries. */
extern "C" void beginReleasingPages() {
  if (releaser().thread.joinable()) return;
  releaser().isReleasing = true;
  releaser().thread = std::thread([] { releaser().run(); });
}

extern "C" void endReleasingPages() {
  if (!releaser().thread.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(releaser().mutex);
    releaser().isReleasing = false;
  }
  releaser().ended.notify_all();
  releaser().thread.join();
}

__attribute__((constructor)) static void begin() {
  setLogLevel();
  beginReleasingPages();
}
