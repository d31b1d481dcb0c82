"""Motivation: the rules kept as a number, the bonus reckoned from facts, explained, checked and tried out (R101, R102).

A bonus is only ever earned less, never taken from a salary; nothing here knows the store but `gather`.
"""
