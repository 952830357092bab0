#include "large_memory.h"

#include <sys/mman.h>

#include <map>
#include <mutex>

namespace own {
namespace {

/** Bytes from which on memory is kept. */
constexpr size_t LEAST_KEPT = size_t{4} << 20;

/** Bytes of a large page, whose multiples memory is taken in. */
constexpr size_t LARGE_PAGE = size_t{2} << 20;

size_t wholePages(size_t bytes) { return (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE; }

/** Begins at a large page, or is null. */
void *map(size_t bytes) {
  void *mapped = mmap(nullptr, bytes + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto *begin = static_cast<uint8_t *>(mapped);
  const size_t before = (LARGE_PAGE - reinterpret_cast<uintptr_t>(begin) % LARGE_PAGE) % LARGE_PAGE;
  if (before > 0) munmap(begin, before);
  munmap(begin + before + bytes, LARGE_PAGE - before);
  // Where the system has none, small pages do as well.
  madvise(begin + before, bytes, MADV_HUGEPAGE);
  return begin + before;
}

/** Memory by its size in bytes: a size is one of few, those of a model's parameters. */
class Memory {
 public:
  void *take(size_t bytes) {
    if (void *block = takeKept(bytes)) return block;
    void *block = map(bytes);
    if (block == nullptr) {
      // What is kept in other sizes may be all that is missing.
      release();
      block = map(bytes);
    }
    std::lock_guard<std::mutex> lock(mutex_);
    if (block != nullptr) used_ += bytes;
    return block;
  }

  /** Keeps no more than what is in use. */
  void giveBack(void *block, size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    used_ -= bytes;
    if (kept_ + bytes > used_) {
      munmap(block, bytes);
      return;
    }
    kept_ += bytes;
    blocks_.emplace(bytes, block);
  }

  void release() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto &[bytes, block] : blocks_) munmap(block, bytes);
    blocks_.clear();
    kept_ = 0;
  }

 private:
  void *takeKept(size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = blocks_.find(bytes);
    if (found == blocks_.end()) return nullptr;
    void *block = found->second;
    blocks_.erase(found);
    kept_ -= bytes;
    used_ += bytes;
    return block;
  }

  std::mutex mutex_;
  /** Of what nothing uses. */
  std::multimap<size_t, void *> blocks_;
  size_t kept_ = 0, used_ = 0;
};

/** Never destroyed: tensors may be freed when the process ends. */
Memory &memory() {
  static Memory *const only = new Memory;
  return *only;
}

void giveBack(void *block, size_t bytes, void *) { memory().giveBack(block, wholePages(bytes)); }

size_t bytesOf(const Shape &shape) {
  size_t bytes = sizeof(float);
  for (int64_t dimension : shape) bytes *= dimension;
  return bytes;
}

Tensor giveLarge(const Call &call, const Shape &shape, int i) {
  Tensor tensor(newLargeTensor(TF_FLOAT, shape, bytesOf(shape)));
  if (static_cast<TF_Tensor *>(tensor) == nullptr) throw std::bad_alloc();
  call.give(i, tensor);
  return tensor;
}

}  // namespace

TF_Tensor *newLargeTensor(TF_DataType type, const Shape &shape, size_t bytes) {
  const int rank = static_cast<int>(shape.size());
  if (bytes < LEAST_KEPT) return TF_AllocateTensor(type, shape.data(), rank, bytes);
  void *block = memory().take(wholePages(bytes));
  return block == nullptr ? nullptr : TF_NewTensor(type, shape.data(), rank, block, bytes, &giveBack, nullptr);
}

Tensor largeOutput(const Call &call, const Shape &shape, int i) {
  return bytesOf(shape) < LEAST_KEPT ? call.output<float>(shape, i) : giveLarge(call, shape, i);
}

Tensor largeOutputInPlaceOf(const Call &call, int input, int i) {
  const Shape shape = call.shapeOf(input);
  return bytesOf(shape) < LEAST_KEPT ? call.outputInPlaceOf(input, i) : giveLarge(call, shape, i);
}

void releaseLargeMemory() { memory().release(); }

}  // namespace own
