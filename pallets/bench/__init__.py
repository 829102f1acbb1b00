"""Measures the packer on orders made for it, beside py3dbp and PackingSolver. No part of the product imports it."""
