# SPDX-License-Identifier: Apache-2.0
# The whole vocabulary of this build: ps_component, ps_test, ps_fuzz. They refuse unknown arguments,
# and uses against the direction base <- {fake-ca, sim-device, scenarios, reports} <- harness.
include_guard(GLOBAL)

# Refuses a use that points the wrong way; decided by the folder that asks. Folders of the harness
# and of tests/ may use every component.
function(_ps_check_uses name)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${PROJECT_SOURCE_DIR}
             OUTPUT_VARIABLE folder)
  string(REGEX REPLACE "/.*" "" component "${folder}")
  if(component STREQUAL base)
    set(allowed base)
  elseif(component MATCHES "^(fake-ca|sim-device|scenarios|reports)$")
    set(allowed base ${component})
  else()
    return()
  endif()
  list(REMOVE_ITEM ARGN ${allowed})
  if(ARGN)
    message(FATAL_ERROR "${name}: ${component} may use ${allowed} only, not ${ARGN}")
  endif()
endfunction()

# ps_component(NAME SOURCES file... [HEADERS file...] [USES component...] [LINKS library...])
# A static library ps_NAME with public headers under include/NAME/ and private ones in src/. Each
# header in HEADERS is also compiled alone (target all_verify_interface_header_sets).
function(ps_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;USES;LINKS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "ps_component(${name}): SOURCES needed; unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  _ps_check_uses(${name} ${arg_USES})
  add_library(ps_${name} STATIC ${arg_SOURCES})
  add_library(ps::${name} ALIAS ps_${name})
  target_sources(ps_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
  set_target_properties(ps_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_include_directories(ps_${name} PRIVATE src)
  foreach(used IN LISTS arg_USES)
    target_link_libraries(ps_${name} PUBLIC ps_${used})
  endforeach()
  target_link_libraries(ps_${name} PUBLIC ps_flags PRIVATE ${arg_LINKS})
endfunction()

# ps_test(NAME SOURCES file... [USES component...] [LINKS library...] [LABELS label...] [TIMEOUT s]
#         [ENVIRONMENT K=V...])
# One Check executable and one CTest test. A run with no checks is a failure. Labels: unit (the
# default), integration, scenario, determinism, tidy, docs, canary, slow. Check's own time-out per
# case (4 s) is lifted: a loaded machine is no reason to fail; TIMEOUT (300 s) is for what hangs.
function(ps_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;USES;LINKS;LABELS;ENVIRONMENT")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "ps_test(${name}): SOURCES needed; unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  _ps_check_uses(${name} ${arg_USES})
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src
                                             ${CMAKE_CURRENT_SOURCE_DIR}/../src
                                             ${PROJECT_SOURCE_DIR}/tests/shortage)
  foreach(used IN LISTS arg_USES)
    target_link_libraries(${name} PRIVATE ps_${used})
  endforeach()
  target_link_libraries(${name} PRIVATE ps_flags PkgConfig::CHECK ${arg_LINKS})
  add_test(NAME ${name} COMMAND ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  set(environment CK_VERBOSITY=normal CK_DEFAULT_TIMEOUT=240 UBSAN_OPTIONS=print_stacktrace=1
                  ${arg_ENVIRONMENT})
  set_tests_properties(${name} PROPERTIES
                       FAIL_REGULAR_EXPRESSION "Checks: 0," LABELS "${arg_LABELS}"
                       TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "${environment}")
endfunction()

# ps_fuzz(NAME SOURCES file... [USES component...] [LINKS library...])
# SOURCES define LLVMFuzzerTestOneInput; the seeds are the files in tests/fuzz/corpus/NAME. With the
# fuzz preset (clang) this is a libFuzzer program that CTest runs for a short time; what it finds
# goes to the build folder. In every other build the same source is replayed over the seeds (unit).
function(ps_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LINKS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "ps_fuzz(${name}): SOURCES needed; unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  _ps_check_uses(${name} ${arg_USES})
  if(NOT BUILD_TESTING)
    return()
  endif()
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src
                                             ${CMAKE_CURRENT_SOURCE_DIR}/../src)
  foreach(used IN LISTS arg_USES)
    target_link_libraries(${name} PRIVATE ps_${used})
  endforeach()
  target_link_libraries(${name} PRIVATE ps_flags ${arg_LINKS})
  if(PS_FUZZ)
    set(found ${CMAKE_BINARY_DIR}/fuzz/${name})
    file(MAKE_DIRECTORY ${found})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers)
    endif()
    add_dependencies(fuzzers ${name})
    add_test(NAME ${name} COMMAND ${name} -max_total_time=${PS_FUZZ_SECONDS} -timeout=10
             -print_final_stats=1 -artifact_prefix=${found}/ ${found} ${corpus})
    math(EXPR timeout "${PS_FUZZ_SECONDS} + 120")
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT ${timeout})
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME ${name} COMMAND ${name} ${corpus})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()
