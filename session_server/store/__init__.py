"""What is read from and written to the database on behalf of sessions: grades, reports, playback."""
