"""Tools for those who write scenarios, as functions: pictures, reports on simulated trainees, play, a starter."""
