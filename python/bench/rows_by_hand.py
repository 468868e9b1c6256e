"""The same with httpx, json and polars."""

import json
import resource
import sys
import time

import httpx
import polars

url, task, path, rows, graph, user, password = sys.argv[1:]
client = httpx.Client(base_url=url)

start = time.perf_counter()
response = client.get(path, params={"limit": int(rows) + 1})
items = json.loads(response.content)["data"]["items"]
frame = polars.DataFrame(items, schema=["vid", "value"], orient="row")
frame = frame.with_columns(polars.col("value").cast(polars.Float64))
elapsed = time.perf_counter() - start

assert frame.shape == (int(rows), 2)
print(elapsed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
