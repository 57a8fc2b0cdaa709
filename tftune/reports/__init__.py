"""WHAT HAPPENED: live view, tables, summary, TensorBoard. Knows records, no search and no model."""
