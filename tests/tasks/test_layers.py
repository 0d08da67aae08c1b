"""The rooms stay light: no torch, and nothing slow at import."""

import subprocess
import sys

HEAVY = ("torch", "transformers", "datasets", "pyarrow", "scipy", "numba", "sentence_transformers")


def test_importing_evaluation_loads_nothing_heavy():
    code = (
        "import sys, isogloss.recipes.evaluate.run, isogloss.tasks, isogloss.metrics;"
        "import isogloss.vectors;"
        f"sys.exit(' '.join(name for name in {HEAVY!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
