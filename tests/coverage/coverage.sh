#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# coverage.sh SOURCE BUILD JOBS [ctest argument...]: runs the tests of a build that was made with
# the coverage preset and writes BUILD/html/index.html. lcov 1.16: branches are counted only where
# every single step is told to, hence $lcov below.
# Fails when a test fails or when less is covered than the bars below ask for.
set -euo pipefail

source_dir=$1
build_dir=$2
jobs=$3
shift 3
# What must be covered: folder, per cent of its lines and of its branches (0: no bar).
bars="all 85 0
fake-ca 95 85
sim-device 95 85"
info=$build_dir/coverage
html=$build_dir/html
lcov=(lcov --quiet --rc lcov_branch_coverage=1)

# geninfo of Debian 12 says this of its own Perl whenever it starts; nothing else is dropped.
without_known_noise() {
  "$@" 2> >(grep -v '^Subroutine .* redefined at .*' >&2 || true)
}

mkdir -p "$info"
"${lcov[@]}" --directory "$build_dir" --zerocounters

# The baseline counts files that no test ever enters as uncovered instead of leaving them out.
without_known_noise "${lcov[@]}" --directory "$build_dir" --base-directory "$source_dir" \
  --no-external --capture --initial --output-file "$info/baseline.info"

# A failing test does not hide what was covered; its exit code is kept for the end.
tests_status=0
(cd "$source_dir" && ctest --preset coverage --no-tests=error -j "$jobs" "$@") || tests_status=$?

without_known_noise "${lcov[@]}" --directory "$build_dir" --base-directory "$source_dir" \
  --no-external --capture --output-file "$info/tests.info"
without_known_noise "${lcov[@]}" --add-tracefile "$info/baseline.info" \
  --add-tracefile "$info/tests.info" --output-file "$info/all.info"

# Only the product: the tests themselves are not what is measured.
patterns=()
for component in base fake-ca sim-device scenarios reports harness; do
  patterns+=("$source_dir/$component/src/*" "$source_dir/$component/include/*")
done
without_known_noise "${lcov[@]}" --extract "$info/all.info" "${patterns[@]}" \
  --output-file "$info/product.info"

rm -rf "$html"
without_known_noise genhtml --quiet --rc lcov_branch_coverage=1 --branch-coverage --legend \
  --title pinstorm --prefix "$source_dir" --output-directory "$html" "$info/product.info"

# Sums what each bar is about, and says where one is not met.
judge() {
  awk -v bars="$bars" -v prefix="$source_dir/" '
    function rate(part, whole) { return whole > 0 ? 100 * part / whole : 0 }
    function verdict(part, whole, wanted) {
      if (wanted == 0)
        return "";
      if (whole > 0 && 100 * part >= wanted * whole)
        return sprintf("  (at least %d)", wanted)
      short++
      return sprintf("  TOO LOW: at least %d", wanted)
    }
    /^SF:/ { folder = substr($0, 4 + length(prefix)); sub("/.*", "", folder) }
    /^(LF|LH|BRF|BRH):/ {
      split($0, field, ":")
      sum["all", field[1]] += field[2]
      sum[folder, field[1]] += field[2]
    }
    END {
      rows = split(bars, row, "\n")
      for (i = 1; i <= rows; i++) {
        split(row[i], bar, " ")
        of = bar[1]
        printf "%-11s lines    %5.1f %%  %6d of %6d%s\n", of, rate(sum[of, "LH"], sum[of, "LF"]),
               sum[of, "LH"], sum[of, "LF"], verdict(sum[of, "LH"], sum[of, "LF"], bar[2])
        printf "%-11s branches %5.1f %%  %6d of %6d%s\n", of, rate(sum[of, "BRH"], sum[of, "BRF"]),
               sum[of, "BRH"], sum[of, "BRF"], verdict(sum[of, "BRH"], sum[of, "BRF"], bar[3])
      }
      exit short > 0
    }' "$1"
}

printf '\n'
status=0
judge "$info/product.info" || status=1
printf 'coverage: %s/index.html\n' "$html"
if ((status != 0)); then
  printf 'coverage: less is covered than it should be, see above\n' >&2
fi
if ((tests_status != 0)); then
  printf 'coverage: tests failed, see above\n' >&2
  exit "$tests_status"
fi
exit "$status"
