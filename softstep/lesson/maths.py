"""The formulas of one softmax layer, one function each, in the letters of the page.

| letter | shape | what it is |
|---|---|---|
| Z | n × d | embeddings, one row z_i per node |
| W, b | K × d, K | weights, one row w_c per class, and biases |
| H, m | n × K, n | logits, and the shifts subtracted from their rows before exp |
| E, S | n × K, n | exponentials, and their sums |
| T | n × K | exponentials relative to the largest of their row, which is 1 |
| P, ŷ | n × K, n | probabilities, and predicted classes |
| y | N | the class of each labelled node, 0 … K − 1; Y is the same one-hot |
| ℓ, L | N, one number | losses of the labelled nodes, and their mean |
| R | N × K | residuals, ∂ℓ_i/∂h_i |
| dW, db | K × d, K | gradients of the loss |

W′ and b′ are W and b after a step of learning rate α. i runs over nodes, c over classes, j over the d features. There
are n nodes, N of them labelled. Only labelled nodes have losses and residuals, and contribute to the gradients.

Every function takes float64 arrays; those without `stable` in their name also take arrays of `decimal.Decimal` (by-hand
arithmetic). Nothing is checked here: input is checked when it is read. All quantities are pure numbers.

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), sections 4.3.4 and 5.2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def logits(Z: Array, W: Array, b: Array) -> Array:
    """H = Z Wᵀ + b: H_ic = z_i · w_c + b_c, node × class.

    >>> logits(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [0.0, 1.0]]), np.array([0.5, 0.0]))
    array([[11.5,  2. ]])
    """
    return (W @ Z.T + b[:, None]).T  # in memory class × node: sums over the classes are fast


def shifts(H: Array, smallest: float, largest: float) -> Array:
    """m_i = max_c H_ic if exp(max_c H_ic) is not between `smallest` and `largest`, else 0; one per node.

    `smallest` and `largest` are the limits of the numbers that can be written down. The shift does not change P_ic:
    exp(−m_i) cancels in E_ic / S_i.

    >>> shifts(np.array([[1.0, 2.0], [1000.0, 999.0]]), smallest=1e-300, largest=1e300)
    array([   0., 1000.])
    """
    m = H.max(axis=1)
    h = m.astype(float)
    return np.where((h < np.log(smallest)) | (h > np.log(largest)), m, 0 * m)


def exponentials(H: Array, m: Array) -> Array:
    """E = exp(H), node × class; where m_i is not 0, E_ic = exp(H_ic − m_i).

    >>> exponentials(np.array([[0.0, 1.0]]), np.array([0.0])).round(3)
    array([[1.   , 2.718]])
    """
    return np.exp(H - m[:, None])


def normalizers(E: Array) -> Array:
    """S_i = Σ_c E_ic, one per node.

    >>> normalizers(np.array([[1.0, 3.0]]))
    array([4.])
    """
    return E.sum(axis=1)


def probabilities(E: Array, S: Array) -> Array:
    """P_ic = E_ic / S_i (softmax), node × class.

    >>> probabilities(np.array([[1.0, 3.0]]), np.array([4.0]))
    array([[0.25, 0.75]])
    """
    return E / S[:, None]


def relative_exponentials(H: Array) -> Array:
    """T_ic = exp(H_ic − m_i) with m_i = max_c H_ic, node × class: from 0 to 1, and 1 for the largest logit of a row.

    >>> relative_exponentials(np.array([[10_000.0, 10_000.0 - np.log(4)]])).round(2)
    array([[1.  , 0.25]])
    """
    T = H - H.max(axis=1, keepdims=True)
    return np.exp(T, out=T)


def stable_probabilities(T: Array) -> Array:
    """P_ic = T_ic / Σ_k T_ik: softmax without overflow, since exp(−m_i) cancels; node × class.

    >>> stable_probabilities(np.array([[1.0, 0.25]]))
    array([[0.8, 0.2]])
    """
    return T / T.sum(axis=1, keepdims=True)


def predictions(P: Array) -> Array:
    """ŷ_i = argmax_c P_ic, the first of equals; one class per node.

    >>> predictions(np.array([[0.2, 0.8], [0.5, 0.5]]))
    array([1, 0])
    """
    return P.argmax(axis=1)


def stable_predictions(P: Array) -> Array:
    """ŷ_i = argmax_c P_ic, the first of those that are equal up to float64 rounding error.

    >>> stable_predictions(np.array([[0.5 - 1e-16, 0.5]]))
    array([0])
    """
    return (P.max(axis=1, keepdims=True) * (1 - 1e-12) <= P).argmax(axis=1)


def node_losses(P: Array, y: Array) -> Array:
    """ℓ_i = −ln P_i,y_i, in nats, one per node; infinite where P_i,y_i = 0.

    >>> node_losses(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 1])).round(4)
    array([0.    , 0.6931])
    """
    return 0 - ln(of_true_class(P, y))  # 0 − x: −x would make the loss −0 where P_i,y_i = 1


def stable_node_losses(H: Array, T: Array, y: Array) -> Array:
    """ℓ_i = (m_i − H_i,y_i) + ln(1 + Σ_c≠top T_ic) with m_i = max_c H_ic: −ln P_i,y_i for any logits.

    `top` is the class of the maximum; it contributes the 1 in 1 + Σ. Both summands are ≥ 0, so nothing cancels.
    Infinite only if m_i − H_i,y_i overflows.

    >>> H = np.array([[10_000.0, -10_000.0]])
    >>> stable_node_losses(H, relative_exponentials(H), np.array([1]))
    array([20000.])
    """
    ones = np.floor(T)  # 1 at the maximum and at logits equal to it
    others = (T - ones).sum(axis=1) + (ones.sum(axis=1) - 1)
    return (H.max(axis=1) - of_true_class(H, y)) + np.log1p(others)


def loss(losses: Array) -> Array:
    """L = (1/N) Σ ℓ_i, one number, in nats; N counts the labelled nodes.

    >>> float(loss(np.array([1.0, 2.0])))
    1.5
    """
    mean = losses.sum() / len(losses)
    return mean if mean < np.inf else (losses / len(losses)).sum()  # the sum may overflow where the mean does not


def loss_of_product(P: Array, y: Array) -> Array:
    """L = −(1/N) ln Π P_i,y_i, in nats: the same loss, as the article writes it; infinite if a factor is 0.

    >>> float(loss_of_product(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, 1])).round(4))
    0.6931
    """
    return 0 - ln(of_true_class(P, y).prod(keepdims=True))[0] / len(y)


def residuals(P: Array, y: Array) -> Array:
    """R = P − Y, the derivative of ℓ_i with respect to h_ic; labelled node × class.

    >>> residuals(np.array([[0.25, 0.75]]), np.array([1]))
    array([[ 0.25, -0.25]])
    """
    Y = y == np.arange(P.shape[1])[:, None]  # class × node, the order of P in memory
    return (P.T - Y).T


def article_residuals(P: Array, y: Array) -> Array:
    """R = P − 1, the article's: y is ignored, as if every node belonged to every class. Not a derivative of ℓ.

    >>> article_residuals(np.array([[0.25, 0.75]]), np.array([1]))
    array([[-0.75, -0.25]])
    """
    return P - 1


def weight_gradients(R: Array, Z: Array) -> Array:
    """dW = Rᵀ Z / N: ∂L/∂w_c = (1/N) Σ_i R_ic z_i, class × feature.

    >>> weight_gradients(np.array([[1.0], [-1.0]]), np.array([[2.0], [4.0]]))
    array([[-1.]])
    """
    return (Z.T @ R).T / len(R)


def bias_gradients(R: Array) -> Array:
    """db_c = Σ_i R_ic / N: ∂L/∂b_c, one per class.

    >>> bias_gradients(np.array([[1.0], [-2.0]]))
    array([-0.5])
    """
    return R.sum(axis=0) / len(R)


def article_weight_gradients(R: Array, Z: Array) -> Array:
    """dW = Rᵀ Z, the article's: without the 1/N of the loss.

    >>> article_weight_gradients(np.array([[1.0], [-1.0]]), np.array([[2.0], [4.0]]))
    array([[-2.]])
    """
    return (Z.T @ R).T


def article_bias_gradients(R: Array) -> Array:
    """db_c = Σ_i R_ic, the article's: without the 1/N of the loss.

    >>> article_bias_gradients(np.array([[1.0], [-2.0]]))
    array([-1.])
    """
    return R.sum(axis=0)


def scaled_logits(H: Array, tau: Array) -> Array:
    """G = H / τ, node × class. A temperature τ > 1 makes probabilities more alike, τ < 1 less.

    >>> scaled_logits(np.array([[2.0, 1.0]]), np.array(2.0))
    array([[1. , 0.5]])
    """
    return H / tau


def one_hot(y: Array, K: int) -> Array:
    """Y_ic = 1 if c = y_i, else 0; labelled node × class.

    >>> one_hot(np.array([1]), K=2)
    array([[0, 1]])
    """
    return (np.arange(K)[:, None] == y).T + 0  # class × node in memory


def smoothed_targets(T: Array, epsilon: Array) -> Array:
    """T′ = (1 − ε) T + ε / K, labelled node × class.

    >>> smoothed_targets(np.array([[0.0, 1.0]]), np.array(0.1))
    array([[0.05, 0.95]])
    """
    return (1 - epsilon) * T + epsilon / T.shape[1]


def weighted_targets(T: Array, u: Array | None = None, s: Array | None = None) -> Array:
    """A_ic = s_i u_c T_ic, labelled node × class; u has a weight for each class, s one for each labelled node.

    >>> weighted_targets(np.array([[0.5, 0.5]]), u=np.array([2.0, 1.0]), s=np.array([3.0]))
    array([[3. , 1.5]])
    """
    A = T if u is None else T * u
    return A if s is None else A * s[:, None]


def divisor(y: Array, u: Array | None = None, s: Array | None = None) -> Array:
    """D = Σ_i s_i u_y_i, one number: the weights of the labels added up.

    >>> float(divisor(np.array([0, 1, 1]), u=np.array([2.0, 0.5])))
    3.0
    """
    weights = 1 if u is None else u[y]
    return np.asarray(np.sum(weights if s is None else weights * s))


def divisor_of_targets(T: Array, u: Array | None = None, s: Array | None = None) -> Array:
    """D = Σ_ic s_i u_c T_ic, one number.

    >>> float(divisor_of_targets(np.array([[0.5, 0.5]]), s=np.array([3.0])))
    3.0
    """
    return np.asarray(weighted_targets(T, u, s).sum())


def target_losses(P: Array, A: Array) -> Array:
    """ℓ_i = −Σ_c A_ic ln P_ic, in nats, one per labelled node. Where A_ic = 0, P_ic does not count.

    >>> target_losses(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])).round(4)
    array([0.6931])
    """
    terms, counts = 0 * A, A != 0
    terms[counts] = A[counts] * ln(P[counts])
    return 0 - terms.sum(axis=1)


def stable_target_losses(H: Array, Q: Array, A: Array) -> Array:
    """ℓ_i = Σ_c A_ic ((m_i − H_ic) + ln(1 + Σ_k≠top Q_ik)) with m_i = max_c H_ic: −Σ_c A_ic ln P_ic for any logits.

    >>> H = np.array([[10_000.0, -10_000.0]])
    >>> stable_target_losses(H, relative_exponentials(H), np.array([[0.5, 0.5]]))
    array([10000.])
    """
    ones = np.floor(Q)
    others = (Q - ones).sum(axis=1) + (ones.sum(axis=1) - 1)
    surprise = (H.max(axis=1) - H.T) + np.log1p(others)
    return np.where(A.T == 0, 0, A.T * surprise).sum(axis=0)


def total_loss(losses: Array) -> Array:
    """L = Σ ℓ_i, one number, in nats.

    >>> float(total_loss(np.array([1.0, 2.0])))
    3.0
    """
    return np.asarray(losses.sum())


def loss_over(losses: Array, D: Array) -> Array:
    """L = Σ ℓ_i / D, one number, in nats.

    >>> float(loss_over(np.array([1.0, 2.0]), np.array(2.0)))
    1.5
    """
    return np.asarray(losses.sum() / D)


def penalty(strength: Array, *parameters: Array, half: bool = True) -> Array:
    """Ω = (λ/2) Σ w², one number, over all entries of the parameters; without `half`, λ Σ w².

    >>> float(penalty(np.array(0.5), np.array([[1.0, 2.0]])))
    1.25
    """
    squares = sum(((w * w).sum() for w in parameters), start=0)
    return np.asarray(strength * squares / 2 if half else strength * squares)


def penalized_loss(data_loss: Array, omega: Array) -> Array:
    """L = L_data + Ω, one number.

    >>> float(penalized_loss(np.array(1.0), np.array(0.5)))
    1.5
    """
    return data_loss + omega


def target_residuals(P: Array, T: Array) -> Array:
    """R = P − T, the derivative of ℓ_i with respect to h_ic if the targets of a node add up to 1.

    >>> target_residuals(np.array([[0.25, 0.75]]), np.array([[0.5, 0.5]]))
    array([[-0.25,  0.25]])
    """
    return P - T


def weighted_residuals(P: Array, A: Array) -> Array:
    """R_ic = P_ic Σ_k A_ik − A_ic, the derivative of ℓ_i with respect to h_ic; labelled node × class.

    >>> weighted_residuals(np.array([[0.25, 0.75]]), np.array([[0.0, 2.0]]))
    array([[ 0.5, -0.5]])
    """
    return P * A.sum(axis=1, keepdims=True) - A


def weight_gradients_over(R: Array, Z: Array, D: Array) -> Array:
    """dW = Rᵀ Z / D, class × feature.

    >>> weight_gradients_over(np.array([[1.0], [-1.0]]), np.array([[2.0], [4.0]]), np.array(4.0))
    array([[-0.5]])
    """
    return (Z.T @ R).T / D


def bias_gradients_over(R: Array, D: Array) -> Array:
    """db_c = Σ_i R_ic / D, one per class.

    >>> bias_gradients_over(np.array([[1.0], [-2.0]]), np.array(4.0))
    array([-0.25])
    """
    return R.sum(axis=0) / D


def penalized_gradient(gradient: Array, parameter: Array, strength: Array, half: bool = True) -> Array:
    """dW + λ W, the gradient of the loss with the penalty (λ/2) Σ w²; without `half`, dW + 2λ W.

    >>> penalized_gradient(np.array([1.0]), np.array([2.0]), np.array(0.5))
    array([2.])
    """
    return gradient + (strength if half else 2 * strength) * parameter


def contributions(R: Array, Z: Array, c: int) -> Array:
    """R_ic · z_i, the contribution of each node to the gradient of w_c; labelled node × feature.

    >>> contributions(np.array([[1.0], [-1.0]]), np.array([[2.0], [4.0]]), c=0)
    array([[ 2.],
           [-4.]])
    """
    return R[:, c, None] * Z


def total(x: Array) -> Array:
    """Σ_i x_i, down the rows: one row.

    >>> total(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[4., 6.]])
    """
    return x.sum(axis=0, keepdims=True)


def change(gradient: Array, alpha: Array) -> Array:
    """α ∂L/∂w, the change that one step of gradient descent subtracts from a parameter.

    >>> change(np.array([1.0, -2.0]), np.array(0.5))
    array([ 0.5, -1. ])
    """
    return alpha * gradient


def updated_parameter(parameter: Array, gradient: Array, alpha: Array) -> Array:
    """W′ = W − α dW, one step of gradient descent; b′ = b − α db likewise.

    >>> updated_parameter(np.array([1.0]), np.array([-2.0]), np.array(0.5))
    array([2.])
    """
    return parameter - alpha * gradient


def accuracy(predicted: Array, y: Array) -> Array:
    """A = (1/N) Σ_i [ŷ_i = y_i], the share of labelled nodes with a correct prediction.

    >>> float(accuracy(np.array([0, 1, 1, 1]), np.array([0, 1, 2, 1])))
    0.75
    """
    return (predicted == y).sum() / len(y)


def norm(dW: Array, db: Array) -> Array:
    """‖∇L‖ = √(Σ dW² + Σ db²), the length of the gradient with respect to all weights and biases.

    >>> float(norm(np.array([[3.0, 0.0]]), np.array([4.0])))
    5.0
    """
    g = np.append(dW.ravel(), db)
    largest = np.abs(g).max()
    return largest * np.sqrt(((g / largest) ** 2).sum()) if largest else largest  # so that no square overflows


def of_true_class(X: Array, y: Array) -> Array:
    """X_i,y_i, one per node.

    >>> of_true_class(np.array([[0.1, 0.9], [0.7, 0.3]]), np.array([1, 0]))
    array([0.9, 0.7])
    """
    return X.T.take(y * len(y) + np.arange(len(y)))  # several times faster than X[i, y]


def ln(x: Array) -> Array:
    """The natural logarithm, entry by entry; ln 0 = −∞.

    >>> ln(np.array([1.0]))
    array([0.])
    """
    if x.dtype != object:
        return np.log(x)
    return np.array([entry.ln() for entry in x], dtype=object)  # np.log would call .log(), which Decimal lacks
