# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=file.c -DSYMBOL=name -DROOT=dir -DFILES=a.yaml,b.yaml -P Embed.cmake
# Writes the files as C arrays, and a table SYMBOL of {path under ROOT, bytes, size} that ends with
# a NULL path. Each array has a 0 after its last byte.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" files "${FILES}")
set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS files)
  file(READ ${ROOT}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REPEAT "." 80 sixteen)
  string(REGEX REPLACE "(${sixteen})" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "static const unsigned char file_${number}[] = {\n${bytes}0};\n")
  string(APPEND rows "    {\"${file}\", file_${number}, sizeof file_${number} - 1},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT}.new "/* Made by Embed.cmake. */\n#include \"embedded.h\"\n\n${arrays}
const struct ps_embedded ${SYMBOL}[] = {\n${rows}    {0, 0, 0}};\n")
file(RENAME ${OUTPUT}.new ${OUTPUT})
