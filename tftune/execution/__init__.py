"""WHERE TRIALS RUN: this process, child processes, a Ray cluster."""
