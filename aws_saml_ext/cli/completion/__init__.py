"""Completion scripts of four shells, made from the tables that the parser reads.

A script starts no Python: it holds the verbs and options, and reads names from files with `awk`.
"""
