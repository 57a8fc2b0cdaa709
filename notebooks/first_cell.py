# Installs tftune wherever this notebook is, and upgrades nothing that is installed already.
import importlib.metadata
import importlib.util
import os
import re
import sys
import tempfile
import time
import warnings
from pathlib import Path

STARTED = time.monotonic()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up lines
warnings.filterwarnings("ignore", message="IProgress not found")  # of tqdm; no bar is drawn
DRIVE = Path("/content/drive")  # where Colab puts your Drive


def where_tftune_is():
    """The checkout around this notebook, else a wheel beside it or in Drive, else its name."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file() and (folder / "tftune/__init__.py").is_file():
            return str(folder)
    wheels = [*here.glob("tftune-*.whl"), *here.glob("dist/tftune-*.whl")]
    if not wheels and "google.colab" in sys.modules:
        from google.colab import drive

        try:
            drive.mount(str(DRIVE))  # asks you
        except Exception as refusal:
            print(f"Drive is not used: {refusal}")
        wheels = [*DRIVE.glob("MyDrive/tftune-*.whl"), *DRIVE.glob("MyDrive/*/tftune-*.whl")]
    return str(max(wheels, key=lambda wheel: wheel.stat().st_mtime)) if wheels else "tftune"


if importlib.util.find_spec("tftune") is None:
    installed = {}
    for each in importlib.metadata.distributions():
        if each.metadata["Name"]:  # the first one on the path is the one that is imported
            installed.setdefault(re.sub("[-_.]+", "-", each.metadata["Name"]).lower(), each.version)
    as_they_are = Path(tempfile.mkdtemp()) / "constraints.txt"
    as_they_are.write_text("".join(f"{name}=={installed[name]}\n" for name in sorted(installed)))
    target = f"{where_tftune_is()}[plots]"
    print("installing", target)
    get_ipython().run_line_magic("pip", f'install -q --constraint "{as_they_are}" "{target}"')

import tftune
from tftune.support.tensorflow_import import quiet_import

with quiet_import():
    import tensorflow
print(f"tftune {tftune.__version__}, TensorFlow {tensorflow.__version__}, {os.cpu_count()} cores")
