"""Each reason on a problem made by hand, with its numbers and its sentence."""

from decimal import Decimal

import pytest

from allocation.engine.explain import StoreReasons
from allocation.engine.reasons import Limit, Number, Out, WhyIn, WhyOut
from tests.allocation.engine.cases import Case, item, large, offer, problem
from tests.allocation.engine.plans import Cases, position

FLAT = {"min_shipping": "0.20", "max_shipping": "0.20"}  # $2.00 a case, however full the pallet is
TWO: Case = {
    "clients": [{"id": "c1", "budget": "1000.00"}, {"id": "c2", "budget": "1000.00"}],
    "stores": [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c2"}],
}


def why_in(case: Case, cases: Cases, name: str = "A", hurdle: float = 0.2, **prices: str) -> WhyIn:
    lines = StoreReasons(position(case, cases, hurdle, prices), "s1").lines()
    return next(line for line in lines if line.item == name)


def why_out(case: Case, cases: Cases, name: str = "A", hurdle: float = 0.2, **prices: str) -> WhyOut:
    found = StoreReasons(position(case, cases, hurdle, prices), "s1").why_out(name)
    assert found is not None
    return found


def test_a_line_says_what_it_earns() -> None:
    # 4 cases of $80.00 cost 200.00 and ship for 40 x 0.38 at a fill of 0.4.
    line = why_in(problem([item(stock=4)], [offer()]), {("s1", "A"): 4}, hurdle=1.2, A="3.50")
    assert (line.value, line.spent, line.earns) == (Decimal("304.80"), Decimal("215.20"), 1.416357)
    # On full pallets a case is worth 78.00 for 52.00; one more would be 78.00 - 1.2 x 52.00.
    assert (line.best, line.one_more, line.price) == (1.5, Decimal("15.60"), Decimal("3.50"))
    assert line.words() == (
        "4 cases for $215.20, worth $304.80 after shipping: a dollar earns 1.416; this client's last dollar earns "
        "1.200. "
        "One more case in stock would bring up to $3.50. The stock is used up."
    )


def test_a_line_below_the_hurdle_says_why_it_stays() -> None:
    case = problem([item()], [offer(cap=4)])
    assert why_in(case, {("s1", "A"): 4}, hurdle=1.45).words() == (
        "4 cases for $215.20, worth $304.80 after shipping: a dollar earns 1.416, 1.500 on full pallets; this client's "
        "last dollar earns 1.450. The cap of 4 cases is reached."
    )
    assert why_in(case, {("s1", "A"): 4}, hurdle=1.6).words() == (
        "4 cases for $215.20, worth $304.80 after shipping: a dollar earns 1.416; this client's last dollar earns "
        "1.600. "
        "In whole cases it fills the budget better. The cap of 4 cases is reached."
    )


@pytest.mark.parametrize(
    ("stock", "fields", "budget", "limit", "numbers", "words"),
    [
        (9, {"floor": 2, "cap": 2}, "1000.00", Limit.LOCKED, {"cases": 2}, "It is locked at 2 cases."),
        (2, {}, "1000.00", Limit.STOCK, {}, "The stock is used up."),
        (9, {"cap": 2}, "1000.00", Limit.CAP, {"cases": 2}, "The cap of 2 cases is reached."),
        (
            9,
            {"floor": 2},
            "1000.00",
            Limit.CLAIM,
            {"cases": 2},
            "Claimed beforehand: 2 cases; no gain was found in more.",
        ),
        (
            9,
            {},
            "150.00",
            Limit.MONEY,
            {"takes": Decimal("52.00"), "left": Decimal("46.00")},
            "One case more takes about $52.00, and $46.00 of the budget is left.",
        ),
        (9, {}, "1000.00", Limit.GAIN, {}, "No gain was found in one case more."),
    ],
)
def test_what_limits_a_line(
    stock: int, fields: Case, budget: str, limit: Limit, numbers: dict[str, Number], words: str
) -> None:
    line = why_in(problem([item(stock=stock, **FLAT)], [offer(**fields)], budget), {("s1", "A"): 2})
    assert (line.limit, line.numbers) == (limit, numbers)
    assert line.words().endswith(f"0.200. {words}")


def test_a_claim_met_in_part_says_what_is_missing() -> None:
    line = why_in(problem([item(stock=2)], [offer(floor=5)]), {("s1", "A"): 2})
    assert line.short == "not enough stock"
    assert "The claim is not met in full: not enough stock. The stock is used up." in line.words()


def test_a_line_that_costs_nothing_has_no_rate() -> None:
    free = item(unit_cost="0.00", min_shipping="0.00", max_shipping="0.00")
    line = why_in(problem([free], [offer()]), {("s1", "A"): 1})
    assert line.earns is line.best is None
    assert line.words() == "1 case for $0.00, worth $80.00 after shipping. No gain was found in one case more."


def test_a_claim_that_cannot_be_met() -> None:
    out = why_out(problem([item(stock=0)], [offer(floor=3)]), {})
    assert (out.code, out.numbers) == (Out.UNMET, {"cases": 3, "reason": "not enough stock"})
    assert out.words() == "Claimed or locked: 3 cases, but not enough stock."


@pytest.mark.parametrize(
    ("goods", "fields", "budget", "code", "numbers", "words"),
    [
        ({"stock": 0}, {"cap": 0}, "1000.00", Out.NO_STOCK, {}, "It is not in stock."),
        ({}, {"cap": 0}, "0.00", Out.CAP, {}, "Its cap is 0."),
        (
            {},
            {"value": "0.10"},
            "51.98",
            Out.OVER_BUDGET,
            {"takes": Decimal("52.00"), "budget": Decimal("51.98")},
            "One case takes at least $52.00, and the whole budget is $51.98.",
        ),
        (
            {},
            {"value": "0.15"},
            "1000.00",
            Out.NEGATIVE,
            {"value": Decimal("1.50"), "shipping": Decimal("2.00")},
            "A case is worth $1.50 and ships for at least $2.00.",
        ),
        (
            {},
            {"value": "1.00"},
            "1000.00",
            Out.DEAR,
            {"earns": 0.153846, "scarcity": 0.0, "hurdle": 0.2},
            "A dollar earns 0.154 here; this client's last dollar earns 0.200.",
        ),
    ],
)
def test_what_the_offer_itself_or_the_hurdle_forbids(
    goods: Case, fields: Case, budget: str, code: Out, numbers: dict[str, Number], words: str
) -> None:
    out = why_out(problem([item(**goods)], [offer(**fields)], budget), {})
    assert (out.code, out.numbers, out.words()) == (code, numbers, words)


def test_half_a_cent_of_rounding_is_not_over_the_budget() -> None:
    # 1 unit of 0.015 costs 0.02 or, in three, 0.05 (of 0.045): a case alone is granted the cent that rounding may give.
    goods = item(case_pack=1, unit_cost="0.0150", min_shipping="0.0000", max_shipping="0.0000")
    assert why_out(problem([goods], [offer()], "0.01"), {}).code is not Out.OVER_BUDGET


def test_scarcity_may_make_it_dear() -> None:
    out = why_out(problem([item()], [offer(value="1.60")]), {}, A="5.20")
    assert (out.code, out.numbers) == (Out.DEAR, {"earns": 0.169231, "scarcity": 0.1, "hurdle": 0.2})
    assert out.words() == (
        "A dollar earns 0.169 here, after 0.100 for its scarcity; this client's last dollar earns 0.200."
    )
    # One more case for this store alone would have no such price: 14.00 - 0.2 x 52.00.
    assert (out.one_more, out.price) == (Decimal("3.60"), Decimal("5.20"))


def test_the_stock_went_to_other_stores() -> None:
    case = problem([item(stock=3)], [offer(), offer(store="s2")], **TWO)
    out = why_out(case, {("s2", "A"): 3}, A="26.00")
    assert (out.code, out.numbers) == (Out.TAKEN, {"cases": 3, "earns": 1.0, "scarcity": 0.5, "hurdle": 0.2})
    assert out.words() == (
        "The whole stock of 3 cases went to other stores; a dollar earns 1.000 here, after 0.500 for its scarcity, and "
        "this client's last dollar earns 0.200."
    )


def test_no_further_store_may_have_it() -> None:
    case = problem([item(max_stores=1)], [offer(), offer(store="s2")], **TWO)
    out = why_out(case, {("s2", "A"): 3})
    assert (out.code, out.numbers) == (Out.STORES, {"stores": 1})
    assert out.words() == "It goes to 1 store already, and no more may have it."


def test_one_case_would_need_another_pallet() -> None:
    # B fills 0.9 of the pallet and saves more per load, so A stands alone on the next: 2.00 + 0.8 x 30.00.
    goods = [item("A", max_shipping="3.20", load=0.2), item("B", max_shipping="9.20", load=0.3)]
    case = problem(goods, [offer("A", value="2.00"), offer("B")])
    out = why_out(case, {("s1", "B"): 3}, hurdle=0.3)
    room = pytest.approx(0.1)
    earns = round(-6 / 76, 6)
    assert (out.code, out.numbers) == (
        Out.PALLET,
        {"load": 0.2, "room": room, "shipping": Decimal("26.00"), "earns": earns, "hurdle": 0.3},
    )
    assert out.words() == (
        "One case would need another pallet (it takes 0.200 of one, and the last has room for 0.100): with about "
        "$26.00 of shipping a dollar earns -0.079 here; this client's last dollar earns 0.300."
    )


def test_the_goods_that_save_least_make_room_on_the_full_pallet() -> None:
    # B has no discount to lose: one case of it goes on the next pallet, and A ships at a fill of 0.8.
    goods = [item("A", max_shipping="3.20", load=0.2), item("B", load=0.3, **FLAT)]
    case = problem(goods, [offer("A", value="2.00"), offer("B")])
    out = why_out(case, {("s1", "B"): 3}, hurdle=0.3)
    assert (out.code, out.numbers["shipping"], out.numbers["earns"]) == (Out.PALLET, Decimal("8.00"), round(12 / 58, 6))
    assert why_out(case, {("s1", "B"): 3}, hurdle=0.2).code is Out.NO_EXCHANGE


def test_the_first_case_of_a_store_needs_a_pallet() -> None:
    out = why_out(problem([item(max_shipping="9.00")], [offer()]), {}, hurdle=0.0)
    # Alone at a fill of 0.1 it ships for 10 x (9.00 - 0.88).
    assert (out.code, out.numbers["shipping"], out.numbers["room"]) == (Out.PALLET, Decimal("81.20"), 0.0)


def test_shipping_on_a_nearly_empty_pallet_eats_its_value() -> None:
    goods = [item("A", max_shipping="9.20"), item("B", load=0.2, **FLAT)]
    out = why_out(problem(goods, [offer("A"), offer("B", cap=1)]), {("s1", "B"): 1}, hurdle=0.0)
    # The pallet is then filled to 0.3, and A misses 0.7 of its discount of 90.00: 2.00 + 63.00 of a value of 80.00.
    assert out.code is not Out.SHIPPING
    goods[0] |= {"max_shipping": "12.20"}
    out = why_out(problem(goods, [offer("A"), offer("B", cap=1)]), {("s1", "B"): 1}, hurdle=0.0)
    assert (out.code, out.numbers) == (
        Out.SHIPPING,
        {"fill": 0.2, "shipping": Decimal("86.00"), "value": Decimal("80.00")},
    )
    assert out.words() == (
        "With the last pallet filled to 0.200, one case adds about $86.00 of shipping and is worth $80.00."
    )


def test_too_little_can_make_way() -> None:
    # A (1.50 a dollar) takes 52.00. 46.00 is left; B earns more, C less but holds 2.20 above its floor.
    goods = [item("A", **FLAT), item("B", stock=1, **FLAT), item("C", case_pack=1, unit_cost="2.00", **FLAT)]
    offers = [offer("A"), offer("B", value="9.00"), offer("C", value="1.00", floor=1)]
    case = problem(goods, offers, budget="102.40")
    cases = {("s1", "B"): 1, ("s1", "C"): 2}
    out = why_out(case, cases, hurdle=0.3)
    assert (out.code, out.numbers) == (
        Out.MONEY,
        {"takes": Decimal("52.00"), "left": Decimal("46.00"), "held": Decimal("2.20")},
    )
    assert out.words() == (
        "One case takes about $52.00; $46.00 of the budget is left, and the goods that earn less per dollar hold only "
        "$2.20."
    )
    # With 49.80 left the two together would do.
    assert why_out(case | {"clients": [{"id": "c1", "budget": "106.20"}]}, cases).code is Out.NO_EXCHANGE


def test_no_exchange_gains() -> None:
    out = why_out(problem([item()], [offer()]), {})
    assert (out.code, out.numbers) == (Out.NO_EXCHANGE, {"better": Decimal("5.00")})
    assert out.words() == "No exchange was found that gains; the whole plan could be at most $5.00 better."


def test_a_store_counts_its_reasons() -> None:
    goods = [item("A"), item("B", stock=0), item("C", stock=0), item("D")]
    offers = [offer(name) for name in "ABC"] + [offer("D", value="0.10")]
    reasons = StoreReasons(position(problem(goods, offers), {("s1", "A"): 1}), "s1")
    assert reasons.counts() == {Out.NO_STOCK: 2, Out.NEGATIVE: 1}
    assert [row.item for row in reasons.left_out()] == ["B", "C", "D"]
    assert [row.item for row in reasons.left_out(first=1)] == ["B"]
    assert [row.item for row in reasons.lines()] == ["A"]
    assert reasons.why_out("A") is reasons.why_out("nothing") is None


def test_every_offer_of_every_store_has_a_reason() -> None:
    case = large(60, 2000, seed=1, stores=2, clients=2)
    for row in case["items"][:20]:
        row["stock"] = 0
    place = position(case, {("c0-s1", case["items"][30]["id"]): 1}, hurdle=0.3)
    for store in place.owner:
        reasons = StoreReasons(place, store)
        words = [row.words() for row in reasons.left_out()] + [row.words() for row in reasons.lines()]
        assert len(words) == 60
        assert sum(reasons.counts().values()) == len(reasons.left_out())
        assert not [text for text in words if "{" in text or "nan" in text or "inf" in text]
