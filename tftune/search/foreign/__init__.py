"""Trials of other tools as a warm start: Optuna's storages, KerasTuner's projects, tables."""
