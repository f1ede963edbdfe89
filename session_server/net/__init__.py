"""The shell around the core: sockets, disk, processes and time."""
