"""Scenarios: the language they are written in, the engine that runs them, and the library that is shipped."""
