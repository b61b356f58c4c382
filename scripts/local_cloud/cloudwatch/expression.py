"""Metric math: expressions over series, as GetMetricData and alarms have them.

A series is a value a period; where a period has none, arithmetic has no result (CloudWatch User Guide, "Using math
expressions"). The grammar is near enough to Python's for its parser.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence

Series = dict[float, float]
Value = float | Series | list[Series] | str

_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda left, right: bool(left) and bool(right),
    ast.Or: lambda left, right: bool(left) or bool(right),
}
_PER_VALUE: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
_SUMMARIES: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
_REPEAT, _LINEAR = "REPEAT", "LINEAR"


class ExpressionError(ValueError):
    """An expression that cannot be understood."""


def evaluate(text: str, series: Mapping[str, Series], periods: Sequence[float], period: float) -> Series:
    """`periods` are the beginnings of all periods asked for; a number becomes a series with a value at each."""
    try:
        tree = ast.parse(text.strip().replace("^", "**").replace("&&", " and ").replace("||", " or "), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(text) from error
    found = _Evaluation(series, periods, period).value(tree.body)
    if isinstance(found, float):
        return dict.fromkeys(periods, found)
    if isinstance(found, dict):
        return found
    raise ExpressionError(text)


class _Evaluation:
    def __init__(self, series: Mapping[str, Series], periods: Sequence[float], period: float) -> None:
        self.series, self.periods, self.period = series, periods, period

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool()) | ast.Constant(value=None):
                raise ExpressionError(ast.unparse(node))
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Constant(value=str() as text):
                return text
            case ast.Name(id=name):
                return self._named(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._apply(operator.mul, -1.0, self.value(operand))
            case ast.BinOp(left=left, op=kind, right=right) if type(kind) in _OPERATORS:
                return self._apply(_OPERATORS[type(kind)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[kind], comparators=[right]) if type(kind) in _OPERATORS:
                return self._apply(_OPERATORS[type(kind)], self.value(left), self.value(right))
            case ast.BoolOp(op=kind, values=values):
                found = self.value(values[0])
                for other in values[1:]:
                    found = self._apply(_OPERATORS[type(kind)], found, self.value(other))
                return found
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
            case ast.List(elts=elements):
                return [self._series(element) for element in elements]
        raise ExpressionError(ast.unparse(node))

    def _named(self, name: str) -> Value:
        if name in self.series:
            return self.series[name]
        if name in (_REPEAT, _LINEAR):
            return name
        raise ExpressionError(f"Unknown id {name}")

    def _series(self, node: ast.expr) -> Series:
        found = self.value(node)
        if isinstance(found, dict):
            return found
        if isinstance(found, float):
            return dict.fromkeys(self.periods, found)
        raise ExpressionError(ast.unparse(node))

    def _apply(self, operation: Callable[[float, float], float], left: Value, right: Value) -> Value:
        match left, right:
            case float(), float():
                return _number(operation, left, right) or 0.0
            case dict(), float():
                return _present({at: _number(operation, value, right) for at, value in left.items()})
            case float(), dict():
                return _present({at: _number(operation, left, value) for at, value in right.items()})
            case dict(), dict():
                return _present({at: _number(operation, left[at], right[at]) for at in left if at in right})
            case list(), _:
                return [self._apply(operation, each, right) for each in left]
            case _, list():
                return [self._apply(operation, left, each) for each in right]
        raise ExpressionError("the types do not fit")

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "METRICS" and not arguments:
            return list(self.series.values())
        if name == "IF" and len(arguments) in (2, 3):
            return self._if(*arguments)
        if name == "FILL" and len(arguments) == 2:
            return self._fill(self._series(arguments[0]), self.value(arguments[1]))
        if name in _PER_VALUE and len(arguments) == 1:
            return {at: float(_PER_VALUE[name](value)) for at, value in self._series(arguments[0]).items()}
        if name in _SUMMARIES and len(arguments) == 1:
            return self._summary(name, self.value(arguments[0]))
        if name == "PERIOD" and len(arguments) == 1:
            return self.period
        if name in ("DIFF", "RATE") and len(arguments) == 1:
            return self._differences(self._series(arguments[0]), self.period if name == "RATE" else 1.0)
        raise ExpressionError(f"Unknown function {name}")

    def _if(self, condition: ast.expr, then: ast.expr, otherwise: ast.expr | None = None) -> Series:
        yes = self._series(then)
        no = self._series(otherwise) if otherwise is not None else {}
        chosen = ((at, yes.get(at) if value else no.get(at)) for at, value in self._series(condition).items())
        return {at: value for at, value in chosen if value is not None}

    def _fill(self, series: Series, filler: Value) -> Series:
        if isinstance(filler, float):
            return {at: series.get(at, filler) for at in self.periods}
        if isinstance(filler, dict):
            return {at: series.get(at, filler.get(at, 0.0)) for at in self.periods}
        filled: Series = {}
        for at in self.periods:
            if at in series:
                filled[at] = series[at]
            elif filler == _REPEAT and filled:
                filled[at] = next(reversed(filled.values()))
            elif filler == _LINEAR and (between := _between(series, at)) is not None:
                filled[at] = between
        return filled

    def _summary(self, name: str, value: Value) -> Value:
        if isinstance(value, list):
            moments = sorted({at for each in value for at in each})
            return {at: float(_SUMMARIES[name]([each[at] for each in value if at in each])) for at in moments}
        if isinstance(value, dict):
            return float(_SUMMARIES[name](list(value.values()))) if value else {}
        raise ExpressionError(f"{name} of that")

    def _differences(self, series: Series, divisor: float) -> Series:
        moments = sorted(series)
        return {at: (series[at] - series[before]) / divisor for before, at in zip(moments, moments[1:], strict=False)}


def _number(operation: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        return float(operation(left, right))
    except (ArithmeticError, ValueError):
        return None


def _present(series: Mapping[float, float | None]) -> Series:
    return {at: value for at, value in series.items() if value is not None}


def _between(series: Series, at: float) -> float | None:
    before = max((moment for moment in series if moment < at), default=None)
    after = min((moment for moment in series if moment > at), default=None)
    if before is None or after is None:
        return None
    return series[before] + (series[after] - series[before]) * (at - before) / (after - before)
