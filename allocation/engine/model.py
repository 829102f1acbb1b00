"""A linear programme solved by HiGHS in one thread, without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from allocation.engine.market import Floats, Ints


@dataclass(frozen=True)
class Matrix:
    """Rows of a programme by (row, column, factor) triplets, columns in rising order."""

    rows: Ints
    columns: Ints
    factors: Floats


@dataclass(frozen=True)
class Outcome:
    """`ok` when a solution is there; `duals` are of the rows: >= 0 at a binding upper limit."""

    ok: bool
    values: Floats
    duals: Floats


class Model:
    """Maximises `profit` x within row and column limits; rows and numbers may change between runs."""

    def __init__(self, profit: Floats, upper: Floats, limits: tuple[Floats, Floats], matrix: Matrix) -> None:
        # Loading HiGHS takes a tenth of a second that a process which never solves should not pay.
        import highspy  # noqa: PLC0415

        self._kit: Any = highspy
        kit: Any = highspy
        self.highs: Any = kit.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self.highs.setOptionValue(name, value)
        order = np.argsort(matrix.columns, kind="stable")
        counts = np.bincount(matrix.columns, minlength=len(profit))
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(profit), len(limits[0])
        programme.col_cost_ = -profit
        programme.col_lower_, programme.col_upper_ = np.zeros(len(profit)), upper
        programme.row_lower_, programme.row_upper_ = limits
        programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        programme.a_matrix_.start_ = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        programme.a_matrix_.index_ = matrix.rows[order].astype(np.int32)
        programme.a_matrix_.value_ = matrix.factors[order]
        self.highs.passModel(programme)

    def add_row(self, low: float, high: float, columns: Ints, factors: Floats) -> None:
        self.highs.addRow(low, high, len(columns), columns.astype(np.int32), factors)

    def set_row(self, row: int, low: float, high: float) -> None:
        self.highs.changeRowBounds(row, low, high)

    def set_profit(self, column: int, profit: float) -> None:
        self.highs.changeColCost(column, -profit)

    def set_factor(self, row: int, column: int, factor: float) -> None:
        self.highs.changeCoeff(row, column, factor)

    def solve(self) -> Outcome:
        """Solves the linear programme, from the last basis where there is one."""
        self.highs.run()
        done = self.highs.getModelStatus() == self._kit.HighsModelStatus.kOptimal
        answer = self.highs.getSolution()
        if not done:
            # Zero prices still prove a bound.
            return Outcome(False, np.zeros(self.highs.getNumCol()), np.zeros(self.highs.getNumRow()))
        return Outcome(True, np.array(answer.col_value), -np.array(answer.row_dual))
