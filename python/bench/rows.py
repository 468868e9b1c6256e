"""Reads the rows of a result into polars, and prints the seconds and the peak memory in kilobytes."""

import resource
import sys
import time

import nebula_explorer as ne
import polars  # noqa: F401, so that both programs have it loaded before the time is taken

url, task, path, rows, graph, user, password = sys.argv[1:]
explorer = ne.Explorer(url, graph=graph, user=user, password=password)
explorer.sign_in()

start = time.perf_counter()
result = explorer.job(1).task(task).rows(limit=int(rows) + 1, columns={"vid": str, "value": float})
frame = result.to_polars()
elapsed = time.perf_counter() - start

assert frame.shape == (int(rows), 2) and frame["value"].dtype.is_float()
print(elapsed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
