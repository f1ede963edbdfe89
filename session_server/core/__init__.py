"""The pure core: messages in, effects out.

Nothing here reads a clock, opens a socket or a file, sleeps, or draws a random number: time and identity come in as
arguments, so that a session's journal, replayed anywhere, gives the same state.
"""
