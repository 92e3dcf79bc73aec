"""The workings: the formulas of `maths` for one cell at a time, in symbols and with the numbers put in, as tokens.

Each function has the name of its formula in `maths`. It takes the position of a cell, the step of the cell, and the
inputs of that step, in the order of the formula. Nothing is computed here, and nothing is text: formats write the
tokens in their own notation, a calculator evaluates them, and so does a test.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Symbol(NamedTuple):
    """A letter or the name of a function, with a subscript and an entry in brackets: h_1[0], Σ_i, ln."""

    letter: str
    subscript: str = ""
    entry: str = ""


class Number(NamedTuple):
    """A number and its digits as displayed."""

    value: Any
    digits: str


class Sign(NamedTuple):
    """A sign. `spaced`: it has spaces around it, as between two terms."""

    text: str
    spaced: bool = False


class Name(NamedTuple):
    """A name in place of a number, such as the name of a class."""

    text: str


class Gap(NamedTuple):
    """The number of terms left out here."""

    terms: int


class Terms(NamedTuple):
    """Terms with the same sign between them: how many, and a function that makes the tokens of one."""

    sign: Sign
    number: int
    term: Callable[[int], tuple["Token", ...]]


Token = Symbol | Number | Sign | Name | Gap | Terms
Tokens = tuple[Token, ...]

PLUS, MINUS, EQUAL, NEARLY = Sign("+", True), Sign("−", True), Sign("=", True), Sign("≈", True)
NEGATIVE, TIMES, DOT, OVER, COMMA = Sign("−"), Sign("×"), Sign("·"), Sign("/"), Sign(",")
OPEN, CLOSE = Sign("("), Sign(")")
EXP, LN, N = Symbol("exp"), Symbol("ln"), Symbol("N")
ONE_NTH: Tokens = (OPEN, Number(1, "1"), OVER, N, CLOSE)

MOST_FACTORS = 12
"""The loss is also written as the logarithm of a product, if that has at most this many factors."""

LEAST = 1e-300
"""Probabilities below this, and products of them, are too close to underflow to take the logarithm."""


class Form(NamedTuple):
    """A formula in symbols, and with the numbers put in."""

    symbols: Tokens
    numbers: Tokens


class Source(Protocol):
    """A step as a working reads it. `at` is a position: row, or row and column."""

    @property
    def numbers(self) -> Any:
        """The numbers of the step."""

    @property
    def inputs(self) -> "Mapping[str, Source]":
        """The inputs of the step, by key."""

    def symbol(self, *at: int) -> Symbol:
        """The symbol of an entry, or of a whole row."""

    def number(self, *at: int) -> Number:
        """The entry as displayed."""

    def factor(self, *at: int) -> Number:
        """The entry with enough digits for a quotient or a logarithm."""


At = tuple[int, ...]
Forms = Iterator[Form]


def logits(at: At, h: Source, Z: Source, W: Source, b: Source) -> Forms:
    """h_i[c] = z_i·w_c + b_c."""
    i, c = at
    products = Terms(PLUS, Z.numbers.shape[1], lambda j: (Z.number(i, j), TIMES, W.number(c, j)))
    yield Form((Z.symbol(i), DOT, W.symbol(c), PLUS, b.symbol(c)), (products, PLUS, b.number(c)))


def no_working(at: At, *sources: Source) -> Forms:
    """No working, for quantities that pages do not show."""
    yield from ()


def shifts(at: At, m: Source, H: Source) -> Forms:
    """m_i = max_c h_i[c], or 0."""
    (i,) = at
    if m.numbers[i]:
        yield Form((Symbol("max", "c"), _row_entry(H, i)), (Symbol("max"), OPEN, _row_terms(H, i, COMMA), CLOSE))
    else:
        yield Form((), (Number(0, "0"),))


def exponentials(at: At, e: Source, H: Source, m: Source) -> Forms:
    """e_i[c] = exp(h_i[c]); where m_i is not 0, exp(h_i[c] − m_i)."""
    i, c = at
    shift = (MINUS, m.symbol(i)), (MINUS, m.number(i))
    symbol, number = shift if m.numbers[i] else ((), ())
    yield Form((EXP, OPEN, H.symbol(i, c), *symbol, CLOSE), (EXP, OPEN, H.number(i, c), *number, CLOSE))


def normalizers(at: At, S: Source, E: Source) -> Forms:
    """S_i = Σ_c e_i[c]."""
    (i,) = at
    yield Form((Symbol("Σ", "c"), _row_entry(E, i)), (_row_terms(E, i, PLUS),))


def probabilities(at: At, p: Source, E: Source, S: Source) -> Forms:
    """p_i[c] = e_i[c] / S_i."""
    i, c = at
    yield Form((E.symbol(i, c), OVER, S.symbol(i)), (E.factor(i, c), OVER, S.factor(i)))


def predictions(at: At, y: Source, P: Source) -> Forms:
    """ŷ_i = argmax_c p_i[c]."""
    (i,) = at
    yield Form((Symbol("argmax", "c"), _row_entry(P, i)), (Symbol("argmax"), OPEN, _row_terms(P, i, COMMA), CLOSE))


def node_losses(at: At, loss: Source, P: Source, y: Source) -> Forms:
    """ℓ_i = −ln p_i[y_i]."""
    (i,) = at
    c = int(y.numbers[i])
    yield Form((NEGATIVE, LN, P.symbol(i, c)), (NEGATIVE, LN, OPEN, P.factor(i, c), CLOSE))


def stable_node_losses(at: At, loss: Source, P: Source, y: Source) -> Forms:
    """As `node_losses`; if p_i[y_i] underflows, ℓ_i = m − h_i[y_i] + ln Σ_c exp(h_i[c] − m), m = max_c h_i[c]."""
    (i,) = at
    c = int(y.numbers[i])
    if P.numbers[i, c] > LEAST:
        yield from node_losses(at, loss, P, y)
        return
    H = _exponents(loss)
    m, top = _largest(H, i)
    symbols, numbers = _log_of_shifted(H, i)
    yield Form((*m, MINUS, H.symbol(i, c), PLUS, *symbols), (top, MINUS, H.number(i, c), PLUS, *numbers))


def _exponents(loss: Source) -> Source:
    """What exp is taken of: the logits, or the scaled ones if there is a temperature."""
    return loss.inputs.get("scaled_logits") or loss.inputs["logits"]


def _largest(H: Source, i: int) -> tuple[Tokens, Number]:
    """max_c h_i[c], in symbols and as a number."""
    return (Symbol("max", "c"), _row_entry(H, i)), H.number(i, int(H.numbers[i].argmax()))


def _log_of_shifted(H: Source, i: int) -> Form:
    """ln Σ_c exp(h_i[c] − m), m = max_c h_i[c]."""
    m, top = _largest(H, i)
    shifted = Terms(PLUS, H.numbers.shape[1], lambda k: (EXP, OPEN, H.number(i, k), MINUS, top, CLOSE))
    return Form((LN, Symbol("Σ", "c"), EXP, OPEN, _row_entry(H, i), MINUS, *m, CLOSE), (LN, OPEN, shifted, CLOSE))


def loss(at: At, L: Source, losses: Source) -> Forms:
    """L = (1/N) Σ_i ℓ_i."""
    count = len(losses.numbers)
    each = Terms(PLUS, count, lambda i: (losses.number(i),))
    yield Form((*ONE_NTH, Symbol("Σ", "i"), losses.symbol()._replace(subscript="i")), _mean(each, count))


def loss_of_product(at: At, L: Source, P: Source, y: Source) -> Forms:
    """L = −(1/N) ln Π_i p_i[y_i]; for one node, or where the product is long or may underflow, nothing."""
    right = [int(c) for c in y.numbers]
    if 1 < len(right) <= MOST_FACTORS and min(P.numbers[range(len(right)), right]) > LEAST ** (1 / MOST_FACTORS):
        factors = Terms(TIMES, len(right), lambda i: (P.factor(i, right[i]),))
        yield Form(
            (NEGATIVE, *ONE_NTH, LN, Symbol("Π", "i"), P.symbol()._replace(subscript="i", entry="y_i")),
            (NEGATIVE, LN, OPEN, factors, CLOSE, OVER, _integer(len(right))),
        )


def residuals(at: At, r: Source, P: Source, y: Source) -> Forms:
    """r_i[c] = p_i[c] − y_i[c]; y_i[c] is 1 for the true class and 0 for the others."""
    i, c = at
    target = Symbol("y", *P.symbol(i, c)[1:])
    yield Form((P.symbol(i, c), MINUS, target), (P.number(i, c), MINUS, _integer(int(y.numbers[i] == c))))


def article_residuals(at: At, r: Source, P: Source, y: Source) -> Forms:
    """r_i[c] = p_i[c] − 1."""
    i, c = at
    yield Form((P.symbol(i, c), MINUS, _integer(1)), (P.number(i, c), MINUS, _integer(1)))


def weight_gradients(at: At, dw: Source, R: Source, Z: Source) -> Forms:
    """dw_c[j] = (1/N) Σ_i r_i[c]·z_i[j]."""
    for form in article_weight_gradients(at, dw, R, Z):
        yield Form((*ONE_NTH, *form.symbols), _mean(form.numbers[0], len(R.numbers)))


def article_weight_gradients(at: At, dw: Source, R: Source, Z: Source) -> Forms:
    """dw_c[j] = Σ_i r_i[c]·z_i[j]."""
    c, j = at
    products = Terms(PLUS, len(R.numbers), lambda i: (R.number(i, c), TIMES, Z.number(i, j)))
    yield Form((Symbol("Σ", "i"), _column_entry(R, c), DOT, _column_entry(Z, j)), (products,))


def bias_gradients(at: At, db: Source, R: Source) -> Forms:
    """db_c = (1/N) Σ_i r_i[c]."""
    for form in article_bias_gradients(at, db, R):
        yield Form((*ONE_NTH, *form.symbols), _mean(form.numbers[0], len(R.numbers)))


def article_bias_gradients(at: At, db: Source, R: Source) -> Forms:
    """db_c = Σ_i r_i[c]."""
    (c,) = at
    yield Form((Symbol("Σ", "i"), _column_entry(R, c)), (Terms(PLUS, len(R.numbers), lambda i: (R.number(i, c),)),))


def updated_parameter(at: At, new: Source, old: Source, gradient: Source, alpha: Source) -> Forms:
    """w′ = w − α·dw, entry by entry."""
    yield Form(
        (old.symbol(*at), MINUS, alpha.symbol(), DOT, gradient.symbol(*at)),
        (old.number(*at), MINUS, alpha.number(), TIMES, gradient.number(*at)),
    )


K = Symbol("K")


def scaled_logits(at: At, g: Source, H: Source, tau: Source) -> Forms:
    """g_i[c] = h_i[c] / τ."""
    yield Form((H.symbol(*at), OVER, tau.symbol()), (H.number(*at), OVER, tau.number()))


def smoothed_labels(at: At, t: Source, y: Source, epsilon: Source) -> Forms:
    """t_i[c] = (1 − ε)·y_i[c] + ε/K; y_i[c] is 1 for the true class and 0 for the others."""
    i, c = at
    target = Symbol("y", *t.symbol(i, c)[1:]), _integer(int(y.numbers[i] == c))
    yield _smoothing(*target, epsilon, t.numbers.shape[1])


def smoothed_targets(at: At, new: Source, T: Source, epsilon: Source) -> Forms:
    """t′_i[c] = (1 − ε)·t_i[c] + ε/K."""
    yield _smoothing(T.symbol(*at), T.number(*at), epsilon, T.numbers.shape[1])


def _smoothing(symbol: Symbol, number: Number, epsilon: Source, classes: int) -> Form:
    """(1 − ε) times a target, plus ε/K."""
    one = _integer(1)
    return Form(
        (OPEN, one, MINUS, epsilon.symbol(), CLOSE, DOT, symbol, PLUS, epsilon.symbol(), OVER, K),
        (OPEN, one, MINUS, epsilon.number(), CLOSE, TIMES, number, PLUS, epsilon.number(), OVER, _integer(classes)),
    )


def weighted_targets(at: At, a: Source, T: Source, *weights: Source, places: Sequence[int], of_labels: bool) -> Forms:
    """a_i[c] = s_i·u_c·t_i[c]; of labels, with y_i[c] in place of t_i[c].

    `places` has, for each of the weights, the place in `at` of what it belongs to: 0 for the node, 1 for the class.
    """
    i, c = at
    symbols: Tokens = (Symbol("y", *a.symbol(i, c)[1:]) if of_labels else T.symbol(i, c),)
    numbers: Tokens = (_integer(int(T.numbers[i] == c)) if of_labels else T.number(i, c),)
    for place, each in zip(places, weights, strict=True):
        symbols = (each.symbol(at[place]), DOT, *symbols)
        numbers = (each.number(at[place]), TIMES, *numbers)
    yield Form(symbols, numbers)


def divisor(at: At, D: Source, y: Source, *weights: Source, places: Sequence[int]) -> Forms:
    """D = Σ_i s_i·u_{y_i}; `places` as for `weighted_targets`."""

    def term(i: int) -> Tokens:
        numbers = [each.number((i, int(y.numbers[i]))[place]) for place, each in zip(places, weights, strict=True)]
        return (numbers[-1], *(token for number in numbers[-2::-1] for token in (TIMES, number)))

    letters = [
        each.symbol()._replace(subscript=("i", "y_i")[place]) for place, each in zip(places, weights, strict=True)
    ]
    symbols = (letters[-1], *(token for letter in letters[-2::-1] for token in (DOT, letter)))
    yield Form((Symbol("Σ", "i"), *symbols), (Terms(PLUS, len(y.numbers), term),))


def divisor_of_targets(at: At, D: Source, T: Source, *weights: Source, places: Sequence[int]) -> Forms:
    """D = Σ_i Σ_c s_i·u_c·t_i[c]; `places` as for `weighted_targets`."""
    rows, classes = T.numbers.shape
    letters = [each.symbol()._replace(subscript=("i", "c")[place]) for place, each in zip(places, weights, strict=True)]
    symbols = [token for letter in letters[::-1] for token in (letter, DOT)]

    def term(k: int) -> Tokens:
        at = divmod(k, classes)
        numbers = [each.number(at[place]) for place, each in zip(places, weights, strict=True)]
        return (*(token for number in numbers[::-1] for token in (number, TIMES)), T.number(*at))

    target = T.symbol(0)._replace(subscript="i", entry="c")
    yield Form((Symbol("Σ", "i"), Symbol("Σ", "c"), *symbols, target), (Terms(PLUS, rows * classes, term),))


def target_losses(at: At, loss: Source, P: Source, A: Source) -> Forms:
    """ℓ_i = −Σ_c a_i[c]·ln p_i[c], without the classes whose target is 0."""
    (i,) = at
    classes = [c for c in range(A.numbers.shape[1]) if A.numbers[i, c]]
    terms = Terms(
        PLUS, len(classes), lambda k: (A.number(i, classes[k]), TIMES, LN, OPEN, P.factor(i, classes[k]), CLOSE)
    )
    symbols = (NEGATIVE, Symbol("Σ", "c"), _row_entry(A, i), DOT, LN, _row_entry(P, i))
    yield Form(symbols, (NEGATIVE, OPEN, terms, CLOSE) if classes else (_integer(0),))


def stable_target_losses(at: At, loss: Source, P: Source, A: Source) -> Forms:
    """As `target_losses`; if a p_i[c] underflows, from the logits.

    ℓ_i = Σ_c a_i[c]·(m − h_i[c]) + (Σ_c a_i[c])·ln Σ_c exp(h_i[c] − m), m = max_c h_i[c].
    """
    (i,) = at
    classes = [c for c in range(A.numbers.shape[1]) if A.numbers[i, c]]
    if all(P.numbers[i, c] > LEAST for c in classes):
        yield from target_losses(at, loss, P, A)
        return
    H = _exponents(loss)
    (m, top), log = _largest(H, i), _log_of_shifted(H, i)
    sum_of = (Symbol("Σ", "c"), _row_entry(A, i))
    each = Terms(
        PLUS, len(classes), lambda k: (A.number(i, classes[k]), TIMES, OPEN, top, MINUS, H.number(i, classes[k]), CLOSE)
    )
    weights = Terms(PLUS, len(classes), lambda k: (A.number(i, classes[k]),))
    yield Form(
        (*sum_of, DOT, OPEN, *m, MINUS, _row_entry(H, i), CLOSE, PLUS, OPEN, *sum_of, CLOSE, DOT, *log.symbols),
        (each, PLUS, OPEN, weights, CLOSE, TIMES, *log.numbers),
    )


def total_loss(at: At, L: Source, losses: Source) -> Forms:
    """L = Σ_i ℓ_i."""
    each = Terms(PLUS, len(losses.numbers), lambda i: (losses.number(i),))
    yield Form((Symbol("Σ", "i"), losses.symbol()._replace(subscript="i")), (each,))


def loss_over(at: At, L: Source, losses: Source, D: Source) -> Forms:
    """L = Σ_i ℓ_i / D."""
    yield from _over_divisor(total_loss(at, L, losses), D)


def _over_divisor(sums: Forms, D: Source) -> Forms:
    """The forms of a sum, divided by D."""
    for form in sums:
        yield Form((*form.symbols, OVER, D.symbol()), (OPEN, *form.numbers, CLOSE, OVER, D.number()))


def penalty(at: At, omega: Source, strength: Source, *parameters: Source, half: bool) -> Forms:
    """Ω = (λ/2)·(Σ w²); without `half`, λ·(Σ w²)."""
    places = [(each, at) for each in parameters for at in _places(each)]

    def square(k: int) -> Tokens:
        each, at = places[k]
        number = each.number(*at)
        return (number, TIMES, number)

    squares: list[Token] = []
    for each in parameters:
        letter = each.symbol().letter.lower()
        squares += [PLUS] * bool(squares) + [Symbol("Σ"), Symbol(f"{letter}²")]
    over_2 = (OVER, _integer(2)) * half
    numbers = (strength.number(), *over_2, TIMES, OPEN, Terms(PLUS, len(places), square), CLOSE)
    yield Form((strength.symbol(), *over_2, DOT, OPEN, *squares, CLOSE), numbers)


def _places(X: Source) -> list[At]:
    """The positions of all entries, row by row."""
    rows, *columns = X.numbers.shape
    return [(i, j) for i in range(rows) for j in range(columns[0])] if columns else [(i,) for i in range(rows)]


def penalized_loss(at: At, L: Source, data_loss: Source, omega: Source) -> Forms:
    """L = L_data + Ω."""
    yield Form((data_loss.symbol(), PLUS, omega.symbol()), (data_loss.number(), PLUS, omega.number()))


def target_residuals(at: At, r: Source, P: Source, T: Source) -> Forms:
    """r_i[c] = p_i[c] − t_i[c]."""
    yield Form((P.symbol(*at), MINUS, T.symbol(*at)), (P.number(*at), MINUS, T.number(*at)))


def weighted_residuals(at: At, r: Source, P: Source, A: Source) -> Forms:
    """r_i[c] = p_i[c]·(Σ_k a_i[k]) − a_i[c]."""
    i, c = at
    total = (OPEN, Symbol("Σ", "k"), A.symbol(i)._replace(entry="k"), CLOSE)
    terms = Terms(PLUS, A.numbers.shape[1], lambda k: (A.number(i, k),))
    yield Form(
        (P.symbol(i, c), DOT, *total, MINUS, A.symbol(i, c)),
        (P.number(i, c), TIMES, OPEN, terms, CLOSE, MINUS, A.number(i, c)),
    )


def divide_by_temperature(residual: Callable[..., Forms]) -> Callable[..., Forms]:
    """The working of residuals, divided by τ."""

    def work(at: At, r: Source, P: Source, targets: Source, tau: Source) -> Forms:
        for form in residual(at, r, P, targets):
            yield Form(
                (OPEN, *form.symbols, CLOSE, OVER, tau.symbol()), (OPEN, *form.numbers, CLOSE, OVER, tau.number())
            )

    return work


def weight_gradients_over(at: At, dw: Source, R: Source, Z: Source, D: Source) -> Forms:
    """dw_c[j] = Σ_i r_i[c]·z_i[j] / D."""
    yield from _over_divisor(article_weight_gradients(at, dw, R, Z), D)


def bias_gradients_over(at: At, db: Source, R: Source, D: Source) -> Forms:
    """db_c = Σ_i r_i[c] / D."""
    yield from _over_divisor(article_bias_gradients(at, db, R), D)


def add_penalty(gradient: Callable[..., Forms], half: bool) -> Callable[..., Forms]:
    """The working of a gradient, plus λ·w; without `half`, plus 2·λ·w."""

    def work(at: At, dw: Source, *sources: Source) -> Forms:
        *data, parameter, strength = sources
        twice_symbols, twice_numbers = ((), ()) if half else ((_integer(2), DOT), (_integer(2), TIMES))
        for form in gradient(at, dw, *data):
            yield Form(
                (*form.symbols, PLUS, *twice_symbols, strength.symbol(), DOT, parameter.symbol(*at)),
                (*form.numbers, PLUS, *twice_numbers, strength.number(), TIMES, parameter.number(*at)),
            )

    return work


def contributions(at: At, products: Source, R: Source, Z: Source, c: int) -> Forms:
    """r_i[c]·z_i[j]."""
    i, j = at
    yield Form((R.symbol(i, c), DOT, Z.symbol(i, j)), (R.number(i, c), TIMES, Z.number(i, j)))


def total(at: At, sums: Source, products: Source, c: int) -> Forms:
    """Σ_i r_i[c]·z_i[j], from the products."""
    _, j = at
    R, Z = products.inputs["residuals"], products.inputs["embeddings"]
    each = Terms(PLUS, len(products.numbers), lambda i: (products.number(i, j),))
    yield Form((Symbol("Σ", "i"), _column_entry(R, c), DOT, _column_entry(Z, j)), (each,))


def bias_total(at: At, sums: Source, R: Source, c: int) -> Forms:
    """Σ_i r_i[c]."""
    yield from article_bias_gradients((c,), sums, R)


def change(at: At, changes: Source, gradient: Source, alpha: Source, c: int) -> Forms:
    """α·dw_c[j], or α·db_c."""
    entry = (c, *at[1:])
    yield Form((alpha.symbol(), DOT, gradient.symbol(*entry)), (alpha.number(), TIMES, gradient.number(*entry)))


def write_out(tokens: Iterable[Token], most: int | None = None) -> Tokens:
    """The tokens with all terms written out; of more than `most` terms, only the first and the last, `most` in all.

    >>> write_out((Terms(PLUS, 3, lambda i: (Number(i, str(i)),)),), most=2)[2:]
    (Gap(terms=1), Sign(text='+', spaced=True), Number(value=2, digits='2'))
    """
    written: list[Token] = []
    for token in tokens:
        if not isinstance(token, Terms):
            written.append(token)
            continue
        left_out = 0 if most is None else max(0, token.number - most)
        head = (token.number - left_out + 1) // 2
        for k in (*range(head), *range(head + left_out, token.number)):
            if left_out and k == head + left_out:
                written += (token.sign, Gap(left_out))
            if k:
                written.append(token.sign)
            written += token.term(k)
    return tuple(written)


def bracket_negatives(tokens: Tokens) -> Tokens:
    """The tokens with negative numbers in brackets, unless they stand alone between brackets, commas or relations."""
    ends = {OPEN, CLOSE, COMMA, EQUAL, NEARLY, None}
    bracket_negatives: list[Token] = []
    for before, token, after in zip((None, *tokens), tokens, (*tokens[1:], None), strict=False):
        if isinstance(token, Number) and token.digits.startswith("-") and not (before in ends and after in ends):
            bracket_negatives += (OPEN, token, CLOSE)
        else:
            bracket_negatives.append(token)
    return tuple(bracket_negatives)


def _row_terms(X: Source, i: int, sign: Sign) -> Terms:
    """All entries of row i, with the sign between them."""
    return Terms(sign, X.numbers.shape[1], lambda c: (X.number(i, c),))


def _row_entry(X: Source, i: int) -> Symbol:
    """The entry of row i in any column: h_1[c]."""
    return X.symbol(i)._replace(entry="c")


def _column_entry(X: Source, j: int) -> Symbol:
    """The entry of column j in any row: r_i[0]."""
    return X.symbol(0, j)._replace(subscript="i")


def _mean(terms: Token, count: int) -> Tokens:
    """The sum of the terms divided by their number."""
    return (OPEN, terms, CLOSE, OVER, _integer(count)) if count > 1 else (terms, OVER, _integer(count))


def _integer(number: int) -> Number:
    return Number(number, str(number))
