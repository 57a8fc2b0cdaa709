"""WHAT IS TUNED: model builders, and the knobs they share."""
