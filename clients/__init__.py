"""Talkdown's wire in Python: a trainee's station, an instructor's console, bots and a simulator.

Written from ``clients/PROTOCOL.md`` alone: nothing here imports the server or any other package of Talkdown.
"""
