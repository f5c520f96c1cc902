"""Slotbook: people book appointments online, and the business keeps its agenda. A host product of Sublet."""
