# SPDX-License-Identifier: Apache-2.0
# cmake -D PROGRAM=file -D EXIT=code -D SAYS=text -P expect.cmake: fails unless the program exits
# with just that code and its output holds just that text.
set(ENV{CK_VERBOSITY} normal)
execute_process(COMMAND ${PROGRAM}
                RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT code STREQUAL EXIT)
  message(FATAL_ERROR "${PROGRAM} exited with ${code}, not ${EXIT}:\n${output}")
endif()
string(FIND "${output}" "${SAYS}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "${PROGRAM} does not say \"${SAYS}\":\n${output}")
endif()
