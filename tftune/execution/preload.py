"""Imported once by the fork server, so that every child starts with everything imported and nothing
initialised.
"""

import os
import signal

from tftune.execution.orphan import VARIABLE, ended_with_driver

inherited = frozenset(os.environ) - {VARIABLE}

from tftune.support.tensorflow_import import prefer_fast_kernels, quiet_import  # noqa: E402

# Ctrl-C reaches the whole group, and the driver alone decides
signal.signal(signal.SIGINT, signal.SIG_IGN)
prefer_fast_kernels()
with ended_with_driver(), quiet_import():
    import keras  # noqa: F401
    import keras_tuner  # noqa: F401
    import tensorflow  # noqa: F401

    import tftune.execution.child
    import tftune.training.trial  # noqa: F401

set_by_imports = frozenset(os.environ) - inherited  # variables that a child keeps
