"""WHAT HAPPENED: live view, tables, summary, TensorBoard. Knows records, never a search or a model."""
