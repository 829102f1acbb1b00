"""Measures the engine on data made for it, beside greedy and CP-SAT. No part of the product imports it."""
