"""Other people's search methods, each library in a virtual environment and a process of its own."""
