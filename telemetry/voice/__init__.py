"""The trainee's voice as levels: loudness by ITU-R BS.1770 from 20 ms powers, and the calibration of
normal.
"""
