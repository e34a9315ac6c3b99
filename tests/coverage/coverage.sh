#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# coverage.sh SOURCE BUILD JOBS [ctest argument...]: runs the tests of a build that was made with
# the coverage preset and writes BUILD/html/index.html. lcov 1.16: branches are counted only where
# every single step is told to, hence $lcov below.
set -euo pipefail

source_dir=$1
build_dir=$2
jobs=$3
shift 3
lines_wanted=85
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

printf '\n'
without_known_noise lcov --rc lcov_branch_coverage=1 --summary "$info/product.info" \
  --fail-under-lines "$lines_wanted" || {
  status=$?
  printf 'coverage: fewer than %s %% of the lines are covered: %s/index.html\n' \
    "$lines_wanted" "$html" >&2
  exit "$status"
}
printf 'coverage: %s/index.html\n' "$html"
if ((tests_status != 0)); then
  printf 'coverage: tests failed, see above\n' >&2
fi
exit "$tests_status"
