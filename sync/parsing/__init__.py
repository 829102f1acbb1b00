"""Upstream files and feeds as typed rows and row issues. Pure: no Django, no database, no clock."""
