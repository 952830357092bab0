// Loops are compiled for each kind of processor that they are worth it for; the process takes the best that its processor can,
// up to the one that oneDNN's variable ONEDNN_MAX_CPU_ISA allows.
#pragma once
#include <strings.h>

#include <cstdint>
#include <cstdlib>

/** For what is compiled as part of such a loop. */
#define OWN_INLINE inline __attribute__((always_inline))
#define OWN_AVX512 __attribute__((target("avx512f,avx512dq,avx2,fma")))
#define OWN_AVX2 __attribute__((target("avx2,fma")))

namespace own {

constexpr int64_t CACHE_LINE = 64;

inline bool isMost(const char *kind) {
  const char *most = getenv("ONEDNN_MAX_CPU_ISA");
  return most != nullptr && strcasecmp(most, kind) == 0;
}

inline bool hasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !isMost("SSE41") && !isMost("AVX");
}

inline bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && hasAvx2() && !isMost("AVX2") &&
         !isMost("AVX2_VNNI") && !isMost("AVX2_VNNI_2");
}

/** Of one loop's forms the best that the process may use. */
template <typename Loop>
Loop bestOf(Loop avx512, Loop avx2, Loop plain) {
  return hasAvx512() ? avx512 : hasAvx2() ? avx2 : plain;
}

}  // namespace own
