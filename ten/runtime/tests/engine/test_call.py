"""Which results a caller gets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ten_runtime._engine.call import Call, Hop
from ten_runtime._engine.message import ResultCore

ANSWERS = st.lists(
    st.tuples(st.integers(0, 2), st.booleans(), st.booleans()),  # hop, ok, final
    max_size=12,
)


class Wire:
    """A caller whose thread is the test's."""

    def post_result(self, hop: Hop, result: ResultCore) -> None:
        hop.call.take(hop, result)


def played(answers: list[tuple[int, bool, bool]], *, n_hops: int, every: bool) -> list[ResultCore]:
    """Let hops answer, and return what is delivered."""
    delivered: list[ResultCore] = []

    def handle(result: ResultCore | None, _error: object) -> None:
        assert result is not None
        delivered.append(result)

    call = Call(handle, every=every)
    hops = [Hop(Wire(), call, "ask") for _ in range(n_hops)]
    for hop in hops:
        call.add(hop)
    for index, ok, final in answers:
        result = ResultCore("ask")
        result.status, result.final = (0 if ok else 1), final
        result.props["from"] = index % n_hops
        hops[index % n_hops].answer(result)
    return delivered


@given(ANSWERS, st.integers(1, 3), st.booleans())
def test_at_most_the_last_delivered_result_is_completed(
    answers: list[tuple[int, bool, bool]], n_hops: int, every: bool
) -> None:
    delivered = played(answers, n_hops=n_hops, every=every)
    assert not any(result.completed for result in delivered[:-1])


@given(ANSWERS, st.integers(2, 3))
def test_a_plain_call_to_several_gets_one_result_at_most(
    answers: list[tuple[int, bool, bool]], n_hops: int
) -> None:
    delivered = played(answers, n_hops=n_hops, every=False)
    assert len(delivered) <= 1
    assert all(result.completed for result in delivered)


@given(ANSWERS, st.integers(1, 3))
def test_a_call_for_every_result_gets_each_until_its_hop_is_final(
    answers: list[tuple[int, bool, bool]], n_hops: int
) -> None:
    ended: set[int] = set()
    expected = []
    for index, ok, final in answers:
        hop = index % n_hops
        if hop not in ended:
            expected.append((hop, 0 if ok else 1))
        if final:
            ended.add(hop)
    delivered = played(answers, n_hops=n_hops, every=True)
    assert [(result.props["from"], result.status) for result in delivered] == expected
    if delivered:
        assert delivered[-1].completed == (len(ended) == n_hops)
