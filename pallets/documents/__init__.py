"""What the warehouse and the driver hold in hand: labels, packing lists, manifests. Plain sheets in, bytes out.

In English whatever the reader's language, and the same bytes for the same data.
"""
