from allocation.models.batch import Batch, BatchClient
from allocation.models.cart import Cart, CartLine
from allocation.models.policy import Policy
from allocation.models.preorder import Preorder, PreorderAllocation, PreorderArrival, PreorderPayment
from allocation.models.suggestion import TransferSuggestion

__all__ = [
    "Batch",
    "BatchClient",
    "Cart",
    "CartLine",
    "Policy",
    "Preorder",
    "PreorderAllocation",
    "PreorderArrival",
    "PreorderPayment",
    "TransferSuggestion",
]
