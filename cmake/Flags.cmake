# SPDX-License-Identifier: Apache-2.0
# One INTERFACE target carries every compiler flag of the project.
option(PS_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(PS_COVERAGE "Build with gcov instrumentation" OFF)
option(PS_FUZZ "Build the libFuzzer targets (clang)" OFF)
set(PS_FUZZ_SECONDS 60 CACHE STRING "How long CTest runs each of them")
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  set(debug ON)
else()
  set(debug OFF)
endif()
option(PS_INVARIANTS "Check the invariants of lives and links while running" ${debug})
option(PS_WERROR "Treat warnings as errors" ON)

add_library(ps_flags INTERFACE)
target_compile_features(ps_flags INTERFACE c_std_17)
# Assertions state what must hold; they stay on in release too (NDEBUG is never defined).
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
target_compile_definitions(ps_flags INTERFACE _GNU_SOURCE PS_VERSION="${PROJECT_VERSION}")
target_compile_options(ps_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
  -fno-strict-aliasing
  # clang counts assert(!"what is wrong") as a dubious conversion; gcc does not; it is the idiom.
  $<$<C_COMPILER_ID:Clang>:-Wno-string-conversion>
  $<$<BOOL:${PS_WERROR}>:-Werror>)
if(PS_INVARIANTS)
  target_compile_definitions(ps_flags INTERFACE PS_INVARIANTS)
endif()
if(PS_SANITIZE)
  target_compile_options(ps_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
                                            -fno-sanitize-recover=undefined)
  target_link_options(ps_flags INTERFACE -fsanitize=address,undefined)
endif()
if(PS_COVERAGE)
  # Workers count in the same counters at the same time.
  target_compile_options(ps_flags INTERFACE --coverage -fprofile-update=atomic -O0 -g)
  target_link_options(ps_flags INTERFACE --coverage)
  target_compile_definitions(ps_flags INTERFACE PS_COVERAGE)
endif()
if(PS_FUZZ)
  target_compile_options(ps_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -g -O1)
  target_link_options(ps_flags INTERFACE -fsanitize=address,undefined)
endif()
