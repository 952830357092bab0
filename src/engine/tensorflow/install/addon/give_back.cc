// A library that the addon is loaded with, after TensorFlow's. Loading those touches over 250 MB of them: tables for the dynamic
// linker, and code that runs once, when they are initialised. From the moment that the linker is done with its tables, which is
// when this library is initialised, until the addon is, the pages that nobody has written to are given back again and again.
// What is needed once more is mapped once more, from the system's cache, in microseconds.
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>

namespace {

constexpr std::chrono::milliseconds PAUSE(5);

/** Segments that can't be written to are as they are in the file; the others hold what the linker has put there. */
int giveBack(dl_phdr_info *library, size_t, void *) {
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

std::atomic<bool> isLoading{true};
std::thread giver;

__attribute__((constructor)) void begin() {
  giver = std::thread([] {
    while (isLoading) {
      dl_iterate_phdr(&giveBack, nullptr);
      std::this_thread::sleep_for(PAUSE);
    }
    dl_iterate_phdr(&giveBack, nullptr);
  });
}

}  // namespace

/** To be called when TensorFlow's libraries are initialised. */
extern "C" void endGivingBack() {
  isLoading = false;
  if (giver.joinable()) giver.join();
}
