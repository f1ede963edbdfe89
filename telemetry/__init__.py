"""Telemetry: streams, journal, drain, the store and the way back out as arrays. Start with README.md."""
