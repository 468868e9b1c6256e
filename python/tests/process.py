"""Python code in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Dict, List, Optional

#: The beginning of every program.
PRELUDE = "import os, sys, time\nimport nebula_explorer as ne\nexplorer = ne.Explorer(sys.argv[1], graph='127.0.0.1:9669', user='root', password='nebula', timeout=30)\n"


def start(code: str, *arguments: Any, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PRELUDE + code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def run(command: List[str], env: Optional[Dict[str, str]] = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
