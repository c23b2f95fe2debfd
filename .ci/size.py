"""The core install stays small: at most 60 distributions and 220 MB."""

import subprocess
import sys
from pathlib import Path

MOST_DISTRIBUTIONS = 60
MOST_MB = 220

venv = Path(sys.argv[1])
listed = subprocess.run([venv / "bin/pip", "list", "--format=freeze"], check=True, capture_output=True, text=True)
ours = [line for line in listed.stdout.splitlines() if not line.startswith(("pip==", "setuptools=="))]
site = next((venv / "lib").glob("python*/site-packages"))
tools = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
mb = (
    sum(
        path.stat().st_size
        for path in site.rglob("*")
        if path.is_file() and not path.relative_to(site).parts[0].startswith(tools)
    )
    / 1e6
)
print(f"core install: {len(ours)} distributions, {mb:.0f} MB")
if len(ours) > MOST_DISTRIBUTIONS or mb > MOST_MB:
    sys.exit(f"the core install has outgrown {MOST_DISTRIBUTIONS} distributions or {MOST_MB} MB")
