#include "base/quiet_memory.h"

#include <sys/mman.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace unopened::base {

QuietMemory::QuietMemory(std::size_t size, Pages pages) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    std::fprintf(stderr, "unopened: no memory for a table: %zu bytes (lower its capacity)\n", size);
    std::abort();
  }
  // Both are hints to the kernel: without them the memory serves as well.
  madvise(memory, size, MADV_DONTDUMP);
  if (pages == Pages::kHuge) madvise(memory, size, MADV_HUGEPAGE);
  bytes_ = {static_cast<std::uint8_t*>(memory), size};
}

// The kernel hands no page of ours to anyone before zeroing it, and the owners of prefixes and
// pseudonyms zero what they wrote: touching every untouched page here would only make it resident.
QuietMemory::~QuietMemory() { munmap(bytes_.data(), bytes_.size()); }

void ForgetMovedBytes() {
  // Which registers are used depends on the size, in powers of two.
  static constexpr std::array<std::uint8_t, 512> kZeroes{};
  static const volatile std::size_t kSizes[] = {400, 200, 100, 50};
  std::array<std::uint8_t, 512> sink;
  for (const volatile std::size_t& size : kSizes) {
    std::memmove(sink.data(), kZeroes.data(), size);
    asm volatile("" : : "r"(sink.data()) : "memory");
  }
}

}  // namespace unopened::base
