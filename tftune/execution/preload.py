"""Imported once by the fork server, so that every child starts with everything imported and nothing initialised."""

from tftune.quiet import quiet_import

with quiet_import():
    import keras  # noqa: F401
    import keras_tuner  # noqa: F401
    import tensorflow  # noqa: F401

    import tftune.training.trial  # noqa: F401
