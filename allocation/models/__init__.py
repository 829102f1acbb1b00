from allocation.models.cart import Cart, CartLine
from allocation.models.policy import Policy
from allocation.models.preorder import Preorder
from allocation.models.suggestion import TransferSuggestion

__all__ = ["Cart", "CartLine", "Policy", "Preorder", "TransferSuggestion"]
