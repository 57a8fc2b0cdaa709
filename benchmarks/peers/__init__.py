"""Other libraries' search methods, each library in an environment and a process of its own."""
