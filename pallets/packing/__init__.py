"""Pallet building: whole cartons onto pallets. Pure: needs numpy, knows nothing of Django."""
