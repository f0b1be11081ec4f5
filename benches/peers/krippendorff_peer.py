"""The `krippendorff` package and `pandas.read_csv` on the files that the benchmark wrote, one task at a time.

Arguments: the matrix (64-bit floats, one row per unit), the number of raters, the table. First prints one
JSON object with the packages' versions and the alpha found; then, for each line read ("alpha", "read" or
"pivot"), does that and prints the seconds it took. So the benchmark can take turns with it.
"""

import json
import sys
import time
from importlib.metadata import version

import krippendorff
import numpy
import pandas

matrix_path, raters, table_path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
by_rater = numpy.fromfile(matrix_path).reshape(-1, raters).T.copy()


def alpha():
    return krippendorff.alpha(reliability_data=by_rater, level_of_measurement="ordinal")


def read():
    return pandas.read_csv(table_path)


table = []


def pivot():
    if not table:
        table.append(read())
    return table[0].pivot(index="item", columns="rater", values="value")


tasks = {"alpha": alpha, "read": read, "pivot": pivot}
versions = {package: version(package) for package in ("krippendorff", "pandas", "numpy")}
print(json.dumps({"versions": versions, "value": alpha()}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    tasks[line.strip()]()
    print(time.perf_counter() - start, flush=True)
