"""Runs watch rules over a backend, and the command of the user's when one fires."""
