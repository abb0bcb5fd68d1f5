"""Digits as many hands write them: each digit a small program with ranges, drawn by many pens; and what is no digit."""
