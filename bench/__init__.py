"""Measurements: one module for each job of the performance goals, with the floor and the peer beside it in the same run."""
